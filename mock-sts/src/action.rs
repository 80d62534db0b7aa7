//! The operations besides the two that every fleet lives on.

use std::fmt;

use crate::fields::Fields;
use crate::request::Signed;

macro_rules! actions {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        /// An operation whose parameters are read by their names.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum Action {
            $($(#[$doc])* $variant,)*
        }

        impl Action {
            /// Every one of them.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// As it stands in `Action=`.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }
    };
}

actions! {
    /// Signed: a role, by its trust in the signer.
    AssumeRole = "AssumeRole",
    /// Unsigned: a role, by a SAML assertion.
    AssumeRoleWithSaml = "AssumeRoleWithSAML",
    /// Signed: the root of a member account, for one task.
    AssumeRoot = "AssumeRoot",
    /// Signed: what an encoded refusal of another service says.
    DecodeAuthorizationMessage = "DecodeAuthorizationMessage",
    /// Signed: whose an access key is.
    GetAccessKeyInfo = "GetAccessKeyInfo",
    /// Signed: credentials for a token that somebody handed over.
    GetDelegatedAccessToken = "GetDelegatedAccessToken",
    /// Signed: credentials for a user that IAM does not know.
    GetFederationToken = "GetFederationToken",
    /// Signed: temporary credentials for the user itself.
    GetSessionToken = "GetSessionToken",
    /// Signed: a web identity token about the signer.
    GetWebIdentityToken = "GetWebIdentityToken",
}

impl Action {
    /// The operation of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|action| action.name() == name)
    }

    /// Whether it must be signed.
    #[must_use]
    pub const fn is_signed(self) -> bool {
        !matches!(self, Self::AssumeRoleWithSaml)
    }

    /// Whether it issues credentials, which a region may not do that STS is not
    /// activated in.
    #[must_use]
    pub const fn issues_credentials(self) -> bool {
        match self {
            Self::AssumeRole
            | Self::AssumeRoleWithSaml
            | Self::AssumeRoot
            | Self::GetDelegatedAccessToken
            | Self::GetFederationToken
            | Self::GetSessionToken => true,
            Self::DecodeAuthorizationMessage
            | Self::GetAccessKeyInfo
            | Self::GetWebIdentityToken => false,
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A call of one of these operations.
#[derive(Clone, Debug)]
pub struct Call<'a> {
    /// Which one.
    pub action: Action,
    /// The region it was signed for, or the mock's own.
    pub region: &'a str,
    /// Its parameters as they were sent.
    pub fields: &'a Fields<'a>,
    /// What checking its signature found.
    pub signed: Signed<'a>,
    /// What is in the one parameter that only the wire layer can read.
    pub opened: Option<&'a Opened>,
}

/// What is in a parameter that is encoded or sealed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Opened {
    /// The JSON that `EncodedMessage` seals.
    Message(String),
    /// What `TradeInToken` seals.
    TradeIn {
        /// The ARN of the role or user that the token speaks for.
        principal: String,
        /// In seconds since 1970.
        expires_unix: u64,
    },
    /// `SAMLAssertion` is base64, but not of a SAML response.
    NoAssertion,
    /// What `SAMLAssertion` says.
    Assertion(Assertion),
}

/// What a SAML response says.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Assertion {
    /// Whether the provider's key signed what is read here, or signatures are not checked.
    pub signed: bool,
    /// `IssueInstant`, in seconds since 1970.
    pub issued_unix: Option<u64>,
    /// The first `NotOnOrAfter` within, in seconds since 1970.
    pub expires_unix: Option<u64>,
    /// `Issuer`.
    pub issuer: String,
    /// `NameID`.
    pub subject: String,
    /// The last part of its `Format`.
    pub subject_type: String,
    /// `Recipient` of `SubjectConfirmationData`.
    pub audience: String,
    /// The attribute `RoleSessionName`.
    pub session_name: String,
    /// The values of the attribute `Role`: role and provider with a comma.
    pub roles: Vec<String>,
    /// The attribute `SourceIdentity`.
    pub source_identity: Option<String>,
}
