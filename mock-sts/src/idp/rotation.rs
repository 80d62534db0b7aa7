//! When a provider changes its key.

use std::time::Duration;

use crate::clock::{Instant, nanos};

/// A new key every so often; the old one stays in the key set for a while.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rotation {
    /// How long a key signs; at least a second, whole seconds.
    pub every: Duration,
    /// How long the key set keeps a key after its last signature; at most
    /// `every`.
    pub overlap: Duration,
}

impl Rotation {
    /// The number of the key that signs at `now`, from 0.
    #[must_use]
    pub fn period(&self, now: Instant) -> u64 {
        now.as_nanos() / nanos(self.every).max(1)
    }

    /// Whether the key of this number is in the key set at `now`.
    #[must_use]
    pub fn publishes(&self, period: u64, now: Instant) -> bool {
        let current = self.period(now);
        let since = now.as_nanos() - current * nanos(self.every);
        period == current || (period + 1 == current && since < nanos(self.overlap))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_published_while_it_signs_and_for_the_overlap() {
        let rotation =
            Rotation { every: Duration::from_secs(60), overlap: Duration::from_secs(10) };
        let at = |seconds| Instant::ZERO + Duration::from_millis(seconds);
        assert_eq!([0, 59_999, 60_000].map(|ms| rotation.period(at(ms))), [0, 0, 1]);
        let first = [0, 59_999, 60_000, 69_999, 70_000].map(|ms| rotation.publishes(0, at(ms)));
        assert_eq!(first, [true, true, true, true, false]);
        assert!(!rotation.publishes(1, at(59_999)), "no key is published before it signs");
    }
}
