//! What the identity provider does to a fleet, in both worlds.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use harness::record::Progress;
use harness::run::{ContenderRecord, real, simulate};
use harness::scenario::{Scenario, parse};
use tokio::sync::watch;

/// One job with one tool, whose call arrives a second after its token was asked for.
const BASE: &str = r#"
name = "one"
question = "What does the provider do?"
horizon = "20s"

[fleet]
jobs = 1
tools-per-job = 1
arrivals.burst = { at = "600ms" }

[network]
hop.fixed = "1s"

[service]
profile = "cacheable-keys"
latency.fixed = "1ms"
limits = []
verification-key.provider.latency.fixed = "1ms"

[contenders.naive]
strategy.naive = {}

[idp]
token-latency.fixed = "1ms"
"#;

fn scenario(idp: &str) -> Scenario {
    parse("test.toml", &format!("{BASE}{idp}"))
        .unwrap_or_else(|why| panic!("{}", why.render(false)))
}

fn progress(scenario: &Scenario) -> Vec<Arc<Progress>> {
    scenario.contenders.iter().map(|_| Arc::default()).collect()
}

fn in_both_worlds(scenario: &Scenario) -> [ContenderRecord; 2] {
    let simulated = simulate(scenario, &progress(scenario), &AtomicBool::new(false));
    let (_stop, stopped) = watch::channel(false);
    let options = real::RealOptions::new(1, None, stopped);
    let real = real::run(scenario, &progress(scenario), &options);
    let (mut simulated, mut real) = (simulated.expect("it ends"), real.expect("loopback sockets"));
    [simulated.remove(0), real.remove(0)]
}

/// Jobs that succeeded and jobs that failed, in either world.
fn jobs(idp: &str) -> [(u64, u64); 2] {
    in_both_worlds(&scenario(idp))
        .map(|record| (record.recorder.jobs_succeeded, record.recorder.jobs_failed))
}

#[test]
fn a_key_that_changes_on_the_way_is_known_only_with_an_overlap() {
    let keys = "algorithm = \"ES256\"\nrotate-every = \"1s\"\n";
    assert_eq!(jobs(&format!("{keys}rotation-overlap = \"0s\"\n")), [(0, 1); 2]);
    assert_eq!(jobs(&format!("{keys}rotation-overlap = \"1s\"\n")), [(1, 0); 2]);
}

/// Calls that failed, by what they failed of.
fn errors(record: &ContenderRecord) -> Vec<(String, u64)> {
    let counted = record.recorder.errors.sorted().into_iter();
    counted.map(|one| (format!("{}: {}", one.failure, one.message), one.count)).collect()
}

#[test]
fn a_pending_job_is_refused_its_token_until_the_policy_has_waited_long_enough() {
    let faults = "token-faults.pending-for = \"1s\"\n";
    for record in in_both_worlds(&scenario(faults)) {
        assert_eq!((record.recorder.jobs_succeeded, record.recorder.jobs_failed), (0, 1));
    }
    let mut retried = scenario(faults);
    let policy = "policy.fixed = { wait = \"370ms\", retries = 5 }\n\n[idp]";
    let text = format!("{BASE}{faults}").replace("\n[idp]", policy);
    retried.contenders = parse("test.toml", &text).expect("it is fine").contenders;
    let pending = "TokenRefused: the token endpoint: HTTP 403, \
                   Can't issue ID_TOKEN for job in 'Pending' state";
    for record in in_both_worlds(&retried) {
        assert_eq!((record.recorder.jobs_succeeded, record.recorder.jobs_failed), (1, 0));
        assert_eq!(errors(&record), [(pending.to_owned(), 3)]);
        // What never reached STS is no attempt at it.
        assert_eq!((record.recorder.attempts, record.ledger.requests()), (1, 1));
    }
}

#[test]
fn an_endpoint_that_fails_or_hangs_for_everybody_lets_nobody_in() {
    let failing = in_both_worlds(&scenario("token-faults.error-rate = \"100%\"\n"));
    for record in failing {
        let refused = "TokenRefused: the token endpoint: HTTP 500, Internal Server Error";
        assert_eq!(errors(&record), [(refused.to_owned(), 1)]);
    }
    // The horizon comes before the client loses patience.
    for record in in_both_worlds(&parse_with_horizon("2s", "token-faults.hang = \"100%\"\n")) {
        assert_eq!((record.recorder.jobs_started, record.jobs[0]), (1, (0, 1)));
    }
    let patient = parse_with_horizon("5m", "token-faults.hang = \"100%\"\n");
    let simulated = simulate(&patient, &progress(&patient), &AtomicBool::new(false));
    let timeout = "Timeout: no answer within 60s";
    assert_eq!(errors(&simulated.expect("it ends")[0]), [(timeout.to_owned(), 1)]);
}

fn parse_with_horizon(horizon: &str, idp: &str) -> Scenario {
    let text = format!("{BASE}{idp}").replace("\"20s\"", &format!("{horizon:?}"));
    parse("test.toml", &text).expect("it is fine")
}
