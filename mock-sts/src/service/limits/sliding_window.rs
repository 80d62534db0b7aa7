//! So many requests in any window of that length: a request that was let
//! through counts for exactly so long.

use std::collections::VecDeque;
use std::time::Duration;

use crate::clock::Instant;

#[derive(Clone, Debug)]
pub(super) struct SlidingWindow {
    pub(super) most: u64,
    window: Duration,
    /// When the requests came that still count; in order, `most` at the most.
    came_at: VecDeque<Instant>,
}

impl SlidingWindow {
    pub(super) fn new(most: u64, window: Duration) -> Self {
        Self { most, window, came_at: VecDeque::new() }
    }

    /// Requests within the last window at `now`.
    pub(super) fn used(&mut self, now: Instant) -> u64 {
        while self.came_at.front().is_some_and(|&at| at + self.window <= now) {
            self.came_at.pop_front();
        }
        self.came_at.len() as u64
    }

    /// Requests within the window that was last seen.
    pub(super) fn last_seen(&self) -> u64 {
        self.came_at.len() as u64
    }

    pub(super) fn take(&mut self, now: Instant) {
        self.came_at.push_back(now);
    }
}
