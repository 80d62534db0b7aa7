//! One contender's record over all seeds, gathered in seed order whatever
//! order they finish in.

use std::collections::BTreeMap;
use std::time::Duration;

use mock_sts::clock::Instant;
use mock_sts::service::Ledger;
use reports::Waits;

use super::SeedRun;
use crate::record::{Digest, FirstFailure, Recorder, Waterfall};
use crate::scenario::RunTimes;
use crate::tune::cell::never_met;

/// What one seed came to, beside its jobs and acquisitions.
#[derive(Clone, Copy, Debug)]
pub struct SeedFigures {
    /// The seed.
    pub seed: u64,
    /// Calls to STS.
    pub attempts: u64,
    /// Tools that never started because their job had failed.
    pub skipped_tools: u64,
    /// All successful times to credentials together, in microseconds, as exact as the histogram.
    pub granted_us: u128,
    /// The time that 50, 95 and 99 % of the needs were met in, in microseconds; none where fewer
    /// than that were met at all.
    pub quantiles_us: [Option<u64>; 3],
    /// Nanoseconds slept between and after attempts.
    pub slept_ns: u64,
    /// Of those, the ones slept by jobs that failed all the same.
    pub wasted_ns: u64,
    /// What its jobs waited, those that succeeded.
    pub waits: Waits,
    /// Over every event.
    pub digest: Digest,
}

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
    /// What each seed came to, for comparisons seed by seed.
    pub per_seed: Vec<SeedFigures>,
    /// The first failure of the first seed that has one.
    pub first_failure: Option<(u64, FirstFailure)>,
    /// The longest seed's run.
    pub elapsed: Instant,
    /// Polls of the simulator; zero in the real world.
    pub events: u64,
    /// What the first jobs of the first seed did.
    pub waterfall: Waterfall,
    /// What the reader must know, one sentence each.
    pub notes: Vec<String>,
    /// Of a program's run: connections off this machine that it attempted, and
    /// calls that could be given to no job.
    pub strays: Option<(Vec<String>, u64)>,
    /// Whether the times of each run are kept apart.
    pub keep_times: bool,
    /// The times of each run, where they are kept.
    pub times: Vec<RunTimes>,
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

    /// What the jobs of each run waited; those that got nothing waited for the whole horizon.
    #[must_use]
    pub fn waits(&self, horizon: Duration) -> Vec<Waits> {
        let horizon_us = u64::try_from(horizon.as_micros()).unwrap_or(u64::MAX);
        let runs = self.per_seed.iter().zip(&self.jobs);
        runs.map(|(figures, (_, planned))| figures.waits.of_planned(*planned, horizon_us)).collect()
    }

    /// Takes in further runs of the same contender, after its own.
    pub fn append(&mut self, further: Self) {
        self.recorder.add(&further.recorder);
        self.ledger.add(&further.ledger);
        self.jobs.extend(further.jobs);
        self.acquisitions.extend(further.acquisitions);
        self.per_seed.extend(further.per_seed);
        if self.first_failure.is_none() {
            self.first_failure = further.first_failure;
        }
        self.elapsed = self.elapsed.max(further.elapsed);
        self.events += further.events;
        self.notes.extend(further.notes);
        if let (Some((leaks, calls)), Some((more, count))) = (&mut self.strays, further.strays) {
            leaks.extend(more);
            *calls += count;
        }
        self.times.extend(further.times);
    }

    fn take_in(&mut self, seed: u64, run: &SeedRun) {
        let recorder = &run.recorder;
        self.jobs.push((recorder.jobs_succeeded, run.planned_jobs));
        self.acquisitions.push((recorder.acquisitions_succeeded, recorder.acquisitions));
        self.per_seed.push(SeedFigures {
            seed,
            attempts: recorder.attempts,
            skipped_tools: recorder.skipped_tools,
            granted_us: u128::from(recorder.time_to_credentials.mean_us())
                * u128::from(recorder.time_to_credentials.count()),
            quantiles_us: [0.50, 0.95, 0.99].map(|q| quantile_us(recorder, q)),
            slept_ns: recorder.slept_ns,
            wasted_ns: recorder.wasted_ns,
            waits: recorder.waits,
            digest: recorder.digest,
        });
        if self.keep_times {
            self.times.push(RunTimes {
                met: recorder.time_to_credentials.recorded().collect(),
                never: never_met(recorder),
            });
        }
        if self.first_failure.is_none() {
            self.first_failure = recorder.first_failure().map(|story| (seed, story.clone()));
        }
        if self.jobs.len() == 1 {
            self.waterfall = recorder.waterfall.clone();
        }
        self.recorder.add(recorder);
        self.ledger.add(&run.ledger);
        self.elapsed = self.elapsed.max(run.ended);
        self.events += run.events;
    }
}

/// Of all needs of one run; none where too many were never met.
fn quantile_us(recorder: &Recorder, q: f64) -> Option<u64> {
    let met = recorder.time_to_credentials.count();
    let rank = (q * (met + never_met(recorder)) as f64).ceil();
    let share = rank / met.max(1) as f64;
    recorder.time_to_credentials.quantile_of_records(share).filter(|_| share <= 1.0)
}
