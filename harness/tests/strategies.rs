//! What each strategy costs and gets, in exact numbers: virtual time has no noise.

#[path = "common/virtual_time.rs"]
mod virtual_time;

use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use harness::record::{Failure, FailureTally, Recorder};
use harness::run::{SeedRun, simulate_one};
use harness::world::ToolId;
use harness::world::sim::Stuck;
use mock_sts::error_code::ErrorCode;

use crate::virtual_time::{run_all, scenario};

/// A service without limits, whose every answer takes 100 ms.
const WELL: &str = r#"
[service]
profile = "cacheable-keys"
latency.fixed = "100ms"
limits = []
[service.verification-key]
hosts = 1
provider = { concurrency = 1000, latency.fixed = "0s" }
[idp]
token-latency.fixed = "50ms"
"#;

/// The same, and it admits nobody: every call ends in `AccessDenied`.
const DENYING: &str = r#"
[service]
profile = "cacheable-keys"
latency.fixed = "100ms"
limits = []
roles = [{ arn = "arn:aws:iam::123456789012:role/ci", subjects = ["repo:nobody/*"] }]
[service.verification-key]
hosts = 1
provider = { concurrency = 1000, latency.fixed = "0s" }
[idp]
token-latency.fixed = "50ms"
"#;

/// Jobs of three tools that all start together.
const FIVE_JOBS: &str = "jobs = 5\ntools-per-job = 3\narrivals.burst = {}";

fn text(fleet: &str, service: &str, contenders: &str) -> String {
    format!(
        "name = \"test\"\nquestion = \"What does it cost?\"\nhorizon = \"6h\"\n[fleet]\n{fleet}\n{service}\n{contenders}"
    )
}

fn run(fleet: &str, service: &str, contenders: &str) -> BTreeMap<String, SeedRun> {
    run_all(&text(fleet, service, contenders))
}

/// Runs the one contender `strategy` under no policy.
fn run_one(fleet: &str, service: &str, strategy: &str) -> Recorder {
    run(fleet, service, &format!("[contenders.it]\nstrategy.{strategy}"))["it"].recorder.clone()
}

fn count(tally: &FailureTally, failure: Failure) -> u64 {
    let counted = tally.sorted();
    counted.iter().filter(|found| found.failure == failure).map(|found| found.count).sum()
}

const DENIED: Failure = Failure::Refused(ErrorCode::AccessDenied);
const EXPIRED_TOKEN: Failure = Failure::Refused(ErrorCode::ExpiredTokenException);

#[test]
fn naive_tools_call_for_themselves() {
    let naive = run_one(FIVE_JOBS, WELL, "naive = {}");
    assert_eq!((naive.calls, naive.granted), (15, 15));
    assert_eq!((naive.acquisitions, naive.acquisitions_succeeded), (15, 15));
    assert_eq!((naive.jobs_started, naive.jobs_succeeded, naive.jobs_failed), (5, 5, 0));
    assert_eq!(naive.attempts_by_number, [15]);
}

#[test]
fn a_retried_failure_costs_every_attempt_and_every_wait() {
    let runs = run(
        FIVE_JOBS,
        DENYING,
        r#"
[contenders.none]
strategy.naive = {}
[contenders.fixed]
strategy.naive = {}
policy.fixed = { wait = "3s", retries = 2 }
[contenders.picky]
strategy.naive = {}
policy.fixed = { wait = "3s", retries = 2 }
retry-on = ["Throttling"]
"#,
    );
    let (none, fixed, picky) =
        (&runs["none"].recorder, &runs["fixed"].recorder, &runs["picky"].recorder);
    assert_eq!((none.calls, none.jobs_failed, none.slept_ns), (15, 5, 0));
    assert_eq!((fixed.calls, fixed.jobs_failed), (45, 5));
    assert_eq!(fixed.attempts_by_number, [15, 15, 15]);
    assert_eq!(fixed.slept_ns, 15 * 2 * 3_000_000_000);
    assert_eq!(fixed.wasted_ns, fixed.slept_ns, "jobs that fail have slept in vain");
    assert_eq!(count(&fixed.errors, DENIED), 45);
    assert_eq!(count(&fixed.failures, DENIED), 15);
    assert_eq!((picky.calls, picky.slept_ns), (15, 0), "only throttles are retried");
}

#[test]
fn the_action_sleeps_once_more_after_its_last_try() {
    let contender = "[contenders.it]\nstrategy.cached = { store = \"environment\" }\npolicy.preset = \"configure-aws-credentials@6.2.3\"";
    let fleet = "jobs = 1\ntools-per-job = 3\narrivals.burst = {}";
    let action = run(fleet, DENYING, contender)["it"].recorder.clone();
    assert_eq!((action.calls, action.attempts_by_number.len()), (12, 12));
    let story = &action.first_failure().expect("it failed").lines;
    let [.., last_call, sleep, end] = &story[..] else { panic!("{story:?}") };
    assert!(last_call.contains("call 12 sent"), "{last_call}");
    assert!(sleep.contains("sleeps in vain, after the last try, "), "{sleep}");
    assert!(end.ends_with("gives up: AccessDenied"), "{end}");
}

#[test]
fn exported_keys_cost_one_call_a_job_and_share_their_failure() {
    let well = run_one(FIVE_JOBS, WELL, r#"cached = { store = "environment" }"#);
    assert_eq!((well.calls, well.jobs_succeeded, well.acquisitions_succeeded), (5, 5, 15));
    let denied = run_one(FIVE_JOBS, DENYING, r#"cached = { store = "environment" }"#);
    assert_eq!((denied.calls, denied.jobs_failed), (5, 5));
    assert_eq!(count(&denied.failures, DENIED), 15);
}

#[test]
fn steps_after_a_failed_one_are_skipped() {
    let spaced = format!("{FIVE_JOBS}\ntool-spacing = \"1s\"");
    let naive = run_one(&spaced, DENYING, "naive = {}");
    assert_eq!((naive.acquisitions, naive.skipped_tools, naive.calls), (5, 10, 5));
    assert_eq!(naive.jobs_failed, 5);
    let together = run_one(FIVE_JOBS, DENYING, "naive = {}");
    assert_eq!((together.acquisitions, together.skipped_tools), (15, 0));
    // A step that is due before the failure is known has started by then.
    let overlapping = format!("{FIVE_JOBS}\ntool-spacing = \"100ms\"");
    let naive = run_one(&overlapping, DENYING, "naive = {}");
    assert_eq!((naive.acquisitions, naive.skipped_tools), (10, 5));
}

/// One job of three tools that work for 2000 s on sessions of 900 s.
const LONG_JOB: &str =
    "jobs = 1\ntools-per-job = 3\narrivals.burst = {}\nwork = \"2000s\"\nsession = \"900s\"";

#[test]
fn exported_keys_die_under_long_work_where_files_and_brokers_renew() {
    let runs = run(
        LONG_JOB,
        WELL,
        r#"
[contenders.frozen]
strategy.cached = { store = "environment" }
renew-token = "30s"
[contenders.file]
strategy.cached = { store = "file", refresh-before = "1m" }
renew-token = "30s"
[contenders.daemon]
strategy.daemon = { scope = "job", refresh-before = "5m", jitter = "0s" }
renew-token = "30s"
[contenders.naive]
strategy.naive = {}
renew-token = "30s"
"#,
    );
    let frozen = &runs["frozen"].recorder;
    assert_eq!((frozen.calls, frozen.jobs_failed), (1, 1));
    assert_eq!(count(&frozen.failures, Failure::ExpiredCredentials), 3, "one for each tool");
    assert_eq!(count(&frozen.errors, Failure::ExpiredCredentials), 0, "no call failed");

    // Sessions begin at about 0, 900 and 1800 s.
    let file = &runs["file"].recorder;
    assert_eq!((file.calls, file.jobs_succeeded, file.acquisitions), (3, 1, 9));
    // Refreshes begin at about 600, 1200 and 1800 s: ahead of need.
    let daemon = &runs["daemon"].recorder;
    assert_eq!((daemon.calls, daemon.jobs_succeeded, daemon.acquisitions), (4, 1, 9));
    let naive = &runs["naive"].recorder;
    assert_eq!((naive.calls, naive.jobs_succeeded, naive.acquisitions), (9, 1, 9));
}

#[test]
fn a_renewal_needs_a_token_that_lives() {
    let file = run_one(LONG_JOB, WELL, r#"cached = { store = "file", refresh-before = "1m" }"#);
    assert_eq!((file.granted, file.jobs_failed), (1, 1));
    assert_eq!(count(&file.failures, EXPIRED_TOKEN), 3);
}

#[test]
fn a_locked_cache_file_costs_one_call_and_an_unlocked_one_a_call_for_each_cold_tool() {
    let locked = run_one(FIVE_JOBS, WELL, r#"cached = { store = "file", lock = true }"#);
    assert_eq!((locked.calls, locked.acquisitions_succeeded), (5, 15));
    let unlocked = run_one(FIVE_JOBS, WELL, r#"cached = { store = "file", lock = false }"#);
    assert_eq!((unlocked.calls, unlocked.acquisitions_succeeded), (15, 15));
    // Tools that start when the file is warm find it so, lock or no lock.
    let spaced = format!("{FIVE_JOBS}\ntool-spacing = \"1s\"");
    let warm = run_one(&spaced, WELL, r#"cached = { store = "file", lock = false }"#);
    assert_eq!(warm.calls, 5);
}

#[test]
fn a_failed_tool_leaves_the_lock_to_the_next_which_tries_for_itself() {
    let locked = run_one(FIVE_JOBS, DENYING, r#"cached = { store = "file", lock = true }"#);
    assert_eq!((locked.calls, locked.jobs_failed), (15, 5));
    let slowest = locked.time_to_failure.max_us();
    assert!((345_000..=355_000).contains(&slowest), "50 ms + 3 · 100 ms, not {slowest} µs");
}

#[test]
fn a_session_of_900_s_is_never_reused_through_a_window_of_15_min() {
    let fleet =
        |session: &str| format!("{FIVE_JOBS}\ntool-spacing = \"1s\"\nsession = \"{session}\"");
    let file = |session| run_one(&fleet(session), WELL, r#"cached = { store = "file" }"#);
    assert_eq!(file("900s").calls, 15, "every tool finds it stale");
    assert_eq!(file("901s").calls, 10, "the second tool is still in time");
    assert_eq!(file("1h").calls, 5);
}

#[test]
fn who_reads_half_a_cache_file_fails_asks_or_waits_for_its_writer() {
    // The token takes 50 ms and STS 100 ms. The first tool writes from 150 to 360 ms, the one that
    // finds the file cold at 100 ms from 200 to 410 ms.
    let fleet = "jobs = 1\ntools-per-job = 6\narrivals.burst = {}\ntool-spacing = \"100ms\"";
    let file =
        |knobs: &str| run_one(fleet, WELL, &format!("cached = {{ store = \"file\"{knobs} }}"));
    let garbage = |recorder: &Recorder| count(&recorder.failures, Failure::UnreadableCache);

    let renamed = file(", lock = false");
    assert_eq!((renamed.calls, garbage(&renamed), renamed.jobs_failed), (2, 0, 0));
    // At 200 ms, by botocore's rule unless told otherwise; the steps that follow never run.
    let fails = file(", lock = false, write-takes = \"210ms\"");
    assert_eq!((fails.calls, garbage(&fails), fails.jobs_failed), (2, 1, 1));
    assert_eq!((count(&fails.errors, Failure::UnreadableCache), fails.skipped_tools), (1, 3));
    // Each that asks writes anew, so the file is never whole again before the last has read it.
    let asks = file(", lock = false, write-takes = \"210ms\", on-garbage = \"ask\"");
    assert_eq!((asks.calls, garbage(&asks), asks.jobs_failed), (6, 0, 0));
    // The lock keeps out second writers, not readers.
    let locked = file(", write-takes = \"210ms\", on-garbage = \"fail\"");
    assert_eq!((locked.calls, garbage(&locked), locked.jobs_failed), (1, 1, 1));
    // Unless they ask for it when what they read is no good: then they wait for the writer.
    let waits = file(", write-takes = \"210ms\", on-garbage = \"ask\"");
    assert_eq!((waits.calls, garbage(&waits), waits.jobs_failed), (1, 0, 0));
}

#[test]
fn a_daemon_asks_once_for_the_whole_fleet() {
    let fleet = "jobs = 40\ntools-per-job = 3\narrivals.burst = { spread = \"120ms\" }";
    let whole = run_one(fleet, WELL, r#"daemon = { scope = "fleet" }"#);
    assert_eq!((whole.calls, whole.acquisitions_succeeded, whole.jobs_succeeded), (1, 120, 40));
    assert_eq!(whole.tokens_fetched, 1);
    let each = run_one(fleet, WELL, r#"daemon = { scope = "job" }"#);
    assert_eq!((each.calls, each.acquisitions_succeeded, each.jobs_succeeded), (40, 120, 40));
}

#[test]
fn a_daemon_tells_all_who_wait_of_one_failure() {
    let fleet = "jobs = 40\ntools-per-job = 3\narrivals.burst = { spread = \"120ms\" }";
    let denied = run_one(fleet, DENYING, r#"daemon = { scope = "fleet" }"#);
    assert_eq!(count(&denied.failures, DENIED), 120);
    assert_eq!((denied.calls, denied.jobs_failed), (1, 40), "nobody asks after the answer");
}

#[test]
fn a_daemon_refreshes_ahead_of_expiry_for_as_long_as_the_work_lasts() {
    let calls = |work: &str| {
        let fleet =
            format!("jobs = 20\ntools-per-job = 2\narrivals.burst = {{}}\nwork = \"{work}\"");
        let contender = "[contenders.it]\nstrategy.daemon = { scope = \"fleet\", refresh-before = \"5m\", jitter = \"0s\" }\nrenew-token = \"30s\"";
        let recorder = run(&fleet, WELL, contender)["it"].recorder.clone();
        assert_eq!(recorder.jobs_succeeded, 20, "{work}");
        recorder.calls
    };
    // An hour's session is refreshed every 55 minutes.
    assert_eq!(calls("54m"), 1);
    assert_eq!(calls("56m"), 2);
    assert_eq!(calls("109m"), 2);
    assert_eq!(calls("111m"), 3);
}

#[test]
fn a_daemon_serves_what_is_still_valid_while_its_refreshes_fail() {
    // Its token expires after 300 s, so every refresh from minute 55 on fails,
    // while the hour's session lasts until 3600.15 s.
    let fleet =
        "jobs = 65\ntools-per-job = 1\narrivals.rate = { rate = \"1/m\", process = \"even\" }";
    let strategy = r#"daemon = { scope = "fleet", refresh-before = "5m", jitter = "0s" }"#;
    let daemon = run_one(fleet, WELL, strategy);
    assert_eq!((daemon.granted, daemon.jobs_succeeded, daemon.jobs_failed), (1, 61, 4));
    assert_eq!(count(&daemon.failures, EXPIRED_TOKEN), 4);
    let refreshes = count(&daemon.errors, EXPIRED_TOKEN);
    assert!(refreshes >= 30, "one every 10 s for 5 min, not {refreshes}");
}

#[test]
fn retries_outlive_a_token_unless_it_is_renewed() {
    let runs = run(
        "jobs = 1\ntools-per-job = 1\narrivals.burst = {}",
        DENYING,
        r#"
[contenders.same]
strategy.naive = {}
policy.fixed = { wait = "100s", retries = 4 }
[contenders.renewed]
strategy.naive = {}
policy.fixed = { wait = "100s", retries = 4 }
renew-token = "30s"
"#,
    );
    let same = &runs["same"].recorder;
    assert_eq!((count(&same.errors, DENIED), count(&same.errors, EXPIRED_TOKEN)), (3, 2));
    assert_eq!(count(&same.failures, EXPIRED_TOKEN), 1, "it is what the job finally failed of");
    assert_eq!(same.tokens_fetched, 1);
    let renewed = &runs["renewed"].recorder;
    assert_eq!((count(&renewed.errors, DENIED), count(&renewed.errors, EXPIRED_TOKEN)), (5, 0));
    assert_eq!(renewed.tokens_fetched, 2);
}

#[test]
fn a_job_fetches_its_token_once_for_all_its_tools() {
    let spaced = format!("{FIVE_JOBS}\ntool-spacing = \"1s\"");
    assert_eq!(run_one(&spaced, WELL, "naive = {}").tokens_fetched, 5);
    assert_eq!(run_one(FIVE_JOBS, WELL, "naive = {}").tokens_fetched, 5);
}

#[test]
fn the_first_failure_is_told_from_its_first_call() {
    let contender =
        "[contenders.it]\nstrategy.naive = {}\npolicy.fixed = { wait = \"3s\", retries = 1 }";
    let fleet = "jobs = 2\ntools-per-job = 2\narrivals.burst = { at = \"1s\" }";
    let recorder = run(fleet, DENYING, contender)["it"].recorder.clone();
    let story = recorder.first_failure().expect("all of them failed");
    assert_eq!((story.tool, story.at.as_nanos()), (ToolId { job: 0, tool: 0 }, 4_250_000_000));
    insta::assert_snapshot!(story.lines.join("\n"), @r"
    1.050 s  call 1 sent, answered 0.100 s later: AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity
    1.150 s  sleeps 3.000 s
    4.150 s  call 2 sent, answered 0.100 s later: AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity
    4.250 s  gives up: AccessDenied
    ");
}

#[test]
fn latency_counts_from_the_intended_start() {
    let fleet = "jobs = 1\ntools-per-job = 1\narrivals.burst = { at = \"7s\" }";
    let naive = run_one(fleet, WELL, "naive = {}");
    let took_us = naive.time_to_credentials.max_us();
    assert!((149_000..=151_000).contains(&took_us), "50 ms + 100 ms, not {took_us} µs");
}

#[test]
fn a_policy_that_never_lets_time_pass_is_found_out() {
    let service = DENYING.replace("\"100ms\"", "\"0s\"").replace("\"50ms\"", "\"0s\"");
    let scenario = scenario(&text(
        "jobs = 1\ntools-per-job = 2\narrivals.burst = { at = \"1s\" }",
        &service,
        "[contenders.it]\nstrategy.naive = {}\npolicy.fixed = { wait = \"0s\", retries = 4000000000 }",
    ));
    let never = AtomicBool::new(false);
    let run = simulate_one(&scenario, &scenario.contenders[0], 1, Recorder::default(), &never);
    let stuck: Stuck = run.expect_err("it never ends");
    assert_eq!(stuck.at.since(harness::world::Instant::ZERO), Duration::from_secs(1));
    let said = stuck.to_string();
    assert!(said.starts_with("virtual time stands still at 1.000 s: job-0-tool-"), "{said}");
}
