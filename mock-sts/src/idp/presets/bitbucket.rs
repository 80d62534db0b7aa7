//! Bitbucket Pipelines' `BITBUCKET_STEP_OIDC_TOKEN`.

use std::time::Duration;

use serde::Serialize;

use super::{Issuing, Preset, PresetInfo, Source};
use crate::config::{IdpConfig, Provenance};
use crate::idp::uuid_shaped;

pub(super) const INFO: PresetInfo = PresetInfo {
    preset: Preset::Bitbucket,
    name: "bitbucket",
    summary: "Bitbucket Pipelines: a workspace's issuer and audience, {REPOSITORY}:{STEP}",
    subjects: "{5e7d2c1a-9b84-4f36-a0d7-c3b6e8f41295}*:*",
    sources: &[
        Source {
            key: "audiences",
            provenance: Provenance::Documented,
            source: "Atlassian's documentation: ari:cloud:bitbucket::workspace/UUID",
        },
        Source {
            key: "token-lifetime",
            provenance: Provenance::Assumed,
            source: "Atlassian publishes none: an hour, as CircleCI's and GitLab's",
        },
        Source {
            key: "cache-control",
            provenance: Provenance::Assumed,
            source: "Bitbucket's header was not looked at: the profile's is kept",
        },
    ],
    apply,
};

const AUDIENCE: &str = "ari:cloud:bitbucket::workspace/d4f8b1c6-2a7e-4d93-b50f-8c9e6a1d3b72";

fn apply(config: &mut IdpConfig) {
    config.issuer =
        "https://api.bitbucket.org/2.0/workspaces/octo-org/pipelines-config/identity/oidc".into();
    config.audiences = vec![AUDIENCE.into()];
    config.default_audience = AUDIENCE.into();
    config.token_lifetime = Duration::from_secs(3600);
}

/// The claims of a Bitbucket step's token.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Claims {
    iss: String,
    aud: String,
    pub(super) sub: String,
    iat: u64,
    exp: u64,
    jti: String,
    branch_name: &'static str,
    workspace_uuid: &'static str,
    repository_uuid: &'static str,
    pipeline_uuid: String,
    step_uuid: String,
}

pub(super) const CLAIM_NAMES: &[&str] = &[
    "iss",
    "aud",
    "sub",
    "iat",
    "exp",
    "jti",
    "branchName",
    "workspaceUuid",
    "repositoryUuid",
    "pipelineUuid",
    "stepUuid",
];

pub(super) fn claims(issuing: &Issuing<'_>) -> Claims {
    const REPOSITORY: &str = "{5e7d2c1a-9b84-4f36-a0d7-c3b6e8f41295}";
    let of_job = |salt: u128| {
        let bits = (u128::from(issuing.number()) + 1).wrapping_mul(salt);
        format!("{{{}}}", uuid_shaped(bits.to_be_bytes()))
    };
    let step_uuid = of_job(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
    Claims {
        iss: issuing.config.issuer.clone(),
        aud: issuing.audience.into(),
        sub: format!("{REPOSITORY}:{step_uuid}"),
        iat: issuing.now_unix,
        exp: issuing.expires_unix(),
        jti: issuing.token_id(),
        branch_name: "main",
        workspace_uuid: "{d4f8b1c6-2a7e-4d93-b50f-8c9e6a1d3b72}",
        repository_uuid: REPOSITORY,
        pipeline_uuid: of_job(0xbf58_476d_1ce4_e5b9_94d0_49bb_1331_11eb),
        step_uuid,
    }
}
