//! What a sweep keeps of one contender at one point: operands, not ratios.

use std::time::Duration;

use reports::{Fairness, Histogram, Proportion};
use serde::{Deserialize, Serialize};

use crate::record::Recorder;
use crate::run::ContenderRecord;

/// A time that a share of all needs was met in, or why there is none.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reached {
    /// Microseconds.
    WithinUs(u64),
    /// So many needs were never met that no time is long enough.
    Never,
    /// The sample is too small to say.
    TooFew,
}

impl Reached {
    /// The time that the share `q` of all needs was met in; `never` of them
    /// were not met at all and count as later than any.
    #[must_use]
    pub fn of(met: &Histogram, never: u64, q: f64) -> Self {
        let all = met.count() + never;
        if q.powf(all as f64) > 0.05 {
            return Self::TooFew;
        }
        let share = q * all as f64 / met.count().max(1) as f64;
        match met.quantile_of_records(share) {
            Some(us) if share <= 1.0 => Self::WithinUs(us),
            _ => Self::Never,
        }
    }

    /// Microseconds, never being infinitely many; none where the sample is too small.
    #[must_use]
    pub fn us(self) -> Option<f64> {
        match self {
            Self::WithinUs(us) => Some(us as f64),
            Self::Never => Some(f64::INFINITY),
            Self::TooFew => None,
        }
    }
}

/// Needs that were never met: acquisitions that failed or were cut off, and
/// those of tools that never started because their job had failed.
#[must_use]
pub fn never_met(recorder: &Recorder) -> u64 {
    recorder.acquisitions.saturating_sub(recorder.acquisitions_succeeded) + recorder.skipped_tools
}

/// One contender at one point, over all seeds.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Cell {
    /// The contender's name.
    pub contender: String,
    /// Jobs that succeeded, of jobs planned.
    pub jobs: Proportion,
    /// Runs, one a seed, and those of them with a failed job.
    pub runs: u64,
    /// See [`Cell::runs`].
    pub runs_with_failures: u64,
    /// Needs for credentials that were met.
    pub met: u64,
    /// Needs that never were.
    pub never: u64,
    /// Calls to STS.
    pub calls: u64,
    /// Nanoseconds slept between attempts.
    pub slept_ns: u64,
    /// Of those, by jobs that failed all the same.
    pub wasted_ns: u64,
    /// From intended start to credentials, needs never met being later than any.
    pub p50: Reached,
    /// The same for 90 % of the needs.
    pub p90: Reached,
    /// The same for 99 % of the needs.
    pub p99: Reached,
    /// How evenly the jobs waited; none in files from before it was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fairness: Option<Fairness>,
    /// What most acquisitions failed of, where any did.
    pub worst_failure: Option<String>,
    /// 16 hex digits over the contender's events.
    pub digest: String,
}

impl Cell {
    /// The cell of what `contender` did under a scenario with this horizon.
    #[must_use]
    pub fn of(contender: &str, record: &ContenderRecord, horizon: Duration) -> Self {
        let recorder = &record.recorder;
        let never = never_met(recorder);
        let reached = |q| Reached::of(&recorder.time_to_credentials, never, q);
        Self {
            contender: contender.into(),
            jobs: Proportion::from_seeds(&record.jobs),
            runs: record.jobs.len() as u64,
            runs_with_failures: record.jobs.iter().filter(|(ok, all)| ok < all).count() as u64,
            met: recorder.acquisitions_succeeded,
            never,
            calls: recorder.attempts,
            slept_ns: recorder.slept_ns,
            wasted_ns: recorder.wasted_ns,
            p50: reached(0.5),
            p90: reached(0.9),
            p99: reached(0.99),
            fairness: Fairness::from_runs(&record.waits(horizon)),
            worst_failure: recorder
                .failures
                .sorted()
                .first()
                .map(|worst| format!("{}: {}", worst.failure.name(), worst.message)),
            digest: recorder.digest.to_string(),
        }
    }

    /// Percent of the jobs that succeeded.
    #[must_use]
    pub fn success(&self) -> f64 {
        self.jobs.rate().unwrap_or(0.0) * 100.0
    }

    /// Calls to STS per planned job.
    #[must_use]
    pub fn calls_per_job(&self) -> f64 {
        self.calls as f64 / self.jobs.total.max(1) as f64
    }

    /// Seconds slept in vain per planned job.
    #[must_use]
    pub fn wasted_per_job_s(&self) -> f64 {
        self.wasted_ns as f64 / 1e9 / self.jobs.total.max(1) as f64
    }
}
