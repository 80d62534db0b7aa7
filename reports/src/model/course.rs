//! The service over time: what its limit had left, and when keys were fetched.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::bins::Bins;

/// Bin by bin from the beginning of the run; over several seeds, the sum of all fetches and the
/// least that was left in any run.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, Default, PartialEq, Eq)]
pub struct Course {
    /// The width of a bin; the same for all.
    pub bin_ns: u64,
    /// Fetches of verification keys that were sent.
    pub key_fetches: Vec<u32>,
    /// The least that the service's first limit had left for the account, or for the first whom it
    /// knows apart; none where nobody asked it.
    pub least_left: Vec<Option<u32>>,
    /// What that limit can hold; none where there is no limit, or one that holds nothing.
    pub holds: Option<u64>,
}

impl Course {
    /// Adds another run's, both from their own beginning.
    pub fn merge(&mut self, other: &Self) {
        if other.bin_ns == 0 {
            return;
        }
        if self.bin_ns == 0 {
            *self = other.clone();
            return;
        }
        let other = self.in_step(other);
        let bins = self.key_fetches.len().max(other.key_fetches.len());
        self.key_fetches.resize(bins, 0);
        for (sum, addend) in self.key_fetches.iter_mut().zip(&other.key_fetches) {
            *sum = sum.saturating_add(*addend);
        }
        let bins = self.least_left.len().max(other.least_left.len());
        self.least_left.resize(bins, None);
        for (sum, addend) in self.least_left.iter_mut().zip(&other.least_left) {
            *sum = least(*sum, *addend);
        }
    }
}

impl Bins for Course {
    fn bin_ns(&self) -> u64 {
        self.bin_ns
    }

    fn coarsen(&mut self) {
        self.bin_ns = self.bin_ns.max(1).saturating_mul(2);
        let sum = |pair: &[u32]| pair.iter().fold(0_u32, |sum, more| sum.saturating_add(*more));
        self.key_fetches = self.key_fetches.chunks(2).map(sum).collect();
        let both = |pair: &[Option<u32>]| pair.iter().fold(None, |one, other| least(one, *other));
        self.least_left = self.least_left.chunks(2).map(both).collect();
    }
}

fn least(one: Option<u32>, other: Option<u32>) -> Option<u32> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn merging_is_the_same_whoever_is_coarser() {
        let fine = Course {
            bin_ns: 100,
            key_fetches: vec![1, 0, 2],
            least_left: vec![Some(9), Some(4), None],
            holds: Some(10),
        };
        let coarse = Course {
            bin_ns: 200,
            key_fetches: vec![5],
            least_left: vec![Some(6)],
            holds: Some(10),
        };
        let (mut one, mut other) = (fine.clone(), coarse.clone());
        one.merge(&coarse);
        other.merge(&fine);
        assert_eq!(one, other);
        assert_eq!((one.key_fetches, one.least_left), (vec![6, 2], vec![Some(4), None]));
        let mut nothing = Course::default();
        nothing.merge(&fine);
        assert_eq!(nothing, fine);
        nothing.merge(&Course::default());
        assert_eq!(nothing, fine);
    }
}
