//! What clients hold to be worth a retry.

use mock_sts::error_code::ErrorCode;

use crate::record::Failure;

const THROTTLING: Failure = Failure::Refused(ErrorCode::Throttling);
const INTERNAL: Failure = Failure::Refused(ErrorCode::InternalFailure);
const UNAVAILABLE: Failure = Failure::Refused(ErrorCode::ServiceUnavailable);
const IDP: Failure = Failure::Refused(ErrorCode::IdpCommunicationError);
const NO_KEY: Failure = Failure::Refused(ErrorCode::InvalidIdentityToken);
const EXPIRED: Failure = Failure::Refused(ErrorCode::ExpiredTokenException);

/// Throttles, 5xx, and a wire that fails.
pub(super) const TRANSIENT: &[Failure] =
    &[THROTTLING, INTERNAL, UNAVAILABLE, Failure::Timeout, Failure::Reset, Failure::Unreachable];

/// The same, and the identity provider that STS cannot reach.
pub(super) const TRANSIENT_AND_IDP: &[Failure] = &[
    THROTTLING,
    INTERNAL,
    UNAVAILABLE,
    Failure::Timeout,
    Failure::Reset,
    Failure::Unreachable,
    IDP,
];

/// The same without the identity provider, and a verification key that STS
/// could not get.
pub(super) const TRANSIENT_AND_KEY: &[Failure] = &[
    THROTTLING,
    INTERNAL,
    UNAVAILABLE,
    Failure::Timeout,
    Failure::Reset,
    Failure::Unreachable,
    NO_KEY,
];

/// What AWS SDK for Go v1's provider retries (measured): no reset, but tokens
/// that have expired.
pub(super) const GO_V1: &[Failure] = &[
    THROTTLING,
    INTERNAL,
    UNAVAILABLE,
    Failure::Timeout,
    Failure::Unreachable,
    IDP,
    NO_KEY,
    EXPIRED,
];
