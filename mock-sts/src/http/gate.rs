//! The starting gate: holds each job's first call until the whole wave has
//! arrived, and then lets the calls in by the plan.
//!
//! Starting twenty real programs takes a small machine longer than the burst
//! that they are meant to make: the herd would be smeared. Held, they reach the
//! service as the scenario says they do.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

use crate::clock::Instant;

/// A gate for one wave of jobs.
pub struct Gate {
    /// When each job's first call is let in, after the opening.
    plan: BTreeMap<String, Duration>,
    /// The longest that the first to arrive is held.
    deadline: Duration,
    state: Mutex<State>,
    opened: watch::Sender<Option<Instant>>,
}

#[derive(Default)]
struct State {
    first_at: Option<Instant>,
    /// Jobs whose first call has been seen, or that never made one.
    accounted: BTreeSet<String>,
    /// When each job's first call reached the socket.
    reached: BTreeMap<String, Instant>,
    late: bool,
}

impl Gate {
    /// A closed gate for the jobs of `plan`.
    #[must_use]
    pub fn new(plan: BTreeMap<String, Duration>, deadline: Duration) -> Self {
        Self { plan, deadline, state: Mutex::default(), opened: watch::channel(None).0 }
    }

    /// When it opened, on the mock's clock.
    #[must_use]
    pub fn opened_at(&self) -> Option<Instant> {
        *self.opened.borrow()
    }

    /// Whether it opened because of its deadline, before all had arrived.
    #[must_use]
    pub fn opened_late(&self) -> bool {
        self.state().late
    }

    /// When each job's first call reached the socket.
    #[must_use]
    pub fn reached(&self) -> BTreeMap<String, Instant> {
        self.state().reached.clone()
    }

    /// A job has ended, maybe without a call: the others need not wait for it.
    pub fn ended(&self, job: &str, now: Instant) {
        let mut state = self.state();
        state.accounted.insert(job.to_owned());
        self.open_if_all_are_there(&state, now);
    }

    /// Whether a call of `job` is its first, which is to be held.
    fn arrives(&self, job: &str, now: Instant) -> bool {
        let mut state = self.state();
        if !self.plan.contains_key(job) || !state.accounted.insert(job.to_owned()) {
            return false;
        }
        state.first_at.get_or_insert(now);
        state.reached.insert(job.to_owned(), now);
        self.open_if_all_are_there(&state, now);
        true
    }

    fn open_if_all_are_there(&self, state: &State, now: Instant) {
        if self.plan.keys().all(|job| state.accounted.contains(job)) {
            self.open(now);
        }
    }

    fn open(&self, now: Instant) {
        self.opened.send_if_modified(|opened| {
            let closed = opened.is_none();
            opened.get_or_insert(now);
            closed
        });
    }

    fn open_late(&self, now: Instant) {
        if self.opened_at().is_none() {
            self.state().late = true;
            self.open(now);
        }
    }

    /// Holds a call of `job` that arrives at `now` for as long as it must be;
    /// `clock` tells the time, `sleep` waits.
    pub(super) async fn hold<S: Future<Output = ()>>(
        &self,
        job: &str,
        clock: impl Fn() -> Instant,
        sleep: impl Fn(Duration) -> S,
    ) {
        if !self.arrives(job, clock()) {
            return;
        }
        let mut opened = self.opened.subscribe();
        let first = self.state().first_at.unwrap_or(clock());
        let left = (first + self.deadline).since(clock());
        let all_there = async { drop(opened.wait_for(Option::is_some).await) };
        let patience = std::pin::pin!(sleep(left));
        if super::race::unless(patience, all_there).await.is_none() {
            self.open_late(clock());
        }
        let opened = self.opened_at().unwrap_or_else(&clock);
        let offset = self.plan.get(job).copied().unwrap_or_default();
        sleep((opened + offset).since(clock())).await;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan() -> BTreeMap<String, Duration> {
        [("a", 0), ("b", 50)].map(|(job, ms)| (job.into(), Duration::from_millis(ms))).into()
    }

    #[test]
    fn it_opens_when_the_last_arrives_or_has_ended() {
        let at = |s| Instant::ZERO + Duration::from_secs(s);
        let gate = Gate::new(plan(), Duration::from_secs(60));
        assert!(gate.arrives("a", at(1)));
        assert_eq!(gate.opened_at(), None);
        assert!(!gate.arrives("a", at(2)), "a second call is not held");
        assert!(!gate.arrives("stranger", at(2)));
        assert!(gate.arrives("b", at(3)));
        assert_eq!(gate.opened_at(), Some(at(3)));
        assert_eq!(gate.reached().len(), 2);

        let gate = Gate::new(plan(), Duration::from_secs(60));
        assert!(gate.arrives("a", at(1)));
        gate.ended("b", at(4));
        assert_eq!((gate.opened_at(), gate.opened_late()), (Some(at(4)), false));
    }

    #[test]
    fn its_deadline_opens_it_once() {
        let gate = Gate::new(plan(), Duration::from_secs(60));
        gate.open_late(Instant::ZERO + Duration::from_secs(60));
        gate.open_late(Instant::ZERO + Duration::from_secs(61));
        assert_eq!(gate.opened_at(), Some(Instant::ZERO + Duration::from_secs(60)));
        assert!(gate.opened_late());
    }
}
