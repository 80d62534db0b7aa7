//! The few numbers of a contender that other tools follow over time. Less is better in all of
//! them, so that a tool that knows one direction only can read every one.

use crate::{ContenderReport, RunReport, RunVerdict};

/// One number.
pub(crate) struct Measure {
    /// What it is, without its unit: `time-to-credentials-p50`.
    pub(crate) name: &'static str,
    pub(crate) unit: Unit,
    pub(crate) value: f64,
    /// Both ends of its 95 % interval, for those that have one.
    pub(crate) interval: Option<(f64, f64)>,
}

/// A unit, which every format spells its own way.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    Percent,
    Seconds,
    SecondsPerJob,
    CallsPerJob,
}

/// The contenders with their numbers. Numbers that contradict each other or are partial must not
/// enter a history: of such a run there are none.
pub(crate) fn of_run(report: &RunReport) -> Vec<(&ContenderReport, Vec<Measure>)> {
    if report.verdict() == RunVerdict::Broken || !report.complete {
        return Vec::new();
    }
    let measured = report.contenders.iter().map(|contender| (contender, of(contender)));
    measured.filter(|(_, measures)| !measures.is_empty()).collect()
}

/// Those that can be given: no share of nothing, no percentile of too few.
fn of(contender: &ContenderReport) -> Vec<Measure> {
    let jobs = contender.jobs;
    let times = &contender.time_to_credentials;
    let plain = |name, unit, value: Option<f64>| {
        value.map(|value| Measure { name, unit, value: rounded(value), interval: None })
    };
    let seconds = |us: Option<u64>| us.map(|us| us as f64 / 1e6);
    let per_job = |sum: f64| (jobs.total > 0).then(|| sum / jobs.total as f64);
    let failed = |succeeded: f64| rounded(100.0 * (1.0 - succeeded));
    let failed_jobs = jobs.rate().zip(jobs.interval()).map(|(rate, interval)| Measure {
        name: "failed-jobs",
        unit: Unit::Percent,
        value: failed(rate),
        interval: Some((failed(interval.high), failed(interval.low))),
    });
    let wasted_s = contender.wasted_ns as f64 / 1e9;
    [
        failed_jobs,
        plain("time-to-credentials-p50", Unit::Seconds, seconds(times.p50_us)),
        plain("time-to-credentials-p95", Unit::Seconds, seconds(times.p95_us)),
        plain("time-to-credentials-p99", Unit::Seconds, seconds(times.p99_us)),
        plain("sts-calls", Unit::CallsPerJob, per_job(contender.attempts as f64)),
        plain("wasted", Unit::SecondsPerJob, per_job(wasted_s)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// To six decimals: a microsecond, and no noise of floating point.
fn rounded(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}
