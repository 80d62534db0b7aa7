//! Roles that are assumed from a job's role: in exact numbers, as virtual time has no noise, and
//! over sockets, where the calls are really signed.

#[path = "common/over_sockets.rs"]
mod over_sockets;
#[path = "common/virtual_time.rs"]
mod virtual_time;

use std::collections::BTreeMap;

use harness::record::{Failure, Recorder};
use harness::run::SeedRun;
use mock_sts::error_code::ErrorCode;

use crate::over_sockets::over_sockets;
use crate::virtual_time::{run_all, run_each, scenario};

const HUB: &str = "{ arn = \"arn:aws:iam::123456789012:role/ci\", max-session = \"12h\" }";

/// A role that admits no token, and lets `trusted` assume it.
fn next(name: &str, trusted: &str) -> String {
    format!(
        "{{ arn = \"arn:aws:iam::123456789012:role/{name}\", subjects = [\"nobody\"], \
         trusts = [\"arn:aws:iam::123456789012:role/{trusted}\"] }}"
    )
}

/// Three jobs of two tools that start together, at a service whose every answer takes a second.
fn text(fleet: &str, roles: &[String], service: &str, contenders: &str) -> String {
    format!(
        r#"
name = "test"
question = "Who goes on to which role?"
horizon = "8h"
[fleet]
jobs = 3
tools-per-job = 2
arrivals.burst = {{}}
{fleet}
[service]
profile = "cacheable-keys"
latency.fixed = "1s"
roles = [{}]
{service}
[service.verification-key]
hosts = 1
provider = {{ concurrency = 1000, latency.fixed = "0s" }}
[idp]
token-latency.fixed = "0s"
{contenders}"#,
        roles.join(", ")
    )
}

fn run(fleet: &str, roles: &[String], contenders: &str) -> BTreeMap<String, SeedRun> {
    run_all(&text(fleet, roles, "limits = []", contenders))
}

fn two_roles() -> [String; 2] {
    [HUB.into(), next("plan", "ci")]
}

const CHAINED: &str = "[contenders.it]\nstrategy.role-chaining = {}\n";

#[test]
fn one_web_identity_call_a_job_and_one_more_for_each_tool() {
    let it = &run("", &two_roles(), CHAINED)["it"];
    assert_eq!((it.recorder.calls, it.recorder.tokens_fetched), (3 + 6, 3));
    assert_eq!((it.ledger.granted(), it.ledger.issued(), it.recorder.granted), (3, 6, 9));
    let keys = it.ledger.keys();
    assert_eq!(keys.started + keys.joined + keys.cache_hits, 3, "keys are for the tokens alone");
    assert_eq!(it.recorder.jobs_succeeded, 3);
    assert_eq!(it.ended.as_nanos(), 2_000_000_000, "a second for each of two roles");
}

#[test]
fn tools_take_turns_at_the_roles_and_each_must_trust_the_first() {
    let roles = [HUB.into(), next("plan", "ci"), next("apply", "somebody")];
    let it = &run("", &roles, CHAINED)["it"].recorder;
    assert_eq!((it.acquisitions_succeeded, it.jobs_failed), (3, 3));
    let failures = it.failures.sorted();
    assert_eq!((failures[0].failure.name(), failures[0].count), ("AccessDenied", 3));
    let message = &failures[0].message;
    assert!(message.contains(":assumed-role/ci/"), "{message}");
    assert!(
        message.ends_with("sts:AssumeRole on resource: arn:aws:iam::123456789012:role/apply"),
        "{message}"
    );
    // A role alone is assumed anew, where it trusts its own account.
    let alone = "{ arn = \"arn:aws:iam::123456789012:role/ci\", trusts = [\"123456789012\"] }";
    assert_eq!(run("", &[alone.into()], CHAINED)["it"].recorder.jobs_succeeded, 3);
}

#[test]
fn a_job_that_is_not_admitted_goes_on_to_no_role() {
    let hub = "{ arn = \"arn:aws:iam::123456789012:role/ci\", subjects = [\"nobody\"] }";
    let contenders = "[contenders.exported]\nstrategy.role-chaining = {}\n\
                      [contenders.renewed]\nstrategy.role-chaining = { hub = \"renewed\" }";
    let runs = run("", &[hub.into(), next("plan", "ci")], contenders);
    let calls = |name: &str| (runs[name].recorder.calls, runs[name].recorder.jobs_failed);
    assert_eq!(calls("exported"), (3, 3), "the step's failure is everybody's");
    assert_eq!(calls("renewed"), (6, 3), "each tool asks for itself, one at a time");
}

#[test]
fn exported_keys_end_every_job_that_outlives_them_and_renewed_ones_do_not() {
    let contenders = r#"
[contenders.exported]
strategy.role-chaining = {}
[contenders.renewed]
strategy.role-chaining = { hub = "renewed" }
renew-token = "30s"
"#;
    let runs = run("session = \"1h\"\nwork = \"2h 30m\"", &two_roles(), contenders);
    let (exported, renewed) = (&runs["exported"].recorder, &runs["renewed"].recorder);
    let expired = Failure::Refused(ErrorCode::ExpiredToken);
    let failures = exported.failures.sorted();
    assert_eq!((failures[0].failure, failures[0].count), (expired, 6));
    assert_eq!((exported.jobs_failed, exported.calls), (3, 3 + 6 + 6));
    // Three hours begin, and each brings the job's call and one for each tool.
    assert_eq!((renewed.jobs_succeeded, renewed.calls), (3, 3 * (3 + 6)));
}

#[test]
fn a_chained_session_lasts_an_hour_whatever_is_asked_for() {
    let contenders =
        format!("{CHAINED}[contenders.one-role]\nstrategy.cached = {{ store = \"environment\" }}");
    let fleet = "session = \"6h\"\nwork = \"4h 50m\"";
    let runs = run(fleet, &two_roles(), &contenders);
    assert!(runs.values().all(|run| run.recorder.jobs_succeeded == 3));
    let calls = |name: &str| runs[name].recorder.calls;
    assert_eq!((calls("one-role"), calls("it")), (3, 3 + 6 * 5));
}

#[test]
fn the_policy_and_the_turns_hold_for_both_calls_and_the_delay_for_the_first() {
    let throttled = r#"limits = [{ token-bucket = { per = "account-region", rate = "3/s", burst = 3, refill = "each-second" } }]"#;
    let retried = format!("{CHAINED}policy.fixed = {{ wait = \"1s\", retries = 3 }}");
    let it = &run_all(&text("", &two_roles(), throttled, &retried))["it"].recorder;
    // Three roles of jobs, then three of six tools at a time.
    assert_eq!((it.jobs_succeeded, it.granted, it.calls), (3, 9, 9 + 3));
    assert_eq!(it.attempts_by_number, [9, 3]);
    let staggered = format!("{CHAINED}admission.stagger = {{ gap = \"10s\" }}");
    let it = &run("", &two_roles(), &staggered)["it"];
    assert_eq!(it.ended.as_nanos(), 22_000_000_000, "the third job waits 20 s, and once");
    let in_turn = format!("{CHAINED}admission.semaphore = {{ permits = 1 }}");
    assert_eq!(run("", &two_roles(), &in_turn)["it"].ended.as_nanos(), 9_000_000_000);
}

/// Whoever is struck, is struck in both worlds: the mock knows a signed call by its session's name.
#[test]
fn signed_calls_meet_the_same_luck_over_sockets() {
    let service =
        "limits = []\nfaults = [{ error-rate = { share = \"40%\", code = \"InternalFailure\" } }]";
    let it = format!(
        "{CHAINED}policy.fixed = {{ wait = \"10ms\", retries = 1 }}\nfleet = {{ jobs = 10, tools-per-job = 4 }}"
    );
    let fleet = "session = \"1h\"";
    let mut scenario = scenario(&text(fleet, &two_roles(), service, &it));
    scenario.mock.service.latency = mock_sts::latency::Latency::ZERO;
    let virtually = &run_each(&scenario)["it"].recorder;
    let (really, _) = over_sockets(&scenario);
    let counts = |it: &Recorder| {
        (it.calls, it.granted, it.acquisitions_succeeded, it.attempts_by_number.clone())
    };
    assert_eq!(counts(virtually), counts(&really));
    assert!(virtually.granted > 20 && virtually.errors.total() > 10, "{:?}", counts(virtually));
}
