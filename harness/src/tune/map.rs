//! A map of stability as a result file.

use serde::{Deserialize, Serialize};

use super::stability::{Cell, Region, Stability};

/// What [`StabilityResult::kind`] says.
const KIND: &str = "stampede-stability";
/// Raised when a field changes its meaning.
const FORMAT_VERSION: u32 = 1;

/// The whole map.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct StabilityResult {
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
    /// `outage` or `key-outage`.
    pub trigger: String,
    /// Jobs a minute, as they were given.
    pub loads: Vec<String>,
    /// How long the trigger lasted, likewise.
    pub lengths: Vec<String>,
    /// How long the fleet was watched afterwards.
    pub watch_s: u64,
    /// The seeds of the runs.
    pub seeds: Vec<u64>,
    /// Contender by contender, load by load, length by length.
    pub cells: Vec<Mapped>,
}

/// One cell and where it lies.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Mapped {
    /// What was measured.
    #[serde(flatten)]
    pub cell: Cell,
    /// What that comes to.
    pub region: Region,
    /// The share of runs that never recovered.
    pub never: f64,
}

impl StabilityResult {
    /// The result of a map.
    #[must_use]
    pub fn of(asked: &Stability<'_>, cells: &[Cell]) -> Self {
        let mapped = cells.iter().map(|cell| Mapped {
            cell: cell.clone(),
            region: cell.region(),
            never: cell.never(),
        });
        Self {
            kind: KIND.into(),
            format_version: FORMAT_VERSION,
            stampede_version: env!("CARGO_PKG_VERSION").into(),
            scenario: asked.scenario.name.clone(),
            scenario_hash: asked.scenario.hash.clone(),
            trigger: asked.trigger.into(),
            loads: asked.loads.iter().map(|load| load.text.clone()).collect(),
            lengths: asked.lengths.iter().map(|length| length.text.clone()).collect(),
            watch_s: asked.watch.as_secs(),
            seeds: asked.seeds.to_vec(),
            cells: mapped.collect(),
        }
    }

    /// As it is written.
    #[must_use]
    pub fn json(&self) -> String {
        // Strings, numbers and lists: nothing in it can fail to be written.
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }
}
