//! The breaking point of a contender: the least strain under which it fails.

use std::fmt::Write as _;
use std::sync::atomic::AtomicBool;

use mock_sts::config::problem::InvalidFile;
use serde::Serialize;

use super::draft::Draft;
use super::probe::{Bound, Probe, probe};
use super::show::{aligned, percent, proportion};
use super::strain::Strain;
use super::threshold::search;
use crate::scenario::{Contender, Scenario};
use crate::world::sim::Stuck;

/// Why there is no breaking point to tell.
#[derive(Debug, thiserror::Error)]
pub enum BreakingError {
    /// A level makes no scenario.
    #[error("the scenario cannot be put under so much strain:\n\n{0}")]
    Invalid(Box<InvalidFile>),
    /// A strategy never lets time pass.
    #[error(transparent)]
    Stuck(#[from] Stuck),
}

/// One strain and the level at which it breaks the contender.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct BreakingPoint {
    /// What was raised.
    pub strain: &'static str,
    /// The last level that held, over all seeds; none where the first breaks.
    pub holds: Option<Probe>,
    /// The level that broke; none where the highest held.
    pub breaks: Option<Probe>,
    /// Every level that was tried, in order.
    pub tried: Vec<Probe>,
}

/// What is asked.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// The scenario that is put under strain.
    pub scenario: &'a Scenario,
    /// Who is asked about.
    pub contender: &'a Contender,
    /// The runs of every level.
    pub seeds: &'a [u64],
    /// What it must keep.
    pub bound: Bound,
    /// The largest fleet that is tried.
    pub most_jobs: u32,
    /// Whether all seeds are run also where it is clear that a level breaks.
    pub whole: bool,
}

impl Question<'_> {
    /// Raises `strain` until the contender breaks; none when stopped.
    ///
    /// # Errors
    /// A level makes no scenario, or a strategy is stuck.
    pub fn answer(
        &self,
        strain: Strain,
        stop: &AtomicBool,
    ) -> Result<Option<BreakingPoint>, BreakingError> {
        let mut tried: Vec<Probe> = Vec::new();
        let scale = strain.scale(self.scenario, self.most_jobs);
        let found = search(scale, |level| -> Result<Option<bool>, BreakingError> {
            let Some(probe) = self.at(strain, level, self.whole, stop)? else { return Ok(None) };
            let broken = probe.broken;
            tried.push(probe);
            Ok(Some(broken))
        })?;
        let Some(found) = found else { return Ok(None) };
        tried.sort_by(|a, b| a.level.total_cmp(&b.level));
        let known = |level: f64| tried.iter().position(|probe| probe.level == level);
        let holds = found.holds.and_then(known).map(|index| tried[index].clone());
        let mut breaks = None;
        if let Some(index) = found.breaks.and_then(known) {
            // It was stopped when it was clear that it breaks; by how much takes all seeds.
            if !tried[index].whole {
                let level = tried[index].level;
                let Some(whole) = self.at(strain, level, true, stop)? else { return Ok(None) };
                tried[index] = whole;
            }
            breaks = Some(tried[index].clone());
        }
        Ok(Some(BreakingPoint { strain: strain.name(), holds, breaks, tried }))
    }

    /// The draft of the scenario at a level.
    #[must_use]
    pub fn draft(&self, strain: Strain, level: f64) -> Draft {
        strain.at(level, self.scenario, self.contender)
    }

    fn at(
        &self,
        strain: Strain,
        level: f64,
        whole: bool,
        stop: &AtomicBool,
    ) -> Result<Option<Probe>, BreakingError> {
        let scenario = self
            .draft(strain, level)
            .check(&self.scenario.name)
            .map_err(|invalid| BreakingError::Invalid(Box::new(invalid)))?;
        let known = scenario.contenders.iter().find(|c| c.name == self.contender.name);
        let contender = known.unwrap_or(self.contender);
        let probed = probe(&scenario, contender, self.seeds, self.bound, whole, stop)?;
        let words = strain.words(level, self.scenario, self.contender);
        Ok(probed.map(|probe| Probe { level, words, ..probe }))
    }
}

impl BreakingPoint {
    /// The levels that contradict the search: one that breaks below one that holds.
    #[must_use]
    pub fn out_of_order(&self) -> Option<(&Probe, &Probe)> {
        let first_broken = self.tried.iter().find(|probe| probe.broken)?;
        let held_above = self.tried.iter().rev().find(|probe| !probe.broken)?;
        (held_above.level > first_broken.level).then_some((first_broken, held_above))
    }
}

/// The answers as text.
#[must_use]
pub fn table(question: &Question<'_>, points: &[BreakingPoint], complete: bool) -> String {
    let Question { scenario, contender, seeds, bound, .. } = question;
    let mut text = format!("breaking points of {} in {}\n", contender.name, scenario.name);
    let _ = writeln!(
        text,
        "simulated, {} seeds for every level, to keep: {}\n",
        seeds.len(),
        bound.words()
    );
    let head = ["strain", "holds up to", "breaks at", "runs that lose a job", "jobs ok", "of what"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for point in points {
        let held = point.holds.as_ref();
        let mut row = vec![
            point.strain.to_owned(),
            held.map_or_else(|| "nothing".into(), |probe| probe.words.clone()),
        ];
        match &point.breaks {
            Some(broke) => row.extend([
                broke.words.clone(),
                proportion(&broke.any_failure()),
                percent(broke.jobs.rate().unwrap_or(0.0)),
                broke.worst_failure.clone().map_or("unfinished".into(), |worst| short(&worst)),
            ]),
            None => row.extend([
                "not found".into(),
                held.map_or(String::new(), |probe| proportion(&probe.any_failure())),
            ]),
        }
        rows.push(row);
    }
    text += &aligned(&rows, 6);
    if points.iter().any(|point| point.holds.is_none()) {
        text.push_str("\nnothing: it breaks at the least of this strain that is tried\n");
    }
    for point in points {
        if let Some((broke, held)) = point.out_of_order() {
            let _ = writeln!(
                text,
                "\nnote: more {} is not always worse here: it breaks at {} and holds at {}",
                point.strain, broke.words, held.words
            );
        }
    }
    if !complete {
        text.push_str("\ninterrupted: strains that were not finished are left out\n");
    }
    text
}

/// A failure without the rest of its message.
fn short(worst: &str) -> String {
    worst.split(':').next().unwrap_or(worst).to_owned()
}
