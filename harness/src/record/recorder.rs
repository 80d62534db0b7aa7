//! Counts what a contender's fleet does, in memory that does not grow with it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use mock_sts::clock::nanos;
use reports::{CallEnd, Histogram, Timeline, Waits};

use super::log::{Event, Logged};
use super::story::Story;
use super::tale::Tale;
use super::waterfall::Waterfall;
use super::{Acquisition, Attempt, CallError, Cause, Digest, Failure, FailureTally, FirstFailure};
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
    progress: Option<Arc<Progress>>,
    tale: Option<Box<Tale>>,
}

/// Counters that a live view may read while the run goes on.
#[derive(Debug, Default)]
pub struct Progress {
    /// Jobs that started.
    pub started: AtomicU64,
    /// Jobs that succeeded.
    pub succeeded: AtomicU64,
    /// Jobs that failed.
    pub failed: AtomicU64,
}

impl Recorder {
    /// A recorder that also counts into `progress`.
    #[must_use]
    pub fn watched(progress: Arc<Progress>) -> Self {
        Self { progress: Some(progress), ..Self::default() }
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
            progress.started.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// A job's last tool has ended. It slept `slept_ns` in all; `waited` is the longest of its
    /// needs, and none where one of them was never met.
    pub fn job_ended(&mut self, now: Instant, job: u32, waited: Option<Duration>, slept_ns: u64) {
        self.tick(now);
        let succeeded = waited.is_some();
        self.digest.add(now, u64::from(job), 10 + u64::from(succeeded));
        if let Some(tale) = &mut self.tale {
            tale.job_ended(now, job, succeeded);
        }
        self.log(now, ToolId { job, tool: 0 }, Event::JobEnded { succeeded });
        let progress = self.progress.as_deref();
        if let Some(waited) = waited {
            self.jobs_succeeded += 1;
            self.waits.add_jobs(1, nanos(waited) / 1_000);
            progress.map(|progress| progress.succeeded.fetch_add(1, Ordering::Relaxed));
        } else {
            self.jobs_failed += 1;
            self.wasted_ns += slept_ns;
            progress.map(|progress| progress.failed.fetch_add(1, Ordering::Relaxed));
        }
    }

    /// A call leaves for STS.
    pub fn call_sent(&mut self, now: Instant) {
        self.tick(now);
        self.calls += 1;
    }

    /// A call has ended with credentials.
    pub fn granted(&mut self, attempt: &Attempt) {
        self.answered(attempt, CallEnd::Granted);
        self.granted += 1;
        self.digest.add(attempt.answered, attempt.key, 1);
        if let Some(tale) = &mut self.tale {
            tale.answered(attempt, "credentials");
        }
        self.log(attempt.answered, attempt.tool, Event::Granted);
    }

    /// A call has ended badly; says as what it was counted.
    pub fn failed(&mut self, attempt: &Attempt, error: &CallError) -> Cause {
        self.answered(attempt, error.failure.end());
        self.digest.add(attempt.answered, attempt.key, error.failure.number());
        self.log(attempt.answered, attempt.tool, Event::Failed(error.failure));
        let message = error.message();
        self.story.call_failed(attempt, error.failure, message);
        if let Some(tale) = &mut self.tale {
            tale.answered(attempt, &format!("{}: {message}", error.failure));
        }
        self.errors.count(attempt.answered, error.failure, message)
    }

    fn answered(&mut self, attempt: &Attempt, how: CallEnd) {
        self.tick(attempt.answered);
        self.timeline.call_sent(attempt.sent.as_nanos(), attempt.number);
        self.timeline.call_ended(attempt.answered.as_nanos(), how);
        self.waterfall.call(attempt, how == CallEnd::Granted);
        self.attempts += 1;
        let index = (attempt.number as usize - 1).min(NUMBERED - 1);
        if self.attempts_by_number.len() <= index {
            self.attempts_by_number.resize(index + 1, 0);
        }
        self.attempts_by_number[index] += 1;
        self.service_time.record_ns(nanos(attempt.answered.since(attempt.sent)));
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
        self.waterfall.sleep(now, tool.job, wait);
        self.story.sleeps(now, tool, wait, last);
        if let Some(tale) = &mut self.tale {
            tale.sleeps(now, tool, wait, last);
        }
    }

    /// A need for credentials arises.
    pub fn needed(&mut self) {
        self.acquisitions += 1;
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
        let took_ns = nanos(acquisition.ended.since(acquisition.intended));
        if let Some(first_call) = acquisition.first_call {
            self.time_to_first_call.record_ns(nanos(first_call.since(acquisition.intended)));
        }
        let event = acquisition.failure.map_or(2, |failure| 1000 + failure.number());
        self.digest.add(acquisition.ended, acquisition.key, event);
        let event = acquisition.failure.map_or(Event::Acquired, Event::GaveUp);
        self.log(acquisition.ended, acquisition.tool, event);
        match acquisition.failure {
            None => {
                self.acquisitions_succeeded += 1;
                self.time_to_credentials.record_ns(took_ns);
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

    /// Adds another record: another thread's, or another seed's.
    pub fn add(&mut self, other: &Self) {
        self.jobs_started += other.jobs_started;
        self.jobs_succeeded += other.jobs_succeeded;
        self.jobs_failed += other.jobs_failed;
        self.waits.add(&other.waits);
        self.acquisitions += other.acquisitions;
        self.acquisitions_succeeded += other.acquisitions_succeeded;
        self.skipped_tools += other.skipped_tools;
        self.calls += other.calls;
        self.attempts += other.attempts;
        self.granted += other.granted;
        let numbered = self.attempts_by_number.len().max(other.attempts_by_number.len());
        self.attempts_by_number.resize(numbered, 0);
        for (sum, addend) in self.attempts_by_number.iter_mut().zip(&other.attempts_by_number) {
            *sum += addend;
        }
        self.tokens_fetched += other.tokens_fetched;
        self.errors.add(&other.errors);
        self.failures.add(&other.failures);
        self.time_to_credentials.merge(&other.time_to_credentials);
        self.time_to_failure.merge(&other.time_to_failure);
        self.time_to_first_call.merge(&other.time_to_first_call);
        self.service_time.merge(&other.service_time);
        self.lateness.merge(&other.lateness);
        self.slept_ns += other.slept_ns;
        self.wasted_ns += other.wasted_ns;
        self.clock_reversals += other.clock_reversals;
        self.digest.absorb(other.digest);
        self.timeline.merge(&other.timeline);
        self.waterfall.add(&other.waterfall);
        self.story.add(&other.story);
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
