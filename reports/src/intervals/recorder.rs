//! Recording by interval: a time is noted at once, and counted with many others.

use super::{Intervals, key, merged, sum_alike, widened};
use crate::histogram::whole_us;

/// Times that are noted before they are counted, at the least.
const NOTED_MIN: usize = 4_096;

/// What is recorded into; its size does not depend on how many times there are.
#[derive(Clone, Debug, Default)]
pub struct IntervalRecorder {
    counted: Intervals,
    /// Keys of times that are not counted yet: counting one by one would search for each.
    noted: Vec<u64>,
}

impl IntervalRecorder {
    /// Records one time that was known at that moment of the run, both in nanoseconds; rounded as
    /// [`Histogram::record_ns`](crate::Histogram::record_ns) does.
    #[inline]
    pub fn record(&mut self, at_ns: u64, time_ns: u64) {
        let index = self.index(at_ns);
        self.noted.push(key(index, whole_us(time_ns)));
        self.count_when_many();
    }

    /// Adds another's: another thread's, or another run's, both from their own beginning.
    pub fn add(&mut self, other: &IntervalRecorder) {
        self.widen_to(other.counted.doublings);
        self.counted.merge(&other.counted);
        let by = self.counted.doublings - other.counted.doublings;
        self.noted.extend(other.noted.iter().map(|key| widened(*key, by)));
        self.count_when_many();
    }

    /// What was recorded.
    pub fn intervals(&self) -> Intervals {
        let mut all = self.clone();
        all.count();
        all.counted
    }

    fn index(&mut self, at_ns: u64) -> u64 {
        let before = self.counted.doublings;
        let index = self.counted.index(at_ns);
        self.widen_noted(before);
        index
    }

    fn widen_to(&mut self, doublings: u32) {
        let before = self.counted.doublings;
        self.counted.widen_to(doublings);
        self.widen_noted(before);
    }

    /// What is noted follows what is counted, whose intervals had been doubled so often before.
    fn widen_noted(&mut self, before: u32) {
        let by = self.counted.doublings - before;
        if by > 0 {
            self.noted.iter_mut().for_each(|key| *key = widened(*key, by));
        }
    }

    /// As many as there are counts, so that each takes part in few merges.
    fn count_when_many(&mut self) {
        if self.noted.len() >= NOTED_MIN.max(self.counted.counts.len()) {
            self.count();
        }
    }

    fn count(&mut self) {
        let mut new: Vec<(u64, u64)> = self.noted.drain(..).map(|key| (key, 1)).collect();
        sum_alike(&mut new);
        self.counted.counts = merged(&self.counted.counts, &new);
    }
}

impl From<Intervals> for IntervalRecorder {
    fn from(counted: Intervals) -> IntervalRecorder {
        IntervalRecorder { counted, noted: Vec::new() }
    }
}
