//! Jobs and their tools, from the arrival plan to their end: one life for both
//! worlds.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use tokio::sync::Notify;

use crate::record::{Acquisition, Credentials, Failure};
use crate::strategy::{Sharing, Strategy};
use crate::tool::{Job, Shared, Tool};
use crate::world::{Host, Instant, ToolId, race};

/// What every job of a contender's fleet is like.
#[derive(Clone, Copy, Debug)]
pub struct JobShape {
    /// Tools of a job; at least 1.
    pub tools: u32,
    /// Between the starts of two tools of a job; zero starts them together.
    pub spacing: Duration,
    /// How long a tool uses its credentials, renewing them when they expire.
    pub work: Duration,
}

/// A contender's fleet on one thread.
#[derive(Debug)]
pub struct Fleet<W, S: Strategy> {
    world: Rc<W>,
    shared: Rc<Shared>,
    shape: JobShape,
    strategy: S::Config,
    /// The one instance, where the whole fleet shares it.
    common: Option<Rc<S>>,
}

impl<W: Host, S: Strategy> Fleet<W, S> {
    /// A fleet, and its broker if it shares one; `broker` is the index of the
    /// pseudo-job that the broker's calls are made for.
    pub fn new(
        world: &Rc<W>,
        shared: Rc<Shared>,
        shape: JobShape,
        strategy: &S::Config,
        broker: u32,
    ) -> Rc<Self> {
        let common = match S::sharing(strategy) {
            Sharing::Fleet => Some(Rc::new(S::for_job(strategy))),
            Sharing::Job => None,
        };
        if let Some(common) = &common
            && S::HAS_UPKEEP
        {
            let (common, job) = (Rc::clone(common), Rc::new(Job::new(broker)));
            let mut tool =
                Tool::new(Rc::clone(world), Rc::clone(&shared), job, ToolId::BROKER);
            let who = tool.id();
            world.spawn_background(who, async move { common.upkeep(&mut tool).await });
        }
        Rc::new(Self { world: Rc::clone(world), shared, shape, strategy: strategy.clone(), common })
    }

    /// Starts the jobs, each at its time.
    pub async fn drive(self: Rc<Self>, starts: impl Iterator<Item = (u32, Instant)>) {
        for (id, start) in starts {
            self.world.sleep_until(start).await;
            let now = self.world.now();
            self.shared.recorder.borrow_mut().job_started(now, now.since(start));
            let who = ToolId { job: id, tool: 0 };
            self.world.spawn(who, Rc::clone(&self).job_life(id, start));
        }
    }

    async fn job_life(self: Rc<Self>, id: u32, start: Instant) {
        let ended = (S::HAS_UPKEEP && self.common.is_none()).then(Notify::new);
        let strategy = match &self.common {
            Some(common) => Rc::clone(common),
            None => Rc::new(S::for_job(&self.strategy)),
        };
        let job = Rc::new(RunningJob {
            job: Rc::new(Job::new(id)),
            start,
            strategy,
            open_tools: Cell::new(self.shape.tools),
            failed: Cell::new(false),
            ended,
        });
        if job.ended.is_some() {
            self.spawn_broker(&job);
        }
        for index in 1..self.shape.tools {
            let who = ToolId { job: id, tool: index };
            self.world.spawn(who, Rc::clone(&self).tool_life(Rc::clone(&job), index));
        }
        self.tool_life(job, 0).await;
    }

    fn spawn_broker(self: &Rc<Self>, job: &Rc<RunningJob<S>>) {
        let job = Rc::clone(job);
        let mut tool = self.tool(&job, ToolId::BROKER);
        self.world.spawn_background(tool.id(), async move {
            if let Some(ended) = &job.ended {
                race(ended.notified(), job.strategy.upkeep(&mut tool)).await;
            }
        });
    }

    fn tool(&self, job: &RunningJob<S>, index: u32) -> Tool<W> {
        Tool::new(
            Rc::clone(&self.world),
            Rc::clone(&self.shared),
            Rc::clone(&job.job),
            index,
        )
    }

    async fn tool_life(self: Rc<Self>, job: Rc<RunningJob<S>>, index: u32) {
        let intended = job.start + self.shape.spacing * index;
        self.world.sleep_until(intended).await;
        if job.failed.get() && intended > job.start {
            // A step that follows a failed one never runs.
            self.shared.recorder.borrow_mut().skipped_tools += 1;
        } else {
            self.use_credentials(&job, index, intended).await;
        }
        job.open_tools.set(job.open_tools.get() - 1);
        if job.open_tools.get() == 0 {
            let succeeded = !job.failed.get();
            let mut recorder = self.shared.recorder.borrow_mut();
            recorder.job_ended(self.world.now(), job.job.id, succeeded, job.job.slept_ns());
            if let Some(ended) = &job.ended {
                ended.notify_one();
            }
        }
    }

    /// Acquires credentials, and again whenever they expire under the work.
    async fn use_credentials(&self, job: &RunningJob<S>, index: u32, intended: Instant) {
        let mut tool = self.tool(job, index);
        let mut needed_at = intended;
        let mut work_ends = None;
        loop {
            let acquired = self.acquire(job, &mut tool, needed_at).await;
            let Some(credentials) = acquired else { return job.failed.set(true) };
            let ends = *work_ends.get_or_insert_with(|| self.world.now() + self.shape.work);
            if credentials.expires_at >= ends {
                return self.world.sleep_until(ends).await;
            }
            needed_at = credentials.expires_at;
            self.world.sleep_until(needed_at).await;
        }
    }

    async fn acquire(
        &self,
        job: &RunningJob<S>,
        tool: &mut Tool<W>,
        intended: Instant,
    ) -> Option<Credentials> {
        self.shared.recorder.borrow_mut().needed();
        let result = job.strategy.credentials(tool).await;
        let ended = self.world.now();
        let failure = match result {
            Ok(credentials) if credentials.expires_at <= ended => Some(Failure::ExpiredCredentials),
            Ok(_) => None,
            Err(gave_up) => Some(gave_up.failure),
        };
        let (tool, key) = (tool.id(), tool.key());
        let acquisition = Acquisition { tool, key, intended, ended, failure };
        self.shared.recorder.borrow_mut().acquired(&acquisition);
        result.ok().filter(|_| failure.is_none())
    }
}

/// A job with its tools running.
#[derive(Debug)]
struct RunningJob<S> {
    job: Rc<Job>,
    start: Instant,
    strategy: Rc<S>,
    open_tools: Cell<u32>,
    failed: Cell<bool>,
    /// Tells the job's own broker that it is no longer needed.
    ended: Option<Notify>,
}
