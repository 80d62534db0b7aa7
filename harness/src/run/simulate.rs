//! The simulated world: one thread per core, each with one seed of one
//! contender at a time.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use mock_sts::clock::Instant;
use mock_sts::service::Ledger;

use super::ContenderRecord;
use crate::admission::Admission;
use crate::fleet::{Fleet, JobShape};
use crate::record::{Progress, Recorder};
use crate::restraint::Restrained;
use crate::scenario::{Contender, Expectation, Scenario};
use crate::strategy::{Strategy, Visitor};
use crate::tool::Shared;
use crate::world::ToolId;
use crate::world::sim::{Executor, SimWorld, Stuck};

/// One contender under one seed.
#[derive(Clone, Debug)]
pub struct SeedRun {
    /// What its tools counted.
    pub recorder: Recorder,
    /// What the service counted.
    pub ledger: Ledger,
    /// Jobs that were to start before the horizon or not.
    pub planned_jobs: u64,
    /// When the last job ended, or the horizon.
    pub ended: Instant,
    /// Polls made; zero in the real world.
    pub events: u64,
}

/// Runs every contender under every seed in virtual time, on all cores.
/// Results do not depend on how many there are. Stops when `stop` is
/// set; then the records hold what was done until then, and jobs that were cut
/// off count as not succeeded.
///
/// # Errors
/// [`Stuck`] when a strategy never lets time pass.
pub fn simulate(
    scenario: &Scenario,
    progress: &[Arc<Progress>],
    stop: &AtomicBool,
) -> Result<Vec<ContenderRecord>, Stuck> {
    let contenders = &scenario.contenders;
    let units = contenders.len() * scenario.seeds.len();
    let records: Vec<Mutex<ContenderRecord>> =
        contenders.iter().map(|contender| Mutex::new(record_for(scenario, contender))).collect();
    on_all_cores(units, stop, |unit| {
        let (index, contender) = (unit / contenders.len(), unit % contenders.len());
        let seed = scenario.seeds[index];
        let watched = Recorder::watched(Arc::clone(&progress[contender]));
        let run = simulate_one(scenario, &contenders[contender], seed, watched, stop)?;
        locked(&records[contender]).add(index, seed, run);
        Ok(())
    })?;
    Ok(records
        .into_iter()
        .map(|record| record.into_inner().unwrap_or_else(PoisonError::into_inner))
        .collect())
}

/// An empty record that keeps what the contender's expectations need.
fn record_for(scenario: &Scenario, contender: &Contender) -> ContenderRecord {
    let mut about = scenario.expectations.iter().filter(|line| line.contender == contender.name);
    let mut record = ContenderRecord::default();
    record.keep_times = about.any(Expectation::needs_times);
    record
}

/// Does `work` for each unit from 0, one core taking the next as another is
/// busy, until all are done, `stop` is set or one is stuck.
///
/// # Errors
/// The last [`Stuck`] that was found.
pub(crate) fn on_all_cores(
    units: usize,
    stop: &AtomicBool,
    work: impl Fn(usize) -> Result<(), Stuck> + Sync,
) -> Result<(), Stuck> {
    let next = AtomicUsize::new(0);
    let stuck: Mutex<Option<Stuck>> = Mutex::new(None);
    let one_core = || {
        while !stop.load(Ordering::Relaxed) && locked(&stuck).is_none() {
            let unit = next.fetch_add(1, Ordering::Relaxed);
            if unit >= units {
                break;
            }
            if let Err(found) = work(unit) {
                *locked(&stuck) = Some(found);
            }
        }
    };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..cores.min(units) {
            scope.spawn(one_core);
        }
    });
    match stuck.into_inner().unwrap_or_else(PoisonError::into_inner) {
        Some(stuck) => Err(stuck),
        None => Ok(()),
    }
}

pub(crate) fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs one contender under one seed in virtual time.
///
/// # Errors
/// [`Stuck`] when its strategy never lets time pass.
pub fn simulate_one(
    scenario: &Scenario,
    contender: &Contender,
    seed: u64,
    recorder: Recorder,
    stop: &AtomicBool,
) -> Result<SeedRun, Stuck> {
    contender.strategy.accept(SimRun { scenario, contender, seed, recorder, stop })
}

struct SimRun<'a> {
    scenario: &'a Scenario,
    contender: &'a Contender,
    seed: u64,
    recorder: Recorder,
    stop: &'a AtomicBool,
}

impl Visitor for SimRun<'_> {
    type Output = Result<SeedRun, Stuck>;

    fn visit<S: Strategy>(self, config: &S::Config) -> Self::Output {
        let Self { scenario, contender, seed, mut recorder, stop } = self;
        let executor = Rc::new(Executor::default());
        let world = SimWorld::new(Rc::clone(&executor), &scenario.mock, scenario.hop, seed);
        let world = match recorder.tale() {
            Some(tale) => world.telling_of(tale.job()),
            None => world,
        };
        let world = Rc::new(world.patient_for(contender.attempt_timeout));
        let shared = Rc::new(shared(scenario, contender, seed, recorder));
        let shape = shape(scenario, contender);
        let fleet = Fleet::<_, S>::new(&world, Rc::clone(&shared), shape, config, contender.jobs);
        let starts = scenario.fleet.arrivals.starts(seed, contender.jobs);
        let who = ToolId { job: 0, tool: 0 };
        executor.spawn(who, false, Box::pin(fleet.drive(starts)));
        let ended = executor.run(Instant::ZERO + scenario.horizon, stop)?;
        let mut recorder = shared.recorder.take();
        if let Some(tale) = recorder.tale() {
            tale.hear(world.told());
        }
        executor.clear();
        Ok(SeedRun {
            recorder,
            ledger: world.ledger(),
            planned_jobs: u64::from(contender.jobs),
            ended,
            events: executor.events(),
        })
    }
}

/// What the tools of a contender share on one thread, in either world.
pub(super) fn shared(
    scenario: &Scenario,
    contender: &Contender,
    seed: u64,
    recorder: Recorder,
) -> Shared {
    Shared {
        seed,
        policy: contender.policy.build(),
        retry_on: contender.retry_on.clone(),
        renew_token: contender.renew_token,
        session_s: scenario.fleet.session.as_secs() as u32,
        admission: contender.admission.as_ref().map(Admission::new),
        fallback: contender.fallback.clone(),
        restrained: Restrained::new(&contender.restraints),
        recorder: RefCell::new(recorder),
    }
}

/// What a contender's jobs are like, in either world.
pub(super) fn shape(scenario: &Scenario, contender: &Contender) -> JobShape {
    JobShape {
        tools: contender.tools_per_job,
        spacing: scenario.fleet.tool_spacing,
        work: scenario.fleet.work,
    }
}
