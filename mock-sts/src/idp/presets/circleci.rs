//! CircleCI's `CIRCLE_OIDC_TOKEN`.

use std::time::Duration;

use serde::Serialize;

use super::{Issuing, Preset, PresetInfo, Source};
use crate::config::{IdpConfig, Provenance};

pub(super) const INFO: PresetInfo = PresetInfo {
    preset: Preset::Circleci,
    name: "circleci",
    summary: "CircleCI: tokens of an hour for the organisation's id, org/ORG/project/PROJECT/...",
    subjects: "org/3f1c5a0e-6e3b-4c7e-9a52-0d5a7b1f2c44/project/*",
    sources: &[
        Source {
            key: "token-lifetime",
            provenance: Provenance::Documented,
            source: "CircleCI's documentation: one hour",
        },
        Source {
            key: "audiences",
            provenance: Provenance::Documented,
            source: "CircleCI's documentation: the organisation's id",
        },
        Source {
            key: "cache-control",
            provenance: Provenance::Assumed,
            source: "CircleCI's header was not looked at: the profile's is kept",
        },
    ],
    apply,
};

const ORG: &str = "3f1c5a0e-6e3b-4c7e-9a52-0d5a7b1f2c44";

fn apply(config: &mut IdpConfig) {
    config.issuer = format!("https://oidc.circleci.com/org/{ORG}");
    config.audiences = vec![ORG.into()];
    config.default_audience = ORG.into();
    config.token_lifetime = Duration::from_secs(3600);
}

/// The claims of a CircleCI job's token.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Claims {
    aud: String,
    exp: u64,
    iat: u64,
    iss: String,
    #[serde(rename = "oidc.circleci.com/context-ids")]
    context_ids: [&'static str; 1],
    #[serde(rename = "oidc.circleci.com/project-id")]
    project_id: &'static str,
    pub(super) sub: &'static str,
}

pub(super) const CLAIM_NAMES: &[&str] = &[
    "aud",
    "exp",
    "iat",
    "iss",
    "oidc.circleci.com/context-ids",
    "oidc.circleci.com/project-id",
    "sub",
];

pub(super) fn claims(issuing: &Issuing<'_>) -> Claims {
    Claims {
        aud: issuing.audience.into(),
        exp: issuing.expires_unix(),
        iat: issuing.now_unix,
        iss: issuing.config.issuer.clone(),
        context_ids: ["8a1c7f52-4d0b-4b7e-8f8e-2b9a6d3e5c10"],
        project_id: "b7a2d9c4-1f6e-4a83-9c5d-7e0f4b2a6d31",
        sub: "org/3f1c5a0e-6e3b-4c7e-9a52-0d5a7b1f2c44/project/b7a2d9c4-1f6e-4a83-9c5d-7e0f4b2a6d31/user/c9e4f1a7-5b2d-4f68-8a3c-6d1e0b9f7a25",
    }
}
