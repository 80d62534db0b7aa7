//! Calls spread over regions: each has limits and key caches of its own, the identity provider is
//! everybody's, and an incident of STS is one region's. In both worlds.

#[path = "common/over_sockets.rs"]
mod over_sockets;
#[path = "common/virtual_time.rs"]
mod virtual_time;

use harness::run::SeedRun;
use mock_sts::service::Ledger;

use crate::over_sockets::over_sockets;
use crate::virtual_time::{run_all, scenario};

/// Eight jobs that start together, in one of four regions each.
fn text(service: &str, keys: &str, contender: &str) -> String {
    format!(
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
    )
}

fn simulated(text: &str) -> SeedRun {
    run_all(text).remove("it").expect("the one contender")
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
    let home = simulated(&text(TWO_A_REGION, QUICK, "strategy.naive = {}"));
    assert_eq!((home.recorder.jobs_succeeded, requests(&home.ledger)), (2, vec![8]));
    let spread = text(TWO_A_REGION, QUICK, BY_JOB);
    let virtually = simulated(&spread);
    assert_eq!(virtually.recorder.jobs_succeeded, 8);
    assert_eq!(requests(&virtually.ledger), [2, 2, 2, 2]);
    let (recorder, ledger) = over_sockets(&scenario(&spread));
    assert_eq!((recorder.jobs_succeeded, requests(&ledger)), (8, vec![2, 2, 2, 2]));
}

#[test]
fn a_failure_moves_on_to_the_next_region() {
    let failover = "strategy.naive = {}\nregions = \"failover\"\n\
                    policy.fixed = { wait = \"200ms\", retries = 2 }";
    let it = text(TWO_A_REGION, QUICK, failover);
    let expected = [8, 6, 4];
    let virtually = simulated(&it);
    // Eight knock at the first door, six at the second, four at the third.
    assert_eq!((virtually.recorder.jobs_succeeded, virtually.recorder.jobs_failed), (6, 2));
    assert_eq!(requests(&virtually.ledger), expected);
    let throttled: Vec<u64> =
        virtually.ledger.regions().iter().map(|region| region.throttled).collect();
    assert_eq!(throttled, [6, 4, 2]);
    let (recorder, ledger) = over_sockets(&scenario(&it));
    assert_eq!((recorder.jobs_succeeded, requests(&ledger)), (6, expected.to_vec()));
}

#[test]
fn each_region_fetches_for_itself_from_the_one_provider() {
    let slow = "deadline = \"2500ms\"\nprovider = { concurrency = 1, latency.fixed = \"1s\" }";
    let home = simulated(&text(NO_LIMIT, slow, "strategy.naive = {}"));
    assert_eq!((home.ledger.keys().started, home.recorder.jobs_succeeded), (1, 8));
    // Four fetches stand in line, and two of them are done in time.
    let spread = simulated(&text(NO_LIMIT, slow, BY_JOB));
    assert_eq!((spread.ledger.keys().started, spread.recorder.jobs_succeeded), (4, 4));
    let fetches: Vec<u64> =
        spread.ledger.regions().iter().map(|region| region.key_fetches).collect();
    assert_eq!(fetches, [1; 4]);
}

#[test]
fn an_incident_of_sts_is_one_regions_and_one_of_the_provider_is_everybodys() {
    let outage =
        format!("{NO_LIMIT}\nfaults = [{{ outage = {{ code = \"ServiceUnavailable\" }} }}]");
    let by_job = simulated(&text(&outage, QUICK, BY_JOB));
    assert_eq!(by_job.recorder.jobs_succeeded, 6, "two of eight are at home");
    let failover = "strategy.naive = {}\nregions = \"failover\"\n\
                    policy.fixed = { wait = \"1s\", retries = 1 }";
    assert_eq!(simulated(&text(&outage, QUICK, failover)).recorder.jobs_succeeded, 8);
    let keys = format!("{NO_LIMIT}\nfaults = [{{ key-outage = {{}} }}]");
    assert_eq!(simulated(&text(&keys, QUICK, BY_JOB)).recorder.jobs_succeeded, 0);
}

/// What was issued in one region signs in another.
#[test]
fn credentials_are_good_in_every_region() {
    let chained = "strategy.role-chaining = {}\nregions = \"failover\"\n\
                   policy.fixed = { wait = \"200ms\", retries = 3 }";
    let it = text(&TWO_A_REGION.replace("requests = 2", "requests = 3"), QUICK, chained);
    // Jobs take three, three and two of the twelve, and tools the four that are left.
    let (virtually, (recorder, _)) = (simulated(&it).recorder, over_sockets(&scenario(&it)));
    for recorder in [virtually, recorder] {
        assert_eq!((recorder.granted, recorder.acquisitions_succeeded), (12, 4));
        assert!(recorder.errors.sorted().iter().all(|error| error.failure.name() == "Throttling"));
    }
}
