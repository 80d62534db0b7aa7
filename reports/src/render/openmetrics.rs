//! A run's figures as OpenMetrics text: for a push gateway or a node exporter's text files.

use std::collections::BTreeMap;
use std::fmt;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _, MetricEncoder, text};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::{Registry, Unit};

use crate::{ContenderReport, RunReport, RunVerdict, World};

/// Upper bounds of the buckets of time to credentials, in seconds.
const BOUNDS_S: [f64; 12] = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0];

/// Families under `stampede_run`, each labelled with scenario, world and contender; ends in `# EOF`.
pub fn render(report: &RunReport) -> String {
    let mut registry = Registry::with_prefix("stampede_run");
    registry.register_collector(Box::new(Run(report.clone())));
    let mut text = String::new();
    // Writing to a string cannot fail, and the encoder refuses nothing that is in a report.
    let _ = text::encode(&mut text, &registry);
    text
}

#[derive(Debug)]
struct Run(RunReport);

/// A family of one count a contender: name, help, and the count.
type Family = (&'static str, &'static str, fn(&ContenderReport) -> u64);

const COUNTS: [Family; 9] = [
    ("jobs", "Jobs of the run", |c| c.jobs.total),
    ("jobs_succeeded", "Jobs whose every tool got its credentials", |c| c.jobs.succeeded),
    ("acquisitions", "Needs for credentials", |c| c.acquisitions.total),
    ("acquisitions_succeeded", "Needs that were met", |c| c.acquisitions.succeeded),
    ("sts_calls", "Calls to STS", |c| c.attempts),
    ("identity_tokens", "Web identity tokens fetched", |c| c.identity_fetches),
    ("server_granted", "Calls that the mock granted", |c| {
        c.server.as_ref().map_or(0, |s| s.granted)
    }),
    ("slept_milliseconds", "Time slept between and after attempts", |c| c.slept_ns / 1_000_000),
    ("wasted_milliseconds", "Time slept by jobs that failed", |c| c.wasted_ns / 1_000_000),
];

impl Collector for Run {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let Self(report) = self;
        let passed = matches!(report.verdict(), RunVerdict::Passed | RunVerdict::Done);
        let gauge = encoder.encode_descriptor(
            "passed",
            "1 where nothing that was expected failed",
            None,
            MetricType::Gauge,
        )?;
        ConstGauge::new(i64::from(passed)).encode(gauge)?;
        for (name, help, count) in COUNTS {
            let mut family = encoder.encode_descriptor(name, help, None, MetricType::Counter)?;
            for contender in &report.contenders {
                let labels = labels(report, contender);
                ConstCounter::new(count(contender)).encode(family.encode_family(&labels)?)?;
            }
        }
        let help = "Attempts that failed, by error code";
        let mut errors = encoder.encode_descriptor("errors", help, None, MetricType::Counter)?;
        for contender in &report.contenders {
            for (code, count) in by_code(contender) {
                let [scenario, world, name] = labels(report, contender);
                let labels = [scenario, world, name, ("code", code)];
                ConstCounter::new(count).encode(errors.encode_family(&labels)?)?;
            }
        }
        let times = encoder.encode_descriptor(
            "time_to_credentials",
            "From intended start to usable credentials, needs that were met",
            Some(&Unit::Seconds),
            MetricType::Histogram,
        )?;
        self.encode_times(times)
    }
}

impl Run {
    fn encode_times(&self, mut encoder: MetricEncoder<'_>) -> fmt::Result {
        let Self(report) = self;
        for contender in &report.contenders {
            let times = &contender.time_to_credentials;
            let mut before = 0;
            let mut buckets = Vec::new();
            for bound in BOUNDS_S {
                let upto = times.histogram.count_up_to((bound * 1e6) as u64);
                buckets.push((bound, upto - before));
                before = upto;
            }
            buckets.push((f64::MAX, times.count.saturating_sub(before)));
            let sum_s = times.mean_us as f64 * times.count as f64 / 1e6;
            let family = &labels(report, contender);
            let mut of_one = encoder.encode_family(family)?;
            of_one.encode_histogram::<[(&str, &str); 0]>(sum_s, times.count, &buckets, None)?;
        }
        Ok(())
    }
}

fn labels<'r>(
    report: &'r RunReport,
    contender: &'r ContenderReport,
) -> [(&'static str, &'r str); 3] {
    let world = match report.world {
        World::Simulated => "simulated",
        World::Real => "real",
    };
    [("scenario", &report.scenario.name), ("world", world), ("contender", &contender.name)]
}

/// Errors by code, whatever their messages.
fn by_code(contender: &ContenderReport) -> BTreeMap<&str, u64> {
    let mut codes = BTreeMap::new();
    for error in &contender.errors {
        *codes.entry(&*error.code).or_default() += error.count;
    }
    codes
}
