//! What `AssumeRoleWithSAML` refuses an assertion with.

use crate::error_code::ErrorCode;

/// A refusal of an assertion whose provider the account has. The words are those of AWS's documentation
/// or of public reports; in which order STS looks is assumed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SamlRefusal {
    /// No key of the provider signed it (documented).
    Signature,
    /// It is of another issuer than the provider (documented for the console, here with STS's code).
    Issuer,
    /// It was issued more than five minutes ago, or is past its own end (reported for the former).
    TooLate,
    /// Its recipient is not AWS (documented).
    Audience,
    /// It names no session (documented).
    NoSessionName,
    /// It names a session as none can be called (documented).
    SessionName,
}

impl SamlRefusal {
    /// The code on the wire.
    #[must_use]
    pub const fn code(self) -> ErrorCode {
        match self {
            Self::TooLate => ErrorCode::ExpiredTokenException,
            _ => ErrorCode::InvalidIdentityToken,
        }
    }

    /// The message.
    #[must_use]
    pub const fn message(self) -> &'static str {
        match self {
            Self::Signature => "Response signature invalid",
            Self::Issuer => "Issuer not present in specified provider",
            Self::TooLate => "Token must be redeemed within 5 minutes of issuance",
            Self::Audience => "Response does not contain the required audience.",
            Self::NoSessionName => "RoleSessionName is required in AuthnResponse",
            Self::SessionName => {
                "RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}"
            }
        }
    }
}
