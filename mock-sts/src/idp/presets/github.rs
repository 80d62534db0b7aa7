//! GitHub Actions: the claims of its example token, and what a job can change
//! about them.

use std::borrow::Cow;
use std::time::Duration;

use serde::Serialize;

use super::{Issuing, Preset, PresetInfo, Source};
use crate::config::{ClaimKnobs, IdpConfig, Provenance};

pub(super) const INFO: PresetInfo = PresetInfo {
    preset: Preset::Github,
    name: "github",
    summary: "GitHub Actions: tokens of five minutes, repo:OWNER/REPO:ref:REF",
    subjects: "repo:octo-org/*",
    sources: &[
        Source {
            key: "token-lifetime",
            provenance: Provenance::Documented,
            source: "GitHub's example token: exp - iat = 300 s, and nbf is ten minutes earlier",
        },
        Source {
            key: "subject",
            provenance: Provenance::Documented,
            source: "GitHub's OpenID Connect reference: environment, then pull_request, then ref",
        },
        Source {
            key: "cache-control",
            provenance: Provenance::Assumed,
            source: "GitHub's header is not public: the profile's is kept",
        },
    ],
    apply,
};

pub(super) fn apply(config: &mut IdpConfig) {
    config.issuer = "https://token.actions.githubusercontent.com".into();
    config.audiences = vec!["sts.amazonaws.com".into()];
    config.default_audience = format!("https://github.com/{OWNER}");
    config.token_lifetime = Duration::from_secs(300);
}

const OWNER: &str = "octo-org";
const OWNER_ID: &str = "65170111";
const REPOSITORY: &str = "octo-org/app";
const NAME: &str = "app";
const REPOSITORY_ID: &str = "74014213";
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
    pub git_ref: Cow<'static, str>,
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
    pub head_ref: Cow<'static, str>,
    /// Empty but for pull requests.
    pub base_ref: Cow<'static, str>,
    /// `push`.
    pub event_name: Cow<'static, str>,
    /// `branch`.
    pub ref_type: &'static str,
    /// The job's workflow file and ref.
    pub job_workflow_ref: Cow<'static, str>,
    /// The commit of the job's workflow file.
    pub job_workflow_sha: &'static str,
    /// The deployment environment of the job, if it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
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
pub(crate) const CLAIM_NAMES: &[&str] = &[
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
    let issuing = Issuing { config, job, audience, now_unix };
    let knobs = &config.claims;
    let number = issuing.number();
    let request = |yes: &str| {
        let is_request = knobs.pull_request.is_some();
        if is_request { Cow::Owned(yes.to_owned()) } else { Cow::Borrowed("") }
    };
    Claims {
        jti: issuing.token_id(),
        sub: subject(config.preset, knobs),
        aud: audience.into(),
        git_ref: knobs
            .pull_request
            .map_or(Cow::Borrowed(REF), |number| format!("refs/pull/{number}/merge").into()),
        sha: SHA,
        repository: REPOSITORY,
        repository_owner: OWNER,
        actor_id: "583231",
        repository_visibility: "private",
        repository_id: REPOSITORY_ID,
        repository_owner_id: OWNER_ID,
        run_id: FIRST_RUN_ID.saturating_add(number).to_string(),
        run_number: number.to_string(),
        run_attempt: "1",
        runner_environment: "github-hosted",
        actor: "octocat",
        workflow: "deploy",
        workflow_ref: WORKFLOW,
        workflow_sha: SHA,
        head_ref: request("feature"),
        base_ref: request("main"),
        event_name: if knobs.pull_request.is_some() { "pull_request" } else { "push" }.into(),
        ref_type: "branch",
        job_workflow_ref: knobs
            .job_workflow_ref
            .as_ref()
            .map_or(Cow::Borrowed(WORKFLOW), |called| called.clone().into()),
        job_workflow_sha: SHA,
        environment: knobs.environment.clone(),
        iss: config.issuer.clone(),
        nbf: now_unix.saturating_sub(NOT_BEFORE_ISSUE_S),
        exp: issuing.expires_unix(),
        iat: now_unix,
    }
}

/// `repo:OWNER/REPO:CONTEXT`. An environment outranks a pull request, which
/// outranks the ref.
fn subject(preset: Preset, knobs: &ClaimKnobs) -> String {
    let repository = match preset {
        Preset::GithubImmutable => format!("{OWNER}@{OWNER_ID}/{NAME}@{REPOSITORY_ID}"),
        _ => REPOSITORY.to_owned(),
    };
    match (&knobs.environment, knobs.pull_request) {
        (Some(environment), _) => {
            // A colon in a value would read as the next part of the subject.
            let environment = environment.replace(':', "%3A");
            format!("repo:{repository}:environment:{environment}")
        }
        (None, Some(_)) => format!("repo:{repository}:pull_request"),
        (None, None) => format!("repo:{repository}:ref:{REF}"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::config::PROFILES;

    fn issued(job: &str) -> Claims {
        with(|_| {}, job)
    }

    fn with(change: impl FnOnce(&mut IdpConfig), job: &str) -> Claims {
        let mut config = PROFILES[0].config().idp;
        change(&mut config);
        claims(&config, job, "sts.amazonaws.com", 1_632_493_567)
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

    #[test]
    fn the_subject_says_what_the_job_is_about() {
        let environment = |config: &mut IdpConfig| {
            config.claims.environment = Some("prod:eu".into());
            config.claims.pull_request = Some(12);
        };
        let claims = with(environment, "stampede-job-1");
        assert_eq!(claims.sub, "repo:octo-org/app:environment:prod%3Aeu");
        assert_eq!(claims.environment.as_deref(), Some("prod:eu"));
        let claims = with(|config| config.claims.pull_request = Some(12), "stampede-job-1");
        assert_eq!(claims.sub, "repo:octo-org/app:pull_request");
        assert_eq!((&*claims.git_ref, &*claims.event_name), ("refs/pull/12/merge", "pull_request"));
        assert_eq!((&*claims.head_ref, &*claims.base_ref), ("feature", "main"));
        let called = "octo-org/shared/.github/workflows/deploy.yml@refs/tags/v1";
        let reused = |config: &mut IdpConfig| config.claims.job_workflow_ref = Some(called.into());
        let claims = with(reused, "stampede-job-1");
        assert_eq!((&*claims.job_workflow_ref, claims.workflow_ref), (called, WORKFLOW));
    }
}
