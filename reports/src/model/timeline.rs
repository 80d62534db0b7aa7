//! The herd over time, in bounded memory however long the run: bins whose width doubles when
//! there would be too many.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::bins::Bins;

/// The width that bins begin with, in nanoseconds: 100 ms.
const FIRST_BIN_NS: u64 = 100_000_000;

/// The most bins there are.
const MOST_BINS: usize = 600;

/// What left for STS and what came back, bin by bin from the beginning of the run.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, PartialEq, Eq)]
pub struct Timeline {
    /// The width of a bin; the same for all.
    pub bin_ns: u64,
    /// From the beginning of the run; bins after the last event are left out.
    pub bins: Vec<Bin>,
}

/// One stretch of time.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bin {
    /// Calls sent, by their number within their acquisition: the first, the second, the third,
    /// and all later ones.
    pub sent: [u32; 4],
    /// Answers with credentials.
    pub granted: u32,
    /// Answers that a limit refused.
    pub throttled: u32,
    /// Answers that STS refused for another reason.
    pub refused: u32,
    /// Calls that were not answered.
    pub lost: u32,
}

/// How a call ended, as far as a timeline tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallEnd {
    /// With credentials.
    Granted,
    /// Refused by a limit.
    Throttled,
    /// Refused for another reason.
    Refused,
    /// Not answered.
    Lost,
}

impl Default for Timeline {
    fn default() -> Timeline {
        Timeline { bin_ns: FIRST_BIN_NS, bins: Vec::new() }
    }
}

impl Timeline {
    /// A call leaves, the `number`th of its acquisition, from 1.
    pub fn call_sent(&mut self, at_ns: u64, number: u32) {
        let class = (number.max(1) as usize - 1).min(3);
        let bin = self.bin_at(at_ns);
        bin.sent[class] = bin.sent[class].saturating_add(1);
    }

    /// A call ends.
    pub fn call_ended(&mut self, at_ns: u64, how: CallEnd) {
        let bin = self.bin_at(at_ns);
        let count = match how {
            CallEnd::Granted => &mut bin.granted,
            CallEnd::Throttled => &mut bin.throttled,
            CallEnd::Refused => &mut bin.refused,
            CallEnd::Lost => &mut bin.lost,
        };
        *count = count.saturating_add(1);
    }

    /// Adds another run's, both from their own beginning.
    pub fn merge(&mut self, other: &Timeline) {
        if other.bin_ns == 0 || other.bins.is_empty() {
            return;
        }
        let other = self.in_step(other);
        if self.bins.len() < other.bins.len() {
            self.bins.resize(other.bins.len(), Bin::default());
        }
        for (sum, addend) in self.bins.iter_mut().zip(&other.bins) {
            sum.add(addend);
        }
    }

    fn bin_at(&mut self, at_ns: u64) -> &mut Bin {
        let mut index = self.index(at_ns);
        while index >= MOST_BINS {
            self.coarsen();
            index = self.index(at_ns);
        }
        if self.bins.len() <= index {
            self.bins.resize(index + 1, Bin::default());
        }
        &mut self.bins[index]
    }

    /// Twice for each call of a fleet, so without a division by a number that is not known
    /// beforehand: bins are as wide as the first, doubled so and so often.
    fn index(&self, at_ns: u64) -> usize {
        let doublings = (self.bin_ns / FIRST_BIN_NS).trailing_zeros();
        (at_ns / FIRST_BIN_NS).checked_shr(doublings).unwrap_or(0) as usize
    }
}

impl Bins for Timeline {
    fn bin_ns(&self) -> u64 {
        self.bin_ns
    }

    fn coarsen(&mut self) {
        self.bin_ns = self.bin_ns.max(1).saturating_mul(2);
        let pair = |pair: &[Bin]| {
            let mut sum = pair[0];
            pair.iter().skip(1).for_each(|second| sum.add(second));
            sum
        };
        self.bins = self.bins.chunks(2).map(pair).collect();
    }
}

impl Bin {
    fn add(&mut self, other: &Bin) {
        for (sum, addend) in self.sent.iter_mut().zip(other.sent) {
            *sum = sum.saturating_add(addend);
        }
        self.granted = self.granted.saturating_add(other.granted);
        self.throttled = self.throttled.saturating_add(other.throttled);
        self.refused = self.refused.saturating_add(other.refused);
        self.lost = self.lost.saturating_add(other.lost);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_double_and_lose_nothing() {
        let mut timeline = Timeline::default();
        for second in 0..10_000_u64 {
            timeline.call_sent(second * 1_000_000_000, 1 + (second % 5) as u32);
            timeline.call_ended(second * 1_000_000_000, CallEnd::Granted);
        }
        assert!(timeline.bins.len() <= MOST_BINS);
        let sent: u32 = timeline.bins.iter().flat_map(|bin| bin.sent).sum();
        let granted: u32 = timeline.bins.iter().map(|bin| bin.granted).sum();
        assert_eq!((sent, granted), (10_000, 10_000));
        let later: u32 = timeline.bins.iter().map(|bin| bin.sent[3]).sum();
        assert_eq!(later, 4_000);
    }

    #[test]
    fn merging_is_the_same_whoever_is_coarser() {
        let at = |seconds: &[u64]| {
            let mut timeline = Timeline::default();
            seconds.iter().for_each(|s| timeline.call_sent(s * 1_000_000_000, 1));
            timeline
        };
        let (short, long) = (at(&[0, 1, 2]), at(&[0, 500]));
        let (mut one, mut other) = (short.clone(), long.clone());
        one.merge(&long);
        other.merge(&short);
        assert_eq!(one, other);
        assert_eq!(one.bins.iter().flat_map(|bin| bin.sent).sum::<u32>(), 5);
        one.merge(&Timeline::default());
        assert_eq!(one, other);
    }

    #[test]
    fn a_file_that_claims_no_width_harms_nobody() {
        let mut odd = Timeline { bin_ns: 0, bins: vec![Bin::default(); 3] };
        odd.call_sent(u64::MAX, 1);
        assert!(odd.bins.len() <= MOST_BINS + 1);
    }
}
