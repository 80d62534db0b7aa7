//! The error codes of STS, as variants: counted and compared, never as text.
//! Their order is part of the digests: append, never insert.

use std::fmt;

macro_rules! error_codes {
    ($($(#[$doc:meta])* $variant:ident = $text:literal, $status:literal;)*) => {
        /// A code that STS puts on the wire.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum ErrorCode {
            $($(#[$doc])* $variant,)*
        }

        impl ErrorCode {
            /// Every code there is, in declaration order.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The code as it stands in `<Code>`.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }

            /// The HTTP status STS sends it with.
            #[must_use]
            pub const fn status(self) -> u16 {
                match self { $(Self::$variant => $status,)* }
            }
        }
    };
}

error_codes! {
    /// No such role, or the trust policy says no.
    AccessDenied = "AccessDenied", 403;
    /// Credentials (not the web identity token) are past their expiry.
    ExpiredToken = "ExpiredToken", 403;
    /// The web identity token is past its `exp`.
    ExpiredTokenException = "ExpiredTokenException", 400;
    /// The identity provider could not be reached.
    IdpCommunicationError = "IDPCommunicationError", 400;
    /// The identity provider said no.
    IdpRejectedClaim = "IDPRejectedClaim", 403;
    /// The SigV4 fields are not all there.
    IncompleteSignature = "IncompleteSignature", 400;
    /// Something broke inside.
    InternalFailure = "InternalFailure", 500;
    /// No such operation or version.
    InvalidAction = "InvalidAction", 400;
    /// No such access key.
    InvalidClientTokenId = "InvalidClientTokenId", 403;
    /// The web identity token cannot be validated.
    InvalidIdentityToken = "InvalidIdentityToken", 400;
    /// A number that is none.
    MalformedInput = "MalformedInput", 400;
    /// A signed operation without signature.
    MissingAuthenticationToken = "MissingAuthenticationToken", 403;
    /// Overloaded.
    ServiceUnavailable = "ServiceUnavailable", 503;
    /// The signature is wrong.
    SignatureDoesNotMatch = "SignatureDoesNotMatch", 403;
    /// A rate limit; STS says 400, not 429.
    Throttling = "Throttling", 400;
    /// A parameter breaks its constraint.
    ValidationError = "ValidationError", 400;
    /// A trade-in token is past its expiry.
    ExpiredTradeInToken = "ExpiredTradeInTokenException", 400;
    /// An encoded message cannot be decoded.
    InvalidAuthorizationMessage = "InvalidAuthorizationMessageException", 400;
    /// Tags that contradict themselves.
    InvalidParameterValue = "InvalidParameterValue", 400;
    /// A web identity token would be too large.
    JwtPayloadSizeExceeded = "JWTPayloadSizeExceededException", 400;
    /// A session policy that is none.
    MalformedPolicyDocument = "MalformedPolicyDocument", 400;
    /// The account issues no web identity tokens.
    OutboundWebIdentityFederationDisabled = "OutboundWebIdentityFederationDisabledException", 403;
    /// Session policies and tags take too much room.
    PackedPolicyTooLarge = "PackedPolicyTooLarge", 400;
    /// STS is not activated in the region.
    RegionDisabled = "RegionDisabledException", 403;
    /// A token would outlive its caller's session.
    SessionDurationEscalation = "SessionDurationEscalationException", 403;
    /// A throttle in S3's words. Assumed: not a captured answer of STS.
    SlowDown = "SlowDown", 503;
    /// A limit of a load balancer or front end, which knows no codes: a bare 429.
    /// Assumed: not a captured answer of STS.
    TooManyRequests = "TooManyRequests", 429;
}

impl ErrorCode {
    /// The code that is written like this, if STS has it.
    #[must_use]
    pub fn from_wire(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.as_str() == text)
    }

    /// The code that an answer with this status has where it names none that is
    /// known.
    #[must_use]
    pub const fn of_status(status: u16) -> Option<Self> {
        if status == Self::TooManyRequests.status() { Some(Self::TooManyRequests) } else { None }
    }

    /// Whether it says that there were too many calls.
    #[must_use]
    pub const fn is_throttle(self) -> bool {
        matches!(self, Self::Throttling | Self::SlowDown | Self::TooManyRequests)
    }

    /// Whether it is answered without the XML of STS, by its status alone.
    #[must_use]
    pub const fn is_bare(self) -> bool {
        matches!(self, Self::TooManyRequests)
    }

    /// `Sender` where the caller is to blame, `Receiver` where STS is.
    #[must_use]
    pub const fn fault(self) -> &'static str {
        if self.status() >= 500 { "Receiver" } else { "Sender" }
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_read_back_as_itself() {
        for &code in ErrorCode::ALL {
            assert_eq!(ErrorCode::from_wire(code.as_str()), Some(code));
        }
        assert_eq!(ErrorCode::from_wire("throttling"), None);
        let bare = ErrorCode::ALL.iter().filter(|code| code.is_bare());
        assert!(bare.into_iter().all(|code| ErrorCode::of_status(code.status()) == Some(*code)));
        assert_eq!(ErrorCode::of_status(400), None);
    }
}
