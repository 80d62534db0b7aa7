//! The mirror of users, modes and trust.

use std::collections::BTreeMap;

use crate::config::spanned::Spanned;
use schemars::JsonSchema;
use serde::Deserialize;

/// A user with static keys.
#[derive(Deserialize, JsonSchema, Clone, Debug)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct UserFile {
    /// The user's name.
    pub name: Spanned<String>,
    /// `AKIA` and 16 more.
    pub access_key_id: Spanned<String>,
    /// 40 characters.
    pub secret_access_key: Spanned<String>,
    /// Devices that show one-time codes.
    #[serde(default)]
    pub mfa: Vec<MfaFile>,
}

/// A device that shows one-time codes.
#[derive(Deserialize, JsonSchema, Clone, Debug)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct MfaFile {
    /// Its serial number or ARN.
    pub serial: Spanned<String>,
    /// What it shares with AWS, in base32.
    pub secret: Spanned<String>,
}

/// A SAML provider, as its metadata describes it.
#[derive(Deserialize, JsonSchema, Clone, Debug)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct SamlProviderFile {
    /// The whole ARN.
    pub arn: Spanned<String>,
    /// `entityID`.
    pub issuer: Spanned<String>,
    /// The certificates that it signs with, in PEM or in base64 alone.
    pub certificates: Spanned<Vec<Spanned<String>>>,
}

/// How much has to be right for a role to be assumed.
#[derive(Deserialize, JsonSchema, Clone, Copy, Debug)]
#[serde(rename_all = "kebab-case")]
pub enum ModeFile {
    /// Only what is configured exists.
    Strict,
    /// Every role exists and trusts everybody.
    Permissive,
}

/// What is done with signatures.
#[derive(Deserialize, JsonSchema, Clone, Copy, Debug)]
#[serde(rename_all = "kebab-case")]
pub enum SignaturesFile {
    /// Checked.
    Verified,
    /// Not checked.
    Unchecked,
}

/// What a trust policy demands of a token's claims; all of it must hold.
#[derive(Deserialize, JsonSchema, Clone, Default, Debug)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ConditionsFile {
    /// By claim, the values of which one must be equal.
    #[serde(default)]
    pub string_equals: Claims,
    /// By claim, the patterns of which one must match.
    #[serde(default)]
    pub string_like: Claims,
    /// Of `AssumeRole`: whether a code was shown, where the request can tell; where it cannot (a user's
    /// own keys without a code) the role is refused.
    pub bool: Option<MfaPresentFile>,
    /// The same, but where the request cannot tell the role is granted.
    pub bool_if_exists: Option<MfaPresentFile>,
    /// Of `AssumeRole`: how long ago a code was shown; refused where none was.
    pub numeric_less_than: Option<MfaAgeFile>,
}

/// What a trust policy demands of `aws:MultiFactorAuthPresent`.
#[derive(Deserialize, JsonSchema, Clone, Debug)]
#[serde(deny_unknown_fields)]
pub struct MfaPresentFile {
    /// What it must be.
    #[serde(rename = "aws:MultiFactorAuthPresent")]
    pub present: bool,
}

/// What a trust policy demands of `aws:MultiFactorAuthAge`.
#[derive(Deserialize, JsonSchema, Clone, Debug)]
#[serde(deny_unknown_fields)]
pub struct MfaAgeFile {
    /// What it must be below, in seconds.
    #[serde(rename = "aws:MultiFactorAuthAge")]
    pub age: Spanned<i64>,
}

/// Claims and what they may be.
pub type Claims = BTreeMap<String, Spanned<Vec<Spanned<String>>>>;
