//! Strategies that share among jobs, renew ahead or hedge, and what tools wait
//! for before they call: in exact numbers, as virtual time has no noise.

#[path = "common/virtual_time.rs"]
mod virtual_time;

use std::collections::BTreeMap;

use harness::record::Failure;
use harness::run::SeedRun;

use crate::virtual_time::run_all;

/// Six jobs of two tools that start together, at a service whose every answer
/// takes a second and that admits `subjects`.
fn run(fleet: &str, subjects: &str, contenders: &str) -> BTreeMap<String, SeedRun> {
    let burst = if fleet.contains("arrivals") { "" } else { "arrivals.burst = {}" };
    let text = format!(
        r#"
name = "test"
question = "Who shares what?"
horizon = "6h"
[fleet]
jobs = 6
tools-per-job = 2
{burst}
{fleet}
[service]
profile = "cacheable-keys"
latency.fixed = "1s"
limits = []
roles = [{{ arn = "arn:aws:iam::123456789012:role/ci", subjects = ["{subjects}"] }}]
[service.verification-key]
hosts = 1
provider = {{ concurrency = 1000, latency.fixed = "0s" }}
[idp]
token-latency.fixed = "0s"
{contenders}"#
    );
    run_all(&text)
}

const EVERYBODY: &str = "*";
const NOBODY: &str = "repo:nobody/*";

fn ended_ms(run: &SeedRun) -> u64 {
    run.ended.as_nanos() / 1_000_000
}

#[test]
fn jobs_that_hand_on_and_hosts_that_share_call_once_a_group() {
    let contenders = r#"
[contenders.hand-off]
strategy.hand-off = { jobs = 3 }
[contenders.host]
strategy.daemon = { scope = "host", jobs-per-host = 4 }
[contenders.job]
strategy.daemon = { scope = "job" }
[contenders.fleet]
strategy.daemon = { scope = "fleet" }
"#;
    let runs = run("", EVERYBODY, contenders);
    let calls = |name: &str| runs[name].recorder.calls;
    assert_eq!((calls("hand-off"), calls("host"), calls("job"), calls("fleet")), (2, 2, 6, 1));
    assert!(runs.values().all(|run| run.recorder.jobs_succeeded == 6));
}

#[test]
fn keys_that_are_handed_on_are_frozen() {
    let fleet = "session = \"15m\"\nwork = \"20m\"";
    let runs = run(fleet, EVERYBODY, "[contenders.it]\nstrategy.hand-off = { jobs = 6 }");
    let it = &runs["it"].recorder;
    assert_eq!((it.calls, it.jobs_failed), (1, 6));
    let failures = it.failures.sorted();
    assert_eq!(failures[0].failure, Failure::ExpiredCredentials);
}

#[test]
fn a_broker_that_remembers_a_refusal_asks_less() {
    let contenders = r#"
[contenders.forgetful]
strategy.daemon = { scope = "fleet", retry-every = "1h" }
[contenders.remembers]
strategy.daemon = { scope = "fleet", retry-every = "1h", negative-ttl = "25s" }
"#;
    let apart = "arrivals.rate = { rate = \"6/m\", process = \"even\" }";
    let runs = run(apart, NOBODY, contenders);
    assert!(runs.values().all(|run| run.recorder.jobs_failed == 6));
    let calls = |name: &str| runs[name].recorder.calls;
    // Six jobs ten seconds apart, answered after a second: 0, 30 s.
    assert_eq!((calls("forgetful"), calls("remembers")), (6, 2));
}

#[test]
fn a_hedge_leaves_when_the_first_call_takes_long_and_not_before() {
    let contenders = r#"
[contenders.early]
strategy.hedged = { after = "400ms" }
[contenders.late]
strategy.hedged = { after = "1100ms" }
"#;
    let runs = run("", EVERYBODY, contenders);
    let (early, late) = (&runs["early"], &runs["late"]);
    assert_eq!((early.recorder.calls, late.recorder.calls), (24, 12));
    // The service granted both; the first answer ends the need and the other call.
    assert_eq!((early.recorder.granted, early.ledger.granted()), (12, 24));
    assert_eq!((early.recorder.jobs_succeeded, late.recorder.jobs_succeeded), (6, 6));
    let refused = run("", NOBODY, contenders);
    assert_eq!(refused["late"].recorder.calls, 12, "an early failure is no reason to hedge");
    assert_eq!(refused["early"].recorder.calls, 24);
}

#[test]
fn an_sdk_renews_when_its_cache_says_so() {
    let contenders = r#"
[contenders.go]
strategy.sdk-cache = { sdk = "go-v2" }
renew-token = "30s"
[contenders.java]
strategy.sdk-cache = { sdk = "java-v2" }
renew-token = "30s"
[contenders.botocore]
strategy.sdk-cache = { sdk = "botocore", uses-every = "1m" }
renew-token = "30s"
"#;
    // Three hours of work: at 1 h and 2 h, at 55 and 110 and 165 min, and four
    // times 45 min.
    let hours = run("session = \"1h\"\nwork = \"2h 58m\"", EVERYBODY, contenders);
    let each = |name: &str| hours[name].recorder.calls / 12;
    assert_eq!((each("go"), each("java"), each("botocore")), (3, 4, 4));
    // With 900-second sessions botocore's window is always open: it renews at
    // every use.
    let trap = run("session = \"15m\"\nwork = \"59m\"", EVERYBODY, contenders);
    let each = |name: &str| trap[name].recorder.calls / 12;
    assert_eq!((each("go"), each("java")), (4, 6));
    assert!((55..=60).contains(&each("botocore")), "{}", each("botocore"));
}

#[test]
fn turns_are_taken() {
    let contenders = r#"
[contenders.at-once]
strategy.naive = {}
[contenders.semaphore]
strategy.naive = {}
admission.semaphore = { permits = 3 }
[contenders.lease]
strategy.naive = {}
admission.lease = { start = 1, most = 100 }
[contenders.staggered]
strategy.cached = { store = "environment" }
admission.stagger = { gap = "5s" }
[contenders.by-chance]
strategy.naive = {}
admission.random-delay = { within = "20s" }
"#;
    let runs = run("", EVERYBODY, contenders);
    assert!(runs.values().all(|run| run.recorder.jobs_succeeded == 6));
    assert_eq!(ended_ms(&runs["at-once"]), 1_000);
    assert_eq!(ended_ms(&runs["semaphore"]), 4_000, "twelve calls, three at once");
    // 1, 2, 4 and the last 5.
    assert_eq!(ended_ms(&runs["lease"]), 4_000);
    assert_eq!(ended_ms(&runs["staggered"]), 26_000);
    let by_chance = ended_ms(&runs["by-chance"]);
    assert!((10_000..21_000).contains(&by_chance), "{by_chance}");
    let refused = run("", NOBODY, contenders);
    assert_eq!(ended_ms(&refused["lease"]), 12_000, "one at a time is what is left of it");
}

#[test]
fn going_on_as_somebody_else_is_a_failure_by_identity() {
    let contenders = r#"
[contenders.falls]
strategy.naive = {}
fallback = { identity = "node-role" }
[contenders.picky]
strategy.naive = {}
fallback = { identity = "node-role", on = ["Throttling"] }
"#;
    let runs = run("", NOBODY, contenders);
    let failures = |name: &str| runs[name].recorder.failures.sorted();
    let falls = failures("falls");
    assert_eq!((falls[0].failure, falls[0].count), (Failure::WrongIdentity, 12));
    assert_eq!(falls[0].message, "goes on as node-role after AccessDenied");
    assert_eq!(failures("picky")[0].failure.name(), "AccessDenied");
}

#[test]
fn a_file_that_two_wrote_at_once_stays_spoiled_where_nobody_dares_to_write_it_anew() {
    let contenders = r#"
[contenders.last-wins]
strategy.cached = { store = "file", lock = false, write-takes = "50ms" }
renew-token = "30s"
[contenders.spoiled]
strategy.cached = { store = "file", lock = false, write-takes = "50ms", overlap-spoils = true }
renew-token = "30s"
[contenders.asks]
strategy.cached = { store = "file", lock = false, write-takes = "50ms", overlap-spoils = true, on-garbage = "ask" }
renew-token = "30s"
[contenders.alone]
strategy.cached = { store = "file", lock = true, write-takes = "50ms", on-garbage = "ask" }
renew-token = "30s"
"#;
    // Both tools of a job find no file, and both write what they got at the same moment; an hour
    // later each has to look into it again.
    let runs = run("session = \"1h\"\nwork = \"90m\"", EVERYBODY, contenders);
    let well = |name: &str| runs[name].recorder.jobs_succeeded;
    assert_eq!(["last-wins", "spoiled", "asks", "alone"].map(well), [6, 0, 6, 6]);
    let failures = runs["spoiled"].recorder.failures.sorted();
    let spoiled = "the cache file is spoiled: two tools wrote it at once";
    assert_eq!((failures[0].failure, &*failures[0].message), (Failure::UnreadableCache, spoiled));
    assert_eq!(runs["spoiled"].recorder.calls, 12, "who fails to read it sends nothing");
}
