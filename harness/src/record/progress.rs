//! Counters that may be read while a run goes on: no lock, and nothing that a recorder waits for.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use reports::CallEnd;

use super::Failure;
use crate::world::Instant;

/// The last failures that are kept.
const LATEST: usize = 8;

/// What a bucket has left, and what it holds when it is full.
type Gauge = Box<dyn Fn() -> Option<(u64, u64)> + Send + Sync>;

/// What one contender has done so far.
#[derive(Default)]
pub struct Progress {
    /// Jobs that started.
    pub started: AtomicU64,
    /// Jobs that succeeded.
    pub succeeded: AtomicU64,
    /// Jobs that failed.
    pub failed: AtomicU64,
    /// Calls that left for STS.
    pub sent: AtomicU64,
    /// Calls that ended: granted, throttled, refused otherwise, lost.
    pub ended: [AtomicU64; 4],
    /// Nanoseconds slept between and after attempts.
    pub slept_ns: AtomicU64,
    /// Of those, the ones slept by jobs that failed all the same.
    pub wasted_ns: AtomicU64,
    failures: AtomicU64,
    /// The last failures, the `n`th at `n` modulo their number: milliseconds and the failure.
    latest: [AtomicU64; LATEST],
    /// Set and looked at by those who run and watch, never by those who record.
    gauge: Mutex<Option<Gauge>>,
}

/// So much of a failure's number is kept beside its time.
const NUMBER_BITS: u32 = 20;

impl Progress {
    /// Calls that have ended.
    #[must_use]
    pub fn attempts(&self) -> u64 {
        self.ended.iter().map(|count| count.load(Ordering::Relaxed)).sum()
    }

    /// The last failures, the latest first, each kind once, with when it was last seen in
    /// milliseconds of the run.
    #[must_use]
    pub fn latest_failures(&self) -> Vec<(Failure, u64)> {
        let count = self.failures.load(Ordering::Relaxed);
        let mut found: Vec<(Failure, u64)> = Vec::new();
        for nth in (count.saturating_sub(LATEST as u64)..count).rev() {
            let packed = self.latest[nth as usize % LATEST].load(Ordering::Relaxed);
            let number = packed & ((1 << NUMBER_BITS) - 1);
            let Some(failure) = Failure::from_number(number) else { continue };
            if !found.iter().any(|(known, _)| *known == failure) {
                found.push((failure, packed >> NUMBER_BITS));
            }
        }
        found
    }

    /// Says how to look at the bucket that the contender's calls go through from now on.
    pub fn gauged_by(&self, gauge: Gauge) {
        *self.gauge.lock().unwrap_or_else(PoisonError::into_inner) = Some(gauge);
    }

    /// What the bucket has left and what it can hold, where somebody can look.
    #[must_use]
    pub fn bucket(&self) -> Option<(u64, u64)> {
        let gauge = self.gauge.lock().unwrap_or_else(PoisonError::into_inner);
        gauge.as_ref().and_then(|look| look())
    }

    fn failed_with(&self, packed: u64) {
        let nth = self.failures.fetch_add(1, Ordering::Relaxed) as usize;
        self.latest[nth % LATEST].store(packed, Ordering::Relaxed);
    }
}

impl std::fmt::Debug for Progress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Progress").field("started", &self.started).finish_non_exhaustive()
    }
}

/// A recorder's way to its progress: calls are told in batches, so that threads seldom meet.
#[derive(Clone, Debug)]
pub(super) struct Watched {
    progress: Arc<Progress>,
    /// Calls that are told at once.
    batch: u64,
    sent: u64,
    ended: [u64; 4],
    /// The last failure since, packed; 0 when there was none.
    failure: u64,
}

impl Watched {
    pub(super) fn new(progress: Arc<Progress>, batch: u64) -> Self {
        Self { progress, batch, sent: 0, ended: [0; 4], failure: 0 }
    }

    pub(super) fn job_started(&self) {
        self.progress.started.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn job_ended(&mut self, succeeded: bool, slept_ns: u64) {
        self.tell();
        let progress = &self.progress;
        let counter = if succeeded { &progress.succeeded } else { &progress.failed };
        counter.fetch_add(1, Ordering::Relaxed);
        if slept_ns > 0 {
            progress.slept_ns.fetch_add(slept_ns, Ordering::Relaxed);
            if !succeeded {
                progress.wasted_ns.fetch_add(slept_ns, Ordering::Relaxed);
            }
        }
    }

    pub(super) fn call_sent(&mut self) {
        self.sent += 1;
        if self.sent >= self.batch {
            self.tell();
        }
    }

    pub(super) fn call_ended(&mut self, how: CallEnd) {
        self.ended[how as usize] += 1;
        if self.batch == 1 {
            self.tell();
        }
    }

    pub(super) fn failed(&mut self, at: Instant, failure: Failure) {
        self.failure = (at.as_nanos() / 1_000_000) << NUMBER_BITS | failure.number();
        if self.batch == 1 {
            self.tell();
        }
    }

    /// Tells what is not told yet.
    pub(super) fn tell(&mut self) {
        let progress = &self.progress;
        if self.sent > 0 {
            progress.sent.fetch_add(std::mem::take(&mut self.sent), Ordering::Relaxed);
        }
        for (count, told) in self.ended.iter_mut().zip(&progress.ended) {
            if *count > 0 {
                told.fetch_add(std::mem::take(count), Ordering::Relaxed);
            }
        }
        if self.failure > 0 {
            progress.failed_with(std::mem::take(&mut self.failure));
        }
    }
}

#[cfg(test)]
mod tests {
    use mock_sts::error_code::ErrorCode;

    use super::*;

    #[test]
    fn the_last_failures_are_told_once_each_and_the_latest_first() {
        let progress = Arc::new(Progress::default());
        let mut watched = Watched::new(Arc::clone(&progress), 1);
        let throttled = Failure::Refused(ErrorCode::Throttling);
        for (ms, failure) in [(5, throttled), (7, Failure::Timeout), (9, throttled)] {
            watched.failed(Instant::from_nanos(ms * 1_000_000), failure);
        }
        assert_eq!(progress.latest_failures(), [(throttled, 9), (Failure::Timeout, 7)]);
    }

    #[test]
    fn batches_are_whole_when_a_job_ends() {
        let progress = Arc::new(Progress::default());
        let mut watched = Watched::new(Arc::clone(&progress), 64);
        for _ in 0..3 {
            watched.call_sent();
            watched.call_ended(CallEnd::Granted);
        }
        assert_eq!(progress.attempts(), 0);
        watched.job_ended(true, 5);
        let sent = progress.sent.load(Ordering::Relaxed);
        assert_eq!((sent, progress.attempts()), (3, 3));
    }
}
