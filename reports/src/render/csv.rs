//! Comma-separated values as RFC 4180 has them, one row a contender. The unit ends a column's
//! name; what cannot be given is empty.

use csv::{Terminator, WriterBuilder};

use crate::{ContenderReport, RegionCount, RunReport, RunVerdict, World};

type Value = fn(&RunReport, &ContenderReport) -> String;

/// Every column, by name. New ones come last: a program may count on the place of the others.
const COLUMNS: [(&str, Value); 44] = [
    ("scenario", |run, _| run.scenario.name.clone()),
    ("scenario_hash", |run, _| run.scenario.hash.clone()),
    ("world", |run, _| world(run.world).to_owned()),
    ("profile", |run, _| run.profile.name.clone()),
    ("seeds", |run, _| run.seed_ranges().replace('–', "-")),
    ("verdict", |run, _| verdict(run.verdict()).to_owned()),
    ("contender", |_, c| c.name.clone()),
    ("strategy", |_, c| c.strategy.clone()),
    ("policy", |_, c| c.policy.clone()),
    ("digest", |_, c| c.digest.clone().unwrap_or_default()),
    ("jobs", |_, c| c.jobs.total.to_string()),
    ("jobs_succeeded", |_, c| c.jobs.succeeded.to_string()),
    ("jobs_succeeded_percent", |_, c| percent(c.jobs.rate())),
    ("jobs_succeeded_low_percent", |_, c| percent(c.jobs.interval().map(|i| i.low))),
    ("jobs_succeeded_high_percent", |_, c| percent(c.jobs.interval().map(|i| i.high))),
    ("runs", |_, c| c.runs.total.to_string()),
    ("runs_with_failures", |_, c| c.runs.with_failures.to_string()),
    ("acquisitions", |_, c| c.acquisitions.total.to_string()),
    ("acquisitions_succeeded", |_, c| c.acquisitions.succeeded.to_string()),
    ("skipped_tools", |_, c| c.skipped_tools.to_string()),
    ("time_to_credentials_min_s", |_, c| some_time(c, c.time_to_credentials.min_us)),
    ("time_to_credentials_mean_s", |_, c| some_time(c, c.time_to_credentials.mean_us)),
    ("time_to_credentials_p50_s", |_, c| seconds(c.time_to_credentials.p50_us)),
    ("time_to_credentials_p90_s", |_, c| seconds(c.time_to_credentials.p90_us)),
    ("time_to_credentials_p95_s", |_, c| seconds(c.time_to_credentials.p95_us)),
    ("time_to_credentials_p99_s", |_, c| seconds(c.time_to_credentials.p99_us)),
    ("time_to_credentials_max_s", |_, c| some_time(c, c.time_to_credentials.max_us)),
    ("sts_calls", |_, c| c.attempts.to_string()),
    ("identity_token_fetches", |_, c| c.identity_fetches.to_string()),
    ("slept_s", |_, c| decimal(c.slept_ns, 9)),
    ("wasted_s", |_, c| decimal(c.wasted_ns, 9)),
    ("server_requests", |_, c| server(c, |s| s.requests)),
    ("server_granted", |_, c| server(c, |s| s.granted)),
    ("server_peak_requests_per_s", |_, c| server(c, |s| s.peak_requests_per_s)),
    ("key_fetches", |_, c| server(c, |s| s.key_fetches.started)),
    ("key_fetches_failed", |_, c| server(c, |s| s.key_fetches.failed)),
    ("laws_broken", |_, c| c.checks.iter().filter(|check| !check.holds).count().to_string()),
    ("stampede_version", |run, _| run.stampede_version.clone()),
    ("fairness", |_, c| c.fairness.map_or_else(String::new, |it| format!("{:.6}", it.jain))),
    ("mean_job_s", |_, c| seconds(c.fairness.map(|it| it.mean_job_us))),
    ("worst_job_s", |_, c| seconds(c.fairness.map(|it| it.worst_job_us))),
    ("server_requests_by_region", |_, c| by_region(c, |region| region.requests)),
    ("server_throttled_by_region", |_, c| by_region(c, |region| region.throttled)),
    ("key_fetches_by_region", |_, c| by_region(c, |region| region.key_fetches)),
];

/// A row of names, then one for each contender.
pub fn render(report: &RunReport) -> String {
    let mut writer = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(Vec::new());
    let names = COLUMNS.map(|(name, _)| name.to_owned());
    let rows = report.contenders.iter().map(|c| COLUMNS.map(|(_, value)| value(report, c)));
    for row in std::iter::once(names).chain(rows) {
        writer.write_record(row).expect("every row is as long as the first, and memory takes all");
    }
    let bytes = writer.into_inner().expect("memory takes all");
    String::from_utf8(bytes).expect("what was text is text")
}

fn world(world: World) -> &'static str {
    match world {
        World::Simulated => "simulated",
        World::Real => "real",
    }
}

fn verdict(verdict: RunVerdict) -> &'static str {
    match verdict {
        RunVerdict::Broken => "broken",
        RunVerdict::Interrupted => "interrupted",
        RunVerdict::Failed => "fail",
        RunVerdict::NoData => "no data",
        RunVerdict::Inconclusive => "inconclusive",
        RunVerdict::Passed => "pass",
        RunVerdict::Done => "done",
    }
}

fn percent(rate: Option<f64>) -> String {
    rate.map_or_else(String::new, |rate| format!("{:.4}", rate * 100.0))
}

fn seconds(us: Option<u64>) -> String {
    us.map_or_else(String::new, |us| decimal(us, 6))
}

/// A figure that is 0 when nothing was recorded, and says nothing then.
fn some_time(contender: &ContenderReport, us: u64) -> String {
    seconds((contender.time_to_credentials.count > 0).then_some(us))
}

fn server(contender: &ContenderReport, count: impl Fn(&crate::ServerTruth) -> u64) -> String {
    contender.server.as_ref().map_or_else(String::new, |server| count(server).to_string())
}

/// `us-east-1=120 eu-west-1=80`; empty where there is one region, as the service's numbers are its.
fn by_region(contender: &ContenderReport, count: impl Fn(&RegionCount) -> u64) -> String {
    let regions = contender.server.iter().flat_map(|server| &server.by_region);
    let told = regions.map(|region| format!("{}={}", region.region, count(region)));
    told.collect::<Vec<_>>().join(" ")
}

/// `n` with its last `digits` digits behind the point: exact, as a float is not.
fn decimal(n: u64, digits: u32) -> String {
    let unit = 10_u64.pow(digits);
    format!("{}.{:0width$}", n / unit, n % unit, width = digits as usize)
}
