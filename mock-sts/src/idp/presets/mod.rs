//! Whose tokens the provider issues: one file a CI system, with what is known
//! about its issuer, audience, subject, claims and lifetimes, and how sure.

pub mod bitbucket;
pub mod circleci;
pub mod eks;
pub mod github;
mod github_immutable;
pub mod gitlab;

use serde::{Serialize, Serializer};

use super::tokens::Issuing;
use crate::config::{IdpConfig, Provenance};

/// A CI system whose tokens can be issued.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Preset {
    /// GitHub Actions, with subjects made of names.
    Github,
    /// GitHub Actions, with subjects made of names and ids.
    GithubImmutable,
    /// GitLab CI.
    Gitlab,
    /// CircleCI.
    Circleci,
    /// Bitbucket Pipelines.
    Bitbucket,
    /// Service accounts of an EKS cluster.
    Eks,
}

/// What `list` and files know about a preset.
#[derive(Clone, Copy, Debug)]
pub struct PresetInfo {
    /// Which it is.
    pub preset: Preset,
    /// The name files use.
    pub name: &'static str,
    /// One sentence for `list`.
    pub summary: &'static str,
    /// The `sub` pattern by which a role admits its jobs.
    pub subjects: &'static str,
    /// Where its numbers come from.
    pub sources: &'static [Source],
    apply: fn(&mut IdpConfig),
}

/// Where one thing about a preset comes from.
#[derive(Clone, Copy, Debug)]
pub struct Source {
    /// The key of `[idp]`, or `subject`.
    pub key: &'static str,
    /// How sure it is.
    pub provenance: Provenance,
    /// Who says so.
    pub source: &'static str,
}

/// The presets there are, in the order of [`Preset`].
pub const PRESETS: [&PresetInfo; 6] = [
    &github::INFO,
    &github_immutable::INFO,
    &gitlab::INFO,
    &circleci::INFO,
    &bitbucket::INFO,
    &eks::INFO,
];

impl Preset {
    /// The preset of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        PRESETS.iter().find(|info| info.name == name).map(|info| info.preset)
    }

    /// What is known about it.
    #[must_use]
    pub fn info(self) -> &'static PresetInfo {
        PRESETS[self as usize]
    }

    /// Puts the preset's values in the place of a profile's.
    pub fn apply(self, config: &mut IdpConfig) {
        (self.info().apply)(config);
        config.preset = self;
    }

    /// Whether its jobs have environments, pull requests and reusable workflows.
    #[must_use]
    pub fn is_github(self) -> bool {
        matches!(self, Self::Github | Self::GithubImmutable)
    }

    /// The names of its claims, for the discovery document.
    #[must_use]
    pub fn claim_names(self) -> &'static [&'static str] {
        match self {
            Self::Github | Self::GithubImmutable => github::CLAIM_NAMES,
            Self::Gitlab => gitlab::CLAIM_NAMES,
            Self::Circleci => circleci::CLAIM_NAMES,
            Self::Bitbucket => bitbucket::CLAIM_NAMES,
            Self::Eks => eks::CLAIM_NAMES,
        }
    }
}

/// The claims of one token, in the shape of its preset.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum TokenClaims {
    /// Of GitHub Actions.
    Github(Box<github::Claims>),
    /// Of GitLab CI.
    Gitlab(Box<gitlab::Claims>),
    /// Of CircleCI.
    Circleci(Box<circleci::Claims>),
    /// Of Bitbucket Pipelines.
    Bitbucket(Box<bitbucket::Claims>),
    /// Of an EKS service account.
    Eks(Box<eks::Claims>),
}

impl TokenClaims {
    pub(super) fn issue(issuing: &Issuing<'_>) -> Self {
        match issuing.config.preset {
            Preset::Github | Preset::GithubImmutable => Self::Github(Box::new(github::claims(
                issuing.config,
                issuing.job,
                issuing.audience,
                issuing.now_unix,
            ))),
            Preset::Gitlab => Self::Gitlab(Box::new(gitlab::claims(issuing))),
            Preset::Circleci => Self::Circleci(Box::new(circleci::claims(issuing))),
            Preset::Bitbucket => Self::Bitbucket(Box::new(bitbucket::claims(issuing))),
            Preset::Eks => Self::Eks(Box::new(eks::claims(issuing))),
        }
    }

    /// `sub`.
    #[must_use]
    pub fn subject(&self) -> &str {
        match self {
            Self::Github(claims) => &claims.sub,
            Self::Gitlab(claims) => claims.sub,
            Self::Circleci(claims) => claims.sub,
            Self::Bitbucket(claims) => &claims.sub,
            Self::Eks(claims) => claims.sub,
        }
    }
}

impl Serialize for TokenClaims {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Github(claims) => claims.serialize(serializer),
            Self::Gitlab(claims) => claims.serialize(serializer),
            Self::Circleci(claims) => claims.serialize(serializer),
            Self::Bitbucket(claims) => claims.serialize(serializer),
            Self::Eks(claims) => claims.serialize(serializer),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::config::PROFILES;

    fn issued(preset: Preset) -> (IdpConfig, Value) {
        let mut config = PROFILES[0].config().idp;
        preset.apply(&mut config);
        let audience = config.audiences[0].clone();
        let claims = super::super::issue(&config, "stampede-job-7", &audience, 1_632_493_567);
        (config, serde_json::to_value(claims).unwrap())
    }

    #[test]
    fn presets_are_found_by_name_and_in_their_order() {
        for info in PRESETS {
            assert_eq!(Preset::named(info.name), Some(info.preset));
            assert_eq!(info.preset.info().name, info.name);
            assert!(!info.sources.is_empty() && !info.summary.is_empty());
        }
        assert_eq!(Preset::named("jenkins"), None);
    }

    #[test]
    fn subjects_lifetimes_and_issuers_are_those_of_each_system() {
        let circleci = "org/3f1c5a0e-6e3b-4c7e-9a52-0d5a7b1f2c44";
        let table = [
            ("github", "repo:octo-org/app:ref:refs/heads/main", 300, "token.actions.githubuser"),
            (
                "github-immutable",
                "repo:octo-org@65170111/app@74014213:ref:refs/heads/main",
                300,
                "token.actions.githubuser",
            ),
            ("gitlab", "project_path:octo-org/app:ref_type:branch:ref:main", 3600, "gitlab.com"),
            ("circleci", circleci, 3600, "oidc.circleci.com/org/3f1c5a0e"),
            ("bitbucket", "{5e7d2c1a-9b84-4f36-a0d7-c3b6e8f41295}:{", 3600, "api.bitbucket.org/2"),
            ("eks", "system:serviceaccount:default:app", 86_400, "oidc.eks.us-east-1.amazonaws"),
        ];
        for (name, subject, lifetime, issuer) in table {
            let (_, claims) = issued(Preset::named(name).unwrap());
            let sub = claims["sub"].as_str().unwrap();
            assert!(sub.starts_with(subject), "{name}: {sub}");
            let lived = claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap();
            assert_eq!(lived, lifetime, "{name}");
            let iss = claims["iss"].as_str().unwrap();
            assert!(iss.starts_with(&format!("https://{issuer}")), "{name}: {iss}");
        }
    }

    #[test]
    fn the_discovery_document_names_only_claims_that_there_are() {
        for info in PRESETS {
            let (_, claims) = issued(info.preset);
            for name in info.preset.claim_names() {
                assert!(claims.get(name).is_some(), "{}: no claim {name}", info.name);
            }
        }
    }
}
