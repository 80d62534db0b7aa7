//! Leases with a slow start: a service of the user's own that lets few call STS
//! at first and more with every success, and halves their number after a
//! failure (Jacobson, "Congestion Avoidance and Control", 1988).

use crate::world::Instant;

/// How many leases there are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LeaseConfig {
    /// At first; at least 1.
    pub start: u32,
    /// At the most; not below `start`.
    pub most: u32,
}

impl LeaseConfig {
    pub(super) fn describe(self) -> String {
        format!("leases, {} at first, {} at the most", self.start, self.most)
    }
}

/// The state of a lease service.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Lease {
    most: u32,
    /// Leases that there are.
    window: u32,
    /// Up to here each success adds one; beyond, each window of successes does.
    threshold: u32,
    /// Successes towards the next one beyond the threshold.
    counted: u32,
    /// Leases that are out and will not be given out again.
    owed: u32,
    /// When the number was cut last: calls from before tell nothing new.
    cut_at: Option<Instant>,
}

impl Lease {
    /// A service that has given out none.
    #[must_use]
    pub fn new(config: LeaseConfig) -> Self {
        Self { most: config.most, window: config.start, threshold: config.most, ..Self::default() }
    }

    /// A call was answered; how many leases there are now beyond those before.
    pub fn heard(&mut self, sent: Instant, now: Instant, succeeded: bool) -> u32 {
        if !succeeded {
            if self.cut_at.is_none_or(|cut| sent >= cut) {
                let halved = (self.window / 2).max(1);
                self.owed += self.window - halved;
                (self.window, self.threshold, self.counted) = (halved, halved, 0);
                self.cut_at = Some(now);
            }
            return 0;
        }
        self.counted += 1;
        let needed = if self.window < self.threshold { 1 } else { self.window };
        if self.counted < needed || self.window >= self.most {
            return 0;
        }
        self.counted = 0;
        self.window += 1;
        match self.owed.checked_sub(1) {
            // One that is owed is simply kept.
            Some(left) => {
                self.owed = left;
                0
            }
            None => 1,
        }
    }

    /// A lease comes back; whether it is given out again.
    pub fn gives_back(&mut self) -> bool {
        match self.owed.checked_sub(1) {
            Some(left) => {
                self.owed = left;
                false
            }
            None => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Instant {
        Instant::from_nanos(seconds * 1_000_000_000)
    }

    #[test]
    fn it_grows_by_successes_and_is_halved_once_a_round() {
        let mut lease = Lease::new(LeaseConfig { start: 1, most: 100 });
        for _ in 0..7 {
            assert_eq!(lease.heard(at(0), at(1), true), 1);
        }
        assert_eq!(lease.window, 8);
        // Eight are under way, and all fail: that is one piece of news.
        for _ in 0..8 {
            assert_eq!(lease.heard(at(1), at(2), false), 0);
        }
        assert_eq!(lease.window, 4);
        let back = (0..8).filter(|_| lease.gives_back()).count();
        assert_eq!(back, 4, "four leases are left");
        // Beyond the threshold it takes a window of successes.
        let more: u32 = (0..4).map(|_| lease.heard(at(2), at(3), true)).sum();
        assert_eq!((more, lease.window), (1, 5));
    }

    #[test]
    fn one_is_always_left_and_there_are_never_too_many() {
        let mut lease = Lease::new(LeaseConfig { start: 2, most: 3 });
        for second in 0..10 {
            lease.heard(at(second), at(second), false);
        }
        assert_eq!(lease.window, 1);
        for second in 10..100 {
            lease.heard(at(second), at(second), true);
        }
        assert_eq!(lease.window, 3);
    }
}
