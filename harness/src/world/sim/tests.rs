//! The executor's promises: exact times, ties in order, and an end to every run.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;

use super::{Executor, Stuck};
use crate::world::{Instant, ToolId};

static NEVER: AtomicBool = AtomicBool::new(false);

fn at(ns: u64) -> Instant {
    Instant::from_nanos(ns)
}

fn tool(tool: u32) -> ToolId {
    ToolId { job: 0, tool }
}

/// An executor, and who was polled to its end when, in order.
#[derive(Clone, Default)]
struct Stage {
    executor: Rc<Executor>,
    log: Rc<RefCell<Vec<(u64, &'static str)>>>,
}

impl Stage {
    /// A task that waits for each of these times in turn, and says so.
    fn sleeper(&self, name: &'static str, background: bool, times: &'static [u64]) {
        let stage = self.clone();
        let task = async move {
            for time in times {
                stage.executor.sleep_until(at(*time)).await;
                stage.note(name);
            }
        };
        self.executor.spawn(tool(0), background, Box::pin(task));
    }

    fn note(&self, name: &'static str) {
        self.log.borrow_mut().push((self.executor.now().as_nanos(), name));
    }

    fn run(&self, horizon: Instant) -> Result<Instant, Stuck> {
        let ended = self.executor.run(horizon, &NEVER);
        self.executor.clear();
        ended
    }
}

#[test]
fn sleeps_end_at_their_nanosecond_and_ties_in_the_order_they_were_made() {
    let stage = Stage::default();
    stage.sleeper("a", false, &[7, 1_000_000_007]);
    stage.sleeper("b", false, &[7, 8]);
    stage.sleeper("c", false, &[3, 7]);
    assert_eq!(stage.run(Instant::MAX), Ok(at(1_000_000_007)));
    let expected = [(3, "c"), (7, "a"), (7, "b"), (7, "c"), (8, "b"), (1_000_000_007, "a")];
    assert_eq!(*stage.log.borrow(), expected);
}

#[test]
fn a_time_that_has_passed_lets_the_others_go_first_and_takes_no_time() {
    let stage = Stage::default();
    stage.sleeper("late", false, &[5, 2, 0]);
    stage.sleeper("other", false, &[5]);
    assert_eq!(stage.run(Instant::MAX), Ok(at(5)));
    assert_eq!(*stage.log.borrow(), [(5, "late"), (5, "other"), (5, "late"), (5, "late")]);
}

#[test]
fn background_tasks_do_not_hold_the_run_up() {
    let stage = Stage::default();
    stage.sleeper("broker", true, &[1, 2, 3, 4, 5]);
    stage.sleeper("tool", false, &[3]);
    assert_eq!(stage.run(Instant::MAX), Ok(at(3)));
    // The tool's sleep is the older one, and with it the run ends.
    assert_eq!(*stage.log.borrow(), [(1, "broker"), (2, "broker"), (3, "tool")]);
}

#[test]
fn the_horizon_is_within_the_run_and_nothing_after_it_is() {
    for (horizon, last, ended) in [(10, (10, "tool"), 10), (19, (10, "tool"), 19)] {
        let stage = Stage::default();
        stage.sleeper("tool", false, &[9, 10, 20]);
        assert_eq!(stage.run(at(horizon)), Ok(at(ended)));
        assert_eq!(stage.log.borrow().last(), Some(&last));
    }
}

#[test]
fn a_run_that_is_told_to_stop_ends_between_two_moments() {
    let stage = Stage::default();
    stage.sleeper("tool", false, &[1, 2, 3]);
    let stop = Rc::new(AtomicBool::new(false));
    let (executor, raised) = (Rc::clone(&stage.executor), Rc::clone(&stop));
    let stopper = async move {
        executor.sleep_until(at(2)).await;
        raised.store(true, Ordering::Relaxed);
    };
    stage.executor.spawn(tool(1), false, Box::pin(stopper));
    assert_eq!(stage.executor.run(Instant::MAX, &stop), Ok(at(2)));
    stage.executor.clear();
    assert_eq!(*stage.log.borrow(), [(1, "tool"), (2, "tool")]);
}

#[test]
fn a_task_is_woken_by_another_and_only_it() {
    let stage = Stage::default();
    let bells: [Rc<Notify>; 2] = Default::default();
    for (name, bell) in ["first", "second"].into_iter().zip(&bells) {
        let (stage, bell) = (stage.clone(), Rc::clone(bell));
        let executor = Rc::clone(&stage.executor);
        let task = async move {
            bell.notified().await;
            stage.note(name);
        };
        executor.spawn(tool(0), false, Box::pin(task));
    }
    let executor = Rc::clone(&stage.executor);
    let ringer = async move {
        executor.sleep_until(at(5)).await;
        bells[1].notify_one();
        executor.sleep_until(at(6)).await;
        bells[0].notify_one();
    };
    stage.executor.spawn(tool(1), false, Box::pin(ringer));
    assert_eq!(stage.run(Instant::MAX), Ok(at(6)));
    assert_eq!(*stage.log.borrow(), [(5, "second"), (6, "first")]);
}

#[test]
fn a_dropped_sleep_wakes_nobody_who_must_not_wake() {
    let stage = Stage::default();
    let (inner, executor) = (stage.clone(), Rc::clone(&stage.executor));
    let task = async move {
        let early = executor.sleep_until(at(3));
        crate::world::race(early, executor.sleep_until(at(50))).await;
        inner.note("raced");
        // The entry of the sleep that lost still lies at 50 ns.
        executor.sleep_until(at(60)).await;
        inner.note("slept");
    };
    stage.executor.spawn(tool(0), false, Box::pin(task));
    assert_eq!(stage.run(Instant::MAX), Ok(at(60)));
    assert_eq!(*stage.log.borrow(), [(3, "raced"), (60, "slept")]);
}

#[test]
fn tasks_that_wait_for_what_never_comes_end_with_the_last_event() {
    let stage = Stage::default();
    stage.executor.spawn(tool(0), false, Box::pin(std::future::pending()));
    stage.sleeper("other", false, &[4]);
    assert_eq!(stage.run(at(100)), Ok(at(4)));
}

#[test]
fn time_that_stands_still_is_found_out_and_named() {
    let stage = Stage::default();
    let executor = Rc::clone(&stage.executor);
    let spinner = async move {
        executor.sleep_until(at(2_500_000_000)).await;
        loop {
            executor.sleep_until(executor.now()).await;
        }
    };
    stage.executor.spawn(ToolId { job: 4, tool: ToolId::BROKER }, false, Box::pin(spinner));
    let stuck = stage.run(Instant::MAX).expect_err("it never ends");
    assert_eq!(
        stuck.to_string(),
        "virtual time stands still at 2.500 s: job-4-broker never lets it pass \
         (a strategy or policy that waits for zero time in a loop)"
    );
}

#[test]
fn many_events_at_one_moment_are_no_reason_to_stop_as_long_as_they_are_many_tasks() {
    let stage = Stage::default();
    for _ in 0..2_000 {
        let executor = Rc::clone(&stage.executor);
        let task = async move {
            for _ in 0..600 {
                executor.sleep_until(at(0)).await;
            }
        };
        stage.executor.spawn(tool(0), false, Box::pin(task));
    }
    assert_eq!(stage.run(Instant::MAX), Ok(at(0)));
    assert!(stage.executor.events() > 1_200_000, "{}", stage.executor.events());
}

#[test]
fn what_is_left_is_dropped() {
    let held = Rc::new(());
    let stage = Stage::default();
    let (executor, inside) = (Rc::clone(&stage.executor), Rc::clone(&held));
    let task = async move {
        executor.sleep_until(Instant::MAX).await;
        drop(inside);
    };
    stage.executor.spawn(tool(0), false, Box::pin(task));
    stage.run(at(1_000)).expect("the horizon ends it");
    assert_eq!((Rc::strong_count(&held), Rc::strong_count(&stage.executor)), (1, 1));
}
