//! The answer in two sentences: it names who brings every job through, and never guesses.

mod common;

use common::*;
use reports::render::answer::answer;
use reports::*;

/// Contenders with so many of 20 jobs through, after so many calls, at a p99 of so many µs.
fn of(each: &[(&str, u64, u64, Option<u64>)]) -> RunReport {
    let mut report = report();
    let model = report.contenders[0].clone();
    let with = |(name, succeeded, calls, p99_us): &(&str, u64, u64, Option<u64>)| {
        let mut contender = model.clone();
        contender.name = (*name).into();
        contender.jobs = Proportion::new(*succeeded, 20);
        contender.attempts = *calls;
        contender.time_to_credentials.p99_us = *p99_us;
        contender
    };
    report.contenders = each.iter().map(with).collect();
    report
}

#[track_caller]
fn assert_answer(each: &[(&str, u64, u64, Option<u64>)], expected: &str) {
    assert_eq!(answer(&of(each)).as_deref(), Some(expected));
}

#[test]
fn who_holds_is_named_with_what_it_costs() {
    assert_answer(
        &[("a", 1, 20, None), ("b", 20, 40, Some(9_000_000)), ("c", 20, 20, Some(2_000_000))],
        "All jobs get through with b and c; a loses 95.0% of them. Of these, c waits the least \
         (p99 2.00 s) and calls STS the least (1.00 a job).",
    );
    assert_answer(
        &[("b", 20, 20, Some(9_000_000)), ("c", 20, 40, Some(2_000_000))],
        "All jobs get through with b and c. Of these, c waits the least (p99 2.00 s); b calls STS \
         the least (1.00 a job).",
    );
    assert_answer(
        &[("a", 19, 20, None), ("b", 1, 20, None), ("c", 20, 40, Some(2_000_000))],
        "All jobs get through with c; b loses 95.0% of them and a 5.0%.",
    );
}

#[test]
fn equals_and_unknown_figures_are_not_told_apart() {
    assert_answer(
        &[("b", 20, 20, Some(9)), ("c", 20, 20, Some(9))],
        "All jobs get through with b and c.",
    );
    assert_answer(
        &[("b", 20, 20, None), ("c", 20, 40, Some(9))],
        "All jobs get through with b and c. Of these, b calls STS the least (1.00 a job).",
    );
}

#[test]
fn where_nobody_holds_it_says_so() {
    assert_answer(
        &[("a", 0, 20, None)],
        "No contender brings all jobs through: a loses 100.0% of them.",
    );
    let names = ["a", "b", "c", "d", "e", "f", "g", "h"];
    assert_answer(
        &names.map(|name| (name, 10, 20, None)),
        "No contender brings all jobs through: a loses 50.0% of them, b 50.0%, c 50.0%, d 50.0%, \
         e 50.0%, f 50.0% and 2 more.",
    );
}

#[test]
fn numbers_that_are_partial_or_contradict_each_other_answer_nothing() {
    let mut partial = of(&[("a", 20, 20, None)]);
    assert!(answer(&partial).is_some());
    partial.complete = false;
    assert_eq!(answer(&partial), None);
    let mut broken = of(&[("a", 20, 20, None)]);
    broken.contenders[0].checks =
        vec![CheckResult { name: "calls".into(), holds: false, detail: "1 is not 2".into() }];
    assert_eq!(answer(&broken), None);
    assert_eq!(answer(&of(&[])), None);
}
