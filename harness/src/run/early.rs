//! Runs that end early: an expectation marked `abort-on-fail` can no longer be met.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::ContenderRecord;
use crate::record::Progress;
use crate::scenario::{Expectation, Scenario, SoFar};

/// What a contender has come to over the seeds that ran.
fn recorded(record: &ContenderRecord, planned: u64) -> SoFar {
    let jobs = record.jobs.iter();
    let (succeeded, ran) = jobs.fold((0, 0), |sum, (ok, of)| (sum.0 + ok, sum.1 + of));
    let recorder = &record.recorder;
    SoFar {
        planned,
        succeeded,
        failed: ran - succeeded,
        attempts: recorder.attempts,
        slept_ns: recorder.slept_ns,
        wasted_ns: recorder.wasted_ns,
    }
}

/// What it has come to while it runs.
fn watched(progress: &Progress, planned: u64) -> SoFar {
    let count = |counter: &std::sync::atomic::AtomicU64| counter.load(Ordering::Relaxed);
    SoFar {
        planned,
        succeeded: count(&progress.succeeded),
        failed: count(&progress.failed),
        attempts: progress.attempts(),
        slept_ns: count(&progress.slept_ns),
        wasted_ns: count(&progress.wasted_ns),
    }
}

/// Whether anything may end the run early.
pub(super) fn is_possible(scenario: &Scenario) -> bool {
    scenario.expectations.iter().any(|line| line.aborts)
}

/// The first marked expectation that can no longer be met, and why, in one sentence.
fn broken(scenario: &Scenario, so_far: impl Fn(usize) -> SoFar) -> Option<String> {
    let index = |line: &Expectation| {
        let named = |contender: &crate::scenario::Contender| contender.name == line.contender;
        scenario.contenders.iter().position(named)
    };
    let marked = scenario.expectations.iter().filter(|line| line.aborts);
    marked
        .filter_map(|line| Some((line, so_far(index(line)?))))
        .find(|(line, so_far)| !line.can_still_be_met(so_far))
        .map(|(line, so_far)| format!("{line} can no longer be met ({so_far})"))
}

/// The same after whole seeds.
pub(super) fn broken_by_records(
    scenario: &Scenario,
    records: &[ContenderRecord],
) -> Option<String> {
    let seeds = scenario.seeds.len() as u64;
    broken(scenario, |index| {
        recorded(&records[index], u64::from(scenario.contenders[index].jobs) * seeds)
    })
}

/// The same while the last of `runs` runs goes on, all of which count into the same progress.
pub(super) fn broken_by_progress(
    scenario: &Scenario,
    progress: &[Arc<Progress>],
    runs: u64,
) -> Option<String> {
    broken(scenario, |index| {
        watched(&progress[index], u64::from(scenario.contenders[index].jobs) * runs)
    })
}
