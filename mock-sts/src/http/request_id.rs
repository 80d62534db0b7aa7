//! The `RequestId` of every answer.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::dice::{Dice, Purpose};
use crate::idp::uuid_shaped;

/// Hands out request ids: the nth of a seed is always the same.
#[derive(Debug)]
pub(crate) struct RequestIds {
    seed: u64,
    handed_out: AtomicU64,
}

impl RequestIds {
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed, handed_out: AtomicU64::new(0) }
    }

    /// The next id, shaped like a version 4 UUID.
    pub(crate) fn next(&self) -> String {
        let count = self.handed_out.fetch_add(1, Ordering::Relaxed);
        let mut dice = Dice::keyed(self.seed, count, Purpose::RequestId);
        let bits = (u128::from(dice.bits()) << 64) | u128::from(dice.bits());
        uuid_shaped(bits.to_be_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_repeat_with_the_seed_and_never_within_it() {
        let (one, again, other) = (RequestIds::new(1), RequestIds::new(1), RequestIds::new(2));
        let first = one.next();
        assert_eq!(first.len(), 36);
        assert_eq!(first, again.next());
        assert_ne!(first, other.next());
        assert_ne!(first, one.next());
    }
}
