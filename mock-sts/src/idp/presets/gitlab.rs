//! GitLab's `id_tokens`.

use std::time::Duration;

use serde::Serialize;

use super::{Issuing, Preset, PresetInfo, Source};
use crate::config::{IdpConfig, Provenance};

pub(super) const INFO: PresetInfo = PresetInfo {
    preset: Preset::Gitlab,
    name: "gitlab",
    summary: "GitLab CI: tokens as long as the job's timeout, project_path:GROUP/PROJECT:...",
    subjects: "project_path:octo-org/*",
    sources: &[
        Source {
            key: "token-lifetime",
            provenance: Provenance::Documented,
            source: "GitLab's documentation: the job's timeout, 60 minutes by default",
        },
        Source {
            key: "cache-control",
            provenance: Provenance::Documented,
            source: "gitlabhq jwks_controller.rb: 24 h, public, since gitlab-org/gitlab!138405",
        },
        Source {
            key: "audiences",
            provenance: Provenance::Assumed,
            source: "each job names its own: the instance's address here",
        },
    ],
    apply,
};

fn apply(config: &mut IdpConfig) {
    config.issuer = "https://gitlab.com".into();
    config.audiences = vec!["https://gitlab.com".into()];
    config.default_audience = "https://gitlab.com".into();
    config.token_lifetime = Duration::from_secs(3600);
    config.cache_control = "max-age=86400, public, must-revalidate, no-transform".into();
}

/// The claims of a GitLab job's token; numbers are text, as there.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Claims {
    namespace_id: &'static str,
    namespace_path: &'static str,
    project_id: &'static str,
    project_path: &'static str,
    user_id: &'static str,
    user_login: &'static str,
    user_email: &'static str,
    pipeline_id: String,
    pipeline_source: &'static str,
    job_id: String,
    #[serde(rename = "ref")]
    git_ref: &'static str,
    ref_type: &'static str,
    ref_path: &'static str,
    ref_protected: &'static str,
    runner_environment: &'static str,
    sha: &'static str,
    jti: String,
    iss: String,
    iat: u64,
    nbf: u64,
    exp: u64,
    pub(super) sub: &'static str,
    aud: String,
}

pub(super) const CLAIM_NAMES: &[&str] =
    &["iss", "sub", "aud", "exp", "iat", "project_path", "ref", "ref_type", "user_login"];

pub(super) fn claims(issuing: &Issuing<'_>) -> Claims {
    let number = issuing.number();
    Claims {
        namespace_id: "72",
        namespace_path: "octo-org",
        project_id: "20",
        project_path: "octo-org/app",
        user_id: "1",
        user_login: "octocat",
        user_email: "octocat@example.com",
        pipeline_id: (1_000_000 + number).to_string(),
        pipeline_source: "push",
        job_id: (2_000_000 + number).to_string(),
        git_ref: "main",
        ref_type: "branch",
        ref_path: "refs/heads/main",
        ref_protected: "true",
        runner_environment: "gitlab-hosted",
        sha: "6113728f27ae82c7b1a177c8d03f9e96e0adf246",
        jti: issuing.token_id(),
        iss: issuing.config.issuer.clone(),
        iat: issuing.now_unix,
        // A little clock skew is allowed for; the five seconds are assumed.
        nbf: issuing.now_unix.saturating_sub(5),
        exp: issuing.expires_unix(),
        sub: "project_path:octo-org/app:ref_type:branch:ref:main",
        aud: issuing.audience.into(),
    }
}
