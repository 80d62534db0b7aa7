//! The service over time, in memory that does not grow with it.

use crate::clock::Instant;

/// The width that bins begin with: 100 ms.
const FIRST_BIN_NS: u64 = 100_000_000;
/// More bins than these are joined by twos.
const MOST_BINS: usize = 600;

/// What the first limit had left and which keys were fetched, bin by bin since the run began.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Course {
    /// How often the bins were joined.
    doublings: u32,
    bins: Vec<Moment>,
}

/// One bin of a [`Course`].
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Moment {
    /// Fetches of verification keys that were sent.
    pub key_fetches: u32,
    /// The least that the first limit had left for whom it knew first, the account or the first
    /// role; none where nobody asked it.
    pub least_left: Option<u32>,
}

impl Course {
    /// The width of a bin, in nanoseconds.
    #[must_use]
    pub fn bin_ns(&self) -> u64 {
        FIRST_BIN_NS.saturating_mul(1_u64.checked_shl(self.doublings).unwrap_or(u64::MAX))
    }

    /// The bins, as far as anything happened.
    #[must_use]
    pub fn bins(&self) -> &[Moment] {
        &self.bins
    }

    pub(super) fn fetched(&mut self, now: Instant, fetches: u64) {
        if fetches > 0 {
            let more = u32::try_from(fetches).unwrap_or(u32::MAX);
            self.add(now, Moment { key_fetches: more, least_left: None });
        }
    }

    pub(super) fn left(&mut self, now: Instant, left: u64) {
        let left = u32::try_from(left).unwrap_or(u32::MAX);
        self.add(now, Moment { key_fetches: 0, least_left: Some(left) });
    }

    /// Adds another run's, both from their own beginning.
    pub(super) fn merge(&mut self, other: &Self) {
        let mut other = other.clone();
        while self.doublings < other.doublings {
            self.coarsen();
        }
        while other.doublings < self.doublings {
            other.coarsen();
        }
        self.bins.resize(self.bins.len().max(other.bins.len()), Moment::default());
        for (sum, addend) in self.bins.iter_mut().zip(&other.bins) {
            sum.add(*addend);
        }
    }

    fn add(&mut self, now: Instant, what: Moment) {
        let mut index = self.index(now);
        while index >= MOST_BINS {
            self.coarsen();
            index = self.index(now);
        }
        if self.bins.len() <= index {
            self.bins.resize(index + 1, Moment::default());
        }
        self.bins[index].add(what);
    }

    fn index(&self, now: Instant) -> usize {
        (now.as_nanos() / FIRST_BIN_NS).checked_shr(self.doublings).unwrap_or(0) as usize
    }

    fn coarsen(&mut self) {
        let joined = self.bins.chunks(2).map(|pair| {
            let mut sum = pair[0];
            pair.iter().skip(1).for_each(|second| sum.add(*second));
            sum
        });
        self.bins = joined.collect();
        self.doublings += 1;
    }
}

impl Moment {
    fn add(&mut self, other: Self) {
        self.key_fetches = self.key_fetches.saturating_add(other.key_fetches);
        self.least_left = match (self.least_left, other.least_left) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn second(second: u64) -> Instant {
        Instant::ZERO + Duration::from_secs(second)
    }

    #[test]
    fn bins_double_and_keep_the_least_and_the_sum() {
        let mut course = Course::default();
        for at in 0..10_000 {
            course.fetched(second(at), 2);
            course.left(second(at), 10_000 - at);
        }
        assert!(course.bins().len() <= MOST_BINS, "{}", course.bins().len());
        assert_eq!(course.bin_ns(), 25_600_000_000, "100 ms, doubled eight times");
        assert_eq!(course.bins().iter().map(|bin| bin.key_fetches).sum::<u32>(), 20_000);
        let first_lasts = course.bin_ns() / 1_000_000_000;
        assert_eq!(u64::from(course.bins()[0].least_left.unwrap()), 10_000 - first_lasts);
        assert_eq!(course.bins().last().unwrap().least_left, Some(1));
    }

    #[test]
    fn merging_is_the_same_whoever_is_coarser() {
        let (mut short, mut long) = (Course::default(), Course::default());
        short.left(second(1), 5);
        short.fetched(second(2), 0);
        long.left(second(1), 3);
        long.fetched(second(500), 1);
        let (mut one, mut other) = (short.clone(), long.clone());
        one.merge(&long);
        other.merge(&short);
        assert_eq!(one, other);
        let least = one.bins().iter().filter_map(|bin| bin.least_left).min();
        assert_eq!((least, one.bins().len() <= MOST_BINS), (Some(3), true));
    }
}
