//! One small scenario in both worlds: what the simulator says, sockets say too.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use harness::record::{Progress, check};
use harness::run::{ContenderRecord, real, simulate};
use harness::scenario::{Scenario, parse};
use tokio::sync::watch;

/// A job of two tools every 30 ms, and a provider that serves two fetches in
/// 120 ms: job k waits 120 + 90 k ms for its keys. With a deadline of 525 ms the
/// first five have them in time, by 45 ms at the least, and the sixth misses
/// them by as much: no lateness of a real machine turns that around.
const HERD: &str = r#"
name = "herd"
question = "Do both worlds agree?"
horizon = "20s"

[fleet]
jobs = 12
tools-per-job = 2
arrivals.rate = { rate = "2000/m", process = "even" }

[network]
hop.fixed = "2ms"

[service]
profile = "github-2021"
latency.fixed = "30ms"
limits = []

[service.verification-key]
hosts = 1
in-flight = "separate"
negative-ttl = "0s"
deadline = "525ms"
provider = { concurrency = 2, queue = 1000, latency.fixed = "120ms" }

[idp]
cache-control = "no-cache"
token-latency.fixed = "20ms"

[contenders.naive]
strategy.naive = {}

[contenders.retried]
strategy.naive = {}
policy.full-jitter = { base = "400ms", cap = "800ms", attempts = 8 }

[contenders.cached]
strategy.cached = { store = "environment" }

[contenders.daemon]
strategy.daemon = { scope = "fleet" }

[contenders.chained]
strategy.role-chaining = {}
"#;

/// Of acquisitions and jobs: one job of twelve, or two tools of 24. Sockets
/// deliver calls that leave together in any order, so that one that is late may
/// take the place of another.
const SHARE_TOLERANCE: f64 = 0.10;

/// Of STS calls per job under retries, as a share of the simulated value: the
/// waits are the same in both worlds, but one that ends near another may change
/// places with it, and cost somebody an attempt.
const CALLS_TOLERANCE: f64 = 0.15;

/// Of quantiles that no retry moves, in milliseconds for each call that has to be waited for: signing, connecting and
/// waking up on a busy machine cost what virtual time does not know.
const TIME_TOLERANCE_MS: f64 = 60.0;

/// The same under retries, as a share of the simulated value, for the same
/// reason as the calls.
const RETRIED_TIME_TOLERANCE: f64 = 0.15;

fn scenario(text: &str) -> Scenario {
    parse("test.toml", text).unwrap_or_else(|invalid| panic!("{}", invalid.render(false)))
}

fn progress(scenario: &Scenario) -> Vec<Arc<Progress>> {
    scenario.contenders.iter().map(|_| Arc::default()).collect()
}

fn simulated(scenario: &Scenario) -> Vec<ContenderRecord> {
    simulate(scenario, &progress(scenario), &AtomicBool::new(false)).expect("time passes")
}

fn in_the_real_world(scenario: &Scenario) -> Vec<ContenderRecord> {
    let (_running, stop) = watch::channel(false);
    let options = real::RealOptions::new(scenario.seeds[0], None, stop);
    real::run(scenario, &progress(scenario), &options).expect("loopback sockets")
}

/// What is compared of a contender.
#[derive(Debug)]
struct Measured {
    jobs: f64,
    acquisitions: f64,
    calls_per_job: f64,
    p50_ms: f64,
    max_ms: f64,
}

impl Measured {
    fn of(record: &ContenderRecord) -> Self {
        let recorder = &record.recorder;
        let share = |(part, whole): (u64, u64)| part as f64 / whole as f64;
        let times = &recorder.time_to_credentials;
        Self {
            jobs: share(record.jobs[0]),
            acquisitions: share(record.acquisitions[0]),
            calls_per_job: share((recorder.calls, record.jobs[0].1)),
            p50_ms: times.quantile(0.5).unwrap_or_default() as f64 / 1e3,
            max_ms: times.max_us() as f64 / 1e3,
        }
    }
}

fn assert_near(what: &str, simulated: f64, real: f64, tolerance: f64) {
    let apart = (simulated - real).abs();
    assert!(apart <= tolerance, "{what}: {simulated:.3} simulated, {real:.3} real");
}

fn assert_balanced(name: &str, record: &ContenderRecord) {
    for law in check(&record.recorder, &record.ledger) {
        assert!(law.holds, "{name}: {} ({})", law.name, law.detail);
    }
}

#[test]
fn both_worlds_agree() {
    let herd = scenario(HERD);
    let (virtually, really) = (simulated(&herd), in_the_real_world(&herd));
    for (index, contender) in herd.contenders.iter().enumerate() {
        let name = contender.name.as_str();
        assert_balanced(name, &virtually[index]);
        assert_balanced(name, &really[index]);
        let (simulated, real) = (Measured::of(&virtually[index]), Measured::of(&really[index]));
        let retried = name == "retried";
        let time_tolerance = |ms: f64| match name {
            "retried" => RETRIED_TIME_TOLERANCE * ms,
            "chained" => 2.0 * TIME_TOLERANCE_MS,
            _ => TIME_TOLERANCE_MS,
        };
        let calls = if retried { CALLS_TOLERANCE * simulated.calls_per_job } else { 0.0 };
        let what = |metric: &str| format!("{metric} of {name}");
        assert_near(&what("jobs"), simulated.jobs, real.jobs, SHARE_TOLERANCE);
        let (ours, theirs) = (simulated.acquisitions, real.acquisitions);
        assert_near(&what("acquisitions"), ours, theirs, SHARE_TOLERANCE);
        assert_near(&what("calls"), simulated.calls_per_job, real.calls_per_job, calls);
        let (ours, theirs) = (simulated.p50_ms, real.p50_ms);
        assert_near(&what("median"), ours, theirs, time_tolerance(ours));
        let (ours, theirs) = (simulated.max_ms, real.max_ms);
        assert_near(&what("maximum"), ours, theirs, time_tolerance(ours));
    }
}

/// The comparison above would pass if everything succeeded, or nothing.
#[test]
fn the_compared_scenario_fails_some_and_its_fixes_hold() {
    let herd = scenario(HERD);
    let records = simulated(&herd);
    let outcomes: Vec<_> = herd
        .contenders
        .iter()
        .zip(&records)
        .map(|(contender, record)| {
            let (succeeded, needed) = record.acquisitions[0];
            (contender.name.as_str(), succeeded, needed, record.recorder.calls)
        })
        .collect();
    let expected = [
        ("naive", 10, 24, 24),
        ("retried", 24, 24, 43),
        ("cached", 24, 24, 12),
        ("daemon", 24, 24, 1),
        ("chained", 24, 24, 36),
    ];
    assert_eq!(outcomes, expected, "name, acquisitions had, acquisitions needed, calls");
}

/// Nobody is answered before the horizon.
const SLOW: &str = r#"
name = "slow"
question = "What becomes of jobs that the end cuts off?"
horizon = "400ms"

[fleet]
jobs = 3
tools-per-job = 2
arrivals.burst = {}

[service]
profile = "cacheable-keys"
latency.fixed = "30s"
limits = []

[idp]
token-latency.fixed = "0s"

[contenders.naive]
strategy.naive = {}

[contenders.daemon]
strategy.daemon = { scope = "fleet" }
"#;

#[test]
fn the_horizon_ends_a_run_with_unfinished_jobs() {
    let slow = scenario(SLOW);
    for records in [simulated(&slow), in_the_real_world(&slow)] {
        for (record, calls) in records.iter().zip([6, 1]) {
            assert_balanced("slow", record);
            assert_eq!(record.jobs, [(0, 3)], "planned and not finished: not a success");
            assert_eq!(record.recorder.jobs_failed, 0, "nor a failure that anybody saw");
            assert_eq!((record.recorder.calls, record.recorder.attempts), (calls, 0));
            assert_eq!(record.elapsed.as_nanos(), 400_000_000);
        }
    }
}

#[test]
fn a_run_that_is_told_to_stop_leaves_what_it_has() {
    let slow = scenario(&SLOW.replace("\"400ms\"", "\"1h\""));
    let watched = progress(&slow);
    let (stop, stopped) = watch::channel(false);
    let options = real::RealOptions::new(1, None, stopped);
    let records = std::thread::scope(|scope| {
        let running = scope.spawn(|| real::run(&slow, &watched, &options));
        let started = |progress: &Arc<Progress>| progress.started.load(Ordering::Relaxed) == 3;
        while !watched.iter().all(started) {
            std::thread::yield_now();
        }
        stop.send_replace(true);
        running.join().expect("no panic").expect("loopback sockets")
    });
    for record in &records {
        assert_balanced("slow", record);
        assert_eq!((record.recorder.jobs_started, record.recorder.jobs_succeeded), (3, 0));
        assert_eq!(record.jobs, [(0, 3)]);
        assert!(record.elapsed.as_secs_f64() < 3600.0, "{:?}", record.elapsed);
    }
}

#[test]
fn a_simulation_that_is_told_to_stop_begins_no_further_seed() {
    let mut herd = scenario(HERD);
    herd.seeds = vec![1, 2, 3];
    let records = simulate(&herd, &progress(&herd), &AtomicBool::new(true)).expect("nothing ran");
    assert!(records.iter().all(|record| record.jobs.is_empty()));
}
