//! The service's numbers: checked types, and the named profiles they come from.

mod cache_control;
mod certificate;
pub mod check;
mod fault;
pub mod file;
pub mod identity;
mod limit;
pub mod problem;
mod profile;
pub mod spanned;
pub mod unit;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

pub use self::cache_control::jwks_lifetime;
pub use self::fault::{Appetite, Effect, FaultConfig, FaultKind, Window, WireFault};
pub use self::identity::{
    Condition, Identities, MfaConditions, MfaDevice, Mode, Operator, SamlProviderConfig,
    Signatures, UserConfig,
};
pub use self::limit::{LimitConfig, LimitRule, Refill, Scope, ThrottleHeaders};
pub use self::profile::{Knob, PROFILES, Profile, Provenance, profile};
use crate::idp::{Algorithm, Preset, Rotation};
use crate::latency::Latency;

/// Everything the mock needs to know. Values are already checked.
#[derive(Clone, PartialEq, Debug)]
pub struct MockConfig {
    /// The name of the profile the numbers started from.
    pub profile: &'static str,
    /// STS.
    pub service: ServiceConfig,
    /// The identity provider that signs the web identity tokens.
    pub idp: IdpConfig,
    /// Further providers of the account, each under a path of its own.
    pub idps: Vec<IdpConfig>,
}

impl MockConfig {
    /// All providers of the account, the default one first.
    pub fn providers(&self) -> impl Iterator<Item = &IdpConfig> {
        std::iter::once(&self.idp).chain(&self.idps)
    }
}

/// The numbers of STS.
#[derive(Clone, PartialEq, Debug)]
pub struct ServiceConfig {
    /// Twelve digits: the account that owns the roles and the provider.
    pub account: String,
    /// The region the mock answers for.
    pub region: String,
    /// The other regions that STS answers in, each with limits and key caches of its own.
    pub other_regions: Vec<String>,
    /// Seconds since 1970 at [`crate::clock::Instant::ZERO`].
    pub epoch_unix: u64,
    /// The time STS itself takes, before and beside any key fetch.
    pub latency: Latency,
    /// Answer 400s with `connection: close`, as captures show STS does.
    pub close_on_error: bool,
    /// Rate limits; a request must pass all of them.
    pub limits: Vec<LimitConfig>,
    /// What throttled answers say about when to come back; nothing by default.
    pub throttle_headers: ThrottleHeaders,
    /// What goes wrong, and when; the first that strikes a request decides.
    pub faults: Vec<FaultConfig>,
    /// How STS gets the keys that tokens are verified with.
    pub verification_key: KeyConfig,
    /// The roles there are; never empty.
    pub roles: Vec<RoleConfig>,
    /// Users, and how strict the account is.
    pub identities: Identities,
}

/// The verification-key model: front ends that each cache the issuer's keys
/// and fetch them from a provider that can only do so much at once.
#[derive(Clone, PartialEq, Debug)]
pub struct KeyConfig {
    /// STS front ends, each with a cache of its own; at least 1.
    pub hosts: u32,
    /// The longest a fetched key set is used, whatever the provider allows.
    pub ttl: Duration,
    /// How long a failed fetch is remembered and answered without a new one.
    pub negative_ttl: Duration,
    /// Whether requests on one host join a fetch that is under way there.
    pub in_flight: InFlight,
    /// A fetch not finished by then fails every request that waits on it.
    pub deadline: Duration,
    /// The identity provider's side of the fetch.
    pub provider: ProviderConfig,
}

/// What a request does when its host is already fetching.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum InFlight {
    /// Waits for the fetch that is under way.
    Joined,
    /// Fetches for itself.
    Separate,
}

/// How the identity provider answers key fetches.
#[derive(Clone, PartialEq, Debug)]
pub struct ProviderConfig {
    /// Fetches it serves at once; at least 1.
    pub concurrency: u32,
    /// Fetches that may wait for a server; more are refused at once.
    pub queue: u32,
    /// The time one fetch takes once it is served.
    pub latency: Latency,
    /// Its own rate limit, in fetches per second; none by default.
    pub rate_per_s: Option<u64>,
}

/// A role and who may assume it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RoleConfig {
    /// The whole ARN, path included.
    pub arn: String,
    /// The name: what follows the ARN's last slash.
    pub name: String,
    /// `aud` values the trust policy admits.
    pub audiences: Vec<String>,
    /// `sub` patterns the trust policy admits; `*` and `?` as in `StringLike`.
    pub subjects: Vec<String>,
    /// What else the trust policy demands of a token's claims.
    pub conditions: Vec<Condition>,
    /// What it demands of the MFA of who calls `AssumeRole`.
    pub mfa: MfaConditions,
    /// Whom the trust policy lets call `AssumeRole`: accounts, ARNs or `*`.
    pub trusts: Vec<String>,
    /// The `ExternalId` that `AssumeRole` must send.
    pub external_id: Option<String>,
    /// `MaxSessionDuration`, 3600 s to 43200 s.
    pub max_session: Duration,
}

/// The identity provider.
#[derive(Clone, PartialEq, Debug)]
pub struct IdpConfig {
    /// The path it is served under; empty for the default one, which is at the root.
    pub name: String,
    /// Whose tokens it issues.
    pub preset: Preset,
    /// `iss`.
    pub issuer: String,
    /// The audiences registered with the account's OIDC provider.
    pub audiences: Vec<String>,
    /// `aud` of a token that was asked for without one.
    pub default_audience: String,
    /// What is special about its jobs.
    pub claims: ClaimKnobs,
    /// The thumbprints registered with the account's OIDC provider, lowercase;
    /// none if its certificate is trusted by its chain.
    pub thumbprints: Vec<String>,
    /// The thumbprint of the certificate it shows.
    pub certificate_thumbprint: Option<String>,
    /// `exp` - `iat` of its tokens.
    pub token_lifetime: Duration,
    /// The `Cache-Control` of its JWKS; decides whether STS may cache it.
    pub cache_control: String,
    /// The time its token endpoint takes to answer.
    pub token_latency: Latency,
    /// Set where it is somebody else's, and its keys are fetched over HTTPS.
    pub external: Option<ExternalConfig>,
    /// How its token endpoint itself fails; not at all by default.
    pub token_faults: TokenFaults,
    /// What its tokens are signed with.
    pub algorithm: Algorithm,
    /// When it changes its key; never, if none.
    pub rotation: Option<Rotation>,
}

/// What is special about the jobs that ask for tokens; GitHub's only.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct ClaimKnobs {
    /// The deployment environment they run in.
    pub environment: Option<String>,
    /// The number of the pull request they run for.
    pub pull_request: Option<u32>,
    /// The reusable workflow they are defined in: `OWNER/REPO/PATH@REF`.
    pub job_workflow_ref: Option<String>,
}

/// The token endpoint's own failures. Shares are parts of one, each drawn anew
/// for every request.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct TokenFaults {
    /// How long a job is refused from its first request on, as one whose CI
    /// system has not noticed yet that it runs.
    pub pending_for: Duration,
    /// Of requests that are answered with 500.
    pub error_share: f64,
    /// Of requests that take longer than the rest.
    pub slow_share: f64,
    /// By how much they do.
    pub slow: Latency,
    /// Of requests that are never answered.
    pub hang_share: f64,
}

impl TokenFaults {
    /// An endpoint that does not fail.
    pub const NONE: Self = Self {
        pending_for: Duration::ZERO,
        error_share: 0.0,
        slow_share: 0.0,
        slow: Latency::ZERO,
        hang_share: 0.0,
    };
}

/// How the keys of an issuer that is not ours are fetched.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct ExternalConfig {
    /// Hosts beside the issuer's own that its keys may be fetched from.
    pub hosts: Vec<String>,
    /// Certificates to trust; the system's, if none.
    pub ca_file: Option<PathBuf>,
    /// Where to connect, whatever the names resolve to.
    pub connect: Option<SocketAddr>,
}
