//! The `customSmallerIsBetter` JSON of github-action-benchmark
//! (<https://github.com/benchmark-action/github-action-benchmark>).

use serde::Serialize;

use super::measures::{self, Measure, Unit};
use crate::RunReport;

#[derive(Serialize)]
struct Entry {
    name: String,
    unit: &'static str,
    value: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    range: Option<String>,
    extra: String,
}

/// One entry a contender and measure, named `SCENARIO/CONTENDER MEASURE`. Empty for a run that is
/// partial or contradicts itself.
pub fn render(report: &RunReport) -> String {
    let seeds = report.seed_ranges();
    let extra = format!("profile {}, {} jobs, seeds {seeds}", report.profile.name, report.jobs);
    let entries: Vec<Entry> = measures::of_run(report)
        .iter()
        .flat_map(|(contender, measures)| {
            let name = format!("{}/{}", report.scenario.name, contender.name);
            measures.iter().map(move |measure| (name.clone(), measure))
        })
        .map(|(contender, measure)| entry(&contender, measure, &extra))
        .collect();
    let mut text =
        serde_json::to_string_pretty(&entries).expect("the keys are strings and finite values");
    text.push('\n');
    text
}

fn entry(contender: &str, measure: &Measure, extra: &str) -> Entry {
    let unit = match measure.unit {
        Unit::Percent => "%",
        Unit::Seconds => "s",
        Unit::SecondsPerJob => "s/job",
        Unit::CallsPerJob => "calls/job",
    };
    Entry {
        name: format!("{contender} {}", measure.name),
        unit,
        value: measure.value,
        range: measure.interval.map(|(low, high)| format!("{low} to {high}")),
        extra: extra.to_owned(),
    }
}
