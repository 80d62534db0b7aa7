//! JUnit's XML, word for word and as a reader takes it apart.

mod common;

use common::*;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use reports::render::junit::render;
use reports::*;

fn failed() -> RunReport {
    let mut failed = report();
    failed.expectations[0] = expectation("naive.success < 80%", "81.0%", Verdict::Fail);
    failed.expectations[2] =
        expectation("cached.time-to-credentials.p99 < 30s", "", Verdict::NoData);
    failed
}

#[test]
fn a_run_that_failed() {
    insta::assert_snapshot!(render(&failed()));
}

#[test]
fn what_is_undecided_or_only_warns_is_skipped_with_its_reason() {
    let xml = render(&undecided());
    assert!(xml.contains("failures=\"0\""), "{xml}");
    let skipped: Vec<&str> = xml.lines().filter(|line| line.contains("<skipped")).collect();
    insta::assert_snapshot!(skipped.join("\n"), @r#"
    <skipped message="62.5% (inconclusive: 95% sure of 59.1% to 65.8%; 31 more seeds would decide, if all else stays as measured)"/>
    <skipped message="3.18 (inconclusive: 95% sure of nothing yet; it needs at least 1 more seed)"/>
    <skipped message="warning: measured 99.8%"/>
    <skipped message="100% (inconclusive: 95% sure of 99.3% to 100%; no sample would decide, if all else stays as measured)"/>
    "#);
}

#[test]
fn an_interrupted_run_fails_and_is_not_judged() {
    let mut partial = report();
    partial.complete = false;
    partial.contenders.truncate(1);
    partial.expectations.truncate(1);
    insta::assert_snapshot!(render(&partial));
}

#[test]
fn the_totals_are_those_of_the_cases() {
    let mut broken = failed();
    broken.contenders[2].checks[0].holds = false;
    let mut orphan = failed();
    orphan.contenders.remove(0);
    let mut empty = report();
    empty.contenders.clear();
    empty.expectations.clear();
    for (name, report, expected) in [
        ("met", report(), Totals { cases: 6, failures: 0, skipped: 0 }),
        ("failed", failed(), Totals { cases: 6, failures: 2, skipped: 0 }),
        ("broken", broken, Totals { cases: 6, failures: 1, skipped: 3 }),
        ("of a contender left out", orphan, Totals { cases: 5, failures: 2, skipped: 0 }),
        ("empty", empty, Totals { cases: 0, failures: 0, skipped: 0 }),
    ] {
        assert_eq!(totals(&render(&report)), expected, "{name}");
    }
}

#[test]
fn no_text_breaks_the_document() {
    let mut odd = failed();
    let word = "<&>\"' ]]> \u{1b}[31m \u{0} \u{fffe} \n é";
    for contender in &mut odd.contenders {
        contender.name = word.to_owned();
        contender.checks[0].name = word.to_owned();
        contender.checks[0].detail = word.to_owned();
    }
    for expectation in &mut odd.expectations {
        expectation.contender = word.to_owned();
        expectation.text = word.to_owned();
    }
    odd.contenders[0].first_failure.as_mut().unwrap().lines = vec![word.to_owned()];
    odd.scenario.name = word.to_owned();
    let xml = render(&odd);
    let forbidden = |c: char| c.is_control() && c != '\n' || c == '\u{fffe}';
    assert_eq!(xml.chars().find(|c| forbidden(*c)), None);
    assert_eq!(totals(&xml).failures, 6, "every suite of that name has each of them");
}

#[derive(Debug, Default, PartialEq)]
struct Totals {
    cases: usize,
    failures: usize,
    skipped: usize,
}

/// What the document holds; and what it says it holds is the same.
fn totals(xml: &str) -> Totals {
    let mut reader = Reader::from_str(xml);
    reader.config_mut().check_comments = true;
    let (mut all, mut suites) = (Totals::default(), Totals::default());
    let mut said = Vec::new();
    let mut open: Vec<String> = Vec::new();
    loop {
        let event = reader.read_event().expect("well-formed");
        let (element, is_empty) = match &event {
            Event::Start(element) => (element, false),
            Event::Empty(element) => (element, true),
            Event::End(_) => {
                open.pop();
                continue;
            }
            Event::Eof => break,
            _ => continue,
        };
        let name = element.name().as_ref().to_owned();
        let parent = open.last().map_or("", String::as_str);
        match (parent, name.as_str()) {
            ("", "testsuites") => said.push(says(element)),
            ("testsuites", "testsuite") => {
                let here = says(element);
                suites.cases += here.cases;
                suites.failures += here.failures;
                suites.skipped += here.skipped;
            }
            ("testsuite", "testcase") => {
                assert!(attribute(element, "classname").is_some_and(|class| !class.is_empty()));
                assert!(attribute(element, "name").is_some());
                all.cases += 1;
            }
            ("testcase", "failure") => all.failures += 1,
            ("testcase", "skipped") => all.skipped += 1,
            ("testsuite", "properties") | ("properties", "property") => {}
            other => panic!("{other:?} is no element of a JUnit report"),
        }
        if !is_empty {
            open.push(name);
        }
    }
    assert_eq!((said.len(), open.len()), (1, 0));
    assert_eq!((said[0].cases, said[0].failures), (all.cases, all.failures));
    assert_eq!(suites, all);
    all
}

fn says(element: &BytesStart<'_>) -> Totals {
    let number = |name| attribute(element, name).map_or(0, |text| text.parse().expect("a count"));
    Totals { cases: number("tests"), failures: number("failures"), skipped: number("skipped") }
}

fn attribute(element: &BytesStart<'_>, name: &str) -> Option<String> {
    let found = element.try_get_attribute(name).expect("well-formed")?;
    Some(found.value.into_owned())
}
