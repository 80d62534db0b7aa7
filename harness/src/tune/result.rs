//! A search as a result file: what was asked, how the race went, the front with what was seen of
//! it and what came of it on unseen luck, and the lines to paste.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::drift::Drift;
use super::found::{Found, limits};
use super::objective::{Loss, Objective};
use super::paste::{Fit, Lines};
use super::race::{Race, Raced};
use super::score::Score;

/// What [`TuneResult::kind`] says.
const KIND: &str = "stampede-tune";
/// Raised when a field changes its meaning.
const FORMAT_VERSION: u32 = 1;

/// All that a search found.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct TuneResult {
    /// Tells this file from other results.
    pub kind: String,
    /// The version of this format.
    pub format_version: u32,
    /// The program that wrote it.
    pub stampede_version: String,
    /// Where it searched.
    pub scenarios: Vec<Searched>,
    /// What was to be good, by name.
    pub objectives: Vec<String>,
    /// What was to be kept, as it was written.
    pub requirements: Vec<String>,
    /// The seeds of the search.
    pub seeds: Vec<u64>,
    /// Those that the front was confirmed on.
    pub held_out_seeds: Vec<u64>,
    /// The finished rounds of the race.
    pub rounds: Vec<Round>,
    /// False where an interrupt left something unconfirmed.
    pub complete: bool,
    /// The front, the knee first.
    pub front: Vec<Member>,
    /// Members of the front that are left out.
    pub left_out: usize,
    /// Who the lines are for: the first of the front that keeps all that is required.
    pub winner: Option<String>,
    /// Where nothing keeps what is required: why, a sentence a requirement.
    pub limits: Vec<String>,
    /// The winner in each tool's own language.
    pub lines: Vec<Pasted>,
    /// The front over sockets, where that was asked for.
    pub over_sockets: Vec<Real>,
}

/// A scenario of the search.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Searched {
    /// Its name.
    pub name: String,
    /// 16 hex digits over its text, with the candidates in it.
    pub hash: String,
}

/// One round of the race.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Round {
    /// Candidates in it.
    pub candidates: usize,
    /// Seeds that each had seen at its end.
    pub seeds: usize,
}

/// One member of the front.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Member {
    /// Its name.
    pub name: String,
    /// Its strategy in one line.
    pub strategy: String,
    /// Its policy in one line.
    pub policy: String,
    /// Those that nothing tells from it.
    pub alike: Vec<String>,
    /// What the search saw of it, scenario by scenario.
    pub searched: Vec<Seen>,
    /// What came of it on unseen seeds and in scenarios that were held out.
    pub confirmed: Vec<Seen>,
    /// Requirements that it misses there, each with the scenario and its figure.
    pub misses: Vec<String>,
}

/// A candidate in one scenario.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Seen {
    /// The scenario's name.
    pub scenario: String,
    /// Whether the search never saw that scenario.
    pub held_out: bool,
    /// Runs, one a seed.
    pub runs: usize,
    /// Each objective by name: shares and the index of fairness from 0 to 1, times in seconds,
    /// calls per job.
    pub measures: BTreeMap<String, Measured>,
}

/// A mean over runs with its 95 % interval.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Measured {
    /// The mean.
    pub value: f64,
    /// The lower end; none of no runs.
    pub low: Option<f64>,
    /// The upper end.
    pub high: Option<f64>,
}

/// Lines for one tool.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Pasted {
    /// What `--only-tool` calls it.
    pub tool: String,
    /// What the tool cannot say; none where the lines say exactly what was searched.
    pub differs: Option<String>,
    /// What to paste.
    pub text: String,
}

/// One finalist in both worlds under one seed.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Real {
    /// Its name.
    pub name: String,
    /// Each objective, simulated.
    pub simulated: BTreeMap<String, f64>,
    /// Each objective, over sockets.
    pub real: BTreeMap<String, f64>,
    /// Whether the worlds agree, in words.
    pub verdict: String,
}

/// What a result is made of.
#[derive(Clone, Copy, Debug)]
pub struct Told<'a> {
    /// What was asked.
    pub race: &'a Race<'a>,
    /// How it went.
    pub raced: &'a Raced,
    /// What came of it.
    pub found: &'a Found,
    /// The seeds it was confirmed on.
    pub held_out_seeds: &'a [u64],
    /// The winner's lines.
    pub lines: &'a [Lines],
    /// The front over sockets, if it was run there.
    pub drifts: &'a [Drift],
}

impl TuneResult {
    /// The result of a search.
    #[must_use]
    pub fn of(told: &Told<'_>) -> Self {
        let Told { race, raced, found, .. } = *told;
        let searched = race.scenarios.iter();
        let searched = searched.map(|s| Searched { name: s.name.clone(), hash: s.hash.clone() });
        let rounds = raced.rounds.iter();
        let rounds =
            rounds.map(|(candidates, seeds)| Round { candidates: *candidates, seeds: *seeds });
        let winner = found.winner(race.requirements);
        let nothing = found.finalists.is_empty();
        Self {
            kind: KIND.into(),
            format_version: FORMAT_VERSION,
            stampede_version: env!("CARGO_PKG_VERSION").into(),
            scenarios: searched.collect(),
            objectives: race.objectives.iter().map(|o| o.name().to_owned()).collect(),
            requirements: race.requirements.iter().map(ToString::to_string).collect(),
            seeds: race.seeds.to_vec(),
            held_out_seeds: told.held_out_seeds.to_vec(),
            rounds: rounds.collect(),
            complete: found.complete,
            front: (0..found.finalists.len()).map(|at| member(race, found, at)).collect(),
            left_out: found.left_out,
            winner: winner.map(|at| found.finalists[at].name.clone()),
            limits: if nothing { limits(race, raced) } else { Vec::new() },
            lines: told.lines.iter().map(pasted).collect(),
            over_sockets: told
                .drifts
                .iter()
                .map(|it| real(it, told.held_out_seeds.len()))
                .collect(),
        }
    }

    /// As it is written.
    #[must_use]
    pub fn json(&self) -> String {
        // Strings, numbers and lists: nothing in it can fail to be written.
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }
}

fn member(race: &Race<'_>, found: &Found, at: usize) -> Member {
    let finalist = &found.finalists[at];
    let searched = race.scenarios.iter().zip(&finalist.searched);
    let confirmed = found.confirmed.iter();
    let misses = found.broken(at, race.requirements).into_iter();
    Member {
        name: finalist.name.clone(),
        strategy: finalist.strategy.clone(),
        policy: finalist.policy.clone(),
        alike: finalist.alike.clone(),
        searched: searched.map(|(scenario, score)| seen(&scenario.name, false, score)).collect(),
        confirmed: confirmed.map(|it| seen(&it.scenario, it.held_out, &it.scores[at])).collect(),
        misses: misses
            .map(|(requirement, scenario, came_to)| {
                format!("{requirement}: {came_to} in {scenario}")
            })
            .collect(),
    }
}

fn seen(scenario: &str, held_out: bool, score: &Score) -> Seen {
    let measures = Objective::ALL.into_iter().map(|objective| {
        let interval = score.interval(objective);
        let natural = |loss: f64| objective.natural(loss);
        let (low, high) = (interval.map(|i| natural(i.low)), interval.map(|i| natural(i.high)));
        let (low, high) = if objective.is_more_better() { (high, low) } else { (low, high) };
        (objective.name().to_owned(), Measured { value: natural(score.mean(objective)), low, high })
    });
    Seen {
        scenario: scenario.into(),
        held_out,
        runs: score.losses.len(),
        measures: measures.collect(),
    }
}

fn pasted(lines: &Lines) -> Pasted {
    let differs = match &lines.fit {
        Fit::Exact => None,
        Fit::Nearest(differs) => Some(differs.clone()),
    };
    Pasted { tool: lines.tool.name().into(), differs, text: lines.text.clone() }
}

fn real(drift: &Drift, runs: usize) -> Real {
    let natural = |loss: &Loss| {
        let named = Objective::ALL.into_iter();
        named.map(|it| (it.name().to_owned(), it.natural(loss[it.index()]))).collect()
    };
    Real {
        name: drift.name.clone(),
        simulated: natural(&drift.simulated),
        real: natural(&drift.real),
        verdict: drift.verdict(runs),
    }
}
