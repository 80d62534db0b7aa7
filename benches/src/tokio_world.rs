//! The third world: the same service and the same fleet on tokio's paused
//! clock, to compare the simulator with.

use std::future::Future;
use std::time::Duration;

use harness::world::sim::{DirectWorld, Engine};
use harness::world::{Clock, Instant, ToolId};
use tokio::task::spawn_local;
use tokio::time::Instant as TokioInstant;

/// One contender's world on tokio's paused clock.
pub type TokioWorld = DirectWorld<TokioEngine>;

/// Tokio's paused clock. Must be made and used on a current-thread runtime that
/// starts paused, within a `LocalSet`.
#[derive(Debug)]
pub struct TokioEngine {
    began: TokioInstant,
}

impl TokioEngine {
    /// An engine whose time begins now.
    #[must_use]
    pub fn beginning_now() -> Self {
        Self { began: TokioInstant::now() }
    }
}

impl Clock for TokioEngine {
    fn now(&self) -> Instant {
        Instant::ZERO + self.began.elapsed()
    }

    fn sleep_until(&self, at: Instant) -> impl Future<Output = ()> {
        tokio::time::sleep_until(self.began + Duration::from_nanos(at.as_nanos()))
    }
}

impl Engine for TokioEngine {
    fn spawn(&self, _: ToolId, _: bool, task: impl Future<Output = ()> + 'static) {
        spawn_local(task);
    }
}
