//! The finalists over sockets, beside what the simulation said of the same
//! luck: how far the worlds are apart.

use super::found::Found;
use super::objective::{Loss, Objective};
use super::score::{Score, loss};
use super::show::aligned;
use crate::run::ContenderRecord;

/// What sockets and processes may add to what was simulated before it counts.
const ROOM: f64 = 0.05;

/// A finalist in both worlds under one seed.
#[derive(Clone, PartialEq, Debug)]
pub struct Drift {
    /// Its name.
    pub name: String,
    /// Simulated.
    pub simulated: Loss,
    /// Over sockets.
    pub real: Loss,
    /// Objectives in which the real run is outside of all simulated ones, and
    /// whether it is worse.
    pub outside: Vec<(Objective, bool)>,
}

/// Compares real records, one a finalist under the first of the unseen seeds,
/// with the finalists' runs of the first scenario.
#[must_use]
pub fn drifts(found: &Found, records: &[ContenderRecord], horizon_s: f64) -> Vec<Drift> {
    let Some(confirmed) = found.confirmed.first() else { return Vec::new() };
    let both = found.finalists.iter().zip(&confirmed.scores).zip(records);
    both.filter_map(|((finalist, score), record)| {
        let planned = record.jobs.first()?.1;
        let real = loss(&record.recorder, planned, horizon_s);
        let simulated = *score.losses.first()?;
        Some(Drift { name: finalist.name.clone(), simulated, real, outside: outside(score, &real) })
    })
    .collect()
}

fn outside(score: &Score, real: &Loss) -> Vec<(Objective, bool)> {
    let objectives = Objective::USUAL.into_iter();
    let judged = objectives.filter_map(|objective| {
        let at = objective.index();
        let all = || score.losses.iter().map(|loss| loss[at]);
        let (low, high) = (all().fold(f64::INFINITY, f64::min), all().fold(0.0, f64::max));
        let worse = real[at] > high * (1.0 + ROOM) + 1e-9;
        let better = real[at] < low * (1.0 - ROOM) - 1e-9;
        (worse || better).then_some((objective, worse))
    });
    judged.collect()
}

/// The comparison as text.
#[must_use]
pub fn text(drifts: &[Drift], scenario: &str, seed: u64, runs: usize) -> String {
    let mut rows: Vec<Vec<String>> = vec![vec!["candidate".to_owned()]];
    rows[0].extend(Objective::USUAL.map(|o| format!("{}: simulated → real", o.title())));
    rows[0].push("verdict".into());
    for drift in drifts {
        let mut row = vec![drift.name.clone()];
        row.extend(Objective::USUAL.map(|objective| {
            let at = objective.index();
            format!("{} → {}", objective.show(drift.simulated[at]), objective.show(drift.real[at]))
        }));
        row.push(drift.verdict(runs));
        rows.push(row);
    }
    format!("\nOVER SOCKETS, {scenario}, seed {seed}\n{}", aligned(&rows, 6))
}

impl Drift {
    /// Whether the worlds agree: one real run among the simulated ones.
    #[must_use]
    pub fn verdict(&self, runs: usize) -> String {
        if self.outside.is_empty() {
            return format!("as in {runs} simulated runs");
        }
        let words = self.outside.iter().map(|(objective, worse)| {
            format!("{} {}", objective.title(), if *worse { "worse" } else { "better" })
        });
        format!("drifts: {} than in all", words.collect::<Vec<_>>().join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_run_among_many_agrees_and_one_beyond_them_drifts() {
        let losses = (1..=10).map(|n| [0.0, f64::from(n), 2.0, 0.0, 0.0]).collect();
        let score = Score { losses, ..Score::default() };
        assert_eq!(outside(&score, &[0.0, 10.4, 2.0, 0.0, 0.0]), [], "within what sockets may add");
        let found = outside(&score, &[0.1, 0.5, 3.0, 0.0, 0.0]);
        let expected =
            [(Objective::Success, true), (Objective::P99, false), (Objective::Calls, true)];
        assert_eq!(found, expected);
        let name = String::from("x");
        let (simulated, real) = ([0.0; 5], [0.0; 5]);
        let drift = Drift { name, simulated, real, outside: found };
        let says = "drifts: jobs ok worse, p99 better, calls/job worse than in all";
        assert_eq!(drift.verdict(10), says);
    }
}
