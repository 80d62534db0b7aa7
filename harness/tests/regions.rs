//! Calls spread over regions: each has limits and key caches of its own, the identity provider is
//! everybody's, and an incident of STS is one region's. In both worlds.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use harness::record::{Progress, Recorder, check};
use harness::run::{SeedRun, real, simulate_one};
use harness::scenario::{Scenario, parse};
use mock_sts::service::Ledger;
use tokio::sync::watch;

/// Eight jobs that start together, in one of four regions each.
fn scenario(service: &str, keys: &str, contender: &str) -> Scenario {
    let text = format!(
        r#"
name = "test"
question = "Where do calls go?"
horizon = "5m"
[fleet]
jobs = 8
tools-per-job = 1
arrivals.burst = {{}}
[service]
profile = "cacheable-keys"
latency.fixed = "10ms"
other-regions = ["us-west-2", "eu-west-1", "ap-southeast-2"]
{service}
[service.verification-key]
hosts = 1
{keys}
[idp]
token-latency.fixed = "0s"
[contenders.it]
{contender}"#
    );
    parse("test.toml", &text).unwrap_or_else(|invalid| panic!("{}", invalid.render(false)))
}

fn balanced(recorder: &Recorder, ledger: &Ledger) {
    for law in check(recorder, ledger) {
        assert!(law.holds, "{} ({})", law.name, law.detail);
    }
}

fn simulated(scenario: &Scenario) -> SeedRun {
    let never = AtomicBool::new(false);
    let contender = &scenario.contenders[0];
    let run = simulate_one(scenario, contender, 1, Recorder::default(), &never);
    let run = run.expect("time passes");
    balanced(&run.recorder, &run.ledger);
    run
}

fn over_sockets(scenario: &Scenario) -> (Recorder, Ledger) {
    let (_running, stop) = watch::channel(false);
    let options = real::RealOptions::new(1, None, stop);
    let progress: Vec<Arc<Progress>> = vec![Arc::default()];
    let mut records = real::run(scenario, &progress, &options).expect("loopback sockets");
    let record = records.remove(0);
    balanced(&record.recorder, &record.ledger);
    (record.recorder, record.ledger)
}

/// Requests of each region.
fn requests(ledger: &Ledger) -> Vec<u64> {
    ledger.regions().iter().map(|region| region.requests).collect()
}

const NO_LIMIT: &str = "limits = []";
const TWO_A_REGION: &str =
    "limits = [{ fixed-window = { per = \"account-region\", requests = 2, window = \"1h\" } }]";
const QUICK: &str = "provider = { concurrency = 1000, latency.fixed = \"0s\" }";
const BY_JOB: &str = "strategy.naive = {}\nregions = \"by-job\"";

#[test]
fn each_region_has_a_limit_of_its_own() {
    let home = simulated(&scenario(TWO_A_REGION, QUICK, "strategy.naive = {}"));
    assert_eq!((home.recorder.jobs_succeeded, requests(&home.ledger)), (2, vec![8]));
    let spread = scenario(TWO_A_REGION, QUICK, BY_JOB);
    let virtually = simulated(&spread);
    assert_eq!(virtually.recorder.jobs_succeeded, 8);
    assert_eq!(requests(&virtually.ledger), [2, 2, 2, 2]);
    let (recorder, ledger) = over_sockets(&spread);
    assert_eq!((recorder.jobs_succeeded, requests(&ledger)), (8, vec![2, 2, 2, 2]));
}

#[test]
fn a_failure_moves_on_to_the_next_region() {
    let failover = "strategy.naive = {}\nregions = \"failover\"\n\
                    policy.fixed = { wait = \"200ms\", retries = 2 }";
    let it = scenario(TWO_A_REGION, QUICK, failover);
    let expected = [8, 6, 4];
    let virtually = simulated(&it);
    // Eight knock at the first door, six at the second, four at the third.
    assert_eq!((virtually.recorder.jobs_succeeded, virtually.recorder.jobs_failed), (6, 2));
    assert_eq!(requests(&virtually.ledger), expected);
    let throttled: Vec<u64> =
        virtually.ledger.regions().iter().map(|region| region.throttled).collect();
    assert_eq!(throttled, [6, 4, 2]);
    let (recorder, ledger) = over_sockets(&it);
    assert_eq!((recorder.jobs_succeeded, requests(&ledger)), (6, expected.to_vec()));
}

#[test]
fn each_region_fetches_for_itself_from_the_one_provider() {
    let slow = "deadline = \"2500ms\"\nprovider = { concurrency = 1, latency.fixed = \"1s\" }";
    let home = simulated(&scenario(NO_LIMIT, slow, "strategy.naive = {}"));
    assert_eq!((home.ledger.keys().started, home.recorder.jobs_succeeded), (1, 8));
    // Four fetches stand in line, and two of them are done in time.
    let spread = simulated(&scenario(NO_LIMIT, slow, BY_JOB));
    assert_eq!((spread.ledger.keys().started, spread.recorder.jobs_succeeded), (4, 4));
    let fetches: Vec<u64> =
        spread.ledger.regions().iter().map(|region| region.key_fetches).collect();
    assert_eq!(fetches, [1; 4]);
}

#[test]
fn an_incident_of_sts_is_one_regions_and_one_of_the_provider_is_everybodys() {
    let outage =
        format!("{NO_LIMIT}\nfaults = [{{ outage = {{ code = \"ServiceUnavailable\" }} }}]");
    let by_job = simulated(&scenario(&outage, QUICK, BY_JOB));
    assert_eq!(by_job.recorder.jobs_succeeded, 6, "two of eight are at home");
    let failover = "strategy.naive = {}\nregions = \"failover\"\n\
                    policy.fixed = { wait = \"1s\", retries = 1 }";
    assert_eq!(simulated(&scenario(&outage, QUICK, failover)).recorder.jobs_succeeded, 8);
    let keys = format!("{NO_LIMIT}\nfaults = [{{ key-outage = {{}} }}]");
    assert_eq!(simulated(&scenario(&keys, QUICK, BY_JOB)).recorder.jobs_succeeded, 0);
}

/// What was issued in one region signs in another.
#[test]
fn credentials_are_good_in_every_region() {
    let chained = "strategy.role-chaining = {}\nregions = \"failover\"\n\
                   policy.fixed = { wait = \"200ms\", retries = 3 }";
    let it = scenario(&TWO_A_REGION.replace("requests = 2", "requests = 3"), QUICK, chained);
    // Jobs take three, three and two of the twelve, and tools the four that are left.
    let (virtually, (recorder, _)) = (simulated(&it).recorder, over_sockets(&it));
    for recorder in [virtually, recorder] {
        assert_eq!((recorder.granted, recorder.acquisitions_succeeded), (12, 4));
        assert!(recorder.errors.sorted().iter().all(|error| error.failure.name() == "Throttling"));
    }
}
