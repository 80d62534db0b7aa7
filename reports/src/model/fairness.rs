//! How evenly the jobs of a run were served: by Jain's index and by the job that fared worst.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::SeedResult;

/// How long jobs waited for their credentials, and how evenly. A job waits as long as the longest
/// of its needs, from intended start to usable credentials; one that did not succeed has waited for
/// the scenario's whole horizon.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Copy, Debug, Default, PartialEq)]
pub struct Fairness {
    /// Jain's index of a run, meant over the runs: 1 where all jobs waited equally long, 1/n where
    /// one of n waited and no other did.
    pub jain: f64,
    /// That of the most uneven run.
    pub lowest_jain: f64,
    /// What a job waited in the mean, in microseconds, meant over the runs.
    pub mean_job_us: u64,
    /// The longest wait of any job of any run, in microseconds.
    pub worst_job_us: u64,
}

impl Fairness {
    /// Of what the jobs of each run waited; none where no run has any jobs.
    pub fn from_runs(runs: &[Waits]) -> Option<Fairness> {
        let figures = |run: &Waits| Some((run.jain()?, run.mean_us()?, run.longest_us()?));
        Fairness::of(&runs.iter().filter_map(figures).collect::<Vec<_>>())
    }

    /// The same of what is kept of each run; none of files from before it was kept.
    pub(crate) fn from_seeds(seeds: &[SeedResult]) -> Option<Fairness> {
        let figures = |run: &SeedResult| Some((run.jain?, run.mean_job_us?, run.worst_job_us?));
        Fairness::of(&seeds.iter().filter_map(figures).collect::<Vec<_>>())
    }

    /// From index, mean and longest wait of each run that has jobs.
    fn of(figures: &[(f64, u64, u64)]) -> Option<Fairness> {
        if figures.is_empty() {
            return None;
        }
        let count = figures.len() as f64;
        let jain = figures.iter().map(|(jain, ..)| jain).sum::<f64>() / count;
        let mean_us: u128 = figures.iter().map(|(_, mean, _)| u128::from(*mean)).sum();
        Some(Fairness {
            jain: rounded(jain),
            lowest_jain: figures.iter().map(|(jain, ..)| *jain).fold(1.0, f64::min),
            mean_job_us: u64::try_from(mean_us / figures.len() as u128).unwrap_or(u64::MAX),
            worst_job_us: figures.iter().map(|(.., worst)| *worst).max().unwrap_or(0),
        })
    }
}

/// What a run's jobs waited, as sums: its size does not depend on how many there are, and it is
/// the same in whatever order they come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Waits {
    jobs: u64,
    sum_us: u128,
    sum_of_squares: u128,
    longest_us: u64,
}

impl Waits {
    /// Takes in so many jobs that waited equally long.
    pub fn add_jobs(&mut self, jobs: u64, waited_us: u64) {
        let (count, us) = (u128::from(jobs), u128::from(waited_us));
        self.jobs = self.jobs.saturating_add(jobs);
        self.sum_us = self.sum_us.saturating_add(count.saturating_mul(us));
        let squares = count.saturating_mul(us.saturating_mul(us));
        self.sum_of_squares = self.sum_of_squares.saturating_add(squares);
        self.longest_us = self.longest_us.max(if jobs > 0 { waited_us } else { 0 });
    }

    /// Takes in another's jobs.
    pub fn add(&mut self, other: &Waits) {
        self.jobs = self.jobs.saturating_add(other.jobs);
        self.sum_us = self.sum_us.saturating_add(other.sum_us);
        self.sum_of_squares = self.sum_of_squares.saturating_add(other.sum_of_squares);
        self.longest_us = self.longest_us.max(other.longest_us);
    }

    /// The same with the jobs that are missing of `planned`, which waited for the whole horizon.
    #[must_use]
    pub fn of_planned(mut self, planned: u64, horizon_us: u64) -> Waits {
        self.add_jobs(planned.saturating_sub(self.jobs), horizon_us);
        self
    }

    /// `(Σx)² / (n Σx²)` (Jain, Chiu and Hawe 1984, DEC-TR-301), to six decimals; 1 of jobs none of
    /// which waited, none of no jobs.
    pub fn jain(&self) -> Option<f64> {
        if self.jobs == 0 {
            return None;
        }
        if self.sum_of_squares == 0 {
            return Some(1.0);
        }
        let sum = self.sum_us as f64;
        let index = sum / self.jobs as f64 * (sum / self.sum_of_squares as f64);
        Some(rounded(index.min(1.0)))
    }

    /// In microseconds; none of no jobs.
    pub fn mean_us(&self) -> Option<u64> {
        let mean = self.sum_us.checked_div(u128::from(self.jobs))?;
        u64::try_from(mean).ok()
    }

    /// In microseconds; none of no jobs.
    pub fn longest_us(&self) -> Option<u64> {
        (self.jobs > 0).then_some(self.longest_us)
    }
}

/// Six decimals: exact again after it was written and read, and the same on every machine.
fn rounded(index: f64) -> f64 {
    (index * 1e6).round() / 1e6
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(waits: &[u64]) -> Waits {
        let mut all = Waits::default();
        waits.iter().for_each(|us| all.add_jobs(1, *us));
        all
    }

    #[test]
    fn the_index_of_known_waits() {
        assert_eq!(of(&[]).jain(), None);
        assert_eq!(of(&[0, 0, 0]).jain(), Some(1.0));
        assert_eq!(of(&[7, 7, 7, 7]).jain(), Some(1.0));
        assert_eq!(of(&[8_000_000, 0, 0, 0]).jain(), Some(0.25), "one of four");
        // Shares of 50, 50 and 10 units.
        assert_eq!(of(&[50, 50, 10]).jain(), Some(0.790_850), "110² / (3 · 5100)");
    }

    #[test]
    fn a_job_that_got_nothing_waited_for_the_horizon() {
        let waits = of(&[1_000_000, 1_000_000]).of_planned(4, 9_000_000);
        assert_eq!(waits.longest_us(), Some(9_000_000));
        assert_eq!(waits.mean_us(), Some(5_000_000));
        assert_eq!(waits.jain(), Some(0.609_756), "20² / (4 · 164)");
        assert_eq!(of(&[3, 4]).of_planned(2, 9), of(&[4, 3]), "nobody is missing");
    }

    proptest! {
        #[test]
        fn an_index_is_within_its_bounds_and_knows_no_order(
            mut waits in proptest::collection::vec(0_u64..1 << 45, 1..40), cut in 0_usize..40,
        ) {
            let index = of(&waits).jain().unwrap_or(0.0);
            prop_assert!((1.0 / waits.len() as f64 - 1e-6..=1.0).contains(&index), "{index}");
            let (some, others) = waits.split_at(cut.min(waits.len()));
            let mut both = of(others);
            both.add(&of(some));
            waits.reverse();
            prop_assert_eq!(both, of(&waits));
        }
    }
}
