//! Jobs and their tools, from the arrival plan to their end: one life for both
//! worlds.

use std::rc::Rc;
use std::time::Duration;

use crate::record::{Acquisition, Credentials, Failure, GaveUp};
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
        let fleet_wide = S::sharing(strategy) == Sharing::Fleet;
        // An instance without fields shares nothing, so one serves all jobs.
        let one_for_all = fleet_wide || size_of::<S>() == 0;
        let common = one_for_all.then(|| Rc::new(S::for_job(strategy)));
        if let Some(common) = &common
            && fleet_wide
            && S::HAS_UPKEEP
        {
            let (common, job) = (Rc::clone(common), Job::new(broker));
            let job = Rc::new(job.under(shared.restrained.as_deref()));
            let mut tool = Tool::new(Rc::clone(world), Rc::clone(&shared), job, ToolId::BROKER);
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
            self.start_job(id, start);
        }
    }

    fn start_job(self: &Rc<Self>, id: u32, start: Instant) {
        let strategy = match &self.common {
            Some(common) => Rc::clone(common),
            None => Rc::new(S::for_job(&self.strategy)),
        };
        let has_broker = S::HAS_UPKEEP && self.common.is_none();
        let job = Job::starting(id, start, self.shape.tools, has_broker);
        let job = Rc::new(job.under(self.shared.restrained.as_deref()));
        self.spawn_tool(&job, &strategy, 0);
        if has_broker {
            self.spawn_broker(&job, &strategy);
        }
        for index in 1..self.shape.tools {
            self.spawn_tool(&job, &strategy, index);
        }
    }

    fn spawn_broker(&self, job: &Rc<Job>, strategy: &Rc<S>) {
        let (job, strategy) = (Rc::clone(job), Rc::clone(strategy));
        let mut tool = self.tool(&job, ToolId::BROKER);
        self.world.spawn_background(tool.id(), async move {
            if let Some(ended) = &job.ended {
                race(ended.notified(), strategy.upkeep(&mut tool)).await;
            }
        });
    }

    fn tool(&self, job: &Rc<Job>, index: u32) -> Tool<W> {
        Tool::new(Rc::clone(&self.world), Rc::clone(&self.shared), Rc::clone(job), index)
    }

    /// Starts a tool: it acquires credentials when it is due, and again
    /// whenever they expire under its work.
    ///
    /// A fleet is as large as its tools' futures are small, so this is one
    /// block and not several `async fn`, each of which keeps its arguments
    /// twice.
    fn spawn_tool(self: &Rc<Self>, job: &Rc<Job>, strategy: &Rc<S>, index: u32) {
        let (fleet, strategy) = (Rc::clone(self), Rc::clone(strategy));
        let mut tool = self.tool(job, index);
        let mut needed_at = job.start + self.shape.spacing * index;
        self.world.spawn(tool.id(), async move {
            fleet.world.sleep_until(needed_at).await;
            if !fleet.is_skipped(tool.job(), needed_at) {
                let mut work_ends = Instant::MAX;
                loop {
                    fleet.shared.recorder.borrow_mut().needed();
                    tool.begin();
                    let result = strategy.credentials(&mut tool).await;
                    let Some(expires_at) = fleet.settle(&tool, needed_at, result) else { break };
                    work_ends = work_ends.min(fleet.world.now() + fleet.shape.work);
                    needed_at = expires_at.min(work_ends);
                    fleet.world.sleep_until(needed_at).await;
                    if needed_at == work_ends {
                        break;
                    }
                }
            }
            fleet.tool_ended(tool.job());
        });
    }

    /// A step that follows a failed one never runs.
    fn is_skipped(&self, job: &Job, intended: Instant) -> bool {
        let skipped = job.failed.get() && intended > job.start;
        self.shared.recorder.borrow_mut().skipped_tools += u64::from(skipped);
        skipped
    }

    /// Records how a need for credentials ended; until when they are good, if
    /// there are any.
    fn settle(
        &self,
        tool: &Tool<W>,
        intended: Instant,
        result: Result<Credentials, GaveUp>,
    ) -> Option<Instant> {
        let ended = self.world.now();
        let failure = match result {
            Ok(credentials) if credentials.expires_at <= ended => Some(Failure::ExpiredCredentials),
            Ok(_) => None,
            Err(gave_up) => Some(gave_up.failure),
        };
        let (id, key, first_call) = (tool.id(), tool.key(), tool.first_call());
        let cause = result.err().map(|gave_up| gave_up.cause);
        let acquisition =
            Acquisition { tool: id, key, intended, first_call, ended, failure, cause };
        self.shared.recorder.borrow_mut().acquired(&acquisition);
        if failure.is_some() {
            tool.job().failed.set(true);
            return None;
        }
        result.ok().map(|credentials| credentials.expires_at)
    }

    fn tool_ended(&self, job: &Job) {
        job.open_tools.set(job.open_tools.get() - 1);
        if job.open_tools.get() == 0 {
            let succeeded = !job.failed.get();
            let mut recorder = self.shared.recorder.borrow_mut();
            recorder.job_ended(self.world.now(), job.id, succeeded, job.slept_ns());
            if let Some(ended) = &job.ended {
                ended.notify_one();
            }
        }
    }
}
