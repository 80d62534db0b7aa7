//! Async costs footprint, not instructions: what a waiting tool weighs decides
//! how large a fleet fits into a cache and into memory.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::atomic::AtomicBool;

use harness::fleet::{Fleet, JobShape};
use harness::record::{CallError, Credentials, Recorder};
use harness::scenario::{Scenario, load};
use harness::strategy::{Strategy, Visitor};
use harness::tool::Shared;
use harness::world::sim::{Executor, SimWorld};
use harness::world::{Ask, ChainApi, Clock, Host, Instant, JobName, StsApi, ToolId, WebToken};

/// The simulated world, which also notes how large a task the fleet starts.
struct Scales {
    world: SimWorld,
    largest: Cell<usize>,
}

impl Clock for Scales {
    fn now(&self) -> Instant {
        self.world.now()
    }

    fn sleep_until(&self, at: Instant) -> impl Future<Output = ()> {
        self.world.sleep_until(at)
    }
}

impl StsApi for Scales {
    fn fetch_token(&self, job: &JobName) -> impl Future<Output = Result<WebToken, CallError>> {
        self.world.fetch_token(job)
    }

    fn assume_role(&self, ask: &Ask) -> impl Future<Output = Result<Credentials, CallError>> {
        self.world.assume_role(ask)
    }
}

impl ChainApi for Scales {
    fn assume_next_role(
        &self,
        ask: &Ask<Credentials>,
    ) -> impl Future<Output = Result<Credentials, CallError>> {
        self.world.assume_next_role(ask)
    }
}

impl Host for Scales {
    fn spawn(&self, who: ToolId, task: impl Future<Output = ()> + 'static) {
        self.largest.set(self.largest.get().max(size_of_val(&task)));
        self.world.spawn(who, task);
    }

    fn spawn_background(&self, who: ToolId, task: impl Future<Output = ()> + 'static) {
        self.world.spawn_background(who, task);
    }
}

struct Weigh<'a>(&'a Scenario);

impl Visitor for Weigh<'_> {
    type Output = usize;

    fn visit<S: Strategy>(self, config: &S::Config) -> usize {
        let (scenario, contender) = (self.0, &self.0.contenders[0]);
        let executor = Rc::new(Executor::default());
        let world = SimWorld::new(Rc::clone(&executor), &scenario.mock, scenario.hop, 1);
        let world = Rc::new(Scales { world, largest: Cell::new(0) });
        let shared = Shared {
            seed: 1,
            policy: contender.policy.build(),
            retry_on: contender.retry_on.clone(),
            renew_token: contender.renew_token,
            session_s: 3600,
            regions: harness::regions::Regions::HOME,
            admission: None,
            fallback: None,
            restrained: None,
            recorder: RefCell::new(Recorder::default()),
        };
        let fleet = &scenario.fleet;
        let shape = JobShape { tools: 1, spacing: fleet.tool_spacing, work: fleet.work };
        let jobs = Fleet::<_, S>::new(&world, Rc::new(shared), shape, config, 1);
        let starts = std::iter::once((0, Instant::ZERO));
        executor.spawn(ToolId { job: 0, tool: 0 }, false, Box::pin(jobs.drive(starts)));
        let never = AtomicBool::new(false);
        executor.run(Instant::MAX, &never).expect("one job lets time pass");
        executor.clear();
        world.largest.get()
    }
}

/// A naive tool is all there is of its job. The budget is 500 bytes for each of a
/// million that wait, and the future is not all they need: the job itself, its
/// place in the executor and in the wheel, and the allocator's own take the rest.
#[test]
fn a_naive_job_of_one_tool_is_small() {
    let scenario = load("issue-299").expect("it ships, so it loads");
    let naive = &scenario.contenders[0].strategy;
    assert_eq!(naive.name(), "naive");
    let bytes = naive.accept(Weigh(&scenario));
    assert!((1..=304).contains(&bytes), "{bytes} bytes, 304 at the most");
}
