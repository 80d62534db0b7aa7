//! `[fleet]`: how many jobs and tools, and when.

use std::ops::RangeInclusive;
use std::time::Duration;

use mock_sts::config::problem::Problems;
use mock_sts::config::spanned::Spanned;
use mock_sts::config::unit;

use crate::scenario::file::{ArrivalsFile, BurstFile, FleetFile, ProcessFile, RateFile};
use crate::scenario::{Arrivals, Fleet, Process};
use crate::world::ANSWER_WITHIN;

pub(super) const JOBS: RangeInclusive<i64> = 1..=10_000_000;
pub(super) const TOOLS: RangeInclusive<i64> = 1..=1_000;

/// As many tools as fit into memory when all of them wait.
const MOST_TOOLS: i64 = 100_000_000;

/// What STS accepts as `DurationSeconds`.
const SESSION: RangeInclusive<Duration> = Duration::from_secs(900)..=Duration::from_secs(43_200);

/// What STS grants when nobody asks.
const DEFAULT_SESSION: Duration = Duration::from_secs(3_600);

/// How long a tool may wait for an answer: no client waits longer than an hour.
const ATTEMPT: RangeInclusive<Duration> = Duration::from_millis(1)..=Duration::from_secs(3_600);

/// The longest a phase of a job may last: a week, as the horizon.
const PHASE: RangeInclusive<Duration> = Duration::ZERO..=Duration::from_secs(7 * 86_400);

pub(super) fn fleet(file: &FleetFile, problems: &mut Problems) -> Option<Fleet> {
    let size = size(&file.jobs, &file.tools_per_job, problems);
    let tool_spacing = phase(file.tool_spacing.as_ref(), problems);
    let work = phase(file.work.as_ref(), problems);
    let session = match &file.session {
        Some(text) => unit::seconds_within(text, &SESSION, problems),
        None => Some(DEFAULT_SESSION),
    };
    let attempt_timeout = match &file.attempt_timeout {
        Some(text) => attempt_timeout(text, problems),
        None => Some(ANSWER_WITHIN),
    };
    let arrivals = match &file.arrivals {
        ArrivalsFile::Burst(burst_file) => burst(burst_file, problems),
        ArrivalsFile::Rate(rate_file) => rate(rate_file, problems),
    };
    let (jobs, tools_per_job) = size?;
    Some(Fleet {
        jobs,
        tools_per_job,
        tool_spacing: tool_spacing?,
        work: work?,
        session: session?,
        attempt_timeout: attempt_timeout?,
        arrivals: arrivals?,
    })
}

/// How long a tool waits for an answer.
pub(super) fn attempt_timeout(text: &Spanned<String>, problems: &mut Problems) -> Option<Duration> {
    unit::duration_within(text, &ATTEMPT, problems)
}

fn size(jobs: &Spanned<i64>, tools: &Spanned<i64>, problems: &mut Problems) -> Option<(u32, u32)> {
    let jobs_count = unit::count(jobs, &JOBS, problems);
    let tools_count = unit::count(tools, &TOOLS, problems);
    let size = (jobs_count?, tools_count?);
    is_not_too_many(size, tools, problems)?;
    Some(size)
}

/// Notes a problem at `place` when jobs × tools are more than can be run.
pub(super) fn is_not_too_many(
    (jobs, tools): (u32, u32),
    place: &Spanned<i64>,
    problems: &mut Problems,
) -> Option<()> {
    let all = i64::from(jobs) * i64::from(tools);
    if all > MOST_TOOLS {
        problems
            .push(
                place.span(),
                "these are more tools than can be run",
                format!("{} jobs with {tools} tools each", unit::written_count(jobs.into())),
            )
            .help(format!("keep jobs × tools at or below {}", unit::written_count(MOST_TOOLS)));
        return None;
    }
    Some(())
}

fn phase(text: Option<&Spanned<String>>, problems: &mut Problems) -> Option<Duration> {
    text.map_or(Some(Duration::ZERO), |text| unit::duration_within(text, &PHASE, problems))
}

fn burst(file: &BurstFile, problems: &mut Problems) -> Option<Arrivals> {
    let at = phase(file.at.as_ref(), problems);
    let spread = phase(file.spread.as_ref(), problems);
    Some(Arrivals::Burst { at: at?, spread: spread? })
}

fn rate(file: &RateFile, problems: &mut Problems) -> Option<Arrivals> {
    let rate = unit::rate(&file.rate, problems)?;
    let process = match file.process {
        ProcessFile::Poisson => Process::Poisson,
        ProcessFile::Even => Process::Even,
    };
    Some(Arrivals::Rate { interval: rate.interval(), process })
}
