//! What a caller asked, parsed and typed, free of the wire.

use std::collections::BTreeMap;

use crate::action::Call;
use crate::fields::Fields;
pub use crate::session::Session;

/// One request as the service sees it.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    /// Whose luck this request draws from.
    pub caller: Caller,
    /// What is asked.
    pub operation: Operation<'a>,
}

/// Identifies a request for the dice: the same caller's same attempt meets the
/// same draws in every contender and in both worlds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Caller {
    /// [`crate::dice::key_of`] the role session name.
    pub key: u64,
    /// The attempt of that caller, from 1.
    pub attempt: u32,
    /// Whom a limit per source takes it for: a job of the fleet, or the role
    /// session name of anybody else, as a number.
    pub source: u64,
    /// Where it arrives: 0 is the service's own region, and others count from 1 in
    /// [`crate::config::ServiceConfig::other_regions`].
    pub region: u16,
}

/// The operations the service knows.
#[derive(Clone, Debug)]
pub enum Operation<'a> {
    /// Unsigned: a web identity token for temporary credentials.
    AssumeRoleWithWebIdentity(AssumeRoleWithWebIdentity<'a>),
    /// Signed: who am I?
    GetCallerIdentity(Signed<'a>),
    /// Any other.
    Call(Call<'a>),
}

/// The parameters of `AssumeRoleWithWebIdentity` as they were sent.
#[derive(Clone, Debug)]
pub struct AssumeRoleWithWebIdentity<'a> {
    /// `RoleArn`.
    pub role_arn: Option<&'a str>,
    /// `RoleSessionName`.
    pub role_session_name: Option<&'a str>,
    /// `WebIdentityToken`.
    pub token: Option<Token<'a>>,
    /// `DurationSeconds`.
    pub duration: DurationSeconds,
    /// `ProviderId`, for the OAuth providers that are not OIDC.
    pub provider_id: Option<&'a str>,
    /// `Policy`, the inline session policy.
    pub policy: Option<&'a str>,
    /// `PolicyArns` and `MinimumSessionTokenSize`, where they were sent.
    pub session: Option<&'a Fields<'a>>,
}

/// `DurationSeconds` as it was sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DurationSeconds {
    /// Not sent: STS grants 3600 s.
    Default,
    /// A whole number; `+900` and `0900` both are 900.
    Seconds(i64),
    /// Sent and empty.
    Empty,
    /// Not a number that fits: `1.5`, `abc`, more than 32 bits.
    NotANumber,
}

/// A web identity token as far as the wire layer could read it.
#[derive(Clone, Copy, Debug)]
pub enum Token<'a> {
    /// Not a JSON Web Token; only its length in bytes matters.
    Unreadable {
        /// Bytes of the parameter's value.
        length: usize,
    },
    /// A JSON Web Token with its claims read.
    Jwt(&'a WebIdentity),
}

/// The claims of a web identity token, with what its signature turned out to be.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WebIdentity {
    /// Bytes of the token's text.
    pub length: usize,
    /// `iss`.
    pub issuer: String,
    /// `aud`: one or several; empty when the claim is missing.
    pub audiences: Vec<String>,
    /// `sub`.
    pub subject: Option<String>,
    /// The claims, other than those above, that a trust policy looks at, and those
    /// of [`crate::token_claims`]: one or several texts each.
    pub others: BTreeMap<String, Vec<String>>,
    /// `exp`, in seconds since 1970; `None` when the claim is missing.
    pub expires_unix: Option<u64>,
    /// `nbf`, in seconds since 1970.
    pub not_before_unix: Option<u64>,
    /// What checking the signature against the issuer's keys found.
    pub signature: TokenSignature,
}

/// What checking a token's signature found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TokenSignature {
    /// It verifies under a key of the issuer.
    Valid,
    /// It does not verify, or its algorithm is not accepted.
    Invalid,
    /// The issuer has no key of the token's `kid`.
    UnknownKey,
    /// Not looked at: simulated tokens carry no signature.
    Unchecked,
}

/// What checking a request's SigV4 signature found.
#[derive(Clone, Debug)]
pub enum Signed<'a> {
    /// No `Authorization` header and no query signature.
    Missing,
    /// The authentication information cannot be read; the text says what lacks.
    Incomplete(&'a str),
    /// The access key or session token is none of ours.
    UnknownKey,
    /// Ours, but the signature does not verify.
    Invalid,
    /// Ours, but the signature cannot be right; the text says why.
    Wrong(&'a str),
    /// Ours, and the signature verifies.
    Valid(&'a Session),
}
