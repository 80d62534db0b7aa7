//! What clients hold to be worth a retry.

use mock_sts::error_code::ErrorCode;

use crate::record::Failure;

/// Throttles and 5xx, and nobody there to answer.
pub(super) const UNAVAILABLE: &[Failure] = &[
    Failure::Refused(ErrorCode::Throttling),
    Failure::Refused(ErrorCode::SlowDown),
    Failure::Refused(ErrorCode::InternalFailure),
    Failure::Refused(ErrorCode::ServiceUnavailable),
    Failure::Timeout,
    Failure::Unreachable,
];

/// A 429 that is not STS's: who reads no code in it may look at the status, or
/// fail over the body. Measured with JavaScript v3, Go v1 and v2 (1.48.0), Java
/// and Rust, botocore in all modes and the CLIs; assumed for clients that were
/// not, after the SDK beneath them (`docs/census.md`, `bare-429`).
pub(super) const BARE_429: &[Failure] = &[Failure::Refused(ErrorCode::TooManyRequests)];

/// A connection that breaks.
pub(super) const RESET: &[Failure] = &[Failure::Reset];

/// The identity provider that STS cannot reach, as STS says it.
pub(super) const IDP: &[Failure] = &[Failure::Refused(ErrorCode::IdpCommunicationError)];

/// A verification key that STS could not get.
pub(super) const KEY: &[Failure] = &[Failure::Refused(ErrorCode::InvalidIdentityToken)];

/// A token that has expired.
pub(super) const EXPIRED: &[Failure] = &[Failure::Refused(ErrorCode::ExpiredTokenException)];
