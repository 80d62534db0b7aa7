//! One contender under one seed: what a paired comparison needs, in a few numbers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What one run of one contender came to.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, Default, PartialEq)]
pub struct SeedResult {
    /// The seed.
    pub seed: u64,
    /// Jobs whose every tool got its credentials.
    pub jobs_succeeded: u64,
    /// Jobs planned.
    pub jobs: u64,
    /// Acquisitions that ended in usable credentials.
    pub acquisitions_succeeded: u64,
    /// Acquisitions that arose.
    pub acquisitions: u64,
    /// Calls to STS.
    pub attempts: u64,
    /// The mean time to credentials up to the scenario's horizon: what failed, or never started
    /// because its job had failed, counts as the whole horizon instead of being left out. None
    /// when nothing was asked for.
    pub restricted_mean_us: Option<u64>,
    /// The median time to credentials of this run alone, counted as the mean above is: unmet needs
    /// take the whole horizon. None when nothing was asked for, as in files from before it was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restricted_p50_us: Option<u64>,
    /// Its 95th percentile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restricted_p95_us: Option<u64>,
    /// Its 99th percentile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restricted_p99_us: Option<u64>,
    /// Time slept between attempts; none in files from before it was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slept_ns: Option<u64>,
    /// Time that bought nothing; none in files from before it was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wasted_ns: Option<u64>,
    /// Jain's index of its jobs' waits, as in [`Fairness`](crate::Fairness); none in files from
    /// before it was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jain: Option<f64>,
    /// What its jobs waited in the mean, likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mean_job_us: Option<u64>,
    /// The longest wait of any of them, likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub worst_job_us: Option<u64>,
    /// 16 hex digits over this run's events; simulated world only.
    pub digest: Option<String>,
}
