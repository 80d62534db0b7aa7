//! Many scenarios, contenders and seeds on all cores. Results do not depend on
//! how many there are.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::record::Recorder;
use crate::run::{ContenderRecord, SeedRun, locked, on_all_cores, simulate_one};
use crate::scenario::Scenario;
use crate::world::sim::Stuck;

/// One contender of one scenario under some seeds.
#[derive(Clone, Copy, Debug)]
pub struct Task<'a> {
    /// Where it runs.
    pub scenario: &'a Scenario,
    /// Its number among the scenario's contenders.
    pub contender: usize,
    /// One run for each.
    pub seeds: &'a [u64],
}

/// Gathers the runs of one task, in seed order once all are there.
struct Gathered {
    runs: Vec<Option<SeedRun>>,
    missing: usize,
}

/// Runs every seed of every task. `done` is told of each task that is whole,
/// in the order they finish, by its number and its runs in seed order. Stops
/// early when `stop` is set: tasks cut short are then never told of.
/// `tick` hears of every seed that is done.
///
/// # Errors
/// [`Stuck`] when a strategy never lets time pass.
pub fn run_all<F: FnMut(usize, Vec<SeedRun>) + Send>(
    tasks: &[Task<'_>],
    stop: &AtomicBool,
    tick: &(dyn Fn() + Sync),
    done: F,
) -> Result<(), Stuck> {
    // Units are numbered through: task by task, seed by seed.
    let mut first = Vec::with_capacity(tasks.len() + 1);
    let mut units = 0;
    for task in tasks {
        first.push(units);
        units += task.seeds.len();
    }
    let gathered: Vec<Mutex<Gathered>> = tasks
        .iter()
        .map(|task| Mutex::new(Gathered { runs: Vec::new(), missing: task.seeds.len() }))
        .collect();
    let done = Mutex::new(done);
    on_all_cores(units, stop, |unit| {
        let number = first.partition_point(|first| *first <= unit) - 1;
        let (task, index) = (&tasks[number], unit - first[number]);
        let contender = &task.scenario.contenders[task.contender];
        let seed = task.seeds[index];
        let run = simulate_one(task.scenario, contender, seed, Recorder::default(), stop)?;
        // A run that was cut off is no run.
        if stop.load(Ordering::Relaxed) {
            return Ok(());
        }
        tick();
        let mut slot = locked(&gathered[number]);
        if slot.runs.is_empty() {
            slot.runs.resize_with(task.seeds.len(), || None);
        }
        slot.runs[index] = Some(run);
        slot.missing -= 1;
        if slot.missing == 0 {
            let runs = std::mem::take(&mut slot.runs).into_iter().flatten().collect();
            drop(slot);
            locked(&done)(number, runs);
        }
        Ok(())
    })
}

/// The record over all seeds of a task's runs.
#[must_use]
pub fn record(seeds: &[u64], runs: Vec<SeedRun>) -> ContenderRecord {
    let mut record = ContenderRecord::default();
    for (index, (seed, run)) in seeds.iter().zip(runs).enumerate() {
        record.add(index, *seed, run);
    }
    record
}
