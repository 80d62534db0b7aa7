//! The fleet that both engines run: jobs that start within a second of each
//! other and then all wait for the same scarce service.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::atomic::AtomicBool;

use harness::fleet::{Fleet, JobShape};
use harness::record::Recorder;
use harness::run::{SeedRun, simulate_one};
use harness::scenario::{Contender, Scenario, parse};
use harness::strategy::{Strategy, Visitor};
use harness::tool::Shared;
use tokio::runtime::Builder;
use tokio::task::LocalSet;

use crate::{TokioEngine, TokioWorld};

/// One herd. The service grants a fortieth of it per second, so most calls are
/// throttled and most of the time most of its tools wait.
#[derive(Debug)]
pub struct Herd {
    scenario: Scenario,
}

/// What one run of a herd did.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct HerdRun {
    /// Jobs that got their credentials.
    pub succeeded: u64,
    /// What happened to the fleet, each after a wait: a job started, a token
    /// came, a request reached STS, its answer came back, a pause was over.
    /// Counted from the fleet's own record, so the same on every engine.
    pub events: u64,
}

impl Herd {
    /// A herd of `jobs` jobs of one tool, each trying until it succeeds.
    ///
    /// # Panics
    /// Unless there are at least 40 jobs.
    #[must_use]
    pub fn new(jobs: u32) -> Self {
        let rate = jobs / 40;
        let text = format!(
            r#"
# Which engine drives the herd faster?
name = "herd"
question = "Which engine drives the herd faster?"
horizon = "1h"
seeds = [1]
fleet = {{ jobs = {jobs}, tools-per-job = 1, arrivals.burst = {{ at = "0s", spread = "1s" }} }}
network.hop.uniform = {{ min = "5ms", max = "15ms" }}
[service]
profile = "throttled"
limits = [{{ token-bucket = {{ per = "account-region", rate = "{rate}/s", burst = {rate} }} }}]
[contenders.herd]
strategy.naive = {{}}
policy.full-jitter = {{ base = "1s", cap = "20s", attempts = 1000 }}
"#
        );
        match parse("herd", &text) {
            Ok(scenario) => Self { scenario },
            Err(wrong) => panic!("the herd's own scenario is wrong: {wrong}"),
        }
    }

    /// Runs it on the simulator, under one seed.
    ///
    /// # Panics
    /// When time stands still, which it does not.
    #[must_use]
    pub fn simulated(&self, seed: u64) -> HerdRun {
        let never = AtomicBool::new(false);
        let run = simulate_one(&self.scenario, self.contender(), seed, Recorder::default(), &never);
        match run {
            Ok(SeedRun { recorder, .. }) => HerdRun::of(&recorder),
            Err(stuck) => panic!("{stuck}"),
        }
    }

    /// Runs it on tokio's paused clock, under one seed.
    ///
    /// # Panics
    /// When the runtime cannot be built.
    #[must_use]
    pub fn on_tokio(&self, seed: u64) -> HerdRun {
        let contender = self.contender();
        contender.strategy.accept(TokioRun { scenario: &self.scenario, contender, seed })
    }

    fn contender(&self) -> &Contender {
        &self.scenario.contenders[0]
    }
}

impl HerdRun {
    fn of(record: &Recorder) -> Self {
        let pauses = record.attempts - record.acquisitions;
        let events = record.jobs_started + record.tokens_fetched + 2 * record.attempts + pauses;
        Self { succeeded: record.jobs_succeeded, events }
    }
}

struct TokioRun<'a> {
    scenario: &'a Scenario,
    contender: &'a Contender,
    seed: u64,
}

impl Visitor for TokioRun<'_> {
    type Output = HerdRun;

    fn visit<S: Strategy>(self, config: &S::Config) -> HerdRun {
        let Self { scenario, contender, seed } = self;
        let runtime = match Builder::new_current_thread().enable_time().start_paused(true).build() {
            Ok(runtime) => runtime,
            Err(error) => panic!("no runtime: {error}"),
        };
        let shared = Rc::new(Shared {
            seed,
            policy: contender.policy.build(),
            retry_on: contender.retry_on.clone(),
            renew_token: contender.renew_token,
            session_s: scenario.fleet.session.as_secs() as u16,
            regions: harness::regions::Regions::HOME,
            admission: None,
            fallback: None,
            restrained: None,
            recorder: RefCell::new(Recorder::default()),
        });
        let shape = JobShape {
            tools: contender.tools_per_job,
            spacing: scenario.fleet.tool_spacing,
            work: scenario.fleet.work,
        };
        let local = LocalSet::new();
        let drive = async {
            let engine = TokioEngine::beginning_now();
            let world = Rc::new(TokioWorld::new(engine, &scenario.mock, scenario.hop, seed));
            let recorded = Rc::clone(&shared);
            let fleet = Fleet::<_, S>::new(&world, recorded, shape, config, contender.jobs);
            fleet.drive(scenario.fleet.arrivals.starts(seed, contender.jobs)).await;
        };
        runtime.block_on(local.run_until(drive));
        // The jobs live on after the last of them has started.
        runtime.block_on(local);
        let record = shared.recorder.take();
        HerdRun::of(&record)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tokio rounds every wait up to a millisecond, so the two need not agree
    /// to the last call; but they run the same fleet.
    #[test]
    fn both_engines_run_the_same_herd() {
        let herd = Herd::new(400);
        let (ours, theirs) = (herd.simulated(1), herd.on_tokio(1));
        assert_eq!((ours.succeeded, theirs.succeeded), (400, 400));
        assert!(ours.events > 400 * 8, "{ours:?}: the herd must meet a scarce service");
        let apart = ours.events.abs_diff(theirs.events);
        assert!(apart * 20 < ours.events, "{ours:?} against {theirs:?}");
    }
}
