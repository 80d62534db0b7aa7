//! The simulated world: a service called directly, on an engine that keeps time.

use std::future::Future;
use std::rc::Rc;
use std::time::Duration;

use mock_sts::config::MockConfig;
use mock_sts::latency::Latency;
use mock_sts::service::Ledger;

use super::{DirectSts, Executor, Shown};
use crate::record::{Arrival, CallError, Credentials};
use crate::world::{
    Ask, ChainApi, Clock, Host, Instant, JobName, StsApi, ToolId, WebToken, timed_out,
};

/// What keeps virtual time and runs the tasks that wait in it.
pub trait Engine: Clock + 'static {
    /// Adds a task; the run waits for it unless it is a background task.
    fn spawn(&self, who: ToolId, background: bool, task: impl Future<Output = ()> + 'static);
}

/// One contender's world without sockets, on the engine `E`.
#[derive(Debug)]
pub struct DirectWorld<E> {
    engine: E,
    sts: DirectSts,
}

/// One contender's world on our own engine.
pub type SimWorld = DirectWorld<Rc<Executor>>;

impl<E: Engine> DirectWorld<E> {
    /// A world whose service starts cold.
    #[must_use]
    pub fn new(engine: E, mock: &MockConfig, hop: Latency, seed: u64) -> Self {
        Self { engine, sts: DirectSts::new(mock, hop, seed) }
    }

    /// The same, asked by callers who wait so long for an answer and no longer.
    #[must_use]
    pub fn patient_for(self, patience: Duration) -> Self {
        Self { sts: self.sts.patient_for(patience), ..self }
    }

    /// The same, which also tells what the service does about the calls of one job.
    #[must_use]
    pub fn telling_of(self, job: u32) -> Self {
        Self { sts: self.sts.telling_of(job), ..self }
    }

    /// What the service did about the calls of that job.
    #[must_use]
    pub fn told(&self) -> Vec<Arrival> {
        self.sts.told()
    }

    /// What the service has counted.
    #[must_use]
    pub fn ledger(&self) -> Ledger {
        self.sts.ledger()
    }
}

impl<E: Engine> DirectWorld<E> {
    /// There and back, whatever is shown.
    #[expect(clippy::manual_async_fn, reason = "an async fn keeps its arguments twice")]
    fn call<P: Shown>(&self, ask: &Ask<P>) -> impl Future<Output = Result<Credentials, CallError>> {
        async move {
            self.sleep_until(self.sts.arrives_at(self.now(), ask)).await;
            let (result, known_at) = self.sts.answer(self.now(), ask);
            self.sleep_until(known_at).await;
            result
        }
    }
}

impl<E: Engine> Clock for DirectWorld<E> {
    fn now(&self) -> Instant {
        self.engine.now()
    }

    fn sleep_until(&self, at: Instant) -> impl Future<Output = ()> {
        self.engine.sleep_until(at)
    }
}

impl<E: Engine> StsApi for DirectWorld<E> {
    async fn fetch_token(&self, job: &JobName) -> Result<WebToken, CallError> {
        let gives_up_at = self.now() + self.sts.patience();
        let (token, arrives_at) = self.sts.token(self.now(), *job);
        self.sleep_until(arrives_at.min(gives_up_at)).await;
        if arrives_at > gives_up_at { Err(timed_out(self.sts.patience())) } else { token }
    }

    fn assume_role(&self, ask: &Ask) -> impl Future<Output = Result<Credentials, CallError>> {
        self.call(ask)
    }
}

impl<E: Engine> ChainApi for DirectWorld<E> {
    fn assume_next_role(
        &self,
        ask: &Ask<Credentials>,
    ) -> impl Future<Output = Result<Credentials, CallError>> {
        self.call(ask)
    }
}

impl<E: Engine> Host for DirectWorld<E> {
    fn spawn(&self, who: ToolId, task: impl Future<Output = ()> + 'static) {
        self.engine.spawn(who, false, task);
    }

    fn spawn_background(&self, who: ToolId, task: impl Future<Output = ()> + 'static) {
        self.engine.spawn(who, true, task);
    }
}

impl Clock for Rc<Executor> {
    fn now(&self) -> Instant {
        Executor::now(self)
    }

    fn sleep_until(&self, at: Instant) -> impl Future<Output = ()> {
        Executor::sleep_until(self, at)
    }
}

impl Engine for Rc<Executor> {
    fn spawn(&self, who: ToolId, background: bool, task: impl Future<Output = ()> + 'static) {
        Executor::spawn(self, who, background, Box::pin(task));
    }
}
