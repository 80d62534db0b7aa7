//! One contender's record over all seeds, gathered in seed order whatever
//! order they finish in.

use std::collections::BTreeMap;

use mock_sts::clock::Instant;
use mock_sts::service::Ledger;

use super::SeedRun;
use crate::record::{FirstFailure, Recorder};

/// One contender's record over all seeds.
#[derive(Clone, Debug, Default)]
pub struct ContenderRecord {
    /// What its tools counted.
    pub recorder: Recorder,
    /// What the service counted.
    pub ledger: Ledger,
    /// Jobs that succeeded, of jobs planned, seed by seed.
    pub jobs: Vec<(u64, u64)>,
    /// Acquisitions that succeeded, of those that arose, seed by seed.
    pub acquisitions: Vec<(u64, u64)>,
    /// The first failure of the first seed that has one.
    pub first_failure: Option<(u64, FirstFailure)>,
    /// The longest seed's run.
    pub elapsed: Instant,
    /// Polls of the simulator; zero in the real world.
    pub events: u64,
    /// What the reader must know, one sentence each.
    pub notes: Vec<String>,
    /// Of a program's run: connections off this machine that it attempted, and
    /// calls that could be given to no job.
    pub strays: Option<(Vec<String>, u64)>,
    /// Runs that finished before their turn, by index of their seed.
    early: BTreeMap<usize, (u64, SeedRun)>,
}

impl ContenderRecord {
    /// Takes in the run of the `index`th seed.
    pub fn add(&mut self, index: usize, seed: u64, run: SeedRun) {
        self.early.insert(index, (seed, run));
        while let Some((seed, run)) = self.early.remove(&self.jobs.len()) {
            self.take_in(seed, &run);
        }
    }

    fn take_in(&mut self, seed: u64, run: &SeedRun) {
        let recorder = &run.recorder;
        self.jobs.push((recorder.jobs_succeeded, run.planned_jobs));
        self.acquisitions.push((recorder.acquisitions_succeeded, recorder.acquisitions));
        if self.first_failure.is_none() {
            self.first_failure = recorder.first_failure().map(|story| (seed, story.clone()));
        }
        self.recorder.add(recorder);
        self.ledger.add(&run.ledger);
        self.elapsed = self.elapsed.max(run.ended);
        self.events += run.events;
    }
}
