//! What the service says to one request. A decision is data: nothing waits.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use crate::action::Action;
use crate::call_refusal::CallRefusal;
use crate::clock::Instant;
use crate::error_code::ErrorCode;
use crate::reply::{Reply, Shape};

/// The answer to one request: what, after how long, delivered how.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Decision {
    /// What is answered.
    pub verdict: Verdict,
    /// How long after the request's arrival the answer leaves.
    pub respond_after: Duration,
    /// How the answer is put on the wire.
    pub delivery: Delivery,
}

/// How an answer is put on the wire.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Delivery {
    /// Whole, and the connection stays open.
    KeepAlive,
    /// Whole, with `connection: close`, as STS does on its 400 answers
    /// (captured 2021 and 2023).
    Close,
    /// Not at all: the connection is reset.
    Reset,
    /// Not at all: the connection is closed in order.
    Empty,
    /// Not at all: nothing happens until [`HANG_ENDS_AFTER`].
    Hang,
    /// Whole, its body spread evenly over this time.
    SlowBody(Duration),
    /// Its first half, as if that were all of it.
    Truncated,
}

impl Delivery {
    /// The name that logs use.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::KeepAlive => "kept alive",
            Self::Close => "closed",
            Self::Reset => "reset",
            Self::Empty => "empty",
            Self::Hang => "hang",
            Self::SlowBody(_) => "slow body",
            Self::Truncated => "truncated",
        }
    }
}

/// When a connection that hangs is closed after all: long after every client's
/// patience (assumed), so that none is kept for ever.
pub const HANG_ENDS_AFTER: Duration = Duration::from_secs(600);

/// What is answered.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// Temporary credentials.
    Granted(Grant),
    /// The identity of the signer, who signed with valid credentials.
    Identified,
    /// What one of the other operations answers.
    Answered(Box<Reply>),
    /// One of STS's errors.
    Refused(Refusal),
    /// Nothing: a fault took the request before the service saw it.
    Dropped,
}

/// The numbers of one set of issued credentials; their texts are derived from
/// these where they are written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Grant {
    /// Counts the grants of this service from 1.
    pub serial: u64,
    /// Index into [`crate::config::ServiceConfig::roles`]; none for a role that
    /// only [`crate::config::Mode::Permissive`] makes exist.
    pub role: Option<usize>,
    /// When the credentials expire, on the service's clock.
    pub expires_at: Instant,
    /// The same in seconds since 1970, as it is written.
    pub expires_unix: u64,
    /// What was asked about the session itself.
    pub shape: Shape,
}

/// Everything STS refuses with.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Refusal {
    /// Parameters break the model's constraints; the texts are in STS's order.
    Validation(Vec<String>),
    /// A `ValidationError` whose message has a form of its own.
    Invalid(String),
    /// `DurationSeconds` is not a number; the message is absent in one form.
    MalformedInput(Option<&'static str>),
    /// The operation or version does not exist.
    InvalidAction {
        /// As it was sent.
        action: String,
        /// As it was sent.
        version: Option<String>,
    },
    /// A rate limit refused.
    Throttled {
        /// Index into [`crate::config::ServiceConfig::limits`].
        limit: usize,
    },
    /// The token's issuer is not an identity provider of the account.
    NoOpenIdConnectProvider {
        /// `iss` as it was sent.
        issuer: String,
    },
    /// The provider's certificate has none of the registered thumbprints.
    Thumbprint,
    /// The issuer's keys could not be had in time.
    VerificationKey,
    /// The token is not a JSON Web Token.
    UnreadableToken,
    /// The signature does not verify.
    TokenSignature,
    /// A claim that must be there is not.
    MissingClaim(&'static str),
    /// The token's `aud` is none of the provider's audiences.
    IncorrectAudience,
    /// The token is past its `exp`.
    ExpiredToken {
        /// The service's clock, in seconds since 1970.
        now_unix: u64,
        /// The token's `exp`.
        expires_unix: u64,
    },
    /// The token is before its `nbf`.
    NotYetValidToken {
        /// The service's clock, in seconds since 1970.
        now_unix: u64,
        /// The token's `nbf`.
        not_before_unix: u64,
    },
    /// No such role, or its trust policy does not admit the token.
    AccessDenied,
    /// The same of another unsigned operation.
    AccessDeniedTo(Action),
    /// The asked session is longer than the role allows.
    DurationExceedsRole,
    /// A signed operation without a signature.
    MissingAuthenticationToken,
    /// The signature's parts are not all there.
    IncompleteSignature(String),
    /// The credentials are none that this service issued.
    InvalidClientTokenId,
    /// The credentials are known and the signature is wrong.
    SignatureDoesNotMatch,
    /// The same where STS says why: made at another time, for another service.
    WrongSignature(String),
    /// The credentials are known, the signature is right, and they expired.
    ExpiredCredentials,
    /// What only the other operations refuse with.
    Call(CallRefusal),
    /// A fault answers instead of the service.
    Injected(ErrorCode),
}

impl Refusal {
    /// The code on the wire.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Validation(_) | Self::Invalid(_) | Self::DurationExceedsRole => {
                ErrorCode::ValidationError
            }
            Self::MalformedInput(_) => ErrorCode::MalformedInput,
            Self::InvalidAction { .. } => ErrorCode::InvalidAction,
            Self::Throttled { .. } => ErrorCode::Throttling,
            Self::NoOpenIdConnectProvider { .. }
            | Self::Thumbprint
            | Self::VerificationKey
            | Self::UnreadableToken
            | Self::TokenSignature
            | Self::MissingClaim(_)
            | Self::IncorrectAudience
            | Self::NotYetValidToken { .. } => ErrorCode::InvalidIdentityToken,
            Self::ExpiredToken { .. } => ErrorCode::ExpiredTokenException,
            Self::AccessDenied | Self::AccessDeniedTo(_) => ErrorCode::AccessDenied,
            Self::MissingAuthenticationToken => ErrorCode::MissingAuthenticationToken,
            Self::IncompleteSignature(_) => ErrorCode::IncompleteSignature,
            Self::InvalidClientTokenId => ErrorCode::InvalidClientTokenId,
            Self::SignatureDoesNotMatch | Self::WrongSignature(_) => {
                ErrorCode::SignatureDoesNotMatch
            }
            Self::ExpiredCredentials => ErrorCode::ExpiredToken,
            Self::Call(refusal) => refusal.code(),
            Self::Injected(code) => *code,
        }
    }

    /// The literal message, where STS sends one. The texts of
    /// [`Refusal::UnreadableToken`], [`Refusal::TokenSignature`] and
    /// [`Refusal::NotYetValidToken`] are assumed: no capture is public. All
    /// others are captured.
    #[must_use]
    pub fn message(&self) -> Option<Cow<'static, str>> {
        let text: Cow<'static, str> = match self {
            Self::Validation(violations) => validation_message(violations).into(),
            Self::Invalid(message) => message.clone().into(),
            Self::MalformedInput(message) => return message.map(Cow::Borrowed),
            Self::InvalidAction { action, version } => format!(
                "Could not find operation {action} for version {}",
                version.as_deref().unwrap_or("NO_VERSION_SPECIFIED")
            )
            .into(),
            Self::Throttled { .. } => "Rate exceeded".into(),
            Self::NoOpenIdConnectProvider { issuer } => {
                format!("No OpenIDConnect provider found in your account for {issuer}").into()
            }
            Self::Thumbprint => "OpenIDConnect provider's HTTPS certificate doesn't match \
                 configured thumbprint"
                .into(),
            Self::VerificationKey => VERIFICATION_KEY_MESSAGE.into(),
            Self::UnreadableToken => "The ID Token provided is not a valid JWT. \
                 (You may see this error if you sent an Access Token)"
                .into(),
            Self::TokenSignature => {
                "The web identity token's signature could not be verified".into()
            }
            Self::MissingClaim(claim) => format!("Missing a required claim: {claim}").into(),
            Self::IncorrectAudience => "Incorrect token audience".into(),
            Self::ExpiredToken { now_unix, expires_unix } => format!(
                "Token expired: current date/time {now_unix} must be before the \
                 expiration date/time {expires_unix}"
            )
            .into(),
            Self::NotYetValidToken { now_unix, not_before_unix } => format!(
                "Token not yet valid: current date/time {now_unix} must be after the \
                 not before date/time {not_before_unix}"
            )
            .into(),
            Self::AccessDenied => "Not authorized to perform sts:AssumeRoleWithWebIdentity".into(),
            Self::AccessDeniedTo(action) => {
                format!("Not authorized to perform sts:{action}").into()
            }
            Self::DurationExceedsRole => {
                "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
                    .into()
            }
            Self::MissingAuthenticationToken => "Request is missing Authentication Token".into(),
            Self::IncompleteSignature(message) | Self::WrongSignature(message) => {
                message.clone().into()
            }
            Self::InvalidClientTokenId => {
                "The security token included in the request is invalid.".into()
            }
            Self::SignatureDoesNotMatch => "The request signature we calculated does not match \
                 the signature you provided. Check your AWS Secret Access Key and signing method. \
                 Consult the service documentation for details."
                .into(),
            Self::ExpiredCredentials => {
                "The security token included in the request is expired".into()
            }
            Self::Call(refusal) => refusal.message().into(),
            Self::Injected(code) => return injected_message(*code).map(Cow::Borrowed),
        };
        Some(text)
    }
}

/// The verification-key error, with its two spaces.
pub const VERIFICATION_KEY_MESSAGE: &str = "Couldn't retrieve verification key from your identity \
     provider,  please reference AssumeRoleWithWebIdentity documentation for requirements";

/// The text of a code where a fault answers it; none where the text depends on
/// the request. STS's texts for its 500s are AWS's common ones (documented),
/// and those for what the identity provider says are assumed: no capture of
/// these is public. [`ErrorCode::SlowDown`] has S3's text and
/// [`ErrorCode::TooManyRequests`] its status's: assumed, no captured answers of
/// STS. All others are captured.
#[must_use]
pub fn injected_message(code: ErrorCode) -> Option<&'static str> {
    Some(match code {
        ErrorCode::AccessDenied => "Not authorized to perform sts:AssumeRoleWithWebIdentity",
        ErrorCode::ExpiredToken => "The security token included in the request is expired",
        ErrorCode::IdpCommunicationError => {
            "Your identity provider could not be reached to verify the identity token"
        }
        ErrorCode::IdpRejectedClaim => "Your identity provider rejected the identity token",
        ErrorCode::InternalFailure => {
            "The request processing has failed because of an unknown error, exception or failure."
        }
        ErrorCode::InvalidClientTokenId => "The security token included in the request is invalid.",
        ErrorCode::InvalidIdentityToken => VERIFICATION_KEY_MESSAGE,
        ErrorCode::ServiceUnavailable => {
            "The request has failed due to a temporary failure of the server."
        }
        ErrorCode::SlowDown => "Please reduce your request rate.",
        ErrorCode::Throttling => "Rate exceeded",
        ErrorCode::TooManyRequests => "Too Many Requests",
        _ => return None,
    })
}

fn validation_message(violations: &[String]) -> String {
    let (count, noun) = match violations.len() {
        1 => (1, "error"),
        many => (many, "errors"),
    };
    format!("{count} validation {noun} detected: {}", violations.join("; "))
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.message() {
            Some(message) => write!(f, "{}: {message}", self.code()),
            None => write!(f, "{}", self.code()),
        }
    }
}

impl From<CallRefusal> for Refusal {
    fn from(refusal: CallRefusal) -> Self {
        Self::Call(refusal)
    }
}
