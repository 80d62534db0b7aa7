//! Real commands as jobs: a contender that is the user's own program, run
//! unmodified once a job, against a mock of its own.
//!
//! What a job did is read off the wire: the mock knows every token it issued and
//! every key it granted, so calls, attempts and delays are exact without touching
//! the program.

mod children;
mod config;
mod environment;
mod handover;
mod joined;
mod once;
mod proxy;
mod strays;

use std::collections::BTreeMap;
use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use mock_sts::clock::Instant;
use mock_sts::http::watch::{CallLog, Watchers};
use mock_sts::http::{Gate, Mock};
use tokio::sync::{Semaphore, watch};
use tokio::task::{JoinSet, LocalSet};

pub use self::config::{CommandConfig, CommandFile, Handover};
pub(crate) use self::environment::{Place, Surroundings};
use self::joined::Joined;
pub(crate) use self::once::{JobEnd, Once, issue};
pub(crate) use self::proxy::Proxy;
use crate::record::{AttemptWriter, Progress};
use crate::run::SeedRun;
use crate::scenario::{Arrivals, Contender, Scenario};
use crate::world::JobName;
use crate::world::real::Endpoint;

/// A command contender's run, about to start.
pub struct External<'a> {
    /// What is run.
    pub scenario: &'a Scenario,
    /// Which contender of it.
    pub contender: &'a Contender,
    /// Its command.
    pub command: &'a CommandConfig,
    /// The seed of its mock and of the arrivals.
    pub seed: u64,
    /// Its mock, which nobody watches yet.
    pub mock: &'a Arc<Mock>,
    /// Where that listens.
    pub endpoint: &'a Endpoint,
    /// To count jobs into.
    pub progress: &'a Progress,
    /// Becomes true when the run is to end early.
    pub stop: watch::Receiver<bool>,
    /// Writes a line for each attempt, where somebody wants that.
    pub lines: Option<AttemptWriter>,
}

/// What a command contender's run left.
pub struct Left {
    /// What its jobs did.
    pub run: SeedRun,
    /// What the reader must know, one sentence each.
    pub notes: Vec<String>,
    /// Connections off this machine that were attempted, one sentence each.
    pub leaks: Vec<String>,
    /// Calls that could be given to no job.
    pub strangers: u64,
}

impl External<'_> {
    /// Runs all jobs and reads off the wire what they did. Nothing that was
    /// started is left running.
    ///
    /// # Errors
    /// What the system lacks: a directory, a loopback listener, a runtime.
    pub fn run(self) -> io::Result<Left> {
        let calls = Arc::new(CallLog::default());
        self.mock.watched_by(Watchers::default().keeping(Arc::clone(&calls)));
        let at_once = self.command.at_once(self.contender.jobs);
        let starts = self.starts();
        let gate = self.gate(&starts, at_once);
        if let Some(gate) = &gate {
            self.mock.gated_by(Arc::clone(gate));
        }
        let proxy = Proxy::start()?;
        let place = Rc::new(Place::make(&self.contender.name)?);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let local = LocalSet::new();
        let begun = self.mock.now();
        let ends = local.block_on(
            &runtime,
            self.jobs((&starts, begun), &calls, gate.as_ref(), &proxy, &place, at_once),
        );
        let strays = strays::end_all(place.path());
        drop(place);
        let joined = Joined {
            contender: self.contender,
            role: self.scenario.mock.service.roles.first().map_or("", |role| &role.arn),
            begun,
            gate: gate.as_deref(),
            starts,
            calls: calls.calls(),
            lines: self.lines.clone(),
        };
        let leaks = proxy.attempts();
        let mut notes = joined.notes(&ends, at_once);
        notes.extend(strays.iter().map(|(name, count)| {
            let contender = &self.contender.name;
            format!("{contender}: {count} × {name} outlived its job outside of its group; ended")
        }));
        notes.extend(leaks.iter().map(|leak| format!("{}: {leak}", self.contender.name)));
        let run = SeedRun {
            recorder: joined.record(&ends),
            ledger: self.mock.ledger(),
            planned_jobs: u64::from(self.contender.jobs),
            ended: joined.on_the_run(self.mock.now()),
            events: 0,
        };
        Ok(Left { run, notes, leaks, strangers: calls.unknown() })
    }

    /// When each job is due, after the beginning.
    fn starts(&self) -> BTreeMap<u32, Duration> {
        let starts = self.scenario.fleet.arrivals.starts(self.seed, self.contender.jobs);
        starts.map(|(job, at)| (job, at.since(Instant::ZERO))).collect()
    }

    /// A gate for the first wave of a burst.
    fn gate(&self, starts: &BTreeMap<u32, Duration>, at_once: u32) -> Option<Arc<Gate>> {
        let deadline = self.command.gate?;
        let Arrivals::Burst { .. } = self.scenario.fleet.arrivals else { return None };
        let wave = starts.iter().filter(|(job, _)| **job < at_once);
        let plan: BTreeMap<String, Duration> =
            wave.map(|(job, after)| (JobName(*job).request_token(), *after)).collect();
        (plan.len() > 1).then(|| Arc::new(Gate::new(plan, deadline)))
    }

    async fn jobs(
        &self,
        (starts, begun): (&BTreeMap<u32, Duration>, Instant),
        calls: &Arc<CallLog>,
        gate: Option<&Arc<Gate>>,
        proxy: &Proxy,
        place: &Rc<Place>,
        at_once: u32,
    ) -> Vec<JobEnd> {
        let slots = Rc::new(Semaphore::new(at_once as usize));
        let mut running = JoinSet::new();
        for (&job, &after) in starts {
            // Behind a gate, programs start as soon as they can: it is the gate that keeps the plan.
            let due = if gate.is_some() { begun } else { begun + after };
            let once = Once {
                job,
                command: self.command.within(self.scenario.horizon),
                mock: Arc::clone(self.mock),
                calls: Arc::clone(calls),
                surroundings: Surroundings::of(
                    job,
                    &self.scenario.mock,
                    &format!("http://{}", self.endpoint.authority),
                    proxy,
                ),
                place: Rc::clone(place),
                stop: self.stop.clone(),
            };
            let (mock, gate) = (Arc::clone(self.mock), gate.cloned());
            let slots = Rc::clone(&slots);
            running.spawn_local(async move {
                wait_until(&mock, due).await;
                // The semaphore is never closed.
                let _slot = slots.acquire().await;
                let end = once.run().await?;
                if let Some(gate) = gate {
                    gate.ended(&JobName(job).request_token(), end.ended);
                }
                Some(end)
            });
        }
        let mut ends = Vec::new();
        while let Some(end) = running.join_next().await {
            let Ok(Some(end)) = end else { continue };
            self.progress.started.fetch_add(1, Ordering::Relaxed);
            let counter =
                if end.how.is_fine() { &self.progress.succeeded } else { &self.progress.failed };
            counter.fetch_add(1, Ordering::Relaxed);
            ends.push(end);
        }
        ends.sort_by_key(|end| end.job);
        ends
    }
}

#[expect(clippy::disallowed_methods, reason = "real programs start in real time")]
async fn wait_until(mock: &Mock, due: Instant) {
    tokio::time::sleep(due.since(mock.now())).await;
}
