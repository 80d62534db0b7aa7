//! A sweep: some contenders at every point, kept in a result file that a later
//! run can finish.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;

use serde::{Deserialize, Serialize};

use super::cell::Cell;
use super::edit::{EditError, Editor};
use super::engine::{Task, record, run_all};
use super::value::Value;
use crate::scenario::Scenario;
use crate::world::sim::Stuck;

/// What [`SweepResult::kind`] says.
const KIND: &str = "stampede-sweep";
/// Raised when a field changes its meaning.
const FORMAT_VERSION: u32 = 1;

/// What a sweep runs and what it found so far.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct SweepResult {
    /// Tells this file from other results.
    pub kind: String,
    /// The version of this format.
    pub format_version: u32,
    /// The program that wrote it.
    pub stampede_version: String,
    /// The scenario's name.
    pub scenario: String,
    /// 16 hex digits over its text.
    pub scenario_hash: String,
    /// `PATH=VALUES` of each parameter.
    pub axes: Vec<String>,
    /// `grid`, `lhs:N` or `sobol:N`.
    pub design: String,
    /// The seed of the design.
    pub design_seed: u64,
    /// The seeds of the runs.
    pub seeds: Vec<u64>,
    /// Who was run.
    pub contenders: Vec<String>,
    /// Every point of the design, in its order.
    pub points: Vec<Point>,
}

/// One point of a sweep.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Point {
    /// The value on each axis, as the scenario would write it.
    pub values: Vec<String>,
    /// A cell per contender in their order; empty until the point has been run.
    pub cells: Vec<Cell>,
}

/// The sizes and names that a sweep is made of.
#[derive(Clone, Debug)]
pub struct Plan<'a> {
    /// The scenario with the contenders that are run.
    pub scenario: &'a Scenario,
    /// `PATH=VALUES`, and the paths alone.
    pub axes: Vec<(String, String)>,
    /// As the user wrote it.
    pub design: String,
    /// The seed of the design.
    pub design_seed: u64,
    /// The seeds of the runs.
    pub seeds: Vec<u64>,
    /// The points.
    pub points: Vec<Vec<Value>>,
}

impl Plan<'_> {
    /// The result file of this sweep before anything has been run.
    #[must_use]
    pub fn empty_result(&self) -> SweepResult {
        let texts = |point: &Vec<Value>| point.iter().map(|value| value.text.clone()).collect();
        SweepResult {
            kind: KIND.into(),
            format_version: FORMAT_VERSION,
            stampede_version: env!("CARGO_PKG_VERSION").into(),
            scenario: self.scenario.name.clone(),
            scenario_hash: self.scenario.hash.clone(),
            axes: self.axes.iter().map(|(whole, _)| whole.clone()).collect(),
            design: self.design.clone(),
            design_seed: self.design_seed,
            seeds: self.seeds.clone(),
            contenders: self.scenario.contenders.iter().map(|c| c.name.clone()).collect(),
            points: self
                .points
                .iter()
                .map(|point| Point { values: texts(point), cells: Vec::new() })
                .collect(),
        }
    }

    /// Every point's scenario, checked before anything runs.
    ///
    /// # Errors
    /// The first point that cannot be run, and why.
    pub fn scenarios(&self) -> Result<Vec<Scenario>, EditError> {
        let editor = Editor::new(&self.scenario.name, &self.scenario.text).map_err(|error| {
            EditError::Nowhere {
                scenario: self.scenario.name.clone(),
                path: error.to_string(),
                meant: None,
            }
        })?;
        let wanted: Vec<&str> = self.scenario.contenders.iter().map(|c| c.name.as_str()).collect();
        self.points
            .iter()
            .map(|point| {
                let changes: Vec<(&str, &Value)> =
                    self.axes.iter().map(|(_, path)| path.as_str()).zip(point).collect();
                let mut scenario = editor.with(&changes)?;
                scenario.contenders.retain(|c| wanted.contains(&c.name.as_str()));
                Ok(scenario)
            })
            .collect()
    }
}

impl SweepResult {
    /// Takes over the points that an earlier run of the same sweep has done.
    ///
    /// # Errors
    /// What is different between the two.
    pub fn resume(&mut self, earlier: &Self) -> Result<usize, String> {
        let differs = [
            ("the file's kind", self.kind != earlier.kind),
            ("the file's format", self.format_version != earlier.format_version),
            ("the version of stampede", self.stampede_version != earlier.stampede_version),
            ("the scenario", self.scenario_hash != earlier.scenario_hash),
            ("a parameter (--vary)", self.axes != earlier.axes),
            (
                "the sample (--sample, --seed)",
                self.design != earlier.design || self.design_seed != earlier.design_seed,
            ),
            ("the seeds (--seeds)", self.seeds != earlier.seeds),
            ("the contenders (--contender)", self.contenders != earlier.contenders),
        ];
        if let Some((what, _)) = differs.iter().find(|(_, differs)| *differs) {
            return Err(format!("{what} is not the same: it can only finish the same sweep"));
        }
        let known: BTreeMap<&Vec<String>, &Vec<Cell>> =
            earlier.points.iter().map(|point| (&point.values, &point.cells)).collect();
        let mut taken = 0;
        for point in &mut self.points {
            if let Some(cells) = known.get(&point.values).filter(|cells| !cells.is_empty()) {
                point.cells = (*cells).clone();
                taken += 1;
            }
        }
        Ok(taken)
    }

    /// Points that have been run.
    #[must_use]
    pub fn done(&self) -> usize {
        self.points.iter().filter(|point| !point.cells.is_empty()).count()
    }

    /// Whether all have.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.done() == self.points.len()
    }

    /// Runs the points that are missing, and keeps each as it is done; `keep`
    /// may save the result so far, now and then.
    ///
    /// # Errors
    /// [`Stuck`] when a strategy never lets time pass.
    pub fn run(
        &mut self,
        scenarios: &[Scenario],
        stop: &AtomicBool,
        tick: &(dyn Fn() + Sync),
        keep: &mut (dyn FnMut(&Self) + Send),
    ) -> Result<(), Stuck> {
        let seeds = self.seeds.clone();
        let names = self.contenders.clone();
        let missing: Vec<usize> =
            (0..self.points.len()).filter(|at| self.points[*at].cells.is_empty()).collect();
        let owner: Vec<(usize, usize)> = missing
            .iter()
            .flat_map(|point| (0..names.len()).map(move |contender| (*point, contender)))
            .collect();
        let tasks: Vec<Task<'_>> = owner
            .iter()
            .map(|(point, contender)| Task {
                scenario: &scenarios[*point],
                contender: *contender,
                seeds: &seeds,
            })
            .collect();
        let mut halves: BTreeMap<usize, Vec<Option<Cell>>> = BTreeMap::new();
        run_all(&tasks, stop, tick, |number, runs| {
            let (point, contender) = owner[number];
            let cells = halves.entry(point).or_insert_with(|| vec![None; names.len()]);
            let record = record(&seeds, runs);
            let horizon = scenarios[point].horizon;
            cells[contender] = Some(Cell::of(&names[contender], &record, horizon));
            if cells.iter().all(Option::is_some) {
                let whole = halves.remove(&point).unwrap_or_default();
                self.points[point].cells = whole.into_iter().flatten().collect();
                keep(self);
            }
        })
    }
}
