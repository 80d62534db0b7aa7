//! The text of `[service]` and `[idp]` as serde sees it: nothing is checked
//! here but shape, and every value remembers its place.
//!
//! Durations are strings with units, whole numbers are `i64` so that a number
//! that is out of range is reported by [`super::check`] with its meaning.

mod complaint;
pub mod fault;
pub mod identity;
pub mod limit;
pub mod parse;
mod place;
mod stand_in;

use crate::config::spanned::Spanned;
use crate::config::unit::schema::{DurationText, RateText, ShareText};
use schemars::JsonSchema;
use serde::Deserialize;

use self::fault::FaultFile;
use self::identity::{ConditionsFile, ModeFile, SamlProviderFile, SignaturesFile, UserFile};
use self::limit::{LimitFile, ThrottleHeadersFile};

/// A file that configures the mock alone.
#[derive(Deserialize, JsonSchema, Clone, Debug)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct MockFile {
    /// STS.
    pub service: Option<ServiceFile>,
    /// The identity provider.
    pub idp: Option<IdpFile>,
    /// Further providers, each with a name.
    pub idps: Option<Vec<Spanned<IdpFile>>>,
}

/// `[service]`: a profile, and what is different from it.
#[derive(Deserialize, JsonSchema, Clone, Default, Debug)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ServiceFile {
    /// The profile that all other numbers come from; the first one by default.
    pub profile: Option<Spanned<String>>,
    /// Twelve digits.
    pub account: Option<Spanned<String>>,
    /// For example `us-east-1`.
    pub region: Option<Spanned<String>>,
    /// Other regions that STS answers in, each with limits and key caches of its own; none by default.
    pub other_regions: Option<Spanned<Vec<Spanned<String>>>>,
    /// The time STS itself takes.
    pub latency: Option<Spanned<LatencyFile>>,
    /// Whether 400s close their connection.
    pub close_on_error: Option<bool>,
    /// Replaces all limits of the profile.
    pub limits: Option<Vec<LimitFile>>,
    /// What throttled answers say about when to come back; nothing by default.
    pub throttle_headers: Option<ThrottleHeadersFile>,
    /// What goes wrong, and when; nothing by default.
    pub faults: Option<Vec<FaultFile>>,
    /// Replaces all roles of the profile.
    pub roles: Option<Spanned<Vec<RoleFile>>>,
    /// Replaces all users of the profile.
    pub users: Option<Vec<UserFile>>,
    /// Replaces all SAML providers of the profile; there are none by default.
    pub saml_providers: Option<Vec<SamlProviderFile>>,
    /// How much has to be right for a role to be assumed; `strict` by default.
    pub mode: Option<ModeFile>,
    /// Whether signatures are checked; `verified` by default.
    pub signatures: Option<SignaturesFile>,
    /// The accounts whose root `AssumeRoot` may assume; none by default.
    pub member_accounts: Option<Vec<Spanned<String>>>,
    /// The regions that STS is not activated in; none by default.
    pub disabled_regions: Option<Vec<Spanned<String>>>,
    /// Whether `GetWebIdentityToken` is enabled; not by default, as in AWS.
    pub outbound_federation: Option<bool>,
    /// How STS gets keys.
    pub verification_key: Option<KeyFile>,
}

/// A distribution of durations, named by its one key.
#[derive(Deserialize, JsonSchema, Clone, Debug)]
#[serde(rename_all = "kebab-case")]
pub enum LatencyFile {
    /// Always the same.
    Fixed(#[schemars(with = "DurationText")] Spanned<String>),
    /// Between two bounds.
    Uniform(UniformFile),
    /// Log-normal.
    Lognormal(LognormalFile),
    /// Exponential.
    Exponential(ExponentialFile),
}

/// The bounds of a uniform distribution.
#[derive(Deserialize, JsonSchema, Clone, Debug)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct UniformFile {
    /// The shortest.
    #[schemars(with = "DurationText")]
    pub min: Spanned<String>,
    /// The longest.
    #[schemars(with = "DurationText")]
    pub max: Spanned<String>,
}

/// The parameters of a log-normal distribution.
#[derive(Deserialize, JsonSchema, Clone, Debug)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct LognormalFile {
    /// The middle draw.
    #[schemars(with = "DurationText")]
    pub median: Spanned<String>,
    /// Spread of the logarithm.
    pub sigma: Spanned<f64>,
}

/// The parameter of an exponential distribution.
#[derive(Deserialize, JsonSchema, Clone, Debug)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ExponentialFile {
    /// The mean.
    #[schemars(with = "DurationText")]
    pub mean: Spanned<String>,
}

/// A role and who may assume it.
#[derive(Deserialize, JsonSchema, Clone, Debug)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RoleFile {
    /// The whole ARN.
    pub arn: Spanned<String>,
    /// `aud` values its trust policy admits; `sts.amazonaws.com` by default.
    pub audiences: Option<Spanned<Vec<Spanned<String>>>>,
    /// `sub` patterns its trust policy admits; all by default.
    pub subjects: Option<Spanned<Vec<Spanned<String>>>>,
    /// What else its trust policy demands of a token's claims; nothing by default.
    pub conditions: Option<ConditionsFile>,
    /// Whom its trust policy lets call `AssumeRole`; nobody by default.
    pub trusts: Option<Vec<Spanned<String>>>,
    /// The `ExternalId` that its trust policy demands of them; none by default.
    pub external_id: Option<Spanned<String>>,
    /// `MaxSessionDuration`; an hour by default, as in IAM.
    #[schemars(with = "Option<DurationText>")]
    pub max_session: Option<Spanned<String>>,
}

/// `[service.verification-key]`.
#[derive(Deserialize, JsonSchema, Clone, Default, Debug)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct KeyFile {
    /// STS front ends.
    pub hosts: Option<Spanned<i64>>,
    /// The longest a key set is used.
    #[schemars(with = "Option<DurationText>")]
    pub ttl: Option<Spanned<String>>,
    /// How long a failed fetch is remembered.
    #[schemars(with = "Option<DurationText>")]
    pub negative_ttl: Option<Spanned<String>>,
    /// Whether requests join a fetch that is under way.
    pub in_flight: Option<InFlightFile>,
    /// When a fetch counts as failed.
    #[schemars(with = "Option<DurationText>")]
    pub deadline: Option<Spanned<String>>,
    /// The identity provider's side of the fetch.
    pub provider: Option<ProviderFile>,
}

/// What a request does when its host is already fetching.
#[derive(Deserialize, JsonSchema, Clone, Copy, Debug)]
#[serde(rename_all = "kebab-case")]
pub enum InFlightFile {
    /// Waits for that fetch.
    Joined,
    /// Fetches for itself.
    Separate,
}

/// `[service.verification-key.provider]`.
#[derive(Deserialize, JsonSchema, Clone, Default, Debug)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ProviderFile {
    /// Fetches it serves at once.
    pub concurrency: Option<Spanned<i64>>,
    /// Fetches that may wait.
    pub queue: Option<Spanned<i64>>,
    /// The time one fetch takes.
    pub latency: Option<Spanned<LatencyFile>>,
    /// Its own rate limit.
    #[schemars(with = "Option<RateText>")]
    pub rate: Option<Spanned<String>>,
}

/// `[idp]`.
#[derive(Deserialize, JsonSchema, Clone, Default, Debug)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct IdpFile {
    /// Of `[[idps]]` only: the path it is served under.
    pub name: Option<Spanned<String>>,
    /// The CI system whose tokens it issues; all other keys come on top.
    pub preset: Option<Spanned<String>>,
    /// What is special about its jobs.
    pub claims: Option<Spanned<ClaimsFile>>,
    /// `iss`.
    pub issuer: Option<Spanned<String>>,
    /// The audiences registered with the account's provider.
    pub audiences: Option<Spanned<Vec<Spanned<String>>>>,
    /// The thumbprints registered with the account's provider; none by default.
    pub thumbprints: Option<Vec<Spanned<String>>>,
    /// The thumbprint of the certificate it shows; one of those registered by default.
    pub certificate_thumbprint: Option<Spanned<String>>,
    /// `exp` - `iat` of its tokens.
    #[schemars(with = "Option<DurationText>")]
    pub token_lifetime: Option<Spanned<String>>,
    /// The `Cache-Control` of its JWKS.
    pub cache_control: Option<Spanned<String>>,
    /// The time its token endpoint takes.
    pub token_latency: Option<Spanned<LatencyFile>>,
    /// Of `[[idps]]` only: the issuer is somebody else's, and its keys are
    /// really fetched.
    pub external: Option<Spanned<ExternalFile>>,
    /// How its token endpoint itself fails.
    pub token_faults: Option<TokenFaultsFile>,
    /// What its tokens are signed with; `RS256` by default.
    pub algorithm: Option<Spanned<String>>,
    /// How long each of its keys signs; for ever by default.
    #[schemars(with = "Option<DurationText>")]
    pub rotate_every: Option<Spanned<String>>,
    /// How long the key set keeps a key after its last signature; the tokens'
    /// lifetime by default, but not longer than the next key signs.
    #[schemars(with = "Option<DurationText>")]
    pub rotation_overlap: Option<Spanned<String>>,
}

/// `[idp.claims]`.
#[derive(Deserialize, JsonSchema, Clone, Default, Debug)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ClaimsFile {
    /// The deployment environment.
    pub environment: Option<Spanned<String>>,
    /// The number of the pull request.
    pub pull_request: Option<Spanned<i64>>,
    /// `OWNER/REPO/PATH@REF` of a reusable workflow.
    pub job_workflow_ref: Option<Spanned<String>>,
}

/// `[idp.token-faults]`. Shares are texts like `"5%"`.
#[derive(Deserialize, JsonSchema, Clone, Default, Debug)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct TokenFaultsFile {
    /// How long each job is refused with 403 from its first request on.
    #[schemars(with = "Option<DurationText>")]
    pub pending_for: Option<Spanned<String>>,
    /// The share of requests that are answered with 500.
    #[schemars(with = "Option<ShareText>")]
    pub error_rate: Option<Spanned<String>>,
    /// The share of requests that take longer.
    pub slow: Option<SlowFile>,
    /// The share of requests that are never answered.
    #[schemars(with = "Option<ShareText>")]
    pub hang: Option<Spanned<String>>,
}

/// `slow` of `[idp.token-faults]`.
#[derive(Deserialize, JsonSchema, Clone, Debug)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct SlowFile {
    /// Of requests.
    #[schemars(with = "ShareText")]
    pub share: Spanned<String>,
    /// What is added to `token-latency`.
    pub latency: Spanned<LatencyFile>,
}

/// `external` of `[[idps]]`.
#[derive(Deserialize, JsonSchema, Clone, Default, Debug)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ExternalFile {
    /// Hosts beside the issuer's own that its keys may be fetched from.
    pub hosts: Option<Vec<Spanned<String>>>,
    /// A PEM file of certificates to trust, instead of the system's.
    pub ca_file: Option<Spanned<String>>,
    /// `IP:PORT` to connect to, whatever the names resolve to.
    pub connect: Option<Spanned<String>>,
}
