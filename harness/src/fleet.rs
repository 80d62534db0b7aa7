//! Jobs and their tools, from the arrival plan to their end: one life for both
//! worlds.

use std::cell::RefCell;
use std::collections::BTreeMap;
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
    /// The instances that jobs share, by group: one group where the whole fleet
    /// shares it.
    common: RefCell<BTreeMap<u32, Rc<S>>>,
    /// The index of the pseudo-job that the first group's broker calls for.
    broker: u32,
}

impl<W: Host, S: Strategy> Fleet<W, S> {
    /// A fleet; `broker` is the index of the pseudo-job that a broker of many jobs
    /// calls for, and those after it are other such brokers'.
    pub fn new(
        world: &Rc<W>,
        shared: Rc<Shared>,
        shape: JobShape,
        strategy: &S::Config,
        broker: u32,
    ) -> Rc<Self> {
        let fleet = Rc::new(Self {
            world: Rc::clone(world),
            shared,
            shape,
            strategy: strategy.clone(),
            common: RefCell::default(),
            broker,
        });
        if S::sharing(strategy) == Sharing::Fleet {
            fleet.common(0);
        }
        fleet
    }

    /// The group of jobs that share the job's instance with it, if any do.
    fn group(&self, job: u32) -> Option<u32> {
        match S::sharing(&self.strategy) {
            Sharing::Fleet => Some(0),
            Sharing::Jobs(jobs) => Some(job / jobs),
            // An instance without fields shares nothing, so one serves all jobs.
            Sharing::Job => (size_of::<S>() == 0).then_some(0),
        }
    }

    /// A group's instance, with its broker if it has one.
    fn common(&self, group: u32) -> Rc<S> {
        if let Some(common) = self.common.borrow().get(&group) {
            return Rc::clone(common);
        }
        let common = Rc::new(S::for_job(&self.strategy));
        self.common.borrow_mut().insert(group, Rc::clone(&common));
        if S::HAS_UPKEEP && S::sharing(&self.strategy) != Sharing::Job {
            let job = Job::new(self.broker.saturating_add(group));
            let job = Rc::new(job.under(self.shared.restrained.as_deref()));
            let mut tool = self.tool(&job, ToolId::BROKER);
            let strategy = Rc::clone(&common);
            let who = tool.id();
            self.world.spawn_background(who, async move { strategy.upkeep(&mut tool).await });
        }
        common
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
        let group = self.group(id);
        let strategy = match group {
            Some(group) => self.common(group),
            None => Rc::new(S::for_job(&self.strategy)),
        };
        let has_broker = S::HAS_UPKEEP && group.is_none();
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
                    fleet.shared.recorder.borrow_mut().needed(tool.id(), needed_at);
                    tool.begin();
                    let result = strategy.credentials(&mut tool).await;
                    let Some(held) = fleet.settle(&tool, needed_at, result) else { break };
                    let asks_again_at = strategy.asks_again_at(&tool, held);
                    work_ends = work_ends.min(fleet.world.now() + fleet.shape.work);
                    needed_at = asks_again_at.min(work_ends);
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

    /// Records how a need for credentials ended; the credentials, if there are
    /// any.
    fn settle(
        &self,
        tool: &Tool<W>,
        intended: Instant,
        result: Result<Credentials, GaveUp>,
    ) -> Option<Credentials> {
        let ended = self.world.now();
        let failure = match result {
            Ok(credentials) if credentials.expires_at <= ended => Some(Failure::ExpiredCredentials),
            Ok(_) => None,
            Err(gave_up) => Some(gave_up.failure),
        };
        let fallback = self.shared.fallback.as_ref().filter(|fallback| {
            result.err().is_some_and(|gave_up| fallback.on.includes(gave_up.failure))
        });
        let (id, key, first_call) = (tool.id(), tool.key(), tool.first_call());
        let cause = result.err().map(|gave_up| gave_up.cause);
        let acquisition =
            Acquisition { tool: id, key, intended, first_call, ended, failure, cause };
        self.shared.recorder.borrow_mut().settled(&acquisition, fallback.map(|it| &*it.identity));
        if failure.is_some() {
            tool.job().failed.set(true);
            return None;
        }
        tool.job().has_waited(ended.since(intended));
        result.ok()
    }

    fn tool_ended(&self, job: &Job) {
        job.open_tools.set(job.open_tools.get() - 1);
        if job.open_tools.get() == 0 {
            let waited = (!job.failed.get()).then(|| job.waited());
            let mut recorder = self.shared.recorder.borrow_mut();
            recorder.job_ended(self.world.now(), job.id, waited, job.slept_ns());
            if let Some(ended) = &job.ended {
                ended.notify_one();
            }
        }
    }
}
