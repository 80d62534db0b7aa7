//! What the operations of [`crate::action`] refuse with.

use crate::action::Action;
use crate::error_code::ErrorCode;
use crate::saml_refusal::SamlRefusal;

/// A refusal that only these operations know. Where no capture is public, the
/// words are AWS's documentation's or assumed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum CallRefusal {
    /// The caller may not, or what it asks for does not exist (captured).
    NotAuthorized {
        /// Its ARN.
        caller: String,
        /// What it called.
        action: Action,
        /// The ARN of what it asked for.
        resource: String,
    },
    /// Only a user's own keys can call this (captured for `GetSessionToken`).
    SessionCredentials(Action),
    /// STS is not activated in the region.
    RegionDisabled {
        /// Twelve digits.
        account: String,
    },
    /// One of `SerialNumber` and `TokenCode` without the other.
    HalfAnMfa,
    /// A device that is not the caller's (captured in public issues).
    UnknownMfaDevice,
    /// A code that the device does not show, or that was used before (likewise).
    WrongMfaCode,
    /// A session of a role asks for another role for more than an hour (captured).
    ChainedTooLong,
    /// Two tags whose keys differ in case at most.
    DuplicateTags,
    /// A transitive tag key that is no tag's.
    TransitiveKeyWithoutTag,
    /// A tag that the caller's session hands down.
    InheritedTag,
    /// A session policy that is not JSON.
    PolicyIsNotJson,
    /// A session policy that is JSON but no policy.
    PolicySyntax,
    /// Policies and tags together take more room than there is.
    PackedTooLarge {
        /// More than 100.
        percent: u32,
        /// Whether tags alone do.
        tags: bool,
    },
    /// `EncodedMessage` is none that was encoded here.
    AuthorizationMessage,
    /// `SAMLAssertion` is not base64.
    SamlIsNotBase64,
    /// `SAMLAssertion` is not a SAML response.
    SamlIsNoResponse,
    /// The account has no such SAML provider.
    NoSamlProvider,
    /// The assertion is none that the provider may make.
    Saml(SamlRefusal),
    /// `TradeInToken` is past its expiry.
    ExpiredTradeInToken,
    /// `GetWebIdentityToken` is not enabled for the account.
    OutboundFederationDisabled,
    /// A token that would outlive its caller's session.
    OutlivesSession,
    /// A token of too many or too long tags.
    PayloadTooLarge,
    /// `AccessKeyId` has the form of no key.
    NoAccessKey,
}

impl CallRefusal {
    /// The code on the wire.
    #[must_use]
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::NotAuthorized { .. }
            | Self::SessionCredentials(_)
            | Self::HalfAnMfa
            | Self::UnknownMfaDevice
            | Self::WrongMfaCode => ErrorCode::AccessDenied,
            Self::RegionDisabled { .. } => ErrorCode::RegionDisabled,
            Self::ChainedTooLong | Self::NoAccessKey => ErrorCode::ValidationError,
            Self::DuplicateTags | Self::TransitiveKeyWithoutTag | Self::InheritedTag => {
                ErrorCode::InvalidParameterValue
            }
            Self::PolicyIsNotJson | Self::PolicySyntax => ErrorCode::MalformedPolicyDocument,
            Self::PackedTooLarge { .. } => ErrorCode::PackedPolicyTooLarge,
            Self::AuthorizationMessage => ErrorCode::InvalidAuthorizationMessage,
            Self::SamlIsNotBase64 | Self::SamlIsNoResponse | Self::NoSamlProvider => {
                ErrorCode::InvalidIdentityToken
            }
            Self::Saml(refusal) => refusal.code(),
            Self::ExpiredTradeInToken => ErrorCode::ExpiredTradeInToken,
            Self::OutboundFederationDisabled => ErrorCode::OutboundWebIdentityFederationDisabled,
            Self::OutlivesSession => ErrorCode::SessionDurationEscalation,
            Self::PayloadTooLarge => ErrorCode::JwtPayloadSizeExceeded,
        }
    }

    /// The message.
    #[must_use]
    pub fn message(&self) -> String {
        let text = match self {
            Self::NotAuthorized { caller, action, resource } => {
                return format!(
                    "User: {caller} is not authorized to perform: sts:{action} on resource: \
                     {resource}"
                );
            }
            Self::SessionCredentials(action) => {
                return format!("Cannot call {action} with session credentials");
            }
            Self::RegionDisabled { account } => {
                return format!(
                    "STS is not activated in this region for account:{account}. Your account \
                     administrator can activate STS in this region using the IAM Console."
                );
            }
            Self::PackedTooLarge { percent, tags: false } => {
                return format!(
                    "Packed policy consumes {percent}% of allotted space, please use smaller policy."
                );
            }
            Self::PackedTooLarge { percent, tags: true } => {
                return format!(
                    "Packed size of session tags consumes {percent}% of allotted space."
                );
            }
            Self::HalfAnMfa => HALF_AN_MFA,
            Self::UnknownMfaDevice => UNKNOWN_MFA_DEVICE,
            Self::WrongMfaCode => WRONG_MFA_CODE,
            Self::ChainedTooLong => {
                "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed \
                 by role chaining."
            }
            Self::DuplicateTags => {
                "Duplicate tag keys found. Please note that Tag keys are case insensitive."
            }
            Self::TransitiveKeyWithoutTag => {
                "The specified transitive tag key must be included in the requested tags."
            }
            Self::InheritedTag => {
                "One of the specified transitive tag keys can't be set because it conflicts with \
                 a transitive tag key from the calling session."
            }
            Self::PolicyIsNotJson => "This policy contains invalid Json",
            Self::PolicySyntax => "Syntax errors in policy.",
            Self::AuthorizationMessage => "Message is not valid",
            Self::SamlIsNotBase64 => "Invalid base64 SAMLResponse",
            Self::SamlIsNoResponse => "Could not parse the SAML response",
            Self::Saml(refusal) => refusal.message(),
            Self::NoSamlProvider => "Specified provider doesn't exist",
            Self::ExpiredTradeInToken => {
                "The trade-in token provided in the request has expired and can no longer be \
                 exchanged for credentials. Request a new token and retry the operation."
            }
            Self::OutboundFederationDisabled => {
                "The outbound web identity federation feature is not enabled for this account."
            }
            Self::OutlivesSession => {
                "The requested token duration would extend the session beyond its original \
                 expiration time."
            }
            Self::PayloadTooLarge => {
                "The requested token payload size exceeds the maximum allowed size."
            }
            Self::NoAccessKey => "The specified access key id is invalid",
        };
        text.to_owned()
    }
}

const HALF_AN_MFA: &str = "MultiFactorAuthentication failed, must provide both MFA serial number \
    and one time pass code.";
/// The two spaces are STS's own.
const UNKNOWN_MFA_DEVICE: &str = "MultiFactorAuthentication failed, unable to validate MFA code.  \
    Please verify your MFA serial number is valid and associated with this user.";
const WRONG_MFA_CODE: &str =
    "MultiFactorAuthentication failed with invalid MFA one time pass code.";
