//! What one contender got, what it paid, and what the server saw of it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::render::units::ranges;
use crate::stats::{self, Interval};
use crate::{Course, Fairness, Intervals, JobRow, LatencySummary, SeedResult, Timeline};

/// One strategy under one policy, over every seed.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, Default, PartialEq)]
pub struct ContenderReport {
    /// Its name in the scenario.
    pub name: String,
    /// The strategy in one line.
    pub strategy: String,
    /// The policy in one line.
    pub policy: String,
    /// 16 hex digits over this contender's events; simulated world only.
    pub digest: Option<String>,
    /// Jobs whose every tool got its credentials.
    pub jobs: Proportion,
    /// How the failed jobs are spread over the runs, one run a seed.
    pub runs: Runs,
    /// Acquisitions that ended in usable credentials.
    pub acquisitions: Proportion,
    /// Tools that never started because their job had already failed.
    pub skipped_tools: u64,
    /// From intended start to usable credentials, successes only.
    pub time_to_credentials: LatencySummary,
    /// The same by the stretch of the run in which the need was met; none in files from before it
    /// was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intervals: Option<Intervals>,
    /// From intended start to the first call that was sent for it; needs that were met without a
    /// call are left out.
    pub time_to_first_call: LatencySummary,
    /// From sending to answer, every attempt.
    pub service_time: LatencySummary,
    /// From intended start to giving up, failures only.
    pub time_to_failure: LatencySummary,
    /// Attempts that failed, by code and message, most frequent first.
    pub errors: Vec<ErrorCount>,
    /// Acquisitions that failed, by their last error, most frequent first.
    pub failures: Vec<ErrorCount>,
    /// Calls to STS.
    pub attempts: u64,
    /// The same by attempt number: first attempts at index 0.
    pub attempts_by_number: Vec<u64>,
    /// Web identity tokens fetched from the identity provider.
    pub identity_fetches: u64,
    /// Time spent waiting between attempts.
    pub slept_ns: u64,
    /// Time that bought nothing: slept after the last try, or by jobs that failed anyway.
    pub wasted_ns: u64,
    /// How evenly its jobs waited; none in files from before it was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fairness: Option<Fairness>,
    /// How late attempts started against their plan; real world only.
    pub lateness: Option<LatencySummary>,
    /// The same story from the other side; none when the service was somebody else's.
    pub server: Option<ServerTruth>,
    /// The first acquisition that failed.
    pub first_failure: Option<FailureStory>,
    /// The conservation laws, checked.
    pub checks: Vec<CheckResult>,
    /// The herd over time, summed over the seeds.
    #[serde(default)]
    pub timeline: Timeline,
    /// What the first jobs of the first seed did.
    #[serde(default)]
    pub waterfall: Vec<JobRow>,
    /// One result a seed, in the order of the seeds; empty in files from before it was recorded.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub per_seed: Vec<SeedResult>,
}

impl ContenderReport {
    /// The jobs whose calls are kept one by one, as `0–39`.
    pub fn kept_jobs(&self) -> String {
        ranges(&self.waterfall.iter().map(|row| row.job).collect::<Vec<_>>())
    }
}

/// How many of how many. The operands are kept, never the ratio alone.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Copy, Debug, PartialEq)]
#[serde(try_from = "UncheckedProportion")]
pub struct Proportion {
    /// At most `total`.
    pub succeeded: u64,
    /// How many were tried.
    pub total: u64,
    /// At least 1: by how much members of one seed resembling each other widens the interval.
    pub design_effect: f64,
}

impl Default for Proportion {
    fn default() -> Proportion {
        Proportion::new(0, 0)
    }
}

impl Proportion {
    /// A proportion of independent members.
    pub fn new(succeeded: u64, total: u64) -> Proportion {
        Proportion { succeeded, total, design_effect: 1.0 }
    }

    /// The sum over seeds of (succeeded, total), with the design effect that the seeds show.
    pub fn from_seeds(per_seed: &[(u64, u64)]) -> Proportion {
        Proportion {
            succeeded: per_seed.iter().map(|(succeeded, _)| succeeded).sum(),
            total: per_seed.iter().map(|(_, total)| total).sum(),
            design_effect: stats::design_effect(per_seed),
        }
    }

    /// Between 0 and 1; none of nothing.
    pub fn rate(&self) -> Option<f64> {
        (self.total > 0).then(|| self.succeeded as f64 / self.total as f64)
    }

    /// The 95 % Wilson interval; none of nothing.
    pub fn interval(&self) -> Option<Interval> {
        stats::wilson(self.succeeded, self.total, self.design_effect)
    }
}

/// Beyond any sample there is, and far from where the arithmetic of intervals overflows.
const DESIGN_EFFECT_MAX: f64 = 1e12;

/// A proportion as it is written in a file, which anybody may have edited.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "Proportion")]
struct UncheckedProportion {
    /// At most `total`.
    succeeded: u64,
    /// How many were tried.
    total: u64,
    /// At least 1: by how much members of one seed resembling each other widens the interval.
    #[schemars(range(min = 1.0))]
    design_effect: f64,
}

impl TryFrom<UncheckedProportion> for Proportion {
    type Error = String;

    fn try_from(unchecked: UncheckedProportion) -> Result<Proportion, String> {
        let UncheckedProportion { succeeded, total, design_effect } = unchecked;
        if succeeded > total {
            return Err(format!("{succeeded} of {total} cannot have succeeded"));
        }
        if !(1.0..=DESIGN_EFFECT_MAX).contains(&design_effect) {
            return Err(format!("design_effect {design_effect:e} is not one: it is at least 1"));
        }
        Ok(Proportion { succeeded, total, design_effect })
    }
}

/// How the jobs that did not succeed are spread over runs.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Runs {
    /// Runs, one a seed.
    pub total: u64,
    /// Those in which at least one job did not succeed.
    pub with_failures: u64,
    /// Jobs that did not succeed in the best run.
    pub fewest_failed: u64,
    /// The same in the middle run, the lower of two middles.
    pub median_failed: u64,
    /// The same in the worst run.
    pub most_failed: u64,
}

impl Runs {
    /// From (succeeded, total) jobs of each run.
    pub fn from_seeds(per_seed: &[(u64, u64)]) -> Runs {
        let mut failed: Vec<u64> =
            per_seed.iter().map(|(succeeded, total)| total.saturating_sub(*succeeded)).collect();
        failed.sort_unstable();
        let (Some(&fewest_failed), Some(&most_failed)) = (failed.first(), failed.last()) else {
            return Runs::default();
        };
        Runs {
            total: failed.len() as u64,
            with_failures: failed.iter().filter(|failed| **failed > 0).count() as u64,
            fewest_failed,
            median_failed: failed[(failed.len() - 1) / 2],
            most_failed,
        }
    }
}

/// One kind of error and how often it was met.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, Default, PartialEq, Eq)]
pub struct ErrorCount {
    /// The code on the wire, or the client's own word for what went wrong on the way.
    pub code: String,
    /// The literal message.
    pub message: String,
    /// How often.
    pub count: u64,
    /// When first, since the run began.
    pub first_at_ns: u64,
}

/// What the service counted while this contender ran.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, Default, PartialEq, Eq)]
pub struct ServerTruth {
    /// Requests that arrived.
    pub requests: u64,
    /// Requests answered with credentials.
    pub granted: u64,
    /// Requests refused, by error code.
    pub refused: Vec<CodeCount>,
    /// Throttled requests, by the limit that spoke.
    pub throttled_by_limit: Vec<LimitCount>,
    /// Requests that each fault struck which strikes requests, those that struck none among them.
    #[serde(default)]
    pub struck_by_fault: Vec<FaultCount>,
    /// What each region was asked, where there are several.
    #[serde(default)]
    pub by_region: Vec<RegionCount>,
    /// Fetches of the identity provider's verification keys.
    pub key_fetches: KeyFetches,
    /// The most requests in one second.
    pub peak_requests_per_s: u64,
    /// When that second began, since the run began.
    pub peak_at_ns: u64,
    /// The service over time; none in files from before it was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub course: Option<Course>,
}

/// What one region was asked.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, Default, PartialEq, Eq)]
pub struct RegionCount {
    /// Its name.
    pub region: String,
    /// Requests that arrived there.
    pub requests: u64,
    /// Of those, the ones that a limit refused.
    pub throttled: u64,
    /// Fetches of verification keys that it sent.
    pub key_fetches: u64,
}

/// Requests refused with one code.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, Default, PartialEq, Eq)]
pub struct CodeCount {
    /// The code on the wire.
    pub code: String,
    /// How many.
    pub count: u64,
}

/// Requests throttled by one limit.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, Default, PartialEq, Eq)]
pub struct LimitCount {
    /// The limit, as the scenario describes it.
    pub limit: String,
    /// How many.
    pub count: u64,
}

/// Requests struck by one fault.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, Default, PartialEq, Eq)]
pub struct FaultCount {
    /// The fault, as the scenario describes it.
    pub fault: String,
    /// How many.
    pub count: u64,
}

/// How the service came by its verification keys.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KeyFetches {
    /// Fetches begun.
    pub started: u64,
    /// Fetches that did not finish in time.
    pub failed: u64,
    /// Requests that waited on a fetch already under way.
    pub joined: u64,
    /// Requests served from a cache of keys.
    pub cache_hits: u64,
    /// Requests refused from a cache of failures.
    pub negative_hits: u64,
}

/// One failed acquisition, told line by line.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, Default, PartialEq, Eq)]
pub struct FailureStory {
    /// The seed it happened under.
    pub seed: u64,
    /// The job, from 0.
    pub job: u64,
    /// The tool in its job, from 0.
    pub tool: u64,
    /// When the acquisition failed, since the run began.
    pub at_ns: u64,
    /// What happened, in order.
    pub lines: Vec<String>,
}

/// One conservation law.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, Default, PartialEq, Eq)]
pub struct CheckResult {
    /// What must hold, for example `attempts = requests`.
    pub name: String,
    /// Whether it does.
    pub holds: bool,
    /// Both sides with their numbers.
    pub detail: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failed_jobs_are_counted_run_by_run() {
        let runs = Runs::from_seeds(&[(7, 7), (2, 7), (6, 7), (5, 7)]);
        let expected =
            Runs { total: 4, with_failures: 3, fewest_failed: 0, median_failed: 1, most_failed: 5 };
        assert_eq!(runs, expected);
        assert_eq!(Runs::from_seeds(&[]), Runs::default());
    }
}
