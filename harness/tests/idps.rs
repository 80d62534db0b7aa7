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
    let options = real::RealOptions { seed: 1, endpoint: None, stop: stopped };
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
