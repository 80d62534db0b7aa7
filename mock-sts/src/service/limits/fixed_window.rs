//! So many requests in each window of the run's clock.

use std::time::Duration;

use crate::clock::{Instant, nanos};

#[derive(Clone, Debug)]
pub(super) struct FixedWindow {
    pub(super) most: u64,
    window_ns: u64,
    /// Which window the count is of.
    index: u64,
    used: u64,
}

impl FixedWindow {
    pub(super) fn new(most: u64, window: Duration) -> Self {
        Self { most, window_ns: nanos(window), index: 0, used: 0 }
    }

    /// Requests in the window of `now`.
    pub(super) fn used(&mut self, now: Instant) -> u64 {
        let index = now.as_nanos() / self.window_ns;
        if index > self.index {
            (self.index, self.used) = (index, 0);
        }
        self.used
    }

    /// Requests in the window that was last seen.
    pub(super) fn last_seen(&self) -> u64 {
        self.used
    }

    pub(super) fn take(&mut self) {
        self.used += 1;
    }
}
