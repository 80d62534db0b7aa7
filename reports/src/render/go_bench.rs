//! Go benchmark lines, for benchstat
//! (<https://go.googlesource.com/proposal/+/master/design/14313-benchmark-format.md>).

use super::measures::{self, Measure, Unit};
use crate::{RunReport, World};

/// One line a contender. Scenario, world and profile are configuration, so benchstat keeps results
/// apart that differ in them. In virtual time the numbers are exact, and say so: one line each is
/// enough for a comparison. Without a line for a run that is partial or contradicts itself.
pub fn render(report: &RunReport) -> String {
    let world = match report.world {
        World::Simulated => "simulated",
        World::Real => "real",
    };
    let mut text = String::new();
    for (key, value) in
        [("scenario", &*report.scenario.name), ("world", world), ("profile", &*report.profile.name)]
    {
        text.push_str(&format!("{key}: {}\n", value.replace(char::is_control, " ")));
    }
    let contenders = measures::of_run(report);
    let mut units: Vec<String> = Vec::new();
    for unit in contenders.iter().flat_map(|(_, measures)| measures).map(unit) {
        if !units.contains(&unit) {
            units.push(unit);
        }
    }
    let assume = if report.world == World::Simulated { " assume=exact" } else { "" };
    for unit in &units {
        text.push_str(&format!("Unit {unit} better=lower{assume}\n"));
    }
    for (contender, measures) in &contenders {
        let name = contender.name.replace(char::is_whitespace, "_");
        let needs = contender.acquisitions.total.max(1);
        text.push_str(&format!("BenchmarkStampede/contender={name} {needs}"));
        for measure in measures {
            text.push_str(&format!(" {} {}", measure.value, unit(measure)));
        }
        text.push('\n');
    }
    text
}

/// benchstat scales what is in `sec` by itself.
fn unit(measure: &Measure) -> String {
    let suffix = match measure.unit {
        Unit::Percent => "-%",
        Unit::Seconds => "-sec",
        Unit::SecondsPerJob => "-sec/job",
        Unit::CallsPerJob => "/job",
    };
    format!("{}{suffix}", measure.name)
}
