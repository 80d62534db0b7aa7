//! Counts what a contender's fleet does, in memory that does not grow with it.

mod merge;

use std::sync::Arc;
use std::time::Duration;

use mock_sts::clock::nanos;
use reports::{CallEnd, Histogram, IntervalRecorder, Timeline, Waits};

use super::log::{Event, Logged};
use super::progress::Watched;
use super::story::Story;
use super::tale::Tale;
use super::waterfall::Waterfall;
use super::{
    Acquisition, Attempt, AttemptWriter, CallError, Cause, Digest, Failure, FailureTally,
    FirstFailure, Progress,
};
use crate::world::{Instant, ToolId};

/// Attempts beyond this number are counted with it.
const NUMBERED: usize = 64;

/// One thread's record of one contender's run.
#[derive(Clone, Debug, Default)]
pub struct Recorder {
    /// Jobs that started.
    pub jobs_started: u64,
    /// Jobs all of whose tools got what they needed.
    pub jobs_succeeded: u64,
    /// Jobs one of whose tools did not.
    pub jobs_failed: u64,
    /// What the jobs that succeeded waited.
    pub waits: Waits,
    /// Needs for credentials that arose.
    pub acquisitions: u64,
    /// Those that were met.
    pub acquisitions_succeeded: u64,
    /// Tools that never started, since their job had failed before.
    pub skipped_tools: u64,
    /// Calls that left for STS.
    pub calls: u64,
    /// Calls whose end is known.
    pub attempts: u64,
    /// Calls that were granted.
    pub granted: u64,
    /// Calls by their number within the acquisition; the first is at 0.
    pub attempts_by_number: Vec<u64>,
    /// Web identity tokens fetched.
    pub tokens_fetched: u64,
    /// Failures of single calls.
    pub errors: FailureTally,
    /// What acquisitions finally failed of.
    pub failures: FailureTally,
    /// From intended start to usable credentials.
    pub time_to_credentials: Histogram,
    /// The same by when the need was met.
    pub intervals: IntervalRecorder,
    /// From intended start to giving up.
    pub time_to_failure: Histogram,
    /// From intended start to the first call sent for it.
    pub time_to_first_call: Histogram,
    /// From sending a call to its answer.
    pub service_time: Histogram,
    /// How much later than intended jobs started.
    pub lateness: Histogram,
    /// Nanoseconds slept between and after attempts.
    pub slept_ns: u64,
    /// Of those, the ones slept by jobs that failed all the same.
    pub wasted_ns: u64,
    /// Times the clock was seen to run backwards; a broken world.
    pub clock_reversals: u64,
    /// Everything above, in order.
    pub digest: Digest,
    /// The herd over time.
    pub timeline: Timeline,
    /// What the first jobs did.
    pub waterfall: Waterfall,
    /// Every event in order, where somebody asked for it: it grows with the run.
    log: Option<Vec<Logged>>,
    latest: Instant,
    story: Story,
    progress: Option<Box<Watched>>,
    tale: Option<Box<Tale>>,
    attempt_lines: Option<Box<AttemptWriter>>,
}

/// Calls that a run in virtual time tells its progress at once.
const TOLD_AT_ONCE: u64 = 64;

impl Recorder {
    /// A recorder that also counts into `progress`, now and then.
    #[must_use]
    pub fn watched(progress: Arc<Progress>) -> Self {
        let watched = Watched::new(progress, TOLD_AT_ONCE);
        Self { progress: Some(Box::new(watched)), ..Self::default() }
    }

    /// The same, call by call: for the real world, whose calls are few and long.
    #[must_use]
    pub fn watched_closely(progress: Arc<Progress>) -> Self {
        Self { progress: Some(Box::new(Watched::new(progress, 1))), ..Self::default() }
    }

    /// The same, and it writes a line for each attempt where somebody wants that.
    #[must_use]
    pub fn writing(self, lines: Option<AttemptWriter>) -> Self {
        Self { attempt_lines: lines.map(Box::new), ..self }
    }

    /// Whether it writes a line for each attempt.
    #[must_use]
    pub fn writes(&self) -> bool {
        self.attempt_lines.is_some()
    }

    /// The answer that is about to be recorded came under this name.
    pub fn answered_as(&mut self, request_id: Option<String>) {
        if let Some(lines) = &mut self.attempt_lines {
            lines.answered_as(request_id);
        }
    }

    /// Nothing more comes: what was held back is written and told.
    pub fn finish(&mut self) {
        if let Some(mut lines) = self.attempt_lines.take() {
            lines.finish();
        }
        if let Some(mut progress) = self.progress.take() {
            progress.tell();
        }
    }

    /// A recorder that also tells all that one job does.
    #[must_use]
    pub fn telling(tale: Tale) -> Self {
        Self { tale: Some(Box::new(tale)), ..Self::default() }
    }

    /// What it tells, and of which job, if it does.
    pub fn tale(&mut self) -> Option<&mut Tale> {
        self.tale.as_deref_mut()
    }

    /// A recorder that keeps every event, in memory that grows with the run.
    #[must_use]
    pub fn logging() -> Self {
        Self { log: Some(Vec::new()), ..Self::default() }
    }

    /// Every event in order; none from a recorder that keeps none.
    #[must_use]
    pub fn into_log(self) -> Vec<Logged> {
        self.log.unwrap_or_default()
    }

    /// A job starts, `late` after its intended start.
    pub fn job_started(&mut self, now: Instant, late: Duration) {
        self.tick(now);
        self.jobs_started += 1;
        self.lateness.record_ns(nanos(late));
        if let Some(progress) = &self.progress {
            progress.job_started();
        }
    }

    /// A job's last tool has ended. It slept `slept_ns` in all; `waited` is the longest of its
    /// needs, and none where one of them was never met.
    pub fn job_ended(&mut self, now: Instant, job: u32, waited: Option<Duration>, slept_ns: u64) {
        self.tick(now);
        let succeeded = waited.is_some();
        self.digest.add(now, u64::from(job), 10 + u64::from(succeeded));
        self.waterfall.job_ended(now, job, succeeded);
        if let Some(tale) = &mut self.tale {
            tale.job_ended(now, job, succeeded);
        }
        self.log(now, ToolId { job, tool: 0 }, Event::JobEnded { succeeded });
        if let Some(progress) = &mut self.progress {
            progress.job_ended(waited.is_some(), slept_ns);
        }
        if let Some(lines) = &mut self.attempt_lines {
            lines.job_ended(job);
        }
        if let Some(waited) = waited {
            self.jobs_succeeded += 1;
            self.waits.add_jobs(1, nanos(waited) / 1_000);
        } else {
            self.jobs_failed += 1;
            self.wasted_ns += slept_ns;
        }
    }

    /// A call leaves for STS.
    pub fn call_sent(&mut self, now: Instant) {
        self.tick(now);
        self.calls += 1;
        if let Some(progress) = &mut self.progress {
            progress.call_sent();
        }
    }

    /// A call has ended with credentials.
    pub fn granted(&mut self, attempt: &Attempt) {
        self.answered(attempt, CallEnd::Granted, None);
        self.granted += 1;
        self.digest.add(attempt.answered, attempt.key, 1);
        if let Some(tale) = &mut self.tale {
            tale.answered(attempt, "credentials");
        }
        self.log(attempt.answered, attempt.tool, Event::Granted);
    }

    /// A call has ended badly; says as what it was counted.
    pub fn failed(&mut self, attempt: &Attempt, error: &CallError) -> Cause {
        self.answered(attempt, error.failure.end(), Some(error.failure));
        self.digest.add(attempt.answered, attempt.key, error.failure.number());
        self.log(attempt.answered, attempt.tool, Event::Failed(error.failure));
        let message = error.message();
        self.story.call_failed(attempt, error.failure, message);
        if let Some(tale) = &mut self.tale {
            tale.answered(attempt, &format!("{}: {message}", error.failure));
        }
        self.errors.count(attempt.answered, error.failure, message)
    }

    fn answered(&mut self, attempt: &Attempt, how: CallEnd, failure: Option<Failure>) {
        self.tick(attempt.answered);
        self.timeline.call_sent(attempt.sent.as_nanos(), attempt.number);
        self.timeline.call_ended(attempt.answered.as_nanos(), how);
        self.waterfall.call(attempt, failure);
        self.attempts += 1;
        let index = (attempt.number as usize - 1).min(NUMBERED - 1);
        if self.attempts_by_number.len() <= index {
            self.attempts_by_number.resize(index + 1, 0);
        }
        self.attempts_by_number[index] += 1;
        self.service_time.record_ns(attempt.answered.nanos_since(attempt.sent));
        if let Some(lines) = &mut self.attempt_lines {
            lines.attempt(attempt, how, failure);
        }
        if let Some(progress) = &mut self.progress {
            progress.call_ended(how);
            if let Some(failure) = failure {
                progress.failed(attempt.answered, failure);
            }
        }
    }

    /// A call that never left: there was no token for it, or the client itself
    /// refused it.
    pub fn never_sent(&mut self, now: Instant, tool: ToolId, error: &CallError) -> Cause {
        self.tick(now);
        self.digest.add(now, tool.key(), error.failure.number());
        if let Some(tale) = &mut self.tale {
            tale.never_sent(now, tool, &format!("{}: {}", error.failure, error.message()));
        }
        self.errors.count(now, error.failure, error.message())
    }

    /// A web identity token is about to be asked for.
    pub fn token_asked(&mut self, now: Instant, tool: ToolId) {
        if let Some(tale) = &mut self.tale {
            tale.token_asked(now, tool);
        }
    }

    /// A web identity token was fetched.
    pub fn token_fetched(&mut self, now: Instant, tool: ToolId) {
        self.tokens_fetched += 1;
        if let Some(tale) = &mut self.tale {
            tale.token_fetched(now, tool);
        }
    }

    /// A tool is about to wait between attempts, or after its last.
    pub fn sleeps(&mut self, now: Instant, tool: ToolId, wait: Duration, last: bool) {
        self.slept_ns += nanos(wait);
        self.waterfall.sleep(now, tool, wait);
        self.story.sleeps(now, tool, wait, last);
        if let Some(tale) = &mut self.tale {
            tale.sleeps(now, tool, wait, last);
        }
    }

    /// A need of a tool for credentials arises, which was to be met from `intended` on.
    pub fn needed(&mut self, tool: ToolId, intended: Instant) {
        self.acquisitions += 1;
        if let Some(lines) = &mut self.attempt_lines {
            lines.needed(tool, intended);
        }
    }

    /// A need for credentials has ended.
    pub fn acquired(&mut self, acquisition: &Acquisition) {
        self.ended(acquisition, None);
    }

    /// The same, where a tool that could not get its own credentials went on with
    /// somebody else's: that is a failure by identity, whatever its cause.
    pub fn settled(&mut self, acquisition: &Acquisition, fallback: Option<&str>) {
        let Some(identity) = fallback else { return self.acquired(acquisition) };
        let cause = acquisition.failure.map_or("", Failure::name);
        let why = format!("goes on as {identity} after {cause}");
        let failure = Some(Failure::WrongIdentity);
        self.ended(&Acquisition { failure, ..*acquisition }, Some(&why));
    }

    /// A need of a program has ended, which itself says why it failed, if it did.
    pub fn program_ended(&mut self, acquisition: &Acquisition, why: &str) {
        self.ended(acquisition, Some(why));
    }

    fn ended(&mut self, acquisition: &Acquisition, why: Option<&str>) {
        self.tick(acquisition.ended);
        let took_ns = acquisition.ended.nanos_since(acquisition.intended);
        if let Some(first_call) = acquisition.first_call {
            self.time_to_first_call.record_ns(first_call.nanos_since(acquisition.intended));
        }
        let event = acquisition.failure.map_or(2, |failure| 1000 + failure.number());
        self.digest.add(acquisition.ended, acquisition.key, event);
        let event = acquisition.failure.map_or(Event::Acquired, Event::GaveUp);
        self.log(acquisition.ended, acquisition.tool, event);
        match acquisition.failure {
            None => {
                self.acquisitions_succeeded += 1;
                self.time_to_credentials.record_ns(took_ns);
                self.intervals.record(acquisition.ended.as_nanos(), took_ns);
            }
            Some(failure) => {
                self.time_to_failure.record_ns(took_ns);
                let cause = || acquisition.cause.map_or("", |cause| self.errors.message(cause));
                self.failures.count(acquisition.ended, failure, why.unwrap_or_else(cause));
            }
        }
        self.story.acquisition_ended(acquisition);
        if let Some(tale) = &mut self.tale {
            tale.acquisition_ended(acquisition, why);
        }
    }

    /// The first failure, once there was one.
    #[must_use]
    pub fn first_failure(&self) -> Option<&FirstFailure> {
        self.story.first_failure()
    }

    fn log(&mut self, at: Instant, tool: ToolId, event: Event) {
        if let Some(log) = &mut self.log {
            log.push(Logged { at, tool, event });
        }
    }

    fn tick(&mut self, now: Instant) {
        if now < self.latest {
            self.clock_reversals += 1;
        }
        self.latest = now;
    }
}
