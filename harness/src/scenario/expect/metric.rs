//! What can be measured in a contender's report, and in which unit.

use std::time::Duration;

use reports::{ContenderReport, LatencySummary, Proportion, SeedResult};

use super::unit::Unit;
use crate::tune::cell::Reached;

macro_rules! metrics {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $unit:ident, $sample:expr;)*) => {
        /// Something measured, which an expectation can speak about.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum Metric {
            $($(#[$doc])* $variant,)*
        }

        impl Metric {
            const ALL: &[Self] = &[$(Self::$variant,)*];

            /// What expectations call it.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// What can be said about it with confidence.
            pub(super) const fn sample(self) -> Sample {
                match self { $(Self::$variant => $sample,)* }
            }

            pub(super) const fn unit(self) -> Unit {
                match self { $(Self::$variant => Unit::$unit,)* }
            }
        }
    };
}

metrics! {
    /// Jobs whose every tool got credentials, of all jobs.
    Success = "success", Percent, Sample::Share;
    /// Acquisitions that ended in usable credentials, of all.
    AcquisitionSuccess = "acquisition-success", Percent, Sample::Share;
    /// The median time from intended start to credentials, of the needs that were met.
    P50 = "time-to-credentials.p50", Time, Sample::Quantile { q: 0.50, unmet: false };
    /// Its 90th percentile.
    P90 = "time-to-credentials.p90", Time, Sample::Quantile { q: 0.90, unmet: false };
    /// Its 95th percentile.
    P95 = "time-to-credentials.p95", Time, Sample::Quantile { q: 0.95, unmet: false };
    /// Its 99th percentile.
    P99 = "time-to-credentials.p99", Time, Sample::Quantile { q: 0.99, unmet: false };
    /// The longest.
    Max = "time-to-credentials.max", Time, Sample::None;
    /// The arithmetic mean.
    Mean = "time-to-credentials.mean", Time, Sample::None;
    /// The median time of all needs, those that were never met counting as the whole horizon.
    AllP50 = "time-with-failures.p50", Time, Sample::Quantile { q: 0.50, unmet: true };
    /// Its 95th percentile.
    AllP95 = "time-with-failures.p95", Time, Sample::Quantile { q: 0.95, unmet: true };
    /// Its 99th percentile.
    AllP99 = "time-with-failures.p99", Time, Sample::Quantile { q: 0.99, unmet: true };
    /// Its arithmetic mean, meant over the runs.
    AllMean = "time-with-failures.mean", Time, Sample::PerRun;
    /// Calls to STS, per job.
    StsCallsPerJob = "sts-calls-per-job", Number, Sample::PerRun;
    /// Calls to STS, per acquisition.
    CallsPerAcquisition = "calls-per-acquisition", Number, Sample::PerRun;
    /// Time slept between attempts, per job.
    SleptPerJob = "slept-per-job", Time, Sample::PerRun;
    /// Time that bought nothing, per job.
    WastedPerJob = "wasted-per-job", Time, Sample::PerRun;
    /// Jain's index of the jobs' waits, meant over the runs.
    Fairness = "fairness", Index, Sample::PerRun;
    /// The longest wait of any job, one that failed counting as the whole horizon.
    WorstJob = "worst-job", Time, Sample::None;
    /// Calls to STS.
    Attempts = "attempts", Number, Sample::None;
}

/// What a metric is a figure of.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Sample {
    /// A share of all members.
    Share,
    /// A quantile of the times of all members.
    Quantile {
        /// From 0 to 1.
        q: f64,
        /// Whether needs that were never met are members, at the horizon.
        unmet: bool,
    },
    /// A mean or ratio, of which each run has its own.
    PerRun,
    /// An extreme, a total, or a mean of some members only: nothing can be said with confidence.
    None,
}

impl Metric {
    /// Every name, in the order of the enum.
    pub fn names() -> impl Iterator<Item = &'static str> {
        Self::ALL.iter().map(|metric| metric.name())
    }

    /// The metric of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|metric| metric.name() == name)
    }

    /// Its value in its unit; none when the sample cannot say.
    pub(super) fn measure(self, report: &ContenderReport, horizon: Duration) -> Option<f64> {
        let time = &report.time_to_credentials;
        let all = |q: f64| match Reached::of(&time.histogram, never_met(report), q) {
            Reached::WithinUs(us) => Some(from_us(us)),
            Reached::Never => Some(horizon.as_nanos() as f64),
            Reached::TooFew => None,
        };
        let jobs = report.jobs.total;
        match self {
            Self::Success => percent(&report.jobs),
            Self::AcquisitionSuccess => percent(&report.acquisitions),
            Self::P50 => time.p50_us.map(from_us),
            Self::P90 => time.p90_us.map(from_us),
            Self::P95 => time.p95_us.map(from_us),
            Self::P99 => time.p99_us.map(from_us),
            Self::Max => recorded(time).map(|time| from_us(time.max_us)),
            Self::Mean => recorded(time).map(|time| from_us(time.mean_us)),
            Self::AllP50 => all(0.50),
            Self::AllP95 => all(0.95),
            Self::AllP99 => all(0.99),
            Self::AllMean => mean_of_runs(self, &report.per_seed),
            Self::StsCallsPerJob => ratio(report.attempts, jobs),
            Self::CallsPerAcquisition => ratio(report.attempts, report.acquisitions.total),
            Self::SleptPerJob => ratio(report.slept_ns, jobs),
            Self::WastedPerJob => ratio(report.wasted_ns, jobs),
            Self::Fairness => report.fairness.map(|it| it.jain),
            Self::WorstJob => report.fairness.map(|it| from_us(it.worst_job_us)),
            Self::Attempts => Some(report.attempts as f64),
        }
    }

    /// Of one run: a sum in the metric's unit and the members it is shared among. None where a
    /// run has no such figure of its own, or the file is from before it was kept.
    pub(super) fn per_run(self, run: &SeedResult) -> Option<(f64, f64)> {
        let jobs = run.jobs as f64;
        let time = |us: Option<u64>| us.map(|us| (from_us(us), 1.0));
        let (sum, members) = match self {
            Self::Success => (100.0 * run.jobs_succeeded as f64, jobs),
            Self::AcquisitionSuccess => {
                (100.0 * run.acquisitions_succeeded as f64, run.acquisitions as f64)
            }
            Self::AllP50 => time(run.restricted_p50_us)?,
            Self::AllP95 => time(run.restricted_p95_us)?,
            Self::AllP99 => time(run.restricted_p99_us)?,
            Self::AllMean => time(run.restricted_mean_us)?,
            Self::StsCallsPerJob => (run.attempts as f64, jobs),
            Self::CallsPerAcquisition => (run.attempts as f64, run.acquisitions as f64),
            Self::SleptPerJob => (run.slept_ns? as f64, jobs),
            Self::WastedPerJob => (run.wasted_ns? as f64, jobs),
            Self::Fairness => (run.jain?, 1.0),
            Self::P50 | Self::P90 | Self::P95 | Self::P99 => return None,
            Self::Max | Self::Mean | Self::WorstJob | Self::Attempts => return None,
        };
        (members > 0.0).then_some((sum, members))
    }

    /// Whether each run has a figure of its own, so that two contenders can be compared run by run.
    pub(super) fn has_runs(self) -> bool {
        match self.sample() {
            Sample::Share | Sample::PerRun => true,
            Sample::Quantile { unmet, .. } => unmet,
            Sample::None => false,
        }
    }

    /// Whether it speaks of the needs that were met and of no others.
    pub(super) fn leaves_out_failures(self) -> bool {
        matches!(self.sample(), Sample::Quantile { unmet: false, .. })
            || matches!(self, Self::Max | Self::Mean)
    }
}

/// Needs that were never met, of tools that asked in vain or never came to ask.
pub(super) fn never_met(report: &ContenderReport) -> u64 {
    let acquisitions = &report.acquisitions;
    acquisitions.total.saturating_sub(acquisitions.succeeded) + report.skipped_tools
}

fn mean_of_runs(metric: Metric, runs: &[SeedResult]) -> Option<f64> {
    let values: Vec<f64> =
        runs.iter().filter_map(|run| metric.per_run(run)).map(|(sum, n)| sum / n).collect();
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// The product comes before the division: 999 of 1000 must equal "99.9%".
fn percent(proportion: &Proportion) -> Option<f64> {
    ratio(proportion.succeeded.saturating_mul(100), proportion.total)
}

fn ratio(part: u64, total: u64) -> Option<f64> {
    (total > 0).then(|| part as f64 / total as f64)
}

fn from_us(us: u64) -> f64 {
    us as f64 * 1e3
}

fn recorded(time: &LatencySummary) -> Option<&LatencySummary> {
    (time.count > 0).then_some(time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_equals_its_own_text() {
        for (succeeded, total, text) in [(999, 1000, "99.9%"), (7, 8, "87.5%"), (20, 20, "100%")] {
            let measured = percent(&Proportion::new(succeeded, total));
            assert_eq!(measured, Unit::Percent.read(text), "{text}");
        }
        assert_eq!(percent(&Proportion::new(0, 0)), None);
    }
}
