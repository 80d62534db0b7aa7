//! What budgets, breakers, client-side limits and hints do to a fleet, in exact
//! numbers: virtual time has no noise.

#[path = "common/virtual_time.rs"]
mod virtual_time;

use std::collections::BTreeMap;

use harness::record::{Failure, Recorder};

use crate::virtual_time::run_all;

/// Twenty jobs of two tools at a service that answers within 100 ms, and as
/// `service` says.
fn run(service: &str, contenders: &str) -> BTreeMap<String, Recorder> {
    let text = format!(
        r#"
name = "test"
question = "What do restraints do?"
horizon = "1h"
[fleet]
jobs = 20
tools-per-job = 2
arrivals.burst = {{}}
[service]
profile = "cacheable-keys"
latency.fixed = "100ms"
{service}
[service.verification-key]
hosts = 1
provider = {{ concurrency = 1000, latency.fixed = "0s" }}
[idp]
token-latency.fixed = "0s"
{contenders}"#
    );
    run_all(&text).into_iter().map(|(name, run)| (name, run.recorder)).collect()
}

/// Nobody is ever admitted.
const DENYING: &str = "limits = []\nroles = [{ arn = \"arn:aws:iam::123456789012:role/ci\", subjects = [\"repo:nobody/*\"] }]";

#[test]
fn a_budget_ends_retries_for_all_who_share_it() {
    let policy = "strategy.naive = {}\npolicy.fixed = { wait = \"1s\", retries = 100 }\n";
    let contenders = format!(
        r#"
[contenders.tool]
{policy}retry-budget.quota = {{ per = "tool", capacity = 20, cost = 5 }}
[contenders.job]
{policy}retry-budget.quota = {{ per = "job", capacity = 20, cost = 5 }}
[contenders.fleet]
{policy}retry-budget.quota = {{ per = "fleet", capacity = 20, cost = 5 }}
[contenders.share]
{policy}retry-budget.share = {{ per = "fleet", share = "50%", reserve = 1 }}
"#
    );
    let runs = run(DENYING, &contenders);
    let retries = |name: &str| runs[name].calls - 40;
    assert_eq!(retries("tool"), 40 * 4);
    assert_eq!(retries("job"), 20 * 4);
    assert_eq!(retries("fleet"), 4);
    // Its one token of reserve is full when the first calls come back; each of
    // the forty then earns half a token, and what the reserve cannot hold is lost.
    assert!((1..=20).contains(&retries("share")), "{}", retries("share"));
}

#[test]
fn a_breaker_that_is_open_sends_nothing() {
    let policy = "strategy.naive = {}\npolicy.fixed = { wait = \"1s\", retries = 60 }\n";
    let contenders = format!(
        r#"
[contenders.without]
{policy}
[contenders.with]
{policy}circuit-breaker = {{ per = "fleet", after = 40, open-for = "10s" }}
"#
    );
    let runs = run(DENYING, &contenders);
    assert_eq!(runs["without"].calls, 40 * 61);
    // Forty calls open it; then one probe in ten seconds for a minute.
    let calls = runs["with"].calls;
    assert!((40 + 5..=40 + 6).contains(&calls), "{calls}");
    let open = runs["with"].errors.sorted();
    let open = open.iter().find(|error| error.failure == Failure::CircuitOpen);
    assert!(open.is_some_and(|error| error.count > 2_000), "{open:?}");
}

/// Each tool may call every ten seconds, and its breaker stays open for fifteen.
#[test]
fn a_call_that_the_breaker_refuses_takes_no_place_under_the_limit() {
    let runs = run(
        DENYING,
        r#"
[contenders.both]
strategy.naive = {}
policy.exponential = { base = "1s", cap = "1s", attempts = 1000, deadline = "50s" }
circuit-breaker = { per = "tool", after = 1, open-for = "15s" }
rate-limit.fixed = { per = "tool", rate = "6/m", burst = 1 }
"#,
    );
    // Calls at 0, 15.1, 30.2 and 45.3 s; not at 20 and 40 s, as when the refused
    // have used the places of 10 and 30 s.
    assert_eq!(runs["both"].calls, 40 * 4);
    assert!(runs["both"].slept_ns / 40 <= 50_000_000_000);
}

#[test]
fn a_client_side_limit_brings_a_herd_past_a_server_side_one_without_a_refusal() {
    let limits =
        "limits = [{ token-bucket = { per = \"account-region\", rate = \"5/s\", burst = 5 } }]";
    let contenders = r#"
[contenders.unlimited]
strategy.naive = {}
[contenders.limited]
strategy.naive = {}
rate-limit.fixed = { per = "fleet", rate = "4/s", burst = 1 }
[contenders.each-for-itself]
strategy.naive = {}
rate-limit.fixed = { per = "tool", rate = "4/s", burst = 1 }
"#;
    let runs = run(limits, contenders);
    assert_eq!(runs["unlimited"].granted, 5);
    assert_eq!(runs["limited"].granted, 40);
    assert_eq!(runs["limited"].errors.sorted().len(), 0);
    assert_eq!(runs["each-for-itself"].granted, 5, "a limit per tool limits no fleet");
}

#[test]
fn an_adaptive_tool_slows_down_after_a_throttle() {
    let limits =
        "limits = [{ token-bucket = { per = \"account-region\", rate = \"1/s\", burst = 1 } }]";
    let policy = "strategy.naive = {}\npolicy.fixed = { wait = \"10ms\", retries = 200 }\n";
    let contenders = format!(
        "[contenders.plain]\n{policy}[contenders.adaptive]\n{policy}rate-limit.adaptive = {{ per = \"tool\" }}\n"
    );
    let runs = run(limits, &contenders);
    let (plain, adaptive) = (&runs["plain"], &runs["adaptive"]);
    assert!(adaptive.granted > plain.granted, "{} and {}", adaptive.granted, plain.granted);
    let per_grant = |record: &Recorder| record.calls / record.granted;
    assert!(per_grant(adaptive) * 2 < per_grant(plain));
}

#[test]
fn hints_are_honoured_by_those_who_are_told_to() {
    let service = "limits = [{ token-bucket = { per = \"account-region\", rate = \"1/s\", burst = 40 } }]\nthrottle-headers = { retry-after = \"60s\", x-amz-retry-after = \"3s\" }\nfaults = [{ fail-first = { requests = 40, code = \"Throttling\" } }]";
    let policy = "strategy.naive = {}\npolicy.fixed = { wait = \"1s\", retries = 1 }\n";
    let contenders = format!(
        "[contenders.deaf]\n{policy}[contenders.amz]\n{policy}hints = [\"x-amz-retry-after\"]\n[contenders.http]\n{policy}hints = [\"retry-after\"]\n"
    );
    let runs = run(service, &contenders);
    let slept = |name: &str| runs[name].slept_ns / 40 / 1_000_000;
    assert_eq!((slept("deaf"), slept("amz"), slept("http")), (1_000, 3_000, 60_000));
}

#[test]
fn an_attempt_timeout_of_its_own_overrules_the_fleets() {
    let contenders = r#"
[contenders.patient]
strategy.naive = {}
[contenders.hasty]
strategy.naive = {}
attempt-timeout = "50ms"
"#;
    let runs = run("limits = []", contenders);
    assert_eq!((runs["patient"].granted, runs["hasty"].granted), (40, 0));
    let errors = runs["hasty"].errors.sorted();
    assert_eq!(errors[0].failure, Failure::Timeout);
}
