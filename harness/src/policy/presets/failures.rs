//! What clients hold to be worth a retry.

use mock_sts::error_code::ErrorCode;

use crate::record::Failure;

/// Throttles and 5xx, and nobody there to answer.
pub(super) const UNAVAILABLE: &[Failure] = &[
    Failure::Refused(ErrorCode::Throttling),
    Failure::Refused(ErrorCode::InternalFailure),
    Failure::Refused(ErrorCode::ServiceUnavailable),
    Failure::Timeout,
    Failure::Unreachable,
];

/// A connection that breaks.
pub(super) const RESET: &[Failure] = &[Failure::Reset];

/// The identity provider that STS cannot reach, as STS says it.
pub(super) const IDP: &[Failure] = &[Failure::Refused(ErrorCode::IdpCommunicationError)];

/// A verification key that STS could not get.
pub(super) const KEY: &[Failure] = &[Failure::Refused(ErrorCode::InvalidIdentityToken)];

/// A token that has expired.
pub(super) const EXPIRED: &[Failure] = &[Failure::Refused(ErrorCode::ExpiredTokenException)];
