//! Workflow commands that GitHub Actions turns into annotations on the run's page.

use super::text::verdict::{Judged, judge};
use crate::RunReport;

/// An `::error` line for each expectation that is not met or cannot be measured, and for each
/// conservation law that is broken; empty when all is well.
pub fn annotations(report: &RunReport) -> String {
    let mut text = String::new();
    for contender in &report.contenders {
        for check in contender.checks.iter().filter(|check| !check.holds) {
            let what = format!(
                "{}: {} does not hold: {}; the numbers contradict each other: do not use them",
                contender.name, check.name, check.detail
            );
            text.push_str(&error(report, &what));
        }
    }
    for expectation in &report.expectations {
        let missed = match judge(report, expectation) {
            Judged::Fail => format!("measured {}", expectation.measured.as_deref().unwrap_or("–")),
            Judged::NoData => "no data".to_owned(),
            Judged::Pass | Judged::Not => continue,
        };
        text.push_str(&error(report, &format!("{}: {missed}", expectation.text)));
    }
    text
}

fn error(report: &RunReport, what: &str) -> String {
    let title = format!("stampede: {}", report.scenario.name);
    format!("::error title={}::{}\n", property(&title), data(what))
}

/// What would end a message, or a line, is written in percent.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// What would end a property as well.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
