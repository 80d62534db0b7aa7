//! What a live view shows, taken from the counters a few times a second.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use reports::Proportion;
use serde::Serialize;

use crate::record::Progress;

/// Between two looks.
pub(super) const EVERY: Duration = Duration::from_millis(100);
/// Looks in a cell of the herd's strip: half a second.
const LOOKS_PER_CELL: u64 = 5;
/// Cells of the strip: half a minute.
const CELLS: usize = 60;
/// Looks that a rate is meant over: a second.
const LOOKS_PER_RATE: usize = 10;

/// A moment of a run.
#[derive(Serialize, Debug)]
pub(super) struct View {
    /// Since the view began, in milliseconds.
    pub(super) elapsed_ms: u64,
    /// Whether the run is over.
    pub(super) done: bool,
    pub(super) contenders: Vec<One>,
}

/// A contender at that moment.
#[derive(Serialize, Debug)]
pub(super) struct One {
    pub(super) name: String,
    /// All that there are to be.
    pub(super) jobs: u64,
    pub(super) started: u64,
    pub(super) succeeded: u64,
    pub(super) failed: u64,
    /// Of the jobs that have ended; none before the first.
    pub(super) success: Option<Success>,
    /// Calls that left for STS.
    pub(super) sent: u64,
    /// In the last second.
    pub(super) calls_per_s: u64,
    pub(super) granted: u64,
    pub(super) throttled: u64,
    pub(super) refused: u64,
    pub(super) lost: u64,
    /// Calls in each half second, the last one still growing.
    pub(super) herd: Vec<u64>,
    /// What the limit has left, and what it holds when full.
    pub(super) bucket: Option<Bucket>,
    /// The latest first, each kind once.
    pub(super) last_errors: Vec<LastError>,
}

/// A share with its 95 % interval (Wilson), in percent.
#[derive(Serialize, Clone, Copy, Debug)]
pub(super) struct Success {
    pub(super) percent: f64,
    pub(super) low: f64,
    pub(super) high: f64,
}

#[derive(Serialize, Clone, Copy, Debug)]
pub(super) struct Bucket {
    pub(super) left: u64,
    pub(super) of: u64,
}

#[derive(Serialize, Clone, Debug)]
pub(super) struct LastError {
    pub(super) code: &'static str,
    /// On the run's clock.
    pub(super) at_ms: u64,
}

/// Looks at the counters of all contenders.
pub(super) struct Sampler {
    contenders: Vec<(String, u64, Arc<Progress>, Trail)>,
    looks: u64,
}

/// The recent past of one contender.
#[derive(Default)]
struct Trail {
    sent: u64,
    /// Calls between the last looks.
    recent: VecDeque<u64>,
    cells: VecDeque<u64>,
}

impl Trail {
    fn goes_on(&mut self, sent: u64, begins_cell: bool) {
        let new = sent.saturating_sub(self.sent);
        self.sent = sent;
        self.recent.push_back(new);
        if self.recent.len() > LOOKS_PER_RATE {
            self.recent.pop_front();
        }
        if begins_cell {
            self.cells.push_back(0);
        }
        if self.cells.len() > CELLS {
            self.cells.pop_front();
        }
        if let Some(cell) = self.cells.back_mut() {
            *cell += new;
        }
    }
}

impl Sampler {
    /// Of these names, all their jobs, and their counters.
    pub(super) fn new(contenders: impl Iterator<Item = (String, u64, Arc<Progress>)>) -> Self {
        let contenders = contenders.map(|(name, jobs, of)| (name, jobs, of, Trail::default()));
        Self { contenders: contenders.collect(), looks: 0 }
    }

    pub(super) fn look(&mut self, done: bool) -> View {
        let begins_cell = self.looks.is_multiple_of(LOOKS_PER_CELL);
        let elapsed_ms = self.looks * EVERY.as_millis() as u64;
        self.looks += 1;
        let contenders = self.contenders.iter_mut().map(|(name, jobs, progress, trail)| {
            trail.goes_on(count(&progress.sent), begins_cell);
            one(name, *jobs, progress, trail)
        });
        View { elapsed_ms, done, contenders: contenders.collect() }
    }
}

fn count(counter: &AtomicU64) -> u64 {
    counter.load(Ordering::Relaxed)
}

fn one(name: &str, jobs: u64, progress: &Progress, trail: &Trail) -> One {
    let (succeeded, failed) = (count(&progress.succeeded), count(&progress.failed));
    let ended = Proportion::new(succeeded, succeeded + failed);
    let success = ended.rate().zip(ended.interval()).map(|(rate, interval)| Success {
        percent: 100.0 * rate,
        low: 100.0 * interval.low,
        high: 100.0 * interval.high,
    });
    let [granted, throttled, refused, lost] = progress.ended.each_ref().map(count);
    let errors = progress.latest_failures().into_iter();
    One {
        name: name.into(),
        jobs,
        started: count(&progress.started),
        succeeded,
        failed,
        success,
        sent: trail.sent,
        calls_per_s: trail.recent.iter().sum(),
        granted,
        throttled,
        refused,
        lost,
        herd: trail.cells.iter().copied().collect(),
        bucket: progress.bucket().map(|(left, of)| Bucket { left, of }),
        last_errors: errors
            .map(|(failure, at_ms)| LastError { code: failure.name(), at_ms })
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_and_strips_are_differences_of_what_was_sent() {
        let progress = Arc::new(Progress::default());
        let mut sampler = Sampler::new([("naive".into(), 4, Arc::clone(&progress))].into_iter());
        for _ in 0..12 {
            progress.sent.fetch_add(2, Ordering::Relaxed);
            sampler.look(false);
        }
        progress.succeeded.fetch_add(3, Ordering::Relaxed);
        progress.failed.fetch_add(1, Ordering::Relaxed);
        let view = sampler.look(true);
        let naive = &view.contenders[0];
        assert_eq!((view.elapsed_ms, view.done), (1_200, true));
        assert_eq!((naive.sent, naive.calls_per_s), (24, 18));
        assert_eq!(naive.herd, [10, 10, 4]);
        let success = naive.success.expect("four have ended");
        assert!(success.low < 75.0 && success.percent == 75.0 && success.high > 75.0);
        assert!(naive.bucket.is_none() && naive.last_errors.is_empty());
    }
}
