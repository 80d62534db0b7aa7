//! Bencher Metric Format: JSON by benchmark and measure, for `bencher run --adapter json`
//! (<https://bencher.dev/docs/reference/bencher-metric-format/>).

use std::collections::BTreeMap;

use serde::Serialize;

use super::measures::{self, Measure, Unit};
use crate::RunReport;

#[derive(Serialize)]
struct Metric {
    value: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    lower_value: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    upper_value: Option<f64>,
}

/// One benchmark a contender, `SCENARIO/CONTENDER`, with its measures; the unit ends a measure's
/// name. Empty for a run that is partial or contradicts itself.
pub fn render(report: &RunReport) -> String {
    let benchmarks: BTreeMap<String, BTreeMap<String, Metric>> = measures::of_run(report)
        .into_iter()
        .map(|(contender, measures)| {
            let name = format!("{}/{}", report.scenario.name, contender.name);
            (name, measures.iter().map(metric).collect())
        })
        .collect();
    let mut text =
        serde_json::to_string_pretty(&benchmarks).expect("the keys are strings and finite values");
    text.push('\n');
    text
}

fn metric(measure: &Measure) -> (String, Metric) {
    let unit = match measure.unit {
        Unit::Percent => "percent",
        Unit::Seconds => "seconds",
        Unit::SecondsPerJob => "seconds-per-job",
        Unit::CallsPerJob => "per-job",
    };
    let metric = Metric {
        value: measure.value,
        lower_value: measure.interval.map(|(low, _)| low),
        upper_value: measure.interval.map(|(_, high)| high),
    };
    (format!("{}-{unit}", measure.name), metric)
}
