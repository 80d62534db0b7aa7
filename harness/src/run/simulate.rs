//! The simulated world: one thread per core, each with one seed of one
//! contender at a time.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::Range;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use mock_sts::clock::Instant;
use mock_sts::service::Ledger;

use super::{ContenderRecord, early, writer};
use crate::admission::Admission;
use crate::fleet::{Fleet, JobShape};
use crate::record::{AttemptLog, Progress, Recorder};
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
    all_of(scenario, &SimOptions { progress, stop, lines: None })
}

/// What a run in virtual time is told beside its scenario.
#[derive(Clone, Debug)]
pub struct SimOptions<'a> {
    /// One entry a contender, to count into.
    pub progress: &'a [Arc<Progress>],
    /// Becomes true when the run is to end early.
    pub stop: &'a AtomicBool,
    /// Where a line goes for each attempt, if anybody wants that.
    pub lines: Option<Arc<AttemptLog>>,
}

/// What a run in virtual time came to.
#[derive(Debug)]
pub struct Simulated {
    /// One a contender.
    pub records: Vec<ContenderRecord>,
    /// Of the scenario's seeds, how many ran, from the first.
    pub seeds: usize,
    /// Why the others did not, in one sentence.
    pub ended_early: Option<String>,
}

/// The same as [`simulate`], but for what `options` add; and it ends after the first seed by which
/// an expectation that is marked so can no longer be met. That seed does not depend on how many
/// cores there are.
///
/// # Errors
/// [`Stuck`] when a strategy never lets time pass.
pub fn simulate_as(scenario: &Scenario, options: &SimOptions<'_>) -> Result<Simulated, Stuck> {
    let all_seeds = scenario.seeds.len();
    if !early::is_possible(scenario) {
        let records = all_of(scenario, options)?;
        return Ok(Simulated { records, seeds: all_seeds, ended_early: None });
    }
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let contenders = &scenario.contenders;
    let mut records: Vec<_> = contenders.iter().map(|it| record_for(scenario, it)).collect();
    for first in (0..all_seeds).step_by(cores) {
        let batch = first..(first + cores).min(all_seeds);
        let held: Mutex<BTreeMap<(usize, usize), SeedRun>> = Mutex::default();
        each_run(scenario, options, batch.clone(), |index, contender, run| {
            locked(&held).insert((index, contender), run);
        })?;
        let mut held = held.into_inner().unwrap_or_else(PoisonError::into_inner);
        for index in batch {
            for (contender, record) in records.iter_mut().enumerate() {
                if let Some(run) = held.remove(&(index, contender)) {
                    record.add(index, scenario.seeds[index], run);
                }
            }
            let why = early::broken_by_records(scenario, &records);
            if why.is_some() && index + 1 < all_seeds {
                return Ok(Simulated { records, seeds: index + 1, ended_early: why });
            }
        }
    }
    Ok(Simulated { records, seeds: all_seeds, ended_early: None })
}

/// Every contender under every seed.
fn all_of(scenario: &Scenario, options: &SimOptions<'_>) -> Result<Vec<ContenderRecord>, Stuck> {
    let contenders = scenario.contenders.iter();
    let records: Vec<Mutex<ContenderRecord>> =
        contenders.map(|contender| Mutex::new(record_for(scenario, contender))).collect();
    each_run(scenario, options, 0..scenario.seeds.len(), |index, contender, run| {
        locked(&records[contender]).add(index, scenario.seeds[index], run);
    })?;
    Ok(records
        .into_iter()
        .map(|record| record.into_inner().unwrap_or_else(PoisonError::into_inner))
        .collect())
}

/// Hands over the run of every contender under these of the scenario's seeds, in any order.
fn each_run(
    scenario: &Scenario,
    options: &SimOptions<'_>,
    seeds: Range<usize>,
    take: impl Fn(usize, usize, SeedRun) + Sync,
) -> Result<(), Stuck> {
    let contenders = &scenario.contenders;
    on_all_cores(contenders.len() * seeds.len(), options.stop, |unit| {
        let (index, at) = (seeds.start + unit / contenders.len(), unit % contenders.len());
        let (contender, seed) = (&contenders[at], scenario.seeds[index]);
        let lines = options.lines.as_ref();
        let lines = lines.map(|log| writer(log, scenario, contender, seed));
        let recorder = Recorder::watched(Arc::clone(&options.progress[at])).writing(lines);
        take(index, at, simulate_one(scenario, contender, seed, recorder, options.stop)?);
        Ok(())
    })
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
        recorder.finish();
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
        session_s: scenario.fleet.session.as_secs() as u16,
        regions: contender.regions,
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
