//! What a result file says twice must agree: a file that was edited, or joined by hand, shows here.

use crate::{ContenderReport, LatencySummary, Proportion, RunReport, Runs, SeedResult};

impl RunReport {
    /// The first of its figures that contradicts another, in half a sentence; none of a report as
    /// it was written. Files from before results were kept by seed have less to compare.
    pub fn contradiction(&self) -> Option<String> {
        if self.contenders.is_empty() {
            return Some("it has no contenders".to_owned());
        }
        self.contenders.iter().find_map(|contender| {
            let what = contender.contradiction(&self.seeds)?;
            Some(format!("contender {}: {what}", contender.name))
        })
    }
}

impl ContenderReport {
    fn contradiction(&self, seeds: &[u64]) -> Option<&'static str> {
        let summaries = [
            &self.time_to_credentials,
            &self.time_to_first_call,
            &self.service_time,
            &self.time_to_failure,
        ];
        let mut summaries = summaries.into_iter().chain(&self.lateness);
        if summaries.any(|times| LatencySummary::from(&times.histogram) != *times) {
            return Some("its times are not those of their histogram");
        }
        let times = &self.time_to_credentials.histogram;
        if self.intervals.as_ref().is_some_and(|intervals| !intervals.add_up_to(times)) {
            return Some("its intervals do not add up to its times");
        }
        if self.attempts_by_number.iter().map(|n| u128::from(*n)).sum::<u128>()
            != u128::from(self.attempts)
        {
            return Some("its calls by number do not add up to its calls");
        }
        if self.per_seed.is_empty() {
            return None;
        }
        if !self.per_seed.iter().map(|seed| &seed.seed).eq(seeds) {
            return Some("its results by seed are not of the seeds that ran");
        }
        let of = |pair: fn(&SeedResult) -> (u64, u64)| {
            self.per_seed.iter().map(pair).collect::<Vec<_>>()
        };
        let jobs = of(|seed| (seed.jobs_succeeded, seed.jobs));
        let acquisitions = of(|seed| (seed.acquisitions_succeeded, seed.acquisitions));
        let attempts: u128 = self.per_seed.iter().map(|seed| u128::from(seed.attempts)).sum();
        if adds_up(&jobs) != Some(self.jobs)
            || adds_up(&acquisitions) != Some(self.acquisitions)
            || Runs::from_seeds(&jobs) != self.runs
            || attempts != u128::from(self.attempts)
        {
            return Some("its seeds do not add up to its totals");
        }
        None
    }
}

/// The proportion of all seeds; none of numbers that cannot be.
fn adds_up(per_seed: &[(u64, u64)]) -> Option<Proportion> {
    let sane = |(part, all): &(u64, u64)| part <= all && *all <= u64::MAX / per_seed.len() as u64;
    per_seed.iter().all(sane).then(|| Proportion::from_seeds(per_seed))
}
