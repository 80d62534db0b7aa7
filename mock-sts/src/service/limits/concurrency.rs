//! So many requests at once; more wait in line, up to a number and a time.
//!
//! Every answer's time is known when its request arrives, so the wait is too:
//! it ends when the earliest of those in flight is answered. The wait delays
//! the answer; what else is done for the request is decided on arrival.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::time::Duration;

use crate::clock::Instant;

#[derive(Debug)]
pub(super) struct Concurrency {
    at_once: usize,
    queue: usize,
    max_wait: Duration,
    /// When each place is free again, the earliest first; `at_once` at the most.
    free_at: BinaryHeap<Reverse<Instant>>,
    /// When each waiting request leaves the line; in order.
    leaves_at: VecDeque<Instant>,
    /// Whether the request at hand has to wait.
    waits: bool,
}

impl Concurrency {
    pub(super) fn new(at_once: u32, queue: u32, max_wait: Duration) -> Self {
        Self {
            at_once: at_once as usize,
            queue: queue as usize,
            max_wait,
            free_at: BinaryHeap::new(),
            leaves_at: VecDeque::new(),
            waits: false,
        }
    }

    /// How long a request would wait at `now`; none where it is refused.
    /// `reserved` places are somebody else's.
    pub(super) fn wait(&mut self, now: Instant, reserved: u64) -> Option<Duration> {
        self.forget_past(now);
        let places = self.at_once.saturating_sub(usize::try_from(reserved).unwrap_or(usize::MAX));
        self.waits = self.free_at.len() >= places;
        if !self.waits {
            return Some(Duration::ZERO);
        }
        if places == 0 || self.leaves_at.len() >= self.queue {
            return None;
        }
        let Reverse(free) = self.free_at.peek()?;
        Some(free.since(now)).filter(|wait| *wait <= self.max_wait)
    }

    /// Takes a place, or the next that is free, for the request that
    /// [`Concurrency::wait`] has just let through.
    pub(super) fn take(&mut self) {
        if self.waits
            && let Some(Reverse(free)) = self.free_at.pop()
        {
            self.leaves_at.push_back(free);
        }
    }

    /// The request that took a place leaves it then.
    pub(super) fn settle(&mut self, answered_at: Instant) {
        self.free_at.push(Reverse(answered_at));
    }

    pub(super) fn is_idle(&mut self, now: Instant) -> bool {
        self.forget_past(now);
        self.free_at.is_empty()
    }

    fn forget_past(&mut self, now: Instant) {
        while self.free_at.peek().is_some_and(|Reverse(at)| *at <= now) {
            self.free_at.pop();
        }
        while self.leaves_at.front().is_some_and(|at| *at <= now) {
            self.leaves_at.pop_front();
        }
    }
}
