//! A single-threaded executor whose clock jumps from event to event.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

use prefetch_index::prefetch_index;

use super::Wheel;
use crate::world::{Instant, ToolId};

/// Events at one instant beyond which time is held to stand still, per task
/// and at the least.
const EVENTS_AT_ONE_INSTANT: u64 = 1_000;
const EVENTS_AT_LEAST: u64 = 1_000_000;

type Task = Pin<Box<dyn Future<Output = ()>>>;

/// Runs tasks in virtual time. Ties are run in the order in which they were
/// made, so a run is a function of its inputs.
#[derive(Default)]
pub struct Executor {
    wheel: RefCell<Wheel>,
    ready: RefCell<VecDeque<u32>>,
    tasks: RefCell<Tasks>,
    /// Tasks that the run waits for.
    foreground: Cell<usize>,
    now: Cell<u64>,
    current: Cell<u32>,
    events: Cell<u64>,
    at_this_instant: Cell<u64>,
    woken: Arc<Woken>,
}

#[derive(Default)]
struct Tasks {
    /// What is polled, apart from what is only looked at in the end.
    slots: Vec<Option<Task>>,
    owners: Vec<Owner>,
    free: Vec<u32>,
}

#[derive(Clone, Copy)]
struct Owner {
    who: ToolId,
    background: bool,
}

/// A strategy kept asking without letting time pass.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Stuck {
    /// Where time stood still.
    pub at: Instant,
    /// Whose task was running.
    pub who: ToolId,
}

impl fmt::Display for Stuck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "virtual time stands still at {}: {} never lets it pass (a strategy or policy that waits for zero time in a loop)",
            self.at,
            self.who.session_name()
        )
    }
}

impl std::error::Error for Stuck {}

impl Executor {
    /// Now, in virtual time.
    #[must_use]
    pub fn now(&self) -> Instant {
        Instant::from_nanos(self.now.get())
    }

    /// Polls made so far.
    #[must_use]
    pub fn events(&self) -> u64 {
        self.events.get()
    }

    /// Adds a task, to be polled after all that are ready. The run waits for it
    /// unless it is a background task.
    pub fn spawn(&self, who: ToolId, background: bool, task: Task) {
        self.foreground.set(self.foreground.get() + usize::from(!background));
        let mut tasks = self.tasks.borrow_mut();
        let owner = Owner { who, background };
        let id = match tasks.free.pop() {
            Some(id) => {
                tasks.slots[id as usize] = Some(task);
                tasks.owners[id as usize] = owner;
                id
            }
            None => {
                tasks.slots.push(Some(task));
                tasks.owners.push(owner);
                (tasks.slots.len() - 1) as u32
            }
        };
        self.ready.borrow_mut().push_back(id);
    }

    /// A future that is ready at `at`.
    pub fn sleep_until(&self, at: Instant) -> Sleep<'_> {
        Sleep { executor: self, at: at.as_nanos().min(FILED - 1) }
    }

    /// Runs until every foreground task has ended, `horizon` is reached or
    /// `stop` is set; returns when that was.
    ///
    /// # Errors
    /// [`Stuck`] when tasks keep each other busy without time passing.
    pub fn run(&self, horizon: Instant, stop: &AtomicBool) -> Result<Instant, Stuck> {
        let mut waker = TaskWaker::for_executor(&self.woken);
        while self.foreground.get() > 0 {
            let ready = self.ready.borrow_mut().pop_front();
            let next = match ready {
                None if stop.load(Ordering::Relaxed) => None,
                None => self.advance(horizon),
                ready => ready,
            };
            let Some(id) = next else { break };
            self.current.set(id);
            self.events.set(self.events.get() + 1);
            self.count_at_this_instant(id)?;
            self.poll(id, &mut waker);
            self.woken.drain_into(&mut self.ready.borrow_mut());
        }
        Ok(self.now())
    }

    /// Drops every task that is left: tasks hold their world, and the world
    /// holds the executor.
    pub fn clear(&self) {
        let left = std::mem::take(&mut *self.tasks.borrow_mut());
        drop(left);
    }

    /// Moves time on; the task whose turn it is then, unless that is beyond the horizon.
    fn advance(&self, horizon: Instant) -> Option<u32> {
        let mut wheel = self.wheel.borrow_mut();
        let next = wheel.advance(&mut self.ready.borrow_mut());
        if next.is_none() || wheel.now() > horizon.as_nanos() {
            self.now.set(self.now.get().max(horizon.as_nanos().min(wheel.now())));
            return None;
        }
        self.now.set(wheel.now());
        self.at_this_instant.set(0);
        if !wheel.coming().is_empty() {
            let tasks = self.tasks.borrow();
            if tasks.slots.len() > IN_CACHE_ANYWAY {
                let coming = wheel.coming().iter();
                coming
                    .filter_map(|&task| tasks.slots[task as usize].as_ref())
                    .for_each(fetch_ahead);
            }
        }
        next
    }

    fn count_at_this_instant(&self, id: u32) -> Result<(), Stuck> {
        let count = self.at_this_instant.get() + 1;
        self.at_this_instant.set(count);
        if count > EVENTS_AT_LEAST {
            let tasks = self.tasks.borrow();
            // Slots, not tasks that still run: a herd that ends at one instant
            // is no reason to suspect its last tasks.
            let most = EVENTS_AT_ONE_INSTANT.saturating_mul(tasks.slots.len() as u64);
            if count > most.max(EVENTS_AT_LEAST) {
                return Err(Stuck { at: self.now(), who: tasks.owners[id as usize].who });
            }
        }
        Ok(())
    }

    /// Polls a task outside of its slot, so that it may spawn others meanwhile.
    fn poll(&self, id: u32, waker: &mut ReusableWaker) {
        let taken = self.tasks.borrow_mut().slots[id as usize].take();
        // A stale timer of a task that has ended finds an empty slot.
        let Some(mut task) = taken else { return };
        let waker = waker.for_task(id);
        let polled = task.as_mut().poll(&mut Context::from_waker(waker));
        let mut tasks = self.tasks.borrow_mut();
        match polled {
            Poll::Pending => tasks.slots[id as usize] = Some(task),
            Poll::Ready(()) => {
                let is_foreground = !tasks.owners[id as usize].background;
                self.foreground.set(self.foreground.get() - usize::from(is_foreground));
                tasks.free.push(id);
                drop(tasks);
                drop(task);
            }
        }
    }
}

/// Asks the processor for a task's memory before its turn comes. In a large
/// fleet it has long left the cache, and half a simulation is waiting for it.
fn fetch_ahead(task: &Task) {
    let (task, none) = (&**task, &[0_u8; 0][..]);
    // The hint takes an element of a slice, also one beyond its end, and reads nothing.
    let start = (&raw const *task).addr().wrapping_sub(none.as_ptr().addr());
    for line in (0..size_of_val(task)).step_by(CACHE_LINE) {
        prefetch_index(none, start + line);
    }
}

const CACHE_LINE: usize = 64;
/// So many tasks stay within a processor's own cache, of a megabyte and more.
const IN_CACHE_ANYWAY: usize = 2_000;

impl fmt::Debug for Executor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Executor").field("now", &self.now).field("events", &self.events).finish()
    }
}

/// See [`Executor::sleep_until`]. Every waiting tool has one: it is small.
#[derive(Debug)]
pub struct Sleep<'a> {
    executor: &'a Executor,
    /// When it ends; with [`FILED`], the wheel knows of it.
    at: u64,
}

/// No run comes as far as this bit, 292 years.
const FILED: u64 = 1 << 63;

impl Future for Sleep<'_> {
    type Output = ();

    #[inline]
    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        let executor = self.executor;
        if self.at & FILED != 0 {
            let is_over = executor.now.get() >= self.at & !FILED;
            return if is_over { Poll::Ready(()) } else { Poll::Pending };
        }
        // A sleep that is over before it begins still lets the others go first,
        // so that a loop of such sleeps is seen by the executor.
        let mut ready = executor.ready.borrow_mut();
        executor.wheel.borrow_mut().insert(self.at, executor.current.get(), &mut ready);
        self.at |= FILED;
        Poll::Pending
    }
}

/// Tasks woken by others, through the wakers that `tokio::sync` keeps.
#[derive(Default)]
struct Woken {
    any: AtomicBool,
    tasks: Mutex<Vec<u32>>,
}

impl Woken {
    fn drain_into(&self, ready: &mut VecDeque<u32>) {
        // A look is cheaper than a swap, and nearly always all there is to it.
        if self.any.load(Ordering::Relaxed) && self.any.swap(false, Ordering::Relaxed) {
            let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
            ready.extend(tasks.drain(..));
        }
    }
}

struct TaskWaker {
    task: AtomicU32,
    woken: Arc<Woken>,
}

impl Wake for TaskWaker {
    fn wake(self: Arc<Self>) {
        let task = self.task.load(Ordering::Relaxed);
        self.woken.tasks.lock().unwrap_or_else(PoisonError::into_inner).push(task);
        self.woken.any.store(true, Ordering::Relaxed);
    }
}

impl TaskWaker {
    fn for_executor(woken: &Arc<Woken>) -> ReusableWaker {
        let inner = Arc::new(Self { task: AtomicU32::new(0), woken: Arc::clone(woken) });
        ReusableWaker { waker: Waker::from(Arc::clone(&inner)), inner }
    }
}

/// One waker for all tasks, until one of them keeps it: most tasks only sleep,
/// and a sleep needs no waker.
struct ReusableWaker {
    inner: Arc<TaskWaker>,
    waker: Waker,
}

impl ReusableWaker {
    fn for_task(&mut self, id: u32) -> &Waker {
        let kept_by_a_task = Arc::strong_count(&self.inner) > 2;
        if kept_by_a_task && self.inner.task.load(Ordering::Relaxed) != id {
            *self = TaskWaker::for_executor(&self.inner.woken);
        }
        self.inner.task.store(id, Ordering::Relaxed);
        &self.waker
    }
}
