//! Async costs footprint, not instructions: what a waiting tool weighs decides
//! how large a fleet fits into a cache and into memory.

use std::cell::{Cell, RefCell};
use std::net::Ipv4Addr;
use std::rc::Rc;
use std::task::{Context, Waker};
use std::time::Duration;

use harness::fleet::{Fleet, JobShape};
use harness::record::{CallError, Credentials, Recorder};
use harness::scenario::{Scenario, load};
use harness::strategy::{Strategy, Visitor};
use harness::tool::Shared;
use harness::world::real::{Beginning, Endpoint, RealWorld};
use harness::world::sim::{Executor, SimWorld};
use harness::world::{Ask, ChainApi, Clock, Host, Instant, JobName, StsApi, ToolId, WebToken};
use mock_sts::latency::Latency;

/// A world which notes how large a task the fleet starts, and drops it.
struct Scales<W> {
    world: W,
    largest: Cell<usize>,
}

impl<W: Host> Clock for Scales<W> {
    fn now(&self) -> Instant {
        self.world.now()
    }

    fn sleep_until(&self, at: Instant) -> impl Future<Output = ()> {
        self.world.sleep_until(at)
    }
}

impl<W: Host> StsApi for Scales<W> {
    fn fetch_token(&self, job: &JobName) -> impl Future<Output = Result<WebToken, CallError>> {
        self.world.fetch_token(job)
    }

    fn assume_role(&self, ask: &Ask) -> impl Future<Output = Result<Credentials, CallError>> {
        self.world.assume_role(ask)
    }
}

impl<W: Host> ChainApi for Scales<W> {
    fn assume_next_role(
        &self,
        ask: &Ask<Credentials>,
    ) -> impl Future<Output = Result<Credentials, CallError>> {
        self.world.assume_next_role(ask)
    }
}

impl<W: Host> Host for Scales<W> {
    fn spawn(&self, _: ToolId, task: impl Future<Output = ()> + 'static) {
        self.largest.set(self.largest.get().max(size_of_val(&task)));
    }

    fn spawn_background(&self, _: ToolId, _: impl Future<Output = ()> + 'static) {}
}

/// Weighs a tool of the scenario's first contender in a world.
struct Weigh<'a, W>(&'a Scenario, W);

impl<W: Host> Visitor for Weigh<'_, W> {
    type Output = usize;

    fn visit<S: Strategy>(self, config: &S::Config) -> usize {
        let Self(scenario, world) = self;
        let contender = &scenario.contenders[0];
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
        let mut driven = Box::pin(jobs.drive(starts));
        let mut context = Context::from_waker(Waker::noop());
        // The only job starts at once, and its task is never run.
        let has_started = (0..10).any(|_| driven.as_mut().poll(&mut context).is_ready());
        assert!(has_started, "there is nothing to wait for");
        world.largest.get()
    }
}

fn naive_alone(world: impl Host) -> usize {
    let scenario = load("issue-299").expect("it ships, so it loads");
    let naive = &scenario.contenders[0].strategy;
    assert_eq!(naive.name(), "naive");
    naive.accept(Weigh(&scenario, world))
}

/// A naive tool is all there is of its job. The budget is 500 bytes for each of a
/// million that wait, and the future is not all they need: the job itself, its
/// place in the executor and in the wheel, and the allocator's own take the rest.
#[test]
fn a_naive_job_of_one_tool_is_small() {
    let scenario = load("issue-299").expect("it ships, so it loads");
    let executor = Rc::new(Executor::default());
    let bytes = naive_alone(SimWorld::new(executor, &scenario.mock, scenario.hop, 1));
    assert!((1..=304).contains(&bytes), "{bytes} bytes, 304 at the most");
}

/// What a call over sockets takes is there while it is made, and not while its tool waits: ten
/// thousand tools wait in the memory of a small machine.
#[tokio::test]
async fn a_tool_that_waits_in_the_real_world_does_not_carry_a_call() {
    let endpoint = Endpoint::local((Ipv4Addr::LOCALHOST, 1).into());
    // A while ago, since timers of the real world are not exact.
    let began = Beginning { at: tokio::time::Instant::now() - Duration::from_secs(1), unix_ns: 0 };
    let world = RealWorld::new(&began, endpoint, 1, Latency::ZERO, "", "");
    let bytes = naive_alone(world);
    assert!((1..=1024).contains(&bytes), "{bytes} bytes, 1024 at the most");
}
