//! Who there is in the account, and whom its roles trust.

use super::ServiceConfig;
use super::certificate::public_key;

/// An IAM user with one pair of static keys.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UserConfig {
    /// 1 to 64 characters.
    pub name: String,
    /// `AKIA` and 16 more.
    pub access_key_id: String,
    /// 40 characters.
    pub secret_access_key: String,
    /// The devices that show its codes.
    pub mfa: Vec<MfaDevice>,
}

/// A device that shows one-time codes (RFC 6238: HMAC-SHA-1, six digits, 30 s).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MfaDevice {
    /// What `SerialNumber` calls it: 9 to 256 characters.
    pub serial: String,
    /// What it shares with AWS, decoded; 16 bytes or more.
    pub secret: Vec<u8>,
}

/// A SAML provider: whose assertions are believed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SamlProviderConfig {
    /// What `PrincipalArn` calls it.
    pub arn: String,
    /// The `Issuer` of its assertions.
    pub issuer: String,
    /// The keys that sign them (X.509's `SubjectPublicKeyInfo`, DER); never empty.
    pub keys: Vec<Vec<u8>>,
}

impl SamlProviderConfig {
    /// The key of a certificate in PEM, or in base64 alone as metadata has it; nothing when it is none,
    /// or not of an RSA key of 2048 to 8192 bits.
    #[must_use]
    pub fn key_of(certificate: &str) -> Option<Vec<u8>> {
        public_key(certificate)
    }
}

/// How much has to be right for a role to be assumed.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Mode {
    /// Only what is configured exists, and roles trust whom they say.
    #[default]
    Strict,
    /// Every role of a well-formed ARN exists and trusts everybody.
    Permissive,
}

/// What is done with the signatures of signed operations.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Signatures {
    /// Checked, with keys that this process issued or the file names.
    #[default]
    Verified,
    /// Read for who signed, but not checked; unknown keys are a user's called
    /// `unchecked`.
    Unchecked,
}

/// One line of a trust policy's conditions: a claim and what it may be.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Condition {
    /// How the claim is compared.
    pub operator: Operator,
    /// The claim's name, for example `job_workflow_ref`.
    pub claim: String,
    /// One of them must match; never empty.
    pub values: Vec<String>,
}

/// What a role's trust policy demands of the MFA of who calls `AssumeRole`; nothing by default.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct MfaConditions {
    /// `Bool` on `aws:MultiFactorAuthPresent`.
    pub present: Option<bool>,
    /// `BoolIfExists` on the same.
    pub present_if_exists: Option<bool>,
    /// `NumericLessThan` on `aws:MultiFactorAuthAge`, in seconds; 1 to 129 600.
    pub younger_than_s: Option<u64>,
}

/// How a condition compares.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Operator {
    /// Character by character.
    StringEquals,
    /// With `*` for any run of characters and `?` for exactly one.
    StringLike,
}

/// What [`super::ServiceConfig`] holds about identities; the default is an
/// account without users that does nothing out of the ordinary.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Identities {
    /// The users with keys.
    pub users: Vec<UserConfig>,
    /// The SAML providers.
    pub saml_providers: Vec<SamlProviderConfig>,
    /// How much has to be right for a role to be assumed.
    pub mode: Mode,
    /// Whether signatures are checked.
    pub signatures: Signatures,
    /// The accounts whose root `AssumeRoot` may assume.
    pub member_accounts: Vec<String>,
    /// The regions that STS is not activated in, by the credential's scope.
    pub disabled_regions: Vec<String>,
    /// Whether `GetWebIdentityToken` is enabled, which it is not in a new
    /// account of AWS.
    pub outbound_federation: bool,
}

impl Identities {
    /// The SAML provider of this ARN, if there is one.
    #[must_use]
    pub fn saml_provider(&self, arn: &str) -> Option<&SamlProviderConfig> {
        self.saml_providers.iter().find(|provider| provider.arn == arn)
    }
}

impl ServiceConfig {
    /// The name of a region by its number: 0 is the service's own, others follow. A number that
    /// stands for none is the service's own, too.
    #[must_use]
    pub fn region_name(&self, number: u16) -> &str {
        let other = usize::from(number).checked_sub(1).and_then(|it| self.other_regions.get(it));
        other.unwrap_or(&self.region)
    }

    /// The number of the region of this name; none where STS does not answer in it.
    #[must_use]
    pub fn region_number(&self, name: &str) -> Option<u16> {
        let mut names = std::iter::once(&self.region).chain(&self.other_regions);
        u16::try_from(names.position(|known| known == name)?).ok()
    }

    /// The regions that STS answers in; at least 1.
    #[must_use]
    pub fn regions(&self) -> u16 {
        u16::try_from(1 + self.other_regions.len()).unwrap_or(u16::MAX)
    }

    /// The partition of the region: `aws`, `aws-cn` or `aws-us-gov`.
    #[must_use]
    pub fn partition(&self) -> &'static str {
        match &*self.region {
            region if region.starts_with("cn-") => "aws-cn",
            region if region.starts_with("us-gov-") => "aws-us-gov",
            _ => "aws",
        }
    }
}
