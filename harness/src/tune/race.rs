//! Successive halving: all candidates under a few seeds, the better third under
//! three times as many, and so on (Karnin, Koren and Somekh 2013; Li and others
//! 2018). Every candidate meets the same seeds in the same order.

use std::sync::atomic::{AtomicBool, Ordering};

use super::engine::{Task, run_all};
use super::objective::{Objective, Requirement, Subject};
use super::score::{Score, Scores, is_better, regrets};
use crate::scenario::Scenario;
use crate::world::sim::Stuck;

/// One round keeps a third for the next.
const KEPT: usize = 3;
/// No round runs fewer seeds, or keeps fewer candidates, than these.
const LEAST_SEEDS: usize = 6;
const LEAST_KEPT: usize = 12;
/// Standard errors that make a difference while the race is on, and at its end.
const Z_RACE: f64 = 1.0;
const Z_END: f64 = 1.96;

/// A search: candidates are contenders that all scenarios share.
#[derive(Clone, Debug)]
pub struct Race<'a> {
    /// Where they run; the candidates stand in each in the same order.
    pub scenarios: &'a [Scenario],
    /// The seeds of the search, all of them for those that get to the end.
    pub seeds: &'a [u64],
    /// What is to be good.
    pub objectives: &'a [Objective],
    /// What must be kept.
    pub requirements: &'a [Requirement],
}

/// How far the race came.
#[derive(Clone, Debug)]
pub struct Raced {
    /// Every candidate's scores; of those that fell out, as far as they were run.
    pub scores: Vec<Scores>,
    /// Who got to the last round that was finished.
    pub last: Vec<usize>,
    /// Candidates and seeds of each finished round.
    pub rounds: Vec<(usize, usize)>,
}

impl Race<'_> {
    /// Whether tables show it: it is one of the usual ones, or somebody asked for it.
    #[must_use]
    pub fn speaks_of(&self, objective: Objective) -> bool {
        Objective::USUAL.contains(&objective)
            || self.objectives.contains(&objective)
            || self.requirements.iter().any(|it| it.subject == Subject::Measured(objective))
    }

    /// Runs all rounds, or as many as finish before `stop` is set.
    ///
    /// # Errors
    /// [`Stuck`] when a strategy never lets time pass.
    pub fn run(&self, stop: &AtomicBool, tick: &(dyn Fn() + Sync)) -> Result<Raced, Stuck> {
        let count = self.scenarios[0].contenders.len();
        let blank = vec![Score::default(); self.scenarios.len()];
        let mut scores: Vec<Scores> = vec![blank; count];
        let mut alive: Vec<usize> = (0..count).filter(|number| self.may_attempt(*number)).collect();
        let mut raced = Raced { scores: Vec::new(), last: Vec::new(), rounds: Vec::new() };
        let mut done = 0;
        for until in self.rounds() {
            let seeds = &self.seeds[done..until];
            if !self.round(&alive, seeds, &mut scores, stop, tick)? {
                // Some were run further than others: all go back to the last whole round.
                for score in scores.iter_mut().flatten() {
                    score.losses.truncate(done);
                    score.jobs.truncate(done);
                }
                break;
            }
            done = until;
            raced.last.clone_from(&alive);
            raced.rounds.push((alive.len(), until));
            let order = self.ranked(&scores, &alive);
            let kept = alive.len().div_ceil(KEPT).max(LEAST_KEPT).min(alive.len());
            alive = order[..kept].to_vec();
        }
        raced.scores = scores;
        Ok(raced)
    }

    /// Runs that the whole race will take at the most.
    #[must_use]
    pub fn runs(&self) -> usize {
        let count = self.scenarios[0].contenders.len();
        let mut alive = (0..count).filter(|number| self.may_attempt(*number)).count();
        let (mut runs, mut done) = (0, 0);
        for until in self.rounds() {
            runs += alive * (until - done) * self.scenarios.len();
            done = until;
            alive = alive.div_ceil(KEPT).max(LEAST_KEPT).min(alive);
        }
        runs
    }

    /// After how many seeds each round ends.
    fn rounds(&self) -> Vec<usize> {
        let all = self.seeds.len();
        let mut ends = vec![all];
        while ends[0] / KEPT >= LEAST_SEEDS {
            ends.insert(0, ends[0] / KEPT);
        }
        ends
    }

    fn round(
        &self,
        alive: &[usize],
        seeds: &[u64],
        scores: &mut [Scores],
        stop: &AtomicBool,
        tick: &(dyn Fn() + Sync),
    ) -> Result<bool, Stuck> {
        let places: Vec<(usize, usize)> = (0..self.scenarios.len())
            .flat_map(|scenario| alive.iter().map(move |number| (scenario, *number)))
            .collect();
        let tasks: Vec<Task<'_>> = places
            .iter()
            .map(|(scenario, contender)| Task {
                scenario: &self.scenarios[*scenario],
                contender: *contender,
                seeds,
            })
            .collect();
        run_all(&tasks, stop, tick, |task, runs| {
            let (scenario, number) = places[task];
            let horizon_s = self.scenarios[scenario].horizon.as_secs_f64();
            for run in &runs {
                scores[number][scenario].add(run, horizon_s);
            }
        })?;
        Ok(!stop.load(Ordering::Relaxed))
    }

    /// Whether the candidate's policy keeps what is required of attempts.
    fn may_attempt(&self, number: usize) -> bool {
        let calls = self.scenarios[0].contenders[number].policy.build().most_calls();
        self.requirements
            .iter()
            .filter(|requirement| requirement.subject == Subject::Attempts)
            .all(|requirement| requirement.is_met(f64::from(calls)))
    }

    /// The requirements that the scores miss, in any scenario.
    #[must_use]
    pub fn missed(&self, scores: &Scores) -> Vec<&Requirement> {
        let misses = |requirement: &&Requirement| match requirement.subject {
            Subject::Attempts => false,
            Subject::Measured(objective) => {
                scores.iter().any(|score| !requirement.is_met(score.mean(objective)))
            }
        };
        self.requirements.iter().filter(misses).collect()
    }

    /// How far the scores are from what is required: 0 when all is kept.
    fn shortfall(&self, scores: &Scores) -> f64 {
        let over = self.missed(scores).into_iter().map(|requirement| {
            let Subject::Measured(objective) = requirement.subject else { return 0.0 };
            let worst = scores.iter().map(|score| score.mean(objective)).fold(0.0, f64::max);
            (worst - requirement.most) / requirement.most.max(0.01)
        });
        over.sum()
    }

    /// The best first: who keeps what is required, then who is beaten by few,
    /// then who is near the best of each objective.
    #[must_use]
    pub fn ranked(&self, scores: &[Scores], among: &[usize]) -> Vec<usize> {
        let beaten = self.beaten(scores, among, Z_RACE);
        let distance = self.distances(scores, among);
        let mut order: Vec<usize> = (0..among.len()).collect();
        order.sort_by(|a, b| {
            let shortfall = |at: &usize| self.shortfall(&scores[among[*at]]);
            shortfall(a)
                .total_cmp(&shortfall(b))
                .then(beaten[*a].cmp(&beaten[*b]))
                .then(distance[*a].total_cmp(&distance[*b]))
        });
        order.into_iter().map(|at| among[at]).collect()
    }

    /// By how many others each is beaten: better in something and worse in nothing.
    fn beaten(&self, scores: &[Scores], among: &[usize], z: f64) -> Vec<usize> {
        let table = Table::of(self.objectives, scores, among);
        (0..among.len())
            .map(|a| (0..among.len()).filter(|b| table.beats(*b, a, z)).count())
            .collect()
    }

    /// How far each is from the best of every objective, each measured by its
    /// own spread.
    fn distances(&self, scores: &[Scores], among: &[usize]) -> Vec<f64> {
        let table = Table::of(self.objectives, scores, among);
        table.distances()
    }

    /// The Pareto front of `among`, nearest to the best of everything first,
    /// each with those that nothing tells from it.
    #[must_use]
    pub fn front(&self, scores: &[Scores], among: &[usize]) -> Vec<(usize, Vec<usize>)> {
        let among: Vec<usize> =
            among.iter().copied().filter(|at| self.missed(&scores[*at]).is_empty()).collect();
        let beaten = self.beaten(scores, &among, Z_END);
        let least = beaten.iter().min().copied().unwrap_or(0);
        let on_front: Vec<usize> =
            (0..among.len()).filter(|at| beaten[*at] == least).map(|at| among[at]).collect();
        let table = Table::of(self.objectives, scores, &on_front);
        let distances = table.distances();
        let mut order: Vec<usize> = (0..on_front.len()).collect();
        // Of two corners as far from the best, the one that is better in the first objective.
        let first = |at: usize| table.regrets.first().map_or(0.0, |regrets| regrets[at]);
        order.sort_by(|a, b| {
            distances[*a].total_cmp(&distances[*b]).then(first(*a).total_cmp(&first(*b)))
        });
        let mut front: Vec<(usize, Vec<usize>)> = Vec::new();
        for at in order {
            match front.iter_mut().find(|(first, _)| table.are_alike(*first, at)) {
                Some((_, alike)) => alike.push(on_front[at]),
                None => front.push((at, Vec::new())),
            }
        }
        front.into_iter().map(|(at, alike)| (on_front[at], alike)).collect()
    }
}

/// Candidates with their regrets in each objective.
struct Table<'a> {
    objectives: &'a [Objective],
    scores: Vec<&'a Scores>,
    /// By objective, then by candidate.
    regrets: Vec<Vec<f64>>,
}

impl<'a> Table<'a> {
    fn of(objectives: &'a [Objective], scores: &'a [Scores], among: &[usize]) -> Self {
        let scores: Vec<&Scores> = among.iter().map(|at| &scores[*at]).collect();
        let regrets = objectives.iter().map(|objective| regrets(&scores, *objective)).collect();
        Self { objectives, scores, regrets }
    }

    fn better(&self, a: usize, b: usize, k: usize, z: f64) -> bool {
        let of = |at: usize| (self.scores[at], self.regrets[k][at]);
        is_better(of(a), of(b), self.objectives[k], z)
    }

    fn beats(&self, a: usize, b: usize, z: f64) -> bool {
        let all = || 0..self.objectives.len();
        a != b && all().any(|k| self.better(a, b, k, z)) && !all().any(|k| self.better(b, a, k, z))
    }

    fn are_alike(&self, a: usize, b: usize) -> bool {
        (0..self.objectives.len())
            .all(|k| !self.better(a, b, k, Z_END) && !self.better(b, a, k, Z_END))
    }

    fn distances(&self) -> Vec<f64> {
        let squared = |at: usize| {
            let each = self.regrets.iter().map(|regrets| {
                let most = regrets.iter().copied().fold(0.0, f64::max);
                if most > 0.0 { (regrets[at] / most).powi(2) } else { 0.0 }
            });
            each.sum::<f64>()
        };
        (0..self.scores.len()).map(|at| squared(at).sqrt()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::load;

    /// Candidates of known loss: (failing share, p99) with a run's luck on top.
    fn scores(of: &[(f64, f64)]) -> Vec<Scores> {
        let luck = [0.0, 0.1, 0.3, 0.2];
        of.iter()
            .map(|(failing, p99)| {
                let losses = luck.map(|luck| [failing + luck / 100.0, p99 + luck, 1.0, 0.0, 0.0]);
                vec![Score { losses: losses.to_vec(), ..Score::default() }]
            })
            .collect()
    }

    fn race<'a>(scenarios: &'a [Scenario], requirements: &'a [Requirement]) -> Race<'a> {
        let objectives = &[Objective::Success, Objective::P99];
        Race { scenarios, seeds: &[1, 2, 3, 4], objectives, requirements }
    }

    #[test]
    fn the_front_is_who_nobody_beats_and_its_first_is_the_knee() {
        let scenarios = [load("issue-299").expect("it ships")];
        let scores = scores(&[(0.0, 100.0), (0.05, 10.0), (0.9, 1.0), (0.5, 50.0), (0.05, 10.0)]);
        let race = race(&scenarios, &[]);
        let front = race.front(&scores, &[0, 1, 2, 3, 4]);
        assert_eq!(front, [(1, vec![4]), (0, vec![]), (2, vec![])], "the fourth is beaten");
        assert_eq!(race.ranked(&scores, &[0, 1, 2, 3, 4]).last(), Some(&3));
    }

    #[test]
    fn who_misses_what_is_required_is_not_on_it() {
        let scenarios = [load("issue-299").expect("it ships")];
        let scores = scores(&[(0.0, 100.0), (0.05, 10.0), (0.9, 1.0)]);
        let required = ["success >= 99%".parse().expect("a requirement")];
        let race = race(&scenarios, &required);
        assert_eq!(race.front(&scores, &[0, 1, 2]), [(0, vec![])]);
        assert_eq!(race.missed(&scores[1]), [&required[0]]);
        assert_eq!(race.ranked(&scores, &[2, 1, 0]), [0, 1, 2], "by how far they miss it");
        assert!(race.front(&scores, &[1, 2]).is_empty());
    }

    #[test]
    fn rounds_end_with_all_seeds() {
        let scenarios = [load("issue-299").expect("it ships")];
        let seeds: Vec<u64> = (1..=60).collect();
        let race = Race { seeds: &seeds, ..race(&scenarios, &[]) };
        assert_eq!(race.rounds(), [6, 20, 60]);
        assert_eq!(race.runs(), 6 * 6 + 6 * 14 + 6 * 40, "six stay six: fewer are not halved");
    }
}
