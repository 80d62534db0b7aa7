//! An expectation judged: by the figure alone, or by what the sample makes sure of.

use std::time::Duration;

use reports::stats::bounds::{self, quantile_shares, ratio, smallest, standard_error};
use reports::stats::distribution::student;
use reports::stats::{Estimate, Interval, design_effect, difference};
use reports::{
    ContenderReport, ExpectationResult, Needed, Proportion, RunReport, SeedResult, Verdict, World,
};

use super::metric::{Sample, never_met};
use super::unit::Unit;
use super::{Bound, Expectation, Metric, Other};

/// With fewer runs their likeness cannot be told from chance.
const RUNS_FOR_MEMBERS: usize = 10;
/// With fewer runs their spread is no estimate of anything.
const RUNS_FOR_MEANS: usize = 6;
/// The width of a class of the histogram, relative to its values.
const CLASS: f64 = 1.0 / 1_024.0;

/// The times to credentials of one run, kept where an expectation needs them apart.
#[derive(Clone, Debug, Default)]
pub struct RunTimes {
    /// (microseconds, needs), ascending.
    pub met: Vec<(u64, u64)>,
    /// Needs that were never met.
    pub never: u64,
}

/// All that expectations are judged by.
#[derive(Clone, Copy, Debug)]
pub struct Measured<'a> {
    /// Every contender's report.
    pub contenders: &'a [ContenderReport],
    /// Their times run by run, in the same order; empty where nobody needs them.
    pub times: &'a [&'a [RunTimes]],
    /// What an unmet need counts as.
    pub horizon: Duration,
    /// Where it ran.
    pub world: World,
    /// The result that it is compared with, if any.
    pub baseline: Option<&'a RunReport>,
}

/// What the sample makes sure of.
struct Sureness {
    /// Each end holds with the confidence asked for; infinite where the sample is too small.
    ends: Interval,
    /// Of an inconclusive one.
    needed: Option<Needed>,
}

impl<'a> Measured<'a> {
    fn contender(&self, name: &str) -> Option<(&'a ContenderReport, &'a [RunTimes])> {
        let index = self.contenders.iter().position(|c| c.name == name)?;
        Some((&self.contenders[index], self.times.get(index).copied().unwrap_or_default()))
    }
}

impl Expectation {
    /// Judges it. [`Verdict::NoData`] where there is nothing to measure; whoever decides whether a
    /// run passed counts that as failed. None when a contender that it speaks of
    /// was not run, or there is no baseline that it speaks of.
    #[must_use]
    pub fn evaluate(&self, all: &Measured<'_>) -> Option<ExpectationResult> {
        let (report, times) = all.contender(&self.contender)?;
        let mut result = ExpectationResult {
            text: self.to_string(),
            contender: self.contender.clone(),
            metric: self.metric.name().into(),
            measured: None,
            verdict: Verdict::NoData,
            level: self.level,
            evidence: None,
            needed: None,
        };
        match &self.bound {
            Bound::Value(bound) => {
                let value = self.metric.measure(report, all.horizon);
                result.measured = value.map(|value| self.shown(value, report));
                match self.confidence {
                    None => self.by_figure(value, Some(*bound), &mut result),
                    Some(confidence) => {
                        let sample = SampleOf { metric: self.metric, report, times, all };
                        self.by_sample(&sample, *bound, confidence, &mut result);
                    }
                }
            }
            Bound::Relative { factor, of, plus } => {
                let other = match of {
                    Other::Contender(name) => Some(all.contender(name)?.0),
                    Other::Baseline => {
                        all.baseline?.contenders.iter().find(|c| c.name == report.name)
                    }
                };
                // A baseline without the contender leaves nothing to measure.
                let Some(other) = other else { return Some(result) };
                match self.confidence {
                    None => {
                        let value = self.metric.measure(report, all.horizon);
                        let bound = self.metric.measure(other, all.horizon);
                        let bound = bound.map(|value| factor * value + plus);
                        self.show_both(value, bound, &mut result);
                        self.by_figure(value, bound, &mut result);
                    }
                    Some(confidence) => {
                        let runs = pairs(self.metric, &report.per_seed, &other.per_seed);
                        let runs: Vec<(f64, f64)> =
                            runs.into_iter().map(|(a, b)| (a, factor * b + plus)).collect();
                        let same_jobs = (report.jobs, other.jobs);
                        self.by_pairs(&runs, same_jobs, *plus, confidence, &mut result);
                    }
                }
            }
        }
        Some(result)
    }

    fn by_figure(&self, value: Option<f64>, bound: Option<f64>, result: &mut ExpectationResult) {
        if let (Some(value), Some(bound)) = (value, bound) {
            let holds = self.comparison.holds(value, bound);
            result.verdict = if holds { Verdict::Pass } else { Verdict::Fail };
        }
    }

    /// As reports show it. A time of some needs only says of how many.
    fn shown(&self, value: f64, report: &ContenderReport) -> String {
        let shown = self.metric.unit().show(value);
        let never = never_met(report);
        if !self.metric.leaves_out_failures() || never == 0 {
            return shown;
        }
        let met = report.acquisitions.succeeded as f64;
        let share = Unit::Percent.show(100.0 * met / (met + never as f64));
        format!("{shown}, of the {share} that were met")
    }

    fn show_both(&self, value: Option<f64>, bound: Option<f64>, result: &mut ExpectationResult) {
        let unit = self.metric.unit();
        result.measured =
            value.zip(bound).map(|(a, b)| format!("{} against {}", unit.show(a), unit.show(b)));
    }

    fn by_sample(
        &self,
        sample: &SampleOf<'_>,
        bound: f64,
        confidence: f64,
        result: &mut ExpectationResult,
    ) {
        let sure = match self.metric.sample() {
            Sample::Share => sample.share(self, bound, confidence),
            Sample::Quantile { q, unmet } => sample.quantile(self, (q, unmet), bound, confidence),
            Sample::PerRun => {
                let runs = &sample.report.per_seed;
                let figures: Vec<_> =
                    runs.iter().filter_map(|run| self.metric.per_run(run)).collect();
                self.mean_of(&figures, bound, confidence)
            }
            Sample::None => None,
        };
        if let Some(sure) = sure {
            self.conclude(&sure, bound, confidence, false, result);
        }
    }

    /// Two contenders met the same luck seed by seed, so that their differences are a sample.
    fn by_pairs(
        &self,
        runs: &[(f64, f64)],
        jobs: (Proportion, Proportion),
        plus: f64,
        confidence: f64,
        result: &mut ExpectationResult,
    ) {
        if runs.is_empty() {
            return;
        }
        let mean =
            |of: fn(&(f64, f64)) -> f64| runs.iter().map(of).sum::<f64>() / runs.len() as f64;
        self.show_both(Some(mean(|run| run.0)), Some(mean(|run| run.1)), result);
        let differences: Vec<(f64, f64)> = runs.iter().map(|(a, b)| (a - b, 1.0)).collect();
        let Some(mut sure) = self.mean_of(&differences, 0.0, confidence) else { return };
        if self.metric == Metric::Success && sure.ends.low == sure.ends.high {
            sure = self.counted(jobs, runs.len() as u64, plus, confidence).unwrap_or(sure);
        }
        self.conclude(&sure, 0.0, confidence, true, result);
    }

    /// Shares that never differ have no spread at all: there the jobs are counted (Newcombe), which
    /// errs on the wide side. None of no jobs.
    fn counted(
        &self,
        (mine, theirs): (Proportion, Proportion),
        runs: u64,
        plus: f64,
        confidence: f64,
    ) -> Option<Sureness> {
        let (a, b) = (mine.rate()?, theirs.rate()?);
        let ends = |jobs: u64| {
            let of = |rate: f64, jobs: f64, effect: f64| Estimate {
                rate,
                interval: bounds::proportion(rate, jobs / effect, confidence),
            };
            let others = jobs as f64 / mine.total as f64 * theirs.total as f64;
            let counted = difference(
                of(a, jobs as f64, mine.design_effect),
                of(b, others, theirs.design_effect),
            );
            Interval { low: 100.0 * counted.low - plus, high: 100.0 * counted.high - plus }
        };
        let decides = |jobs: u64| self.decide(ends(jobs), 0.0).is_some();
        let wanted = smallest(mine.total + 1, decides);
        let seeds = wanted.map(|jobs| (jobs * runs).div_ceil(mine.total).saturating_sub(runs));
        Some(Sureness { ends: ends(mine.total), needed: seeds.map(Needed::Seeds) })
    }

    /// Of (sum, members) run by run; none of no runs.
    fn mean_of(&self, runs: &[(f64, f64)], bound: f64, confidence: f64) -> Option<Sureness> {
        let (mean, ends) = ratio(runs, confidence)?;
        let few = runs.len() < RUNS_FOR_MEANS;
        let enough = (RUNS_FOR_MEANS - runs.len().min(RUNS_FOR_MEANS)) as u64;
        let Some(ends) = ends.filter(|_| !few) else {
            return Some(Sureness { ends: unknown(), needed: Some(Needed::SeedsAtLeast(enough)) });
        };
        // What stays as measured is the spread of these runs, not the estimate of all runs' spread.
        let spread = standard_error(runs)? * (runs.len() as f64 - 1.0).sqrt();
        let decides = |count: u64| {
            let degrees = count as f64 - 1.0;
            let reach = student(confidence, degrees) * spread / degrees.sqrt();
            self.decide(Interval { low: mean - reach, high: mean + reach }, bound).is_some()
        };
        let have = runs.len() as u64;
        let needed = smallest(have + 1, decides).map(|count| Needed::Seeds(count - have));
        Some(Sureness { ends, needed })
    }

    /// Whether it is met, where the ends leave no other way.
    pub(super) fn decide(&self, ends: Interval, bound: f64) -> Option<bool> {
        let (met, missed) = (
            self.comparison.holds(ends.low, bound) && self.comparison.holds(ends.high, bound),
            !self.comparison.holds(ends.low, bound) && !self.comparison.holds(ends.high, bound),
        );
        if met { Some(true) } else { missed.then_some(false) }
    }

    fn conclude(
        &self,
        sure: &Sureness,
        bound: f64,
        confidence: f64,
        is_difference: bool,
        result: &mut ExpectationResult,
    ) {
        let unit = self.metric.unit();
        let show = |value: f64| {
            if is_difference { unit.show_difference(value) } else { unit.show(value.max(0.0)) }
        };
        let Interval { low, high } = sure.ends;
        let decided = self.decide(sure.ends, bound);
        result.verdict = match decided {
            Some(true) => Verdict::Pass,
            Some(false) => Verdict::Fail,
            None => Verdict::Inconclusive,
        };
        let from_above = self.comparison.is_upper() == (decided == Some(true));
        let what = match (decided, low.is_finite(), high.is_finite()) {
            (Some(_), ..) if from_above => format!("at most {}", show(high)),
            (Some(_), ..) => format!("at least {}", show(low)),
            (None, true, true) => format!("{} to {}", show(low), show(high)),
            (None, true, false) => format!("at least {}", show(low)),
            (None, false, _) => "nothing yet".into(),
        };
        let nothing = decided.is_none() && !low.is_finite();
        let subject = if is_difference && !nothing { "a difference of " } else { "" };
        let percent = super::unit::trimmed(100.0 * confidence, 2);
        result.evidence = Some(format!("{percent}% sure of {subject}{what}"));
        if decided.is_none() {
            result.needed = sure.needed;
        }
    }
}

fn unknown() -> Interval {
    Interval { low: f64::NEG_INFINITY, high: f64::INFINITY }
}

/// (mine, theirs) of the runs that both have, in the metric's unit.
fn pairs(metric: Metric, mine: &[SeedResult], theirs: &[SeedResult]) -> Vec<(f64, f64)> {
    let of = |run: &SeedResult| metric.per_run(run).map(|(sum, members)| sum / members);
    let twin = |run: &SeedResult| theirs.iter().find(|other| other.seed == run.seed).and_then(of);
    mine.iter().filter_map(|run| Some((of(run)?, twin(run)?))).collect()
}

/// The members that a metric of one contender speaks of.
struct SampleOf<'a> {
    metric: Metric,
    report: &'a ContenderReport,
    times: &'a [RunTimes],
    all: &'a Measured<'a>,
}

impl SampleOf<'_> {
    fn runs(&self) -> u64 {
        self.report.per_seed.len().max(1) as u64
    }

    /// In virtual time more runs cost nothing, and one alone says nothing of how runs differ.
    fn too_few(&self) -> Option<Sureness> {
        let few = self.all.world == World::Simulated && self.runs() < RUNS_FOR_MEMBERS as u64;
        let further = RUNS_FOR_MEMBERS as u64 - self.runs().min(RUNS_FOR_MEMBERS as u64);
        few.then(|| Sureness { ends: unknown(), needed: Some(Needed::SeedsAtLeast(further)) })
    }

    /// From a number of members that would decide to one of runs, or of jobs in the one run.
    fn needed(&self, have: u64, decides: impl Fn(u64) -> bool) -> Option<Needed> {
        let wanted = smallest(have + 1, decides)? as f64 / have as f64;
        let further = |count: u64| ((wanted * count as f64).ceil() as u64).saturating_sub(count);
        Some(match self.all.world {
            World::Real if self.runs() == 1 => Needed::Jobs(further(self.report.jobs.total).max(1)),
            World::Real | World::Simulated => Needed::Seeds(further(self.runs()).max(1)),
        })
    }

    fn share(&self, line: &Expectation, bound: f64, confidence: f64) -> Option<Sureness> {
        let share = match self.metric {
            Metric::Success => self.report.jobs,
            _ => self.report.acquisitions,
        };
        let rate = share.rate()?;
        if let Some(few) = self.too_few() {
            return Some(few);
        }
        let ends = |members: u64| {
            let size = members as f64 / share.design_effect;
            let ends = bounds::proportion(rate, size, confidence);
            Interval { low: 100.0 * ends.low, high: 100.0 * ends.high }
        };
        let decides = |members: u64| line.decide(ends(members), bound).is_some();
        let now = ends(share.total);
        let needed = match line.decide(now, bound) {
            None => self.needed(share.total, decides),
            Some(_) => None,
        };
        Some(Sureness { ends: now, needed })
    }

    fn quantile(
        &self,
        line: &Expectation,
        (q, unmet): (f64, bool),
        bound: f64,
        confidence: f64,
    ) -> Option<Sureness> {
        let times = &self.report.time_to_credentials.histogram;
        let met = times.count();
        let members = met + if unmet { never_met(self.report) } else { 0 };
        if members == 0 {
            return None;
        }
        if let Some(few) = self.too_few() {
            return Some(few);
        }
        let effect = self.design_effect(q, unmet, members);
        let horizon_ns = self.all.horizon.as_nanos() as f64;
        // Times are known to the width of a class, the horizon is known exactly.
        let at = |rank: f64, width: f64| match times.quantile_of_records(rank / met.max(1) as f64) {
            Some(us) if rank <= met as f64 => us as f64 * 1e3 * (1.0 - width),
            _ => horizon_ns,
        };
        let ends = |count: u64| {
            let shares = quantile_shares(q, count as f64 / effect, confidence);
            let rank = |share: f64| share * members as f64;
            // Below the smallest of them a time can still be anything, but not negative.
            let low = if shares.low < 0.0 { 0.0 } else { at(rank(shares.low).floor(), CLASS) };
            let high =
                if shares.high > 1.0 { f64::INFINITY } else { at(rank(shares.high).ceil(), 0.0) };
            Interval { low, high }
        };
        let decides = |count: u64| line.decide(ends(count), bound).is_some();
        let now = ends(members);
        let needed = match line.decide(now, bound) {
            None => self.needed(members, decides),
            Some(_) => None,
        };
        Some(Sureness { ends: now, needed })
    }

    /// How alike the members of one run are: of the share below the quantile (Woodruff 1952).
    fn design_effect(&self, q: f64, unmet: bool, members: u64) -> f64 {
        let times = &self.report.time_to_credentials.histogram;
        let rank = (q * members as f64).ceil();
        let share = rank / times.count().max(1) as f64;
        let estimate = times.quantile_of_records(share).filter(|_| share <= 1.0);
        let below = |run: &RunTimes| {
            let met: u64 = run.met.iter().map(|(_, count)| count).sum();
            let all = met + if unmet { run.never } else { 0 };
            let within = |us: &u64| estimate.is_none_or(|estimate| *us <= estimate);
            let counted = run.met.iter().filter(|(us, _)| within(us)).map(|(_, count)| count);
            (counted.sum::<u64>(), all)
        };
        design_effect(&self.times.iter().map(below).collect::<Vec<_>>())
    }
}
