//! Every fault in both worlds: the same failures, for the same calls.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use harness::record::check;
use harness::run::{ContenderRecord, Outcome, real, report, simulate};
use harness::scenario::{Scenario, parse};
use reports::World;
use tokio::sync::watch;

/// Ten jobs, one every 300 ms from the first moment on, so that 150 ms lie
/// between a call and the edge of a fault that begins or ends half-way.
fn scenario(service: &str, hop: &str) -> Scenario {
    let latency = if service.contains("latency") { "" } else { "latency.fixed = \"20ms\"" };
    let text = format!(
        r#"
name = "faults"
question = "Do both worlds fail alike?"
horizon = "20s"

[fleet]
jobs = 10
tools-per-job = 1
attempt-timeout = "2400ms"
arrivals.rate = {{ rate = "200/m", process = "even" }}

[network]
hop.fixed = "{hop}"

[service]
profile = "cacheable-keys"
{latency}
{service}

[service.verification-key]
hosts = 1
provider = {{ latency.fixed = "0s" }}

[idp]
token-latency.fixed = "0s"

[contenders.naive]
strategy.naive = {{}}
"#
    );
    parse("test.toml", &text).unwrap_or_else(|invalid| panic!("{}", invalid.render(false)))
}

fn simulated(scenario: &Scenario) -> ContenderRecord {
    let records = simulate(scenario, &[Arc::default()], &AtomicBool::new(false));
    records.expect("time passes").remove(0)
}

fn in_the_real_world(scenario: &Scenario) -> ContenderRecord {
    let (_running, stop) = watch::channel(false);
    let options = real::RealOptions::new(1, None, stop);
    real::run(scenario, &[Arc::default()], &options).expect("loopback sockets").remove(0)
}

/// How the jobs ended, and what the service made of their calls.
fn outcome(record: &ContenderRecord) -> String {
    for law in check(&record.recorder, &record.ledger) {
        assert!(law.holds, "{} ({})", law.name, law.detail);
    }
    let mut failures: Vec<String> = record
        .recorder
        .errors
        .sorted()
        .into_iter()
        .map(|error| format!("{} {}", error.count, error.failure))
        .collect();
    failures.sort();
    failures.insert(0, format!("{} fine", record.recorder.jobs_succeeded));
    failures.push(format!("{} granted", record.ledger.granted()));
    failures.join(", ")
}

/// A fault, and how ten jobs end under it.
const FAULTS: &[(&str, &str)] = &[
    ("", "10 fine, 10 granted"),
    (r#"{ outage = { during = "750ms..1950ms" } }"#, "6 fine, 4 ServiceUnavailable, 6 granted"),
    (
        r#"{ outage = { during = "750ms..1950ms", wire = "reset-before" } }"#,
        "6 fine, 4 Reset, 6 granted",
    ),
    (
        r#"{ outage = { during = "750ms..1950ms", wire = "reset-after" } }"#,
        "6 fine, 4 Reset, 10 granted",
    ),
    (r#"{ outage = { during = "750ms..1950ms", wire = "empty" } }"#, "6 fine, 4 Reset, 6 granted"),
    (r#"{ outage = { during = "750ms..1950ms", wire = "hang" } }"#, "6 fine, 4 Timeout, 6 granted"),
    (
        r#"{ outage = { during = "750ms..1950ms", wire = "truncated" } }"#,
        "6 fine, 4 Unreadable, 10 granted",
    ),
    (r#"{ outage = { wire.slow-body = "400ms" } }"#, "10 fine, 10 granted"),
    (
        r#"{ outage = { during = "750ms..1950ms", wire.slow-body = "3s" } }"#,
        "6 fine, 4 Timeout, 10 granted",
    ),
    (
        r#"{ error-rate = { share = "50%", code = "Throttling" } }"#,
        "6 fine, 4 Throttling, 6 granted",
    ),
    (
        r#"{ flapping = { during = "750ms..", mean-up = "900ms", mean-down = "900ms", code = "InternalFailure" } }"#,
        "3 fine, 7 InternalFailure, 3 granted",
    ),
    (
        r#"{ brownout = { during = "750ms..1950ms", peak = 200.0, ramp = "1ms" } }"#,
        "6 fine, 4 Timeout, 10 granted",
    ),
    (
        r#"{ fail-first = { requests = 3, code = "IDPCommunicationError" } }"#,
        "7 fine, 3 IDPCommunicationError, 7 granted",
    ),
    (
        r#"{ outage = { during = "750ms..1950ms", code = "SlowDown" } }"#,
        "6 fine, 4 SlowDown, 6 granted",
    ),
    (
        r#"{ outage = { during = "750ms..1950ms", code = "TooManyRequests" } }"#,
        "6 fine, 4 TooManyRequests, 6 granted",
    ),
    (
        r#"{ recover-after = { after = "1050ms", code = "AccessDenied" } }"#,
        "6 fine, 4 AccessDenied, 6 granted",
    ),
    (r#"{ noisy-neighbour = { limit = 1, rate = "3000/s" } }"#, "1 fine, 9 Throttling, 1 granted"),
    (r#"{ key-outage = { during = "..1350ms" } }"#, "5 fine, 5 InvalidIdentityToken, 5 granted"),
    (r#"{ key-slowdown = { during = "..1350ms", factor = 2.0 } }"#, "10 fine, 10 granted"),
];

/// Limits, and how ten jobs end under them.
const LIMITS: &[(&str, &str)] = &[
    (
        r#"limits = [{ token-bucket = { per = "account-region", rate = "2/s", burst = 2 } }]"#,
        "6 fine, 4 Throttling, 6 granted",
    ),
    (
        r#"limits = [{ fixed-window = { per = "role", requests = 3, window = "1650ms" } }]"#,
        "6 fine, 4 Throttling, 6 granted",
    ),
    (
        r#"limits = [{ sliding-window = { per = "issuer", requests = 2, window = "1050ms" } }]"#,
        "6 fine, 4 Throttling, 6 granted",
    ),
    (
        r#"latency.fixed = "450ms"
           limits = [{ concurrency = { per = "account-region", at-once = 1 } }]"#,
        "5 fine, 5 Throttling, 5 granted",
    ),
    (
        r#"latency.fixed = "450ms"
           limits = [{ concurrency = { per = "account-region", at-once = 1, queue = 9 } }]"#,
        "10 fine, 10 granted",
    ),
    (
        r#"limits = [{ token-bucket = { per = "source", rate = "1/s", burst = 1 } }]"#,
        "10 fine, 10 granted",
    ),
    (
        r#"limits = [{ fixed-window = { per = "role", requests = 10, window = "1h" } }]
           faults = [{ noisy-neighbour = { share = "40%" } }]"#,
        "6 fine, 4 Throttling, 6 granted",
    ),
];

#[test]
fn every_limit_is_the_same_in_both_worlds() {
    for some in LIMITS.chunks(6) {
        std::thread::scope(|scope| {
            for (limits, expected) in some {
                scope.spawn(move || same_in_both_worlds(limits, expected));
            }
        });
    }
}

#[test]
fn every_fault_is_the_same_in_both_worlds() {
    // They mostly wait, so some wait together; more would make each other late.
    for some in FAULTS.chunks(6) {
        std::thread::scope(|scope| {
            for (faults, expected) in some {
                scope.spawn(move || same_in_both_worlds(&format!("faults = [{faults}]"), expected));
            }
        });
    }
}

/// A brownout strikes nobody: it changes what befalls everybody.
#[test]
fn a_report_tells_how_many_requests_each_fault_struck() {
    let faults = r#"faults = [
        { brownout = { during = "..1s", peak = 2.0 } },
        { outage = { during = "750ms..1950ms", wire = "reset-after" } },
        { outage = { during = "10s.." } },
    ]"#;
    let scenario = scenario(faults, "0s");
    let outcome = Outcome {
        world: World::Simulated,
        machine: None,
        complete: true,
        ended_early: None,
        seeds: vec![1],
        own_service: true,
        baseline: None,
    };
    let report = report(&scenario, &[simulated(&scenario)], &outcome);
    let server = report.contenders[0].server.as_ref().expect("the service is ours");
    let struck: Vec<_> =
        server.struck_by_fault.iter().map(|struck| (&*struck.fault, struck.count)).collect();
    let expected = [
        ("outage: every request, reset after it was served; from 750ms to 1s 950ms", 4),
        ("outage: every request, ServiceUnavailable; from 10s on", 0),
    ];
    assert_eq!(struck, expected);
}

fn same_in_both_worlds(service: &str, expected: &str) {
    let near = outcome(&simulated(&scenario(service, "0s")));
    assert_eq!(near, expected, "simulated, {service}");
    // No call is so near an edge that a late one would cross it.
    let late = outcome(&simulated(&scenario(service, "120ms")));
    assert_eq!(late, expected, "simulated and late, {service}");
    let real = outcome(&in_the_real_world(&scenario(service, "0s")));
    assert_eq!(real, expected, "real, {service}");
}
