//! The claims of a job's web identity token, as GitHub Actions writes them.

use aws_lc_rs::digest::{Context, SHA256};
use serde::Serialize;

use super::uuid::uuid_shaped;
use crate::clock::nanos;
use crate::config::IdpConfig;
use crate::dice::key_of;

const OWNER: &str = "octo-org";
const REPOSITORY: &str = "octo-org/app";
const REF: &str = "refs/heads/main";
const WORKFLOW: &str = "octo-org/app/.github/workflows/deploy.yml@refs/heads/main";
const SHA: &str = "6113728f27ae82c7b1a177c8d03f9e96e0adf246";
/// Run numbers count jobs; run ids are this much higher, so that they look alike.
const FIRST_RUN_ID: u64 = 19_000_000_000;
/// `iat` - `nbf` of GitHub's example token, in seconds.
const NOT_BEFORE_ISSUE_S: u64 = 600;

/// The claims of GitHub's example token, in its order. Everything but the three
/// timestamps is text, numbers included.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Claims {
    /// A UUID of this token.
    pub jti: String,
    /// Repository and ref: what trust policies match.
    pub sub: String,
    /// Whom the token is for.
    pub aud: String,
    /// The git ref the workflow runs on.
    #[serde(rename = "ref")]
    pub git_ref: &'static str,
    /// The commit the workflow runs on.
    pub sha: &'static str,
    /// `OWNER/NAME`.
    pub repository: &'static str,
    /// `OWNER`.
    pub repository_owner: &'static str,
    /// A number.
    pub actor_id: &'static str,
    /// `private`.
    pub repository_visibility: &'static str,
    /// A number.
    pub repository_id: &'static str,
    /// A number.
    pub repository_owner_id: &'static str,
    /// A number of the job's own.
    pub run_id: String,
    /// A number of the job's own.
    pub run_number: String,
    /// Always the first.
    pub run_attempt: &'static str,
    /// `github-hosted`.
    pub runner_environment: &'static str,
    /// Who started the workflow.
    pub actor: &'static str,
    /// The workflow's name.
    pub workflow: &'static str,
    /// The workflow's file and ref.
    pub workflow_ref: &'static str,
    /// The commit of the workflow's file.
    pub workflow_sha: &'static str,
    /// Empty but for pull requests.
    pub head_ref: &'static str,
    /// Empty but for pull requests.
    pub base_ref: &'static str,
    /// `push`.
    pub event_name: &'static str,
    /// `branch`.
    pub ref_type: &'static str,
    /// The job's workflow file and ref.
    pub job_workflow_ref: &'static str,
    /// The commit of the job's workflow file.
    pub job_workflow_sha: &'static str,
    /// Who signs.
    pub iss: String,
    /// In seconds since 1970: ten minutes before `iat`.
    pub nbf: u64,
    /// In seconds since 1970.
    pub exp: u64,
    /// In seconds since 1970.
    pub iat: u64,
}

/// The names of the claims, for the discovery document.
pub(super) const CLAIM_NAMES: &[&str] = &[
    "sub",
    "aud",
    "exp",
    "iat",
    "iss",
    "jti",
    "nbf",
    "ref",
    "sha",
    "repository",
    "repository_id",
    "repository_owner",
    "repository_owner_id",
    "repository_visibility",
    "run_id",
    "run_number",
    "run_attempt",
    "actor",
    "actor_id",
    "workflow",
    "workflow_ref",
    "workflow_sha",
    "head_ref",
    "base_ref",
    "event_name",
    "ref_type",
    "job_workflow_ref",
    "job_workflow_sha",
    "runner_environment",
];

/// The claims of `job`'s token for `audience`, issued at `now_unix` (seconds
/// since 1970). Equal arguments give equal claims, `jti` included.
#[must_use]
pub fn claims(config: &IdpConfig, job: &str, audience: &str, now_unix: u64) -> Claims {
    let lifetime_s = nanos(config.token_lifetime) / 1_000_000_000;
    let number = job_number(job);
    Claims {
        jti: token_id(job, audience, now_unix),
        sub: format!("repo:{REPOSITORY}:ref:{REF}"),
        aud: audience.into(),
        git_ref: REF,
        sha: SHA,
        repository: REPOSITORY,
        repository_owner: OWNER,
        actor_id: "583231",
        repository_visibility: "private",
        repository_id: "74014213",
        repository_owner_id: "65170111",
        run_id: FIRST_RUN_ID.saturating_add(number).to_string(),
        run_number: number.to_string(),
        run_attempt: "1",
        runner_environment: "github-hosted",
        actor: "octocat",
        workflow: "deploy",
        workflow_ref: WORKFLOW,
        workflow_sha: SHA,
        head_ref: "",
        base_ref: "",
        event_name: "push",
        ref_type: "branch",
        job_workflow_ref: WORKFLOW,
        job_workflow_sha: SHA,
        iss: config.issuer.clone(),
        nbf: now_unix.saturating_sub(NOT_BEFORE_ISSUE_S),
        exp: now_unix.saturating_add(lifetime_s),
        iat: now_unix,
    }
}

/// The audience of a token that was asked for without one: the owner's page.
#[must_use]
pub fn default_audience() -> String {
    format!("https://github.com/{OWNER}")
}

/// The number in `stampede-job-<N>`; any other name stands for a number of its own.
#[must_use]
pub fn job_number(job: &str) -> u64 {
    job.strip_prefix("stampede-job-")
        .and_then(|number| number.parse().ok())
        .unwrap_or_else(|| key_of(job) % 1_000_000_000)
}

fn token_id(job: &str, audience: &str, now_unix: u64) -> String {
    let mut hash = Context::new(&SHA256);
    hash.update(&now_unix.to_be_bytes());
    hash.update(&(job.len() as u64).to_be_bytes());
    hash.update(job.as_bytes());
    hash.update(audience.as_bytes());
    let mut bytes = [0; 16];
    for (to, from) in bytes.iter_mut().zip(hash.finish().as_ref()) {
        *to = *from;
    }
    uuid_shaped(bytes)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::config::PROFILES;

    fn issued(job: &str) -> Claims {
        claims(&PROFILES[0].config().idp, job, "sts.amazonaws.com", 1_632_493_567)
    }

    #[test]
    fn timestamps_are_those_of_githubs_example_token() {
        let claims = issued("stampede-job-7");
        assert_eq!(
            (claims.nbf, claims.iat, claims.exp),
            (1_632_492_967, 1_632_493_567, 1_632_493_867)
        );
        assert_eq!(claims.sub, "repo:octo-org/app:ref:refs/heads/main");
        assert_eq!((&*claims.run_id, &*claims.run_number), ("19000000007", "7"));
    }

    #[test]
    fn jobs_differ_and_repeat_themselves() {
        assert_eq!(issued("stampede-job-1"), issued("stampede-job-1"));
        assert_ne!(issued("stampede-job-1").jti, issued("stampede-job-2").jti);
        assert_ne!(issued("anything").run_id, issued("anything else").run_id);
        assert_eq!(issued("stampede-job-x").run_id, issued("stampede-job-x").run_id);
    }

    #[test]
    fn the_discovery_document_names_every_claim() {
        let claims = serde_json::to_value(issued("stampede-job-1")).unwrap();
        let Value::Object(claims) = claims else { panic!("claims are an object") };
        let mut named: Vec<&str> = CLAIM_NAMES.to_vec();
        named.sort_unstable();
        assert_eq!(claims.keys().map(String::as_str).collect::<Vec<_>>(), named);
    }
}
