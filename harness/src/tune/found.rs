//! What a search found: the front, confirmed on seeds and scenarios that the
//! search never saw, and how much the search had flattered it.

use std::sync::atomic::{AtomicBool, Ordering};

use super::engine::{Task, run_all};
use super::objective::{Objective, Requirement, Subject};
use super::race::{Race, Raced};
use super::score::Score;
use crate::scenario::Scenario;
use crate::world::sim::Stuck;

/// More finalists than anybody reads about.
const MOST_FINALISTS: usize = 10;

/// A scenario with the scores of all finalists in it.
#[derive(Clone, Debug)]
pub struct Confirmed {
    /// Its name.
    pub scenario: String,
    /// Whether the search never saw it; otherwise only the seeds are new.
    pub held_out: bool,
    /// One a finalist.
    pub scores: Vec<Score>,
}

/// One member of the front.
#[derive(Clone, Debug)]
pub struct Finalist {
    /// Its number among the contenders.
    pub number: usize,
    /// Its name.
    pub name: String,
    /// Its strategy in one line.
    pub strategy: String,
    /// Its policy in one line.
    pub policy: String,
    /// Those that nothing tells from it.
    pub alike: Vec<String>,
    /// What the search saw of it, a score a scenario.
    pub searched: Vec<Score>,
}

/// The end of a search.
#[derive(Clone, Debug)]
pub struct Found {
    /// The front, the knee first.
    pub finalists: Vec<Finalist>,
    /// Members of the front that are not shown.
    pub left_out: usize,
    /// The finalists on unseen luck: the scenarios of the search, then those held out.
    pub confirmed: Vec<Confirmed>,
    /// False when it was stopped before all was confirmed.
    pub complete: bool,
}

impl Found {
    /// The front of a race, still to be confirmed.
    #[must_use]
    pub fn of(race: &Race<'_>, raced: &Raced) -> Self {
        let contenders = &race.scenarios[0].contenders;
        let front = race.front(&raced.scores, &raced.last);
        let left_out = front.len().saturating_sub(MOST_FINALISTS);
        let finalists = front
            .into_iter()
            .take(MOST_FINALISTS)
            .map(|(number, alike)| Finalist {
                number,
                name: contenders[number].name.clone(),
                strategy: contenders[number].describe_strategy(),
                policy: contenders[number].describe_policy(),
                alike: alike.into_iter().map(|at| contenders[at].name.clone()).collect(),
                searched: raced.scores[number].clone(),
            })
            .collect();
        Self { finalists, left_out, confirmed: Vec::new(), complete: false }
    }

    /// Runs the finalists under `seeds` in every scenario of the search and in
    /// those held out.
    ///
    /// # Errors
    /// [`Stuck`] when a strategy never lets time pass.
    pub fn confirm(
        &mut self,
        searched: &[Scenario],
        held_out: &[Scenario],
        seeds: &[u64],
        stop: &AtomicBool,
        tick: &(dyn Fn() + Sync),
    ) -> Result<(), Stuck> {
        let all = searched.iter().map(|s| (s, false)).chain(held_out.iter().map(|s| (s, true)));
        for (scenario, held_out) in all {
            let tasks: Vec<Task<'_>> = self
                .finalists
                .iter()
                .map(|finalist| Task { scenario, contender: finalist.number, seeds })
                .collect();
            let mut scores = vec![Score::default(); tasks.len()];
            let horizon_s = scenario.horizon.as_secs_f64();
            run_all(&tasks, stop, tick, |task, runs| {
                for run in &runs {
                    scores[task].add(run, horizon_s);
                }
            })?;
            if stop.load(Ordering::Relaxed) {
                return Ok(());
            }
            let scenario = scenario.name.clone();
            self.confirmed.push(Confirmed { scenario, held_out, scores });
        }
        self.complete = true;
        Ok(())
    }

    /// The first finalist that keeps all that is required also on unseen luck.
    #[must_use]
    pub fn winner(&self, requirements: &[Requirement]) -> Option<usize> {
        (0..self.finalists.len()).find(|at| self.broken(*at, requirements).is_empty())
    }

    /// What the finalist misses on unseen luck: the requirement, where, and what it came to.
    #[must_use]
    pub fn broken<'a>(
        &self,
        at: usize,
        requirements: &'a [Requirement],
    ) -> Vec<(&'a Requirement, &str, String)> {
        let mut broken = Vec::new();
        for requirement in requirements {
            let Subject::Measured(objective) = requirement.subject else { continue };
            for confirmed in &self.confirmed {
                let mean = confirmed.scores[at].mean(objective);
                if !requirement.is_met(mean) {
                    broken.push((requirement, confirmed.scenario.as_str(), objective.show(mean)));
                }
            }
        }
        broken
    }
}

/// Why nothing keeps what is required, a sentence for each requirement: the
/// nearest there is, and what it fails of.
#[must_use]
pub fn limits(race: &Race<'_>, raced: &Raced) -> Vec<String> {
    let contenders = &race.scenarios[0].contenders;
    let worst = |number: usize, objective: Objective| {
        let scores = raced.scores[number].iter();
        scores.map(|score| score.mean(objective)).fold(0.0, f64::max)
    };
    let mut sentences = Vec::new();
    for requirement in race.requirements {
        let Subject::Measured(objective) = requirement.subject else { continue };
        let nearest = raced
            .last
            .iter()
            .min_by(|a, b| worst(**a, objective).total_cmp(&worst(**b, objective)));
        let Some(nearest) = nearest else { continue };
        let reached = worst(*nearest, objective);
        if requirement.is_met(reached) {
            sentences.push(format!(
                "`{requirement}` alone can be kept: {} has {}",
                contenders[*nearest].name,
                objective.show(reached)
            ));
            continue;
        }
        let why = raced.scores[*nearest].iter().find_map(Score::worst_failure);
        let why = why.map(|why| format!(", and fails of {why}")).unwrap_or_default();
        sentences.push(format!(
            "nothing keeps `{requirement}`: the nearest is {} with {}{why}",
            contenders[*nearest].name,
            objective.show(reached)
        ));
    }
    sentences
}
