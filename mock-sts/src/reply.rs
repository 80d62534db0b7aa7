//! What the operations of [`crate::action`] answer when nothing is wrong.

use crate::action::Assertion;
use crate::session::Session;

/// An answer; the texts of credentials are derived where they are written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Reply {
    /// Temporary credentials.
    Issued(Issue),
    /// Whose an access key is.
    AccessKeyInfo {
        /// Twelve digits.
        account: String,
    },
    /// What an encoded message says.
    Decoded(String),
    /// A web identity token, to be signed.
    WebIdentity(WebIdentityClaims),
}

/// A set of issued credentials.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Issue {
    /// Whom they speak for.
    pub session: Session,
    /// Counts the replies of this service; apart from the serials of grants.
    pub serial: u64,
    /// What was asked about the session itself.
    pub shape: Shape,
    /// What they were issued on.
    pub on: Ground,
}

/// What credentials were issued on, where the answer tells about it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Ground {
    /// Nothing more to tell.
    Keys,
    /// A SAML assertion.
    Saml {
        /// What it said.
        assertion: Box<Assertion>,
        /// Hash of issuer, account and provider.
        name_qualifier: String,
    },
    /// A token that was handed over by this principal.
    TradeIn {
        /// The ARN of a role or user.
        principal: String,
    },
}

/// What a session's policies, tags and token came to.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Shape {
    /// How much of the room for policies and tags is used, in percent; none
    /// without them.
    pub packed_percent: Option<u32>,
    /// `MinimumSessionTokenSize`, in bytes; none if it was not sent.
    pub token_bytes_min: Option<u16>,
}

/// What a web identity token about a caller says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WebIdentityClaims {
    /// The ARN of the caller's role or user.
    pub subject: String,
    /// The account of the caller.
    pub account: String,
    /// The region it was asked for in.
    pub region: String,
    /// For whom it is; never empty.
    pub audiences: Vec<String>,
    /// How it is signed.
    pub algorithm: Algorithm,
    /// In seconds since 1970.
    pub issued_unix: u64,
    /// In seconds since 1970.
    pub expires_unix: u64,
    /// When the caller's session ends, if it does.
    pub session_expires_unix: Option<u64>,
    /// The tags that were asked for, by their keys.
    pub tags: Vec<(String, String)>,
}

/// How a web identity token is signed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Algorithm {
    /// RSA with SHA-256.
    Rs256,
    /// ECDSA on P-384 with SHA-384.
    Es384,
}
