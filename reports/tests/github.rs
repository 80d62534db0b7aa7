//! Annotations, word for word.

mod common;

use common::*;
use reports::render::github::annotations;
use reports::*;

#[test]
fn a_run_that_passed_or_was_interrupted_has_none() {
    assert_eq!(annotations(&report()), "");
    let mut partial = report();
    partial.complete = false;
    partial.expectations[0].verdict = Verdict::Fail;
    assert_eq!(annotations(&partial), "", "not judged");
}

#[test]
fn what_failed_is_an_error_each() {
    let mut failed = report();
    failed.expectations[1] = expectation("cached.success >= 99%", "98.2%", Verdict::Fail);
    failed.expectations[2] =
        expectation("cached.time-to-credentials.p99 < 30s", "", Verdict::NoData);
    insta::assert_snapshot!(annotations(&failed), @"
    ::error title=stampede%3A issue-299::cached.success >= 99%25: measured 98.2%25
    ::error title=stampede%3A issue-299::cached.time-to-credentials.p99 < 30s: no data
    ");
}

#[test]
fn a_broken_law_is_the_only_news() {
    let mut broken = report();
    broken.expectations[1].verdict = Verdict::Fail;
    broken.contenders[0].checks[0].holds = false;
    insta::assert_snapshot!(annotations(&broken), @"::error title=stampede%3A issue-299::naive: attempts = requests does not hold: 1592 = 1592; the numbers contradict each other: do not use them");
}

#[test]
fn no_text_escapes_its_line() {
    let mut odd = report();
    odd.scenario.name = "a,b::c\nd%".to_owned();
    odd.expectations = vec![expectation("naive.success < 80%", "1\n::error::no", Verdict::Fail)];
    insta::assert_snapshot!(annotations(&odd), @"::error title=stampede%3A a%2Cb%3A%3Ac%0Ad%25::naive.success < 80%25: measured 1%0A::error::no");
}

#[test]
fn what_is_undecided_or_only_warns_is_a_warning() {
    insta::assert_snapshot!(annotations(&undecided()), @r#"
    ::warning title=stampede%3A issue-299::cached.success >= 99.9%25: measured 99.8%25
    ::warning title=stampede%3A issue-299::naive.success < 64%25 @95%25: measured 62.5%25 (inconclusive: 95%25 sure of 59.1%25 to 65.8%25; 31 more seeds would decide, if all else stays as measured)
    ::warning title=stampede%3A issue-299::naive.sts-calls-per-job <= 4 @95%25: measured 3.18 (inconclusive: 95%25 sure of nothing yet; it needs at least 1 more seed)
    ::warning title=stampede%3A issue-299::cached.success >= 100%25 @95%25: measured 100%25 (inconclusive: 95%25 sure of 99.3%25 to 100%25; no sample would decide, if all else stays as measured)
    "#);
}
