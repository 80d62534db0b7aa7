//! Same seed, same run: whatever else runs beside, on how many threads, and
//! however many jobs there are.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use harness::fleet::{Fleet, JobShape};
use harness::record::{CallError, Credentials, Progress, Recorder};
use harness::run::{ContenderRecord, Outcome, report, simulate, simulate_one};
use harness::scenario::{Contender, Scenario, parse};
use harness::strategy::naive::{Config, Naive};
use harness::tool::Shared;
use harness::world::sim::{Executor, SimWorld};
use harness::world::{Ask, ChainApi, Clock, Host, Instant, JobName, StsApi, ToolId, WebToken};
use reports::World;

/// Everything that can be drawn is drawn, calls fail of what they share, and
/// every number is its own: profiles may change, this run may not.
const HERD: &str = r#"
name = "herd"
question = "Is it the same again?"
horizon = "5m"
seeds = [1, 2, 3, 4, 5, 6]

[fleet]
jobs = 12
tools-per-job = 3
arrivals.burst = { at = "0s", spread = "200ms" }

[network]
hop.uniform = { min = "5ms", max = "15ms" }

[service]
profile = "github-2021"
latency.lognormal = { median = "100ms", sigma = 0.4 }
limits = [{ token-bucket = { per = "account-region", rate = "20/s", burst = 20 } }]

[service.verification-key]
hosts = 8
ttl = "1h"
negative-ttl = "0s"
in-flight = "joined"
deadline = "5s"
provider = { concurrency = 1, queue = 1000, latency.lognormal = { median = "1s", sigma = 0.5 } }

[idp]
token-lifetime = "300s"
cache-control = "no-cache"
token-latency.lognormal = { median = "60ms", sigma = 0.3 }

[contenders.naive]
strategy.naive = {}

[contenders.full]
strategy.naive = {}
policy.full-jitter = { base = "1s", cap = "20s", attempts = 5 }

[contenders.action]
strategy.cached = { store = "environment" }
policy.preset = "configure-aws-credentials@6.2.3"

[contenders.daemon]
strategy.daemon = { scope = "fleet" }
policy.decorrelated-jitter = { base = "1s", cap = "20s", attempts = 5 }

[expect]
"full.success" = ">= 0%"
"#;

fn scenario(text: &str) -> Scenario {
    parse("test.toml", text).unwrap_or_else(|invalid| panic!("{}", invalid.render(false)))
}

fn records(scenario: &Scenario) -> Vec<ContenderRecord> {
    let progress: Vec<Arc<Progress>> = scenario.contenders.iter().map(|_| Arc::default()).collect();
    simulate(scenario, &progress, &AtomicBool::new(false)).expect("time passes")
}

/// The whole report as its JSON: nothing of a run is left out.
fn json(scenario: &Scenario, records: &[ContenderRecord]) -> String {
    let seeds = scenario.seeds.clone();
    let outcome = Outcome {
        world: World::Simulated,
        machine: None,
        complete: true,
        ended_early: None,
        seeds,
        own_service: true,
        baseline: None,
    };
    reports::render::json::render(&report(scenario, records, &outcome))
}

fn digests(scenario: &Scenario) -> BTreeMap<String, String> {
    let names = scenario.contenders.iter().map(|contender| contender.name.clone());
    names.zip(records(scenario).iter().map(|record| record.recorder.digest.to_string())).collect()
}

#[test]
fn the_same_seed_is_the_same_run_and_another_is_another() {
    let mut herd = scenario(HERD);
    herd.seeds = vec![1];
    let first = digests(&herd);
    assert_eq!(json(&herd, &records(&herd)), json(&herd, &records(&herd)));
    herd.seeds = vec![2];
    let second = digests(&herd);
    for (name, digest) in &first {
        assert_ne!(digest, &second[name], "{name}");
    }
    let different: BTreeSet<&String> = first.values().collect();
    assert_eq!(different.len(), first.len(), "no two contenders did the same");
}

/// Digests are promised to be the same on every machine. A change here is a
/// change of every published digest: it belongs into the changelog.
#[test]
fn a_known_run_has_its_known_digest() {
    let mut herd = scenario(HERD);
    herd.seeds = vec![1];
    herd.contenders.retain(|contender| contender.name == "full");
    assert_eq!(digests(&herd)["full"], "f7b5e4558ab52492");
}

#[test]
fn a_contender_alone_does_what_it_does_among_others() {
    let herd = scenario(HERD);
    let together = digests(&herd);
    for contender in &herd.contenders {
        let alone = Scenario { contenders: vec![contender.clone()], ..herd.clone() };
        assert_eq!(digests(&alone)[&contender.name], together[&contender.name]);
    }
}

#[test]
fn seeds_in_parallel_report_what_they_report_one_after_the_other() {
    let herd = scenario(HERD);
    let parallel = json(&herd, &records(&herd));
    let never = AtomicBool::new(false);
    for reversed in [false, true] {
        let gathered = |contender: &Contender| {
            let mut record = ContenderRecord::default();
            let mut order: Vec<(usize, u64)> = herd.seeds.iter().copied().enumerate().collect();
            if reversed {
                order.reverse();
            }
            for (index, seed) in order {
                let run = simulate_one(&herd, contender, seed, Recorder::default(), &never);
                record.add(index, seed, run.expect("time passes"));
            }
            record
        };
        let in_turn: Vec<_> = herd.contenders.iter().map(gathered).collect();
        assert_eq!(json(&herd, &in_turn), parallel, "reversed: {reversed}");
    }
}

/// A service that does not couple the jobs: no limit, a server for every fetch,
/// and about half of all fetches miss the deadline by their own draw.
const UNCOUPLED: &str = r#"
name = "uncoupled"
question = "Does anybody feel the newcomers?"

[fleet]
jobs = 20
tools-per-job = 2
arrivals.burst = { at = "0s", spread = "2s" }

[network]
hop.uniform = { min = "5ms", max = "15ms" }

[service]
profile = "github-2021"
latency.lognormal = { median = "100ms", sigma = 0.4 }
limits = []

[service.verification-key]
in-flight = "separate"
deadline = "1s"
provider = { concurrency = 300, latency.lognormal = { median = "1s", sigma = 0.5 } }

[contenders.full]
strategy.naive = {}
policy.full-jitter = { base = "1s", cap = "20s", attempts = 5 }
"#;

/// What a tool did: when each call left, when it ended, and how.
type Calls = Vec<(Instant, Instant, &'static str)>;

/// A simulated world that writes down every call of every tool.
struct Probe {
    world: SimWorld,
    calls: RefCell<BTreeMap<ToolId, Calls>>,
}

impl Clock for Probe {
    fn now(&self) -> Instant {
        self.world.now()
    }

    fn sleep_until(&self, at: Instant) -> impl Future<Output = ()> {
        self.world.sleep_until(at)
    }
}

impl StsApi for Probe {
    async fn fetch_token(&self, job: &JobName) -> Result<WebToken, CallError> {
        self.world.fetch_token(job).await
    }

    async fn assume_role(&self, ask: &Ask) -> Result<Credentials, CallError> {
        let sent = self.now();
        let result = self.world.assume_role(ask).await;
        let end = result.as_ref().map_or_else(|error| error.failure.name(), |_| "granted");
        let mut calls = self.calls.borrow_mut();
        calls.entry(ask.tool).or_default().push((sent, self.now(), end));
        result
    }
}

impl ChainApi for Probe {
    fn assume_next_role(
        &self,
        ask: &Ask<Credentials>,
    ) -> impl Future<Output = Result<Credentials, CallError>> {
        self.world.assume_next_role(ask)
    }
}

impl Host for Probe {
    fn spawn(&self, who: ToolId, task: impl Future<Output = ()> + 'static) {
        self.world.spawn(who, task);
    }

    fn spawn_background(&self, who: ToolId, task: impl Future<Output = ()> + 'static) {
        self.world.spawn_background(who, task);
    }
}

/// Every call of every tool of a naive fleet of so many jobs.
fn calls(scenario: &Scenario, jobs: u32) -> BTreeMap<ToolId, Calls> {
    let [contender] = &scenario.contenders[..] else { panic!("one contender") };
    let executor = Rc::new(Executor::default());
    let world = SimWorld::new(Rc::clone(&executor), &scenario.mock, scenario.hop, 1);
    let probe = Rc::new(Probe { world, calls: RefCell::default() });
    let shared = Rc::new(Shared {
        seed: 1,
        policy: contender.policy.build(),
        retry_on: contender.retry_on.clone(),
        renew_token: contender.renew_token,
        session_s: 3600,
        regions: harness::regions::Regions::HOME,
        admission: None,
        fallback: None,
        restrained: None,
        recorder: RefCell::default(),
    });
    let shape = JobShape {
        tools: contender.tools_per_job,
        spacing: scenario.fleet.tool_spacing,
        work: scenario.fleet.work,
    };
    let fleet = Fleet::<_, Naive>::new(&probe, shared, shape, &Config, jobs);
    let starts = scenario.fleet.arrivals.starts(1, jobs);
    executor.spawn(ToolId { job: 0, tool: 0 }, false, Box::pin(fleet.drive(starts)));
    let horizon = Instant::ZERO + scenario.horizon;
    executor.run(horizon, &AtomicBool::new(false)).expect("time passes");
    executor.clear();
    probe.calls.take()
}

#[test]
fn newcomers_change_nobody_elses_draws() {
    let scenario = scenario(UNCOUPLED);
    let few = calls(&scenario, 20);
    let mut more = calls(&scenario, 25);
    assert_eq!((few.len(), more.len()), (40, 50));
    let ends: Vec<&str> = few.values().flatten().map(|(_, _, end)| *end).collect();
    let failed = ends.iter().filter(|end| **end == "InvalidIdentityToken").count();
    assert!(failed >= 20, "policies drew often, not {failed} times of {}", ends.len());
    more.retain(|tool, _| tool.job < 20);
    assert_eq!(few, more);
}

#[test]
fn an_added_tool_changes_nobody_elses_draws() {
    let two = scenario(UNCOUPLED);
    let three = scenario(&UNCOUPLED.replace("tools-per-job = 2", "tools-per-job = 3"));
    let few = calls(&two, 20);
    let mut more = calls(&three, 20);
    more.retain(|tool, _| tool.tool < 2);
    assert_eq!(few, more);
}

#[test]
fn contenders_meet_the_same_luck() {
    let with = |policy: &str| {
        let text = UNCOUPLED
            .replace("policy.full-jitter = { base = \"1s\", cap = \"20s\", attempts = 5 }", policy);
        let firsts = calls(&scenario(&text), 20).into_iter();
        firsts.map(|(tool, calls)| (tool, calls[0])).collect::<Vec<_>>()
    };
    let patient = with("policy.fixed = { wait = \"1m\", retries = 2 }");
    assert_eq!(patient, with("policy.none = {}"));
    assert!(patient.iter().any(|(_, (_, _, end))| *end == "granted"));
    assert!(patient.iter().any(|(_, (_, _, end))| *end == "InvalidIdentityToken"));
}
