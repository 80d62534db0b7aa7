//! Times by the stretch of the run in which they were known, in bounded memory however long the
//! run: stretches whose width doubles when there would be too many.

mod encoding;
mod recorder;

use hdrhistogram::Histogram as Hdr;

use crate::Histogram;
use crate::histogram::{LARGEST_US, SUB_BUCKETS};

pub use recorder::IntervalRecorder;

/// The width that intervals begin with, in nanoseconds: a second.
const FIRST_WIDTH_NS: u64 = 1_000_000_000;

/// The most intervals there are.
const MOST: u64 = 60;

/// Where a count's interval begins in its key; below is the time, which a day leaves room for.
const INTERVAL_SHIFT: u32 = 40;

const TIME_MASK: u64 = (1 << INTERVAL_SHIFT) - 1;

/// A histogram for each interval that has any times, as classes and counts: so its size is that of
/// what was recorded, not of the range.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Intervals {
    /// How often the width has doubled.
    doublings: u32,
    /// (interval and smallest microsecond of the class, count), ascending.
    counts: Vec<(u64, u64)>,
}

/// One interval as a histogram of its own.
pub(crate) struct Interval {
    pub(crate) from_ns: u64,
    pub(crate) times: Hdr<u64>,
}

impl Intervals {
    /// How long each is, in nanoseconds.
    pub fn width_ns(&self) -> u64 {
        FIRST_WIDTH_NS.saturating_mul(1_u64.checked_shl(self.doublings).unwrap_or(u64::MAX))
    }

    /// Adds another run's, both from their own beginning.
    pub fn merge(&mut self, other: &Intervals) {
        let mut other = other.clone();
        self.widen_to(other.doublings);
        other.widen_to(self.doublings);
        self.counts = merged(&self.counts, &other.counts);
    }

    /// Whether they are, taken together, the times of that histogram.
    pub fn add_up_to(&self, whole: &Histogram) -> bool {
        let mut together: Vec<(u64, u64)> =
            self.counts.iter().map(|(key, count)| (key & TIME_MASK, *count)).collect();
        sum_alike(&mut together);
        together.into_iter().eq(whole.recorded().map(|(us, count)| (class(us), count)))
    }

    /// Those that have times, in the order of their beginnings.
    pub(crate) fn histograms(&self) -> impl Iterator<Item = Interval> {
        let by_interval =
            |(a, _): &(u64, u64), (b, _): &(u64, u64)| a >> INTERVAL_SHIFT == b >> INTERVAL_SHIFT;
        let width_ns = self.width_ns();
        self.counts.chunk_by(by_interval).map(move |counts| {
            let mut times = Histogram::room_for_any();
            for (key, count) in counts {
                let recorded = times.record_n(key & TIME_MASK, *count);
                assert!(recorded.is_ok(), "a histogram that resizes itself has room for a day");
            }
            let index = counts.first().map_or(0, |(key, _)| key >> INTERVAL_SHIFT);
            Interval { from_ns: index.saturating_mul(width_ns), times }
        })
    }

    /// The interval of that moment; the width doubles until there is one.
    fn index(&mut self, at_ns: u64) -> u64 {
        loop {
            let index = (at_ns / FIRST_WIDTH_NS).checked_shr(self.doublings).unwrap_or(0);
            if index < MOST {
                return index;
            }
            self.widen_to(self.doublings + 1);
        }
    }

    fn widen_to(&mut self, doublings: u32) {
        let by = doublings.saturating_sub(self.doublings);
        if by > 0 {
            self.counts.iter_mut().for_each(|(key, _)| *key = widened(*key, by));
            sum_alike(&mut self.counts);
            self.doublings = doublings;
        }
    }
}

/// The key of a time in an interval.
fn key(index: u64, time_us: u64) -> u64 {
    index << INTERVAL_SHIFT | class(time_us)
}

/// The key of the same time where intervals are so many times twice as wide.
fn widened(key: u64, doublings: u32) -> u64 {
    let index = (key >> INTERVAL_SHIFT).checked_shr(doublings).unwrap_or(0);
    index << INTERVAL_SHIFT | key & TIME_MASK
}

/// The smallest microsecond of the class that HdrHistogram counts a time in.
fn class(time_us: u64) -> u64 {
    let time_us = time_us.clamp(1, LARGEST_US);
    // As many bits as a class is exact to; the others only say which class it is.
    let shift = (time_us.ilog2() + 1).saturating_sub(SUB_BUCKETS.ilog2());
    time_us >> shift << shift
}

/// Sorts by key and joins what has the same.
fn sum_alike(counts: &mut Vec<(u64, u64)>) {
    counts.sort_unstable_by_key(|(key, _)| *key);
    counts.dedup_by(|next, kept| {
        let alike = next.0 == kept.0;
        if alike {
            kept.1 = kept.1.saturating_add(next.1);
        }
        alike
    });
}

/// Two ascending lists of counts as one.
fn merged(a: &[(u64, u64)], b: &[(u64, u64)]) -> Vec<(u64, u64)> {
    let mut both = Vec::with_capacity(a.len() + b.len());
    let (mut a, mut b) = (a.iter().copied().peekable(), b.iter().copied().peekable());
    while let (Some(one), Some(other)) = (a.peek(), b.peek()) {
        let (from_a, from_b) = (one.0 <= other.0, other.0 <= one.0);
        let mut count = 0_u64;
        let key = one.0.min(other.0);
        for addend in [from_a.then(|| a.next()), from_b.then(|| b.next())] {
            count = count.saturating_add(addend.flatten().map_or(0, |(_, count)| count));
        }
        both.push((key, count));
    }
    both.extend(a.chain(b));
    both
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: u64 = 1_000_000_000;

    fn of(times: &[(u64, u64)]) -> Intervals {
        let mut recorder = IntervalRecorder::default();
        times.iter().for_each(|(at_ns, took_ns)| recorder.record(*at_ns, *took_ns));
        recorder.intervals()
    }

    fn told(intervals: &Intervals) -> Vec<(u64, u64, u64)> {
        let figures = |it: Interval| (it.from_ns / S, it.times.len(), it.times.max());
        intervals.histograms().map(figures).collect()
    }

    #[test]
    fn classes_are_those_of_hdrhistogram() {
        let all = (0..2_200).chain((0..37).flat_map(|bit| [(1 << bit) - 1, 1 << bit, 3 << bit]));
        for time_us in all {
            let mut histogram = Histogram::default();
            histogram.record_ns(time_us * 1_000);
            let counts = histogram.counts().expect("one record");
            let recorded = time_us.clamp(1, LARGEST_US);
            assert_eq!(class(time_us), counts.lowest_equivalent(recorded), "{time_us} µs");
        }
    }

    #[test]
    fn each_interval_holds_what_ended_in_it() {
        let intervals = of(&[(S / 2, 7_000), (S - 1, 9_000), (S, 5_000), (59 * S, 1_000)]);
        assert_eq!(told(&intervals), [(0, 2, 9), (1, 1, 5), (59, 1, 1)]);
        assert_eq!(intervals.width_ns(), S);
    }

    #[test]
    fn widths_double_and_nothing_is_lost() {
        let mut whole = Histogram::default();
        let times: Vec<_> = (0..100_000_u64).map(|i| (i * S / 10, 1_000 + i * 77_777)).collect();
        times.iter().for_each(|(_, took_ns)| whole.record_ns(*took_ns));
        let intervals = of(&times);
        // 10 000 s: 256 s is the first width of which 60 are enough.
        assert_eq!((intervals.width_ns(), told(&intervals).len()), (256 * S, 40));
        assert!(intervals.add_up_to(&whole));
        whole.record_ns(1_000);
        assert!(!intervals.add_up_to(&whole));
        assert_eq!(of(&[(u64::MAX, 1)]).histograms().count(), 1);
    }

    #[test]
    fn merging_is_recording_both_whoever_is_wider() {
        let (short, long) = ([(0, 5_000), (S, 6_000), (2 * S, 7_000)], [(S, 6_000), (500 * S, 1)]);
        let both = of(&[&short[..], &long[..]].concat());
        for (first, second) in [(&short[..], &long[..]), (&long[..], &short[..])] {
            let mut sum = of(first);
            sum.merge(&of(second));
            assert_eq!(sum, both);
            let mut recorder = IntervalRecorder::default();
            recorder.add(&IntervalRecorder::from(of(first)));
            second.iter().for_each(|(at_ns, took_ns)| recorder.record(*at_ns, *took_ns));
            assert_eq!(recorder.intervals(), both);
        }
        let mut same = both.clone();
        same.merge(&Intervals::default());
        assert_eq!(same, both);
    }
}
