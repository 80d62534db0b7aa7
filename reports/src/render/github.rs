//! Workflow commands that GitHub Actions turns into annotations on the run's page.

use super::text::verdict::{Judged, judge, measured};
use crate::RunReport;

/// An `::error` line for each required expectation that is not met or cannot be measured, and for
/// each conservation law that is broken; a `::warning` for one that is inconclusive or whose miss
/// fails nothing. Empty when all is well.
pub fn annotations(report: &RunReport) -> String {
    let mut text = String::new();
    for contender in &report.contenders {
        for check in contender.checks.iter().filter(|check| !check.holds) {
            let what = format!(
                "{}: {} does not hold: {}; the numbers contradict each other: do not use them",
                contender.name, check.name, check.detail
            );
            text.push_str(&annotation("error", report, &what));
        }
    }
    for expectation in &report.expectations {
        let kind = match judge(report, expectation) {
            Judged::Fail => "error",
            Judged::NoData if expectation.level.is_required() => "error",
            Judged::NoData | Judged::Inconclusive | Judged::Warning => "warning",
            Judged::Pass | Judged::Not => continue,
        };
        let known = if expectation.measured.is_some() { "measured " } else { "" };
        let what = format!("{}: {known}{}", expectation.text, measured(expectation));
        text.push_str(&annotation(kind, report, &what));
    }
    text
}

fn annotation(kind: &str, report: &RunReport, what: &str) -> String {
    let title = format!("stampede: {}", report.scenario.name);
    format!("::{kind} title={}::{}\n", property(&title), data(what))
}

/// What would end a message, or a line, is written in percent.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// What would end a property as well.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
