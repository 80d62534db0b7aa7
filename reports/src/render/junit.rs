//! JUnit's XML, for the test pages of CI systems: a suite a contender, a test case for each of its
//! expectations and conservation laws.

use std::io;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use super::text::verdict::{Judged, headline_parts, judge, measured, world};
use crate::{CheckResult, ContenderReport, ExpectationResult, RunReport, RunVerdict};

type Xml = Writer<Vec<u8>>;

/// An expectation without data fails as one that is missed does; one that is inconclusive, or that
/// only warns, is skipped with what is to be said of it. When the numbers are partial or
/// contradict each other, expectations are skipped, and what is wrong with the run fails.
pub fn render(report: &RunReport) -> String {
    let mut xml = Writer::new_with_indent(Vec::new(), b' ', 2);
    write(&mut xml, report).expect("memory takes all");
    let mut text = String::from_utf8(xml.into_inner()).expect("what was text is text");
    text.push('\n');
    text
}

/// One test case.
struct Case {
    name: String,
    outcome: CaseOutcome,
}

enum CaseOutcome {
    Passed,
    Skipped { why: String },
    Failed { kind: &'static str, message: String, story: String },
}

struct Suite {
    name: String,
    cases: Vec<Case>,
}

impl Suite {
    fn count(&self, counts: fn(&CaseOutcome) -> bool) -> usize {
        self.cases.iter().filter(|case| counts(&case.outcome)).count()
    }
}

fn suites(report: &RunReport) -> Vec<Suite> {
    let mut suites: Vec<Suite> = Vec::new();
    if report.verdict() == RunVerdict::Interrupted {
        let message = "interrupted: the result is partial and not judged".to_owned();
        let outcome = CaseOutcome::Failed { kind: "interrupted", message, story: String::new() };
        let cases = vec![Case { name: "the run comes to its end".to_owned(), outcome }];
        suites.push(Suite { name: report.scenario.name.clone(), cases });
    }
    for contender in &report.contenders {
        let mine = report.expectations.iter().filter(|e| e.contender == contender.name);
        let expected = mine.map(|expectation| expected(report, Some(contender), expectation));
        let cases = expected.chain(contender.checks.iter().map(law)).collect();
        suites.push(Suite { name: contender.name.clone(), cases });
    }
    for expectation in &report.expectations {
        if report.contenders.iter().all(|c| c.name != expectation.contender) {
            let cases = vec![expected(report, None, expectation)];
            suites.push(Suite { name: expectation.contender.clone(), cases });
        }
    }
    suites
}

fn expected(
    report: &RunReport,
    contender: Option<&ContenderReport>,
    expectation: &ExpectationResult,
) -> Case {
    let failed = |kind, message| CaseOutcome::Failed { kind, message, story: story(contender) };
    let outcome = match judge(report, expectation) {
        Judged::Pass => CaseOutcome::Passed,
        Judged::Fail => {
            let said = measured(expectation);
            failed("expectation", format!("{}: measured {said}", expectation.text))
        }
        Judged::Inconclusive => CaseOutcome::Skipped { why: measured(expectation) },
        Judged::Warning => {
            CaseOutcome::Skipped { why: format!("warning: measured {}", measured(expectation)) }
        }
        Judged::NoData if !expectation.level.is_required() => {
            CaseOutcome::Skipped { why: "warning: no data".to_owned() }
        }
        Judged::NoData => failed("no data", format!("{}: the sample cannot say", expectation.text)),
        Judged::Not => CaseOutcome::Skipped {
            why: match report.verdict() {
                RunVerdict::Broken => "not judged: the run contradicts itself".to_owned(),
                _ => "not judged: the run was interrupted".to_owned(),
            },
        },
    };
    Case { name: expectation.text.clone(), outcome }
}

fn law(check: &CheckResult) -> Case {
    let outcome = if check.holds {
        CaseOutcome::Passed
    } else {
        let message = format!("{} does not hold: {}", check.name, check.detail);
        CaseOutcome::Failed { kind: "conservation law", message, story: String::new() }
    };
    Case { name: check.name.clone(), outcome }
}

/// The contender's first failure, told.
fn story(contender: Option<&ContenderReport>) -> String {
    let Some(story) = contender.and_then(|c| c.first_failure.as_ref()) else {
        return String::new();
    };
    let who = format!("seed {}, job {}, tool {}", story.seed, story.job, story.tool);
    format!("the first failure: {who}\n{}", story.lines.join("\n"))
}

fn write(xml: &mut Xml, report: &RunReport) -> io::Result<()> {
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let suites = suites(report);
    let sum = |counts: fn(&CaseOutcome) -> bool| -> String {
        suites.iter().map(|suite| suite.count(counts)).sum::<usize>().to_string()
    };
    let seconds = format!("{:.3}", report.elapsed_ns as f64 / 1e9);
    xml.create_element("testsuites")
        .with_attribute(("name", attribute(&report.scenario.name).as_str()))
        .with_attribute(("tests", sum(|_| true).as_str()))
        .with_attribute(("failures", sum(is_failure).as_str()))
        .with_attribute(("errors", "0"))
        .with_attribute(("time", seconds.as_str()))
        .write_inner_content(|xml| {
            suites.iter().try_for_each(|suite| write_suite(xml, report, suite))
        })?;
    Ok(())
}

fn is_failure(outcome: &CaseOutcome) -> bool {
    matches!(outcome, CaseOutcome::Failed { .. })
}

fn write_suite(xml: &mut Xml, report: &RunReport, suite: &Suite) -> io::Result<()> {
    let count = |counts| suite.count(counts).to_string();
    xml.create_element("testsuite")
        .with_attribute(("name", attribute(&suite.name).as_str()))
        .with_attribute(("tests", count(|_| true).as_str()))
        .with_attribute(("failures", count(is_failure).as_str()))
        .with_attribute(("errors", "0"))
        .with_attribute((
            "skipped",
            count(|outcome| matches!(outcome, CaseOutcome::Skipped { .. })).as_str(),
        ))
        .write_inner_content(|xml| {
            xml.create_element("properties").write_inner_content(|xml| {
                properties(report)
                    .iter()
                    .try_for_each(|(name, value)| write_property(xml, name, value))
            })?;
            let class = format!("{}.{}", report.scenario.name, suite.name);
            suite.cases.iter().try_for_each(|case| write_case(xml, &class, case))
        })?;
    Ok(())
}

/// What makes the run repeatable.
fn properties(report: &RunReport) -> Vec<(&'static str, String)> {
    let (_, word, _) = headline_parts(report);
    let mut properties = vec![
        ("verdict", word.to_owned()),
        ("world", world(report.world).to_owned()),
        ("profile", report.profile.name.clone()),
        ("seeds", report.seed_ranges()),
        ("scenario_hash", report.scenario.hash.clone()),
        ("stampede_version", report.stampede_version.clone()),
    ];
    properties.extend(report.digest.iter().map(|digest| ("digest", digest.clone())));
    properties
}

fn write_property(xml: &mut Xml, name: &str, value: &str) -> io::Result<()> {
    xml.create_element("property")
        .with_attribute(("name", name))
        .with_attribute(("value", attribute(value).as_str()))
        .write_empty()?;
    Ok(())
}

fn write_case(xml: &mut Xml, class: &str, case: &Case) -> io::Result<()> {
    let element = xml
        .create_element("testcase")
        .with_attribute(("classname", attribute(class).as_str()))
        .with_attribute(("name", attribute(&case.name).as_str()));
    match &case.outcome {
        CaseOutcome::Passed => element.write_empty()?,
        CaseOutcome::Skipped { why } => element.write_inner_content(|xml| {
            xml.create_element("skipped")
                .with_attribute(("message", attribute(why).as_str()))
                .write_empty()?;
            Ok(())
        })?,
        CaseOutcome::Failed { kind, message, story } => element.write_inner_content(|xml| {
            let failure = xml
                .create_element("failure")
                .with_attribute(("type", *kind))
                .with_attribute(("message", attribute(message).as_str()));
            if story.is_empty() {
                failure.write_empty()?;
            } else {
                failure.write_text_content(BytesText::new(&content(story)))?;
            }
            Ok(())
        })?,
    };
    Ok(())
}

/// XML has no way to write most control characters, and readers make blanks of line ends here.
fn attribute(text: &str) -> String {
    content(text).replace(['\n', '\t'], " ")
}

fn content(text: &str) -> String {
    let is_allowed = |c: char| {
        matches!(c, '\n' | '\t') || !(c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}'))
    };
    text.chars().map(|c| if is_allowed(c) { c } else { '\u{fffd}' }).collect()
}
