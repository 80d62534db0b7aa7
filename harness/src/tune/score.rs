//! What a candidate came to, run by run, and how two of them compare. A run is
//! the unit of replication: two candidates met the same luck, so their
//! difference is taken run by run.

use reports::Proportion;
use reports::stats::{Interval, mean_interval};

use super::cell::never_met;
use super::objective::{Loss, Objective};
use crate::record::{FailureTally, Recorder};
use crate::run::SeedRun;

/// The quantile of a run's times that counts.
const QUANTILE: f64 = 0.99;

/// One candidate's runs of one scenario.
#[derive(Clone, Debug, Default)]
pub struct Score {
    /// Of each run, in the order of the seeds.
    pub losses: Vec<Loss>,
    /// Jobs that succeeded, of those planned, run by run.
    pub jobs: Vec<(u64, u64)>,
    /// What acquisitions failed of.
    pub failures: FailureTally,
}

impl Score {
    /// Takes in one more run of a scenario with this horizon.
    pub fn add(&mut self, run: &SeedRun, horizon_s: f64) {
        let recorder = &run.recorder;
        self.losses.push(loss(recorder, run.planned_jobs, horizon_s));
        self.jobs.push((recorder.jobs_succeeded, run.planned_jobs));
        self.failures.add(&recorder.failures);
    }

    /// The mean loss over the runs.
    #[must_use]
    pub fn mean(&self, objective: Objective) -> f64 {
        let sum: f64 = self.losses.iter().map(|loss| loss[objective.index()]).sum();
        sum / self.losses.len().max(1) as f64
    }

    /// The 95 % interval of the mean: Wilson's for the jobs, which is no point
    /// where none failed; a bootstrap over the runs for all else.
    #[must_use]
    pub fn interval(&self, objective: Objective) -> Option<Interval> {
        if objective == Objective::Success {
            let ok = Proportion::from_seeds(&self.jobs).interval()?;
            return Some(Interval { low: 1.0 - ok.high, high: 1.0 - ok.low });
        }
        let losses: Vec<f64> = self.losses.iter().map(|loss| loss[objective.index()]).collect();
        (!losses.is_empty()).then(|| mean_interval(&losses))
    }

    /// What most acquisitions failed of, where any did.
    #[must_use]
    pub fn worst_failure(&self) -> Option<String> {
        let worst = self.failures.sorted();
        worst.first().map(|worst| format!("{}: {}", worst.failure.name(), worst.message))
    }

    /// The standard error of the mean difference to `other`, run by run.
    fn noise(&self, other: &Self, objective: Objective) -> f64 {
        let pairs = self.losses.iter().zip(&other.losses);
        let differences: Vec<f64> =
            pairs.map(|(a, b)| a[objective.index()] - b[objective.index()]).collect();
        let n = differences.len() as f64;
        if n < 2.0 {
            return f64::INFINITY;
        }
        let mean = differences.iter().sum::<f64>() / n;
        let spread: f64 = differences.iter().map(|d| (d - mean).powi(2)).sum();
        (spread / (n - 1.0) / n).sqrt()
    }
}

/// What one run of so many jobs came to.
#[must_use]
pub fn loss(recorder: &Recorder, planned_jobs: u64, horizon_s: f64) -> Loss {
    let jobs = planned_jobs.max(1) as f64;
    let waits = recorder.waits.of_planned(planned_jobs, (horizon_s * 1e6) as u64);
    let jain = waits.jain().unwrap_or(1.0);
    [
        planned_jobs.saturating_sub(recorder.jobs_succeeded) as f64 / jobs,
        p99_s(recorder, planned_jobs, horizon_s),
        recorder.attempts as f64 / jobs,
        recorder.wasted_ns as f64 / 1e9 / jobs,
        1.0 - jain,
    ]
}

/// The time that 99 % of a run's needs were met in, the whole horizon where
/// more than one in a hundred never was.
fn p99_s(recorder: &Recorder, planned_jobs: u64, horizon_s: f64) -> f64 {
    let met = &recorder.time_to_credentials;
    // A job that the horizon cut off before it began has needs that nobody counted.
    let unstarted = planned_jobs.saturating_sub(recorder.jobs_started);
    let all = met.count() + never_met(recorder) + unstarted;
    let share = QUANTILE * all as f64 / met.count().max(1) as f64;
    match met.quantile_of_records(share) {
        Some(us) if share <= 1.0 => us as f64 / 1e6,
        _ => horizon_s,
    }
}

/// A candidate's scores, one a scenario of the search.
pub type Scores = Vec<Score>;

/// By how much the candidates fall behind the best of each scenario, at the
/// worst over the scenarios: the regret. With one scenario its order is the
/// loss's own.
#[must_use]
pub fn regrets(all: &[&Scores], objective: Objective) -> Vec<f64> {
    let scenarios = all.first().map_or(0, |scores| scores.len());
    let best: Vec<f64> = (0..scenarios)
        .map(|s| all.iter().map(|scores| scores[s].mean(objective)).fold(f64::INFINITY, f64::min))
        .collect();
    all.iter()
        .map(|scores| {
            let behind = scores.iter().zip(&best).map(|(score, best)| score.mean(objective) - best);
            behind.fold(0.0, f64::max)
        })
        .collect()
}

/// Whether `a` has less regret than `b` by more than chance explains: `z`
/// standard errors of the paired differences.
#[must_use]
pub fn is_better(a: (&Scores, f64), b: (&Scores, f64), objective: Objective, z: f64) -> bool {
    let pairs = a.0.iter().zip(b.0);
    let noise = pairs.map(|(a, b)| a.noise(b, objective)).fold(0.0, f64::max);
    // Equal runs differ in their last bits when they are summed.
    b.1 - a.1 > (z * noise).max(1e-12)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn score(calls: &[f64]) -> Scores {
        let losses = calls.iter().map(|calls| [0.0, 1.0, *calls, 0.0, 0.0]).collect();
        vec![Score { losses, ..Score::default() }]
    }

    #[test]
    fn paired_runs_tell_what_their_means_alone_cannot() {
        // Luck moves both by ten; one is always a half behind.
        let (a, b) = (score(&[1.0, 11.0, 21.0, 31.0]), score(&[1.5, 11.5, 21.5, 31.5]));
        let regrets = regrets(&[&a, &b], Objective::Calls);
        assert_eq!(regrets, [0.0, 0.5]);
        assert!(is_better((&a, regrets[0]), (&b, regrets[1]), Objective::Calls, 1.96));
        assert!(!is_better((&b, regrets[1]), (&a, regrets[0]), Objective::Calls, 1.96));
        let noisy = score(&[31.5, 1.5, 21.5, 11.5]);
        assert!(!is_better((&a, 0.0), (&noisy, 0.5), Objective::Calls, 1.96));
        assert!(!is_better((&a, 0.0), (&a, 0.0), Objective::Calls, 0.0), "not than itself");
    }

    #[test]
    fn regret_is_that_of_the_worst_scenario() {
        let two = |one: f64, other: f64| [score(&[one; 4]), score(&[other; 4])].concat();
        let (a, b, c) = (two(1.0, 9.0), two(5.0, 5.0), two(9.0, 1.0));
        assert_eq!(regrets(&[&a, &b, &c], Objective::Calls), [8.0, 4.0, 8.0]);
    }
}
