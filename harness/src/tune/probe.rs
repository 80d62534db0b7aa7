//! One scenario with one contender, run under many seeds until it is clear
//! whether it keeps within a bound.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use reports::Proportion;
use serde::Serialize;

use crate::record::{FailureTally, Recorder};
use crate::run::{locked, on_all_cores, simulate_one};
use crate::scenario::{Contender, Scenario};
use crate::world::sim::Stuck;

/// Seeds that are run before the bound is looked at again; always the same, so
/// that an answer does not depend on the number of cores.
const AT_ONCE: usize = 16;

/// What a contender must keep.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Bound {
    /// At most this share (0 to 1) of the runs may lose a job.
    AnyFailure(f64),
    /// At least this share (0 to 1) of the jobs must succeed.
    Success(f64),
}

impl Bound {
    /// How reports speak of it.
    #[must_use]
    pub fn words(self) -> String {
        match self {
            Self::AnyFailure(share) => {
                format!("P(any job fails) ≤ {}", super::show::percent(share))
            }
            Self::Success(share) => format!("job success ≥ {}", super::show::percent(share)),
        }
    }

    /// Whether so many failures are too many already, whatever is still to come.
    fn is_broken(self, runs_failed: u64, runs: u64, jobs_failed: u64, jobs: u64) -> bool {
        // Shares such as 1 % have no exact binary form: a whole failure must be above.
        let over = |failed: u64, share: f64, all: u64| failed as f64 > share * all as f64 + 1e-9;
        match self {
            Self::AnyFailure(share) => over(runs_failed, share, runs),
            Self::Success(share) => over(jobs_failed, 1.0 - share, jobs),
        }
    }
}

/// What one level of strain did to a contender.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Probe {
    /// How much strain; what it counts is the strain's to say.
    pub level: f64,
    /// The same in words.
    pub words: String,
    /// Whether the bound was exceeded.
    pub broken: bool,
    /// Runs, one a seed.
    pub runs: u64,
    /// Those in which a job failed.
    pub runs_with_failures: u64,
    /// Jobs that succeeded, of those planned.
    pub jobs: Proportion,
    /// What most acquisitions failed of, where any did.
    pub worst_failure: Option<String>,
    /// The first seed under which a job failed.
    pub first_failing_seed: Option<u64>,
    /// Calls to STS.
    pub calls: u64,
    /// False when it was stopped as soon as the bound was exceeded.
    pub whole: bool,
}

impl Probe {
    /// Runs that lost a job, of all runs, with its interval.
    #[must_use]
    pub fn any_failure(&self) -> Proportion {
        Proportion::new(self.runs_with_failures, self.runs)
    }
}

/// What is kept of one seed.
struct Kept {
    jobs: (u64, u64),
    calls: u64,
    failures: FailureTally,
}

/// Runs `contender` under the seeds in their order, in rounds, and stops after
/// the round in which the bound was exceeded unless `whole` is wanted. None
/// when `stop` was set.
///
/// # Errors
/// [`Stuck`] when a strategy never lets time pass.
pub fn probe(
    scenario: &Scenario,
    contender: &Contender,
    seeds: &[u64],
    bound: Bound,
    whole: bool,
    stop: &AtomicBool,
) -> Result<Option<Probe>, Stuck> {
    let mut failures = FailureTally::default();
    let mut per_seed: Vec<(u64, u64)> = Vec::with_capacity(seeds.len());
    let (mut calls, mut first_failing_seed) = (0, None);
    let planned = u64::from(contender.jobs) * seeds.len() as u64;
    let mut broken = false;
    for round in seeds.chunks(AT_ONCE) {
        let kept: Vec<Mutex<Option<Kept>>> = round.iter().map(|_| Mutex::new(None)).collect();
        on_all_cores(round.len(), stop, |unit| {
            let run = simulate_one(scenario, contender, round[unit], Recorder::default(), stop)?;
            *locked(&kept[unit]) = Some(Kept {
                jobs: (run.recorder.jobs_succeeded, run.planned_jobs),
                calls: run.recorder.attempts,
                failures: run.recorder.failures,
            });
            Ok(())
        })?;
        if stop.load(Ordering::Relaxed) {
            return Ok(None);
        }
        for (seed, kept) in round.iter().zip(kept) {
            let Some(kept) = locked(&kept).take() else { return Ok(None) };
            if first_failing_seed.is_none() && kept.jobs.0 < kept.jobs.1 {
                first_failing_seed = Some(*seed);
            }
            per_seed.push(kept.jobs);
            calls += kept.calls;
            failures.add(&kept.failures);
        }
        let runs_failed = per_seed.iter().filter(|(ok, all)| ok < all).count() as u64;
        let jobs_failed = per_seed.iter().map(|(ok, all)| all - ok).sum();
        broken = bound.is_broken(runs_failed, seeds.len() as u64, jobs_failed, planned);
        if broken && !whole {
            break;
        }
    }
    Ok(Some(Probe {
        level: 0.0,
        words: String::new(),
        broken,
        runs: per_seed.len() as u64,
        runs_with_failures: per_seed.iter().filter(|(ok, all)| ok < all).count() as u64,
        jobs: Proportion::from_seeds(&per_seed),
        worst_failure: failures
            .sorted()
            .first()
            .map(|worst| format!("{}: {}", worst.failure.name(), worst.message)),
        first_failing_seed,
        calls,
        whole: per_seed.len() == seeds.len(),
    }))
}
