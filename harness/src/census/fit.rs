//! What rule the waits between tries follow: the one whose arithmetic explains
//! them most narrowly.
//!
//! Each rule says within which bounds a wait may lie, evenly; what is measured
//! is that and a little more (`slack`), for the client's own work, and now and
//! then much more, on a busy machine. The likelihood of all waits under those
//! bounds, less ln(waits) for each number that had to be chosen, decides; a rule
//! whose waits are not spread evenly within its bounds (Kolmogorov–Smirnov, 1 %)
//! is out.

mod words;

use serde::{Deserialize, Serialize};

pub(super) use self::words::span;

/// How a rule spreads a wait below its ceiling.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Debug)]
#[serde(rename_all = "kebab-case")]
pub enum Shape {
    /// Waits too short to tell a rule by; the base is the longest.
    Short,
    /// The ceiling itself; fixed where the factor is 1.
    None,
    /// Anything up to the ceiling.
    Full,
    /// The upper half.
    Equal,
    /// From the base to three times the wait before.
    Decorrelated,
    /// From `low_ms` to the ceiling, each times the factor.
    Range,
    /// No rule known here.
    Irregular,
}

/// A rule with its numbers.
#[derive(Clone, PartialEq, Serialize, Deserialize, Debug)]
pub struct Fit {
    /// How it spreads.
    pub shape: Shape,
    /// The first ceiling, in ms.
    pub base_ms: f64,
    /// What the ceiling is multiplied by from wait to wait.
    pub factor: f64,
    /// The highest ceiling, in ms, where one was reached.
    pub cap_ms: Option<f64>,
    /// The least first wait of [`Shape::Range`], in ms.
    pub low_ms: Option<f64>,
    /// The median of each wait in turn, in ms.
    pub medians_ms: Vec<f64>,
    /// Waits it was found from.
    pub waits: usize,
}

/// Waits up to here tell no rule: a client's own work takes as long.
const SHORT_MS: f64 = 100.0;
/// Factors that are tried; all but the first two are rare, and pay for it.
const FACTORS: [f64; 5] = [1.0, 2.0, 1.5, 3.0, 4.0];
const RARE: f64 = 1.5;
/// What a client's own work may add to a wait without chance in it, in ms.
const SLACKS_MS: [f64; 6] = [5.0, 10.0, 20.0, 40.0, 80.0, 160.0];
/// Slack is at most this share of the base, or 40 ms: more would be chance.
const SLACK_SHARE: f64 = 0.4;
const SLACK_ALWAYS_MS: f64 = 40.0;
/// How often a busy machine takes longer than that, and how long at the most.
const LATE_SHARE: f64 = 0.1;
const LATE_MS: f64 = 500.0;
/// A range needs so many waits, and its upper bound to be so many times the
/// lower: narrower ones are no chance.
const RANGE_WAITS: usize = 10;
const RANGE_SPREAD: f64 = 1.3;
/// The same where chance spreads the waits anyway.
const SLACK_MS: f64 = 20.0;
/// How far the highest draw of a ceiling may lie from it.
const DRAWN: f64 = 1.15;
/// What arithmetic may lose, in ms.
const ROUNDING_MS: f64 = 1e-6;
/// Critical value of Kolmogorov's distribution at 1 %.
const KOLMOGOROV: f64 = 1.63;
/// The same at 0.1 %, for each of several turns.
const KOLMOGOROV_A_TURN: f64 = 1.95;

/// One wait.
#[derive(Clone, Copy)]
struct Wait {
    index: usize,
    ms: f64,
    before: Option<f64>,
}

struct Candidate {
    fit: Fit,
    score: f64,
}

/// The rule behind the waits of several runs, in ms and in order; none where
/// there is no wait.
#[must_use]
pub(super) fn fit(runs: &[Vec<f64>]) -> Option<Fit> {
    let waits: Vec<Wait> = runs
        .iter()
        .flat_map(|run| {
            let before = std::iter::once(None).chain(run.iter().copied().map(Some));
            run.iter().zip(before).enumerate()
        })
        .map(|(index, (ms, before))| Wait { index, ms: ms.max(0.0), before })
        .collect();
    let turns = waits.iter().map(|wait| wait.index + 1).max()?;
    let medians_ms: Vec<f64> = (0..turns)
        .map(|turn| median(waits.iter().filter(|wait| wait.index == turn).map(|wait| wait.ms)))
        .collect();
    let of = |shape| Fit {
        shape,
        base_ms: 0.0,
        factor: 1.0,
        cap_ms: None,
        low_ms: None,
        medians_ms: medians_ms.clone(),
        waits: waits.len(),
    };
    let longest = waits.iter().map(|wait| wait.ms).fold(0.0, f64::max);
    if longest <= SHORT_MS {
        return Some(Fit { base_ms: longest, ..of(Shape::Short) });
    }
    let factors = if turns == 1 { &FACTORS[..1] } else { &FACTORS };
    let mut candidates: Vec<Candidate> = Vec::new();
    for &factor in factors {
        for capped_at in std::iter::once(None).chain((1..turns).map(Some)) {
            if factor == 1.0 && capped_at.is_some() {
                continue;
            }
            let growth = Growth { factor, capped_at };
            candidates.extend(SLACKS_MS.iter().filter_map(|slack| growth.exact(&waits, *slack)));
            candidates.extend(growth.spread(&waits, Shape::Full));
            candidates.extend(growth.spread(&waits, Shape::Equal));
            candidates.extend(growth.spread(&waits, Shape::Range));
        }
    }
    if turns > 1 {
        candidates.extend(decorrelated(&waits, None));
        candidates.extend(decorrelated(&waits, Some(longest)));
    }
    let best = candidates.into_iter().max_by(|a, b| a.score.total_cmp(&b.score));
    let found = best.map(|best| Fit { medians_ms: medians_ms.clone(), ..best.fit });
    Some(found.unwrap_or_else(|| of(Shape::Irregular)))
}

/// How ceilings grow.
#[derive(Clone, Copy)]
struct Growth {
    factor: f64,
    /// The first wait whose ceiling is the cap.
    capped_at: Option<usize>,
}

impl Growth {
    fn is_capped(self, wait: &Wait) -> bool {
        self.capped_at.is_some_and(|at| wait.index >= at)
    }

    fn grown(self, index: usize) -> f64 {
        self.factor.powi(i32::try_from(index).unwrap_or(i32::MAX))
    }

    /// Base and cap by `pick` among what each wait says of them.
    fn numbers(
        self,
        waits: &[Wait],
        of: impl Fn(f64) -> f64,
        pick: fn(f64, f64) -> f64,
    ) -> (f64, Option<f64>) {
        let free = waits.iter().filter(|wait| !self.is_capped(wait));
        let base = free.map(|wait| of(wait.ms) / self.grown(wait.index)).reduce(pick);
        let capped = waits.iter().filter(|wait| self.is_capped(wait));
        (base.unwrap_or(0.0), capped.map(|wait| of(wait.ms)).reduce(pick))
    }

    fn ceiling(self, wait: &Wait, base: f64, cap: Option<f64>) -> f64 {
        match cap {
            Some(cap) if self.is_capped(wait) => cap,
            _ => base * self.grown(wait.index),
        }
    }

    /// Whether the cap lies where the ceiling would pass it, as far as draws tell.
    fn is_sound(self, base: f64, cap: Option<f64>) -> bool {
        let (Some(at), Some(cap)) = (self.capped_at, cap) else { return base > 0.0 };
        let last = base * self.grown(at - 1);
        base > 0.0 && cap * DRAWN >= last && cap <= last * self.factor * DRAWN
    }

    fn price(self, numbers: u32, waits: usize) -> f64 {
        let numbers = numbers + u32::from(self.factor != 1.0) + u32::from(self.capped_at.is_some());
        let rare = if FACTORS[..2].contains(&self.factor) { 0.0 } else { RARE };
        f64::from(numbers) * ln(waits as f64) + rare
    }

    /// Waits without chance.
    fn exact(self, waits: &[Wait], slack: f64) -> Option<Candidate> {
        let (base, cap) = self.numbers(waits, |ms| ms, f64::min);
        let over = |wait: &Wait| wait.ms - self.ceiling(wait, base, cap);
        let sound = self.is_sound(base, cap)
            && slack <= SLACK_ALWAYS_MS.max(base * SLACK_SHARE)
            && waits.iter().all(|wait| over(wait) <= LATE_MS);
        if !sound {
            return None;
        }
        let density = |wait: &Wait| {
            if over(wait) <= slack { (1.0 - LATE_SHARE) / slack } else { LATE_SHARE / LATE_MS }
        };
        let likelihood: f64 = waits.iter().map(|wait| ln(density(wait))).sum();
        let fit = self.fit(Shape::None, base, cap, waits.len());
        Some(Candidate { fit, score: likelihood - self.price(1, waits.len()) })
    }

    /// Waits that chance spreads below a ceiling.
    fn spread(self, waits: &[Wait], shape: Shape) -> Option<Candidate> {
        let (base, cap) = self.numbers(waits, |ms| (ms - SLACK_MS).max(ms / 2.0), f64::max);
        let (least, least_capped) = self.numbers(waits, |ms| ms, f64::min);
        let bounds = |wait: &Wait| {
            let high = self.ceiling(wait, base, cap);
            let low = match shape {
                Shape::Equal => high / 2.0,
                Shape::Range => self.ceiling(wait, least, least_capped),
                _ => 0.0,
            };
            (low, high + SLACK_MS)
        };
        let within = |wait: &Wait| {
            let (low, high) = bounds(wait);
            low <= wait.ms && wait.ms <= high + ROUNDING_MS
        };
        let is_range = shape == Shape::Range;
        let too_narrow = is_range && (waits.len() < RANGE_WAITS || base < least * RANGE_SPREAD);
        if too_narrow || !self.is_sound(base, cap) || !waits.iter().all(within) {
            return None;
        }
        let shares = waits.iter().map(|wait| {
            let (low, high) = bounds(wait);
            (wait.index, (wait.ms - low) / (high - low))
        });
        if !are_even(&shares.collect::<Vec<_>>()) {
            return None;
        }
        let width = |wait: &Wait| {
            let (low, high) = bounds(wait);
            ln(high - low)
        };
        let likelihood = -waits.iter().map(width).sum::<f64>();
        let numbers = if is_range { 3 } else { 1 };
        // The highest of n even draws is n / (n + 1) of the ceiling on average.
        let free = waits.iter().filter(|wait| !self.is_capped(wait)).count() as f64;
        let narrow = if shape == Shape::Full { 1.0 / free } else { 0.5 / free };
        let mut fit = self.fit(shape, base * (1.0 + narrow), cap, waits.len());
        fit.low_ms = is_range.then_some(least);
        Some(Candidate { fit, score: likelihood - self.price(numbers, waits.len()) })
    }

    fn fit(self, shape: Shape, base_ms: f64, cap_ms: Option<f64>, waits: usize) -> Fit {
        let factor = self.factor;
        Fit { shape, base_ms, factor, cap_ms, low_ms: None, medians_ms: Vec::new(), waits }
    }
}

/// From the base to three times the wait before, the first of which is the base.
fn decorrelated(waits: &[Wait], cap: Option<f64>) -> Option<Candidate> {
    let base = waits.iter().map(|wait| wait.ms).reduce(f64::min).filter(|base| *base > 0.0)?;
    let high = |wait: &Wait| 3.0 * wait.before.unwrap_or(base);
    let at_cap = |wait: &Wait| cap.is_some_and(|cap| wait.ms >= cap - SLACK_MS);
    if cap.is_some() && waits.iter().filter(|wait| at_cap(wait)).count() < 2 {
        return None;
    }
    let mut likelihood = 0.0;
    let mut shares = Vec::new();
    for wait in waits {
        let width = high(wait) - base + SLACK_MS;
        if wait.ms > high(wait) + SLACK_MS {
            return None;
        }
        if let Some(cap) = cap.filter(|_| at_cap(wait)) {
            let mass = (high(wait) - cap + SLACK_MS).max(1.0) / width;
            likelihood += ln(mass / SLACK_MS);
        } else {
            likelihood -= ln(width);
            shares.push((wait.index, (wait.ms - base) / width));
        }
    }
    if !are_even(&shares) {
        return None;
    }
    let numbers = if cap.is_some() { 2.0 } else { 1.0 };
    let fit = Fit {
        shape: Shape::Decorrelated,
        base_ms: base,
        factor: 3.0,
        cap_ms: cap,
        low_ms: None,
        medians_ms: Vec::new(),
        waits: waits.len(),
    };
    Some(Candidate { fit, score: likelihood - numbers * ln(waits.len() as f64) })
}

/// Whether shares of 0 to 1 look like even draws, all together and at each turn.
fn are_even(shares: &[(usize, f64)]) -> bool {
    let turns = shares.iter().map(|(turn, _)| turn + 1).max().unwrap_or(0);
    let at =
        |turn: usize| shares.iter().filter(move |(at, _)| *at == turn).map(|(_, share)| *share);
    is_even(shares.iter().map(|(_, share)| *share).collect(), KOLMOGOROV)
        && (0..turns).all(|turn| is_even(at(turn).collect(), KOLMOGOROV_A_TURN))
}

fn is_even(mut shares: Vec<f64>, critical: f64) -> bool {
    shares.sort_by(f64::total_cmp);
    let count = shares.len() as f64;
    let distance = |(rank, share): (usize, &f64)| {
        let (below, upto) = (rank as f64 / count, (rank as f64 + 1.0) / count);
        (share - below).abs().max((upto - share).abs())
    };
    let furthest = shares.iter().enumerate().map(distance).fold(0.0, f64::max);
    furthest * count.sqrt() <= critical
}

fn ln(value: f64) -> f64 {
    libm::log(value)
}

/// The middle of some numbers; 0 of none.
pub(super) fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    match values.len() {
        0 => 0.0,
        count if count % 2 == 1 => values[count / 2],
        count => f64::midpoint(values[count / 2 - 1], values[count / 2]),
    }
}

#[cfg(test)]
mod tests;
