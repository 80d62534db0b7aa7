//! Requests fail until some time after the first of them: a service that only
//! starts to wake up when it is called.

use std::time::Duration;

use crate::clock::Instant;

#[derive(Debug)]
pub(super) struct RecoverAfter {
    after: Duration,
    recovers_at: Option<Instant>,
}

impl RecoverAfter {
    pub(super) fn new(after: Duration) -> Self {
        Self { after, recovers_at: None }
    }

    pub(super) fn strikes(&mut self, now: Instant) -> bool {
        now < *self.recovers_at.get_or_insert(now + self.after)
    }
}
