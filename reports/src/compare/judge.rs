//! From pairs to words: a change counts when it is large enough and evident.

use std::fmt;

use super::pairs::Pair;
use crate::SeedResult;
use crate::stats::paired::{mean_interval, sign_flip};
use crate::stats::{Estimate, Interval, difference, wilson};

/// Fewer pairs cannot reach p < 0.05 by flipping signs: 2/2⁵ is above, 2/2⁶ below.
const PAIRS_MIN: usize = 6;
/// What counts as evidence, over all findings of a comparison together.
const ALPHA: f64 = 0.05;

/// What is compared. Of each, its smallest change that counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metric {
    /// The share of jobs that succeed; 0.5 percentage points.
    Success,
    /// Calls to STS for each job; 2 % of the base.
    StsCallsPerJob,
    /// The mean time to credentials in milliseconds, failures at the horizon; 5 % of the base and
    /// at least 50 ms.
    RestrictedMeanMs,
    /// The median of the same times within a run, meant over the runs; as the mean counts.
    RestrictedP50Ms,
    /// Their 95th percentile.
    RestrictedP95Ms,
    /// Their 99th percentile.
    RestrictedP99Ms,
}

const METRICS: [Metric; 6] = [
    Metric::Success,
    Metric::StsCallsPerJob,
    Metric::RestrictedMeanMs,
    Metric::RestrictedP50Ms,
    Metric::RestrictedP95Ms,
    Metric::RestrictedP99Ms,
];

impl Metric {
    /// As it is printed, with the unit of its numbers.
    pub fn name(self) -> &'static str {
        match self {
            Self::Success => "success, %",
            Self::StsCallsPerJob => "sts-calls-per-job",
            Self::RestrictedMeanMs => "time with failures, ms",
            Self::RestrictedP50Ms => "time with failures p50, ms",
            Self::RestrictedP95Ms => "time with failures p95, ms",
            Self::RestrictedP99Ms => "time with failures p99, ms",
        }
    }

    /// Of one run; none of a run without jobs or needs.
    fn of(self, run: &SeedResult) -> Option<f64> {
        let ms = |us: Option<u64>| us.map(|us| us as f64 / 1_000.0);
        let per_job = |x: u64| (run.jobs > 0).then(|| x as f64 / run.jobs as f64);
        match self {
            Self::Success => per_job(run.jobs_succeeded).map(|rate| rate * 100.0),
            Self::StsCallsPerJob => per_job(run.attempts),
            Self::RestrictedMeanMs => ms(run.restricted_mean_us),
            Self::RestrictedP50Ms => ms(run.restricted_p50_us),
            Self::RestrictedP95Ms => ms(run.restricted_p95_us),
            Self::RestrictedP99Ms => ms(run.restricted_p99_us),
        }
    }

    fn is_quantile(self) -> bool {
        matches!(self, Self::RestrictedP50Ms | Self::RestrictedP95Ms | Self::RestrictedP99Ms)
    }

    /// 1 when more is worse, -1 when less is.
    fn badness(self) -> f64 {
        if self == Self::Success { -1.0 } else { 1.0 }
    }

    fn effect_min(self, base: f64) -> f64 {
        match self {
            Self::Success => 0.5,
            Self::StsCallsPerJob => 0.02 * base,
            _ => (0.05 * base).max(50.0),
        }
    }
}

/// From good news to bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Judgement {
    /// Better, by enough and evidently.
    Better,
    /// Any change is too small to count.
    Equivalent,
    /// The runs cannot say.
    Inconclusive,
    /// Worse, by enough and evidently.
    Worse,
}

impl Judgement {
    /// In one word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Better => "better",
            Self::Equivalent => "equivalent",
            Self::Inconclusive => "inconclusive",
            Self::Worse => "worse",
        }
    }
}

/// One metric of one contender.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The contender.
    pub contender: String,
    /// What is compared.
    pub metric: Metric,
    /// Its mean over the base's runs.
    pub base: f64,
    /// Its mean over the head's runs.
    pub head: f64,
    /// The 95 % interval of head less base; none when exact, or with too few pairs.
    pub interval: Option<Interval>,
    /// The word for it.
    pub judgement: Judgement,
    /// Whether it counts for the verdict. Estimated quantiles are told only: they say again what
    /// the mean says, and each finding that counts takes evidence from the others.
    pub counts: bool,
    /// Whether every run of the contender went the same way event by event, or scenario and seeds
    /// are equal: then there is nothing to estimate.
    pub is_exact: bool,
    /// Of an inconclusive one: how many more seeds in both would decide it, if all else stays as
    /// measured; none when no number would, and of all others.
    pub needed: Option<u64>,
    p: f64,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Finding { contender, metric, base, head, interval, judgement, counts, .. } = self;
        let (word, metric) = (judgement.word(), metric.name());
        write!(f, "{word:<12}  {contender}  {metric}  {base:.3} -> {head:.3}")?;
        if let Some(interval) = interval {
            write!(f, "  [{:+.3}, {:+.3}]", interval.low, interval.high)?;
        }
        if *counts { Ok(()) } else { write!(f, "  (told only)") }
    }
}

/// One finding a contender and metric that can be measured.
pub(super) fn judge(all: &[(&str, Vec<Pair<'_>>)], exact: bool) -> Vec<Finding> {
    let mut findings: Vec<Finding> = all
        .iter()
        .flat_map(|(name, pairs)| {
            let exact = exact || pairs.iter().all(went_the_same_way);
            METRICS.map(|metric| find(name, pairs, metric, exact))
        })
        .flatten()
        .collect();
    if !exact {
        let (mut counted, mut told) = (Vec::new(), Vec::new());
        findings.iter_mut().filter(|finding| !finding.is_exact).for_each(|finding| {
            if finding.counts { counted.push(finding) } else { told.push(finding) }
        });
        for family in [&mut counted, &mut told] {
            holm(family);
            let size = family.len();
            let pairs = all.first().map_or(0, |(_, pairs)| pairs.len());
            for finding in family.iter_mut() {
                finding.needed = needed(finding, pairs, size);
            }
        }
    }
    findings
}

/// Whether a change has left a run alone, to its last event.
fn went_the_same_way((a, b): &Pair<'_>) -> bool {
    a.digest.is_some() && a.digest == b.digest
}

fn find(name: &str, pairs: &[Pair<'_>], metric: Metric, exact: bool) -> Option<Finding> {
    let values: Vec<(f64, f64)> =
        pairs.iter().filter_map(|(a, b)| Some((metric.of(a)?, metric.of(b)?))).collect();
    if values.is_empty() {
        return None;
    }
    let mean =
        |of: fn(&(f64, f64)) -> f64| values.iter().map(of).sum::<f64>() / values.len() as f64;
    let (base, head) = (mean(|v| v.0), mean(|v| v.1));
    let differences: Vec<f64> = values.iter().map(|(a, b)| b - a).collect();
    let mut finding = Finding {
        contender: name.to_owned(),
        metric,
        base,
        head,
        interval: None,
        judgement: Judgement::Inconclusive,
        counts: exact || !metric.is_quantile(),
        is_exact: exact,
        needed: None,
        p: 1.0,
    };
    let effect = metric.effect_min(base);
    if exact {
        // Success and calls have no tolerance here: any change is one of behaviour.
        let is_count = matches!(metric, Metric::Success | Metric::StsCallsPerJob);
        let tolerance = if is_count { 0.0 } else { effect };
        let worse_by = (head - base) * metric.badness();
        finding.judgement = word(Interval { low: worse_by, high: worse_by }, tolerance);
    } else if values.len() >= PAIRS_MIN {
        let interval = interval(metric, pairs, &differences);
        let (low, high) = (interval.low * metric.badness(), interval.high * metric.badness());
        finding.judgement = word(Interval { low: low.min(high), high: low.max(high) }, effect);
        finding.interval = Some(interval);
        finding.p = sign_flip(&differences);
    }
    Some(finding)
}

/// Of the mean difference. Success that never differs resamples to no width at all, so there the
/// jobs are counted instead (Newcombe), which errs on the wide side.
fn interval(metric: Metric, pairs: &[Pair<'_>], differences: &[f64]) -> Interval {
    let resampled = mean_interval(differences);
    if metric != Metric::Success || resampled.high > resampled.low {
        return resampled;
    }
    let estimate = |of: fn(&Pair<'_>) -> (u64, u64)| {
        let (succeeded, total) =
            pairs.iter().map(of).fold((0, 0), |sum, (x, n)| (sum.0 + x, sum.1 + n));
        let interval = (succeeded <= total).then(|| wilson(succeeded, total, 1.0))??;
        Some(Estimate { rate: succeeded as f64 / total as f64, interval })
    };
    let head = estimate(|(_, b)| (b.jobs_succeeded, b.jobs));
    let base = estimate(|(a, _)| (a.jobs_succeeded, a.jobs));
    head.zip(base).map_or(resampled, |(head, base)| {
        let counted = difference(head, base);
        Interval { low: counted.low * 100.0, high: counted.high * 100.0 }
    })
}

/// How much worse, against the smallest change that counts.
fn word(worse_by: Interval, effect: f64) -> Judgement {
    if worse_by.low > effect {
        Judgement::Worse
    } else if worse_by.high < -effect {
        Judgement::Better
    } else if worse_by.low >= -effect && worse_by.high <= effect {
        Judgement::Equivalent
    } else {
        Judgement::Inconclusive
    }
}

/// How many more pairs decide: as many as flips of signs need to stand among `family` findings, and
/// as many as make the interval clear the smallest change that counts, its width falling with the
/// root of the number.
fn needed(finding: &Finding, pairs: usize, family: usize) -> Option<u64> {
    /// More runs than anybody makes.
    const MOST: f64 = 1e9;
    if finding.judgement != Judgement::Inconclusive {
        return None;
    }
    let flips = (2.0 * family as f64 / ALPHA).log2().ceil().max(PAIRS_MIN as f64);
    let have = pairs as f64;
    let Some(Interval { low, high }) = finding.interval else {
        return Some((flips - have).max(1.0) as u64);
    };
    let effect = finding.metric.effect_min(finding.base);
    let (middle, reach) = ((low + high).abs() / 2.0, (high - low) / 2.0);
    let room = (middle - effect).abs();
    let wanted = have * (reach / room).powi(2);
    // An interval that is clear already lacks only the evidence among all findings.
    let wanted = if reach < room { flips } else { wanted.max(flips) };
    (wanted <= MOST).then(|| (wanted.ceil() - have).max(1.0) as u64)
}

/// Holm's step-down: what was called a change by its interval alone is taken back unless it
/// stands among all the findings.
fn holm(findings: &mut [&mut Finding]) {
    let mut order: Vec<usize> = (0..findings.len()).collect();
    order.sort_by(|a, b| findings[*a].p.total_cmp(&findings[*b].p));
    let mut stands = true;
    for (rank, index) in order.into_iter().enumerate() {
        stands &= findings[index].p <= ALPHA / (findings.len() - rank) as f64;
        let changed = matches!(findings[index].judgement, Judgement::Worse | Judgement::Better);
        if changed && !stands {
            findings[index].judgement = Judgement::Inconclusive;
        }
    }
}
