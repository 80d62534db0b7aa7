//! Named sets of service numbers, each number with its provenance.

mod knobs;

use std::time::Duration;

use self::knobs::{CACHEABLE_KEYS, GITHUB_2021, THROTTLED};
use super::{
    ClaimKnobs, Identities, IdpConfig, InFlight, KeyConfig, LimitConfig, LimitRule, MfaConditions,
    MockConfig, ProviderConfig, Refill, RoleConfig, Scope, ServiceConfig, ThrottleHeaders,
    TokenFaults, UserConfig,
};
use crate::idp::{Algorithm, Preset};
use crate::latency::Latency;

/// Where a number comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Provenance {
    /// AWS or the provider says so.
    Documented,
    /// Chosen so that published incidents come out together.
    Calibrated,
    /// Neither published nor pinned down by an incident.
    Assumed,
}

impl Provenance {
    /// The word reports print.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Documented => "documented",
            Self::Calibrated => "calibrated",
            Self::Assumed => "assumed",
        }
    }
}

/// One number of a profile and where it comes from.
#[derive(Clone, Copy, Debug)]
pub struct Knob {
    /// The key in a scenario file.
    pub key: &'static str,
    /// How sure the number is.
    pub provenance: Provenance,
    /// The source, or what it was calibrated against.
    pub source: &'static str,
    show: fn(&MockConfig) -> String,
}

impl Knob {
    /// The number as it stands in `config`.
    #[must_use]
    pub fn value(&self, config: &MockConfig) -> String {
        (self.show)(config)
    }
}

/// A named set of service numbers.
#[derive(Clone, Copy, Debug)]
pub struct Profile {
    /// The name scenarios use.
    pub name: &'static str,
    /// One sentence for `list`.
    pub summary: &'static str,
    /// The numbers whose source is the profile's own.
    pub knobs: &'static [Knob],
    build: fn() -> MockConfig,
}

impl Profile {
    /// Every number whose source matters: the profile's own, and those it
    /// shares with the first profile.
    pub fn all_knobs(&self) -> impl Iterator<Item = &'static Knob> {
        let own = |key| self.knobs.iter().find(move |knob| knob.key == key);
        let base = GITHUB_2021.iter();
        let shared = base.clone().map(move |knob| own(knob.key).unwrap_or(knob));
        let extra = |knob: &&Knob| !GITHUB_2021.iter().any(|known| known.key == knob.key);
        shared.chain(self.knobs.iter().filter(extra))
    }

    /// The profile's numbers, to be overridden key by key.
    #[must_use]
    pub fn config(&self) -> MockConfig {
        MockConfig { profile: self.name, ..(self.build)() }
    }
}

/// The profiles there are; the first is the default.
pub const PROFILES: &[Profile] = &[
    Profile {
        name: "github-2021",
        summary: "STS fetches GitHub's uncacheable keys anew for every call, as when #299 was filed",
        knobs: GITHUB_2021,
        build: github_2021,
    },
    Profile {
        name: "cacheable-keys",
        summary: "the same provider with a JWKS that may be cached for a day, as AWS recommends",
        knobs: CACHEABLE_KEYS,
        build: cacheable_keys,
    },
    Profile {
        name: "throttled",
        summary: "an AWS-hosted issuer whose keys are at hand, and a tight request-rate limit",
        knobs: THROTTLED,
        build: throttled,
    },
];

/// The profile of that name.
#[must_use]
pub fn profile(name: &str) -> Option<&'static Profile> {
    PROFILES.iter().find(|profile| profile.name == name)
}

/// As AWS describes its buckets.
fn bucket(rate_per_s: u64, burst: u64) -> LimitConfig {
    let rule = LimitRule::TokenBucket { rate_per_s, burst, refill: Refill::EachSecond };
    LimitConfig { per: Scope::AccountRegion, rule }
}

fn github_2021() -> MockConfig {
    MockConfig {
        profile: "",
        service: ServiceConfig {
            account: "123456789012".into(),
            region: "us-east-1".into(),
            other_regions: Vec::new(),
            // 2021-10-27T00:00:00Z, the day of #299. The real world overrides it with its clock.
            epoch_unix: 1_635_292_800,
            latency: Latency::Lognormal { median: Duration::from_millis(110), sigma: 0.35 },
            close_on_error: true,
            limits: vec![bucket(600, 600)],
            throttle_headers: ThrottleHeaders::default(),
            faults: Vec::new(),
            verification_key: KeyConfig {
                hosts: 24,
                ttl: Duration::from_secs(3600),
                negative_ttl: Duration::ZERO,
                in_flight: InFlight::Joined,
                deadline: Duration::from_secs(5),
                provider: ProviderConfig {
                    concurrency: 1,
                    queue: 1000,
                    latency: Latency::Lognormal { median: Duration::from_secs(1), sigma: 0.45 },
                    rate_per_s: None,
                },
            },
            roles: vec![RoleConfig {
                arn: "arn:aws:iam::123456789012:role/ci".into(),
                name: "ci".into(),
                audiences: vec!["sts.amazonaws.com".into()],
                subjects: vec!["repo:octo-org/*".into()],
                conditions: Vec::new(),
                mfa: MfaConditions::default(),
                trusts: vec!["123456789012".into()],
                external_id: None,
                max_session: Duration::from_secs(43_200),
            }],
            identities: Identities {
                // The keys of AWS's own documentation: nobody's.
                users: vec![UserConfig {
                    name: "deploy".into(),
                    access_key_id: "AKIAIOSFODNN7EXAMPLE".into(),
                    secret_access_key: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".into(),
                    mfa: Vec::new(),
                }],
                ..Identities::default()
            },
        },
        idps: Vec::new(),
        idp: IdpConfig {
            name: String::new(),
            preset: Preset::Github,
            issuer: "https://token.actions.githubusercontent.com".into(),
            audiences: vec!["sts.amazonaws.com".into()],
            default_audience: "https://github.com/octo-org".into(),
            claims: ClaimKnobs::default(),
            thumbprints: Vec::new(),
            certificate_thumbprint: None,
            token_lifetime: Duration::from_secs(300),
            cache_control: "no-cache".into(),
            token_latency: Latency::Lognormal { median: Duration::from_millis(60), sigma: 0.3 },
            external: None,
            token_faults: TokenFaults::NONE,
            algorithm: Algorithm::Rs256,
            rotation: None,
        },
    }
}

fn cacheable_keys() -> MockConfig {
    let mut config = github_2021();
    config.idp.cache_control = "max-age=86400, public, must-revalidate, no-transform".into();
    config
}

fn throttled() -> MockConfig {
    let mut config = cacheable_keys();
    config.service.verification_key.provider.concurrency = 64;
    config.service.verification_key.provider.latency = Latency::Fixed(Duration::from_millis(20));
    config.service.limits = vec![bucket(20, 40)];
    config
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_profile_is_found_and_explains_itself() {
        for entry in PROFILES {
            let found = profile(entry.name).map(|found| found.config().profile);
            assert_eq!(found, Some(entry.name));
            assert!(!entry.knobs.is_empty() && !entry.summary.is_empty());
        }
        assert!(profile("nope").is_none());
    }

    /// What another profile's number was calibrated against says nothing of this one's.
    #[test]
    fn a_number_of_its_own_has_a_source_of_its_own() {
        let first = PROFILES[0].config();
        for entry in &PROFILES[1..] {
            let config = entry.config();
            for knob in entry.all_knobs() {
                let is_its_own = entry.knobs.iter().any(|own| own.key == knob.key);
                let is_shared = knob.value(&config) == knob.value(&first);
                assert!(is_its_own || is_shared, "{}: {}", entry.name, knob.key);
            }
        }
    }
}
