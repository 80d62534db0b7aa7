//! `[expect]` and `[warn]`: what a run is expected to show.
//!
//! `"contender.metric" = "< 90%"`: a comparison and a value in the metric's unit, or relative to
//! another contender; with `@95%` after it, it must hold with that one-sided confidence; with
//! `abort-on-fail`, the run ends once it can no longer be met. Several comparisons with commas
//! between them must all hold.

mod early;
mod grammar;
mod judge;
mod metric;
mod unit;

#[cfg(test)]
mod tests;

use std::fmt;

use reports::Level;

pub use self::early::SoFar;
pub(super) use self::grammar::{ExpectFile, expectations};
pub use self::judge::{Measured, RunTimes};
pub use self::metric::Metric;
use self::metric::Sample;

/// One comparison that a run is judged by.
#[derive(Clone, PartialEq, Debug)]
pub struct Expectation {
    /// The contender's name.
    pub contender: String,
    /// What is measured.
    pub metric: Metric,
    /// How it is compared.
    pub comparison: Comparison,
    /// With what.
    pub bound: Bound,
    /// The bound as the file writes it.
    pub written: String,
    /// How sure it must be, above 0.5 and below 1, on its own side; none to judge by the figure
    /// alone.
    pub confidence: Option<f64>,
    /// What a miss comes to.
    pub level: Level,
    /// Whether the run ends once it can no longer be met.
    pub aborts: bool,
}

/// What a measurement is compared with.
#[derive(Clone, PartialEq, Debug)]
pub enum Bound {
    /// Percent, nanoseconds or a plain number, as the metric has it.
    Value(f64),
    /// The same metric of somebody else, times `factor`, plus `plus` in the metric's unit.
    Relative {
        /// Above zero; 1 for shares.
        factor: f64,
        /// Who else.
        of: Other,
        /// Percentage points for shares.
        plus: f64,
    },
}

/// Whom a contender is compared with.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Other {
    /// Another contender of the run.
    Contender(String),
    /// Itself, in the result file that the run is compared with.
    Baseline,
}

/// How a measurement is compared with its bound.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Comparison {
    /// `<`
    Below,
    /// `<=`
    AtMost,
    /// `>`
    Above,
    /// `>=`
    AtLeast,
    /// `==`
    Equal,
}

/// Longer signs first, so that `<=` is not read as `<`.
const COMPARISONS: [(&str, Comparison); 5] = [
    ("<=", Comparison::AtMost),
    (">=", Comparison::AtLeast),
    ("==", Comparison::Equal),
    ("<", Comparison::Below),
    (">", Comparison::Above),
];

impl Comparison {
    fn sign(self) -> &'static str {
        COMPARISONS.iter().find(|(_, known)| *known == self).map_or("", |(sign, _)| sign)
    }

    /// Whether less is met sooner.
    fn is_upper(self) -> bool {
        matches!(self, Self::Below | Self::AtMost)
    }

    fn holds(self, measured: f64, bound: f64) -> bool {
        match self {
            Self::Below => measured < bound,
            Self::AtMost => measured <= bound,
            Self::Above => measured > bound,
            Self::AtLeast => measured >= bound,
            Self::Equal => measured == bound,
        }
    }
}

impl Expectation {
    /// Whether it can be judged when only contenders that `are_there` are run.
    pub fn speaks_of(&self, are_there: impl Fn(&str) -> bool) -> bool {
        let other = match &self.bound {
            Bound::Value(_) => None,
            Bound::Relative { of: Other::Contender(name), .. } => Some(name),
            Bound::Relative { of: Other::Baseline, .. } => None,
        };
        are_there(&self.contender) && other.is_none_or(|other| are_there(other))
    }

    /// Whether it can be judged against a baseline only.
    #[must_use]
    pub fn needs_baseline(&self) -> bool {
        matches!(self.bound, Bound::Relative { of: Other::Baseline, .. })
    }

    /// Whether it needs the contender's times run by run.
    pub(crate) fn needs_times(&self) -> bool {
        let absolute = matches!(self.bound, Bound::Value(_));
        let quantile = matches!(self.metric.sample(), Sample::Quantile { .. });
        absolute && quantile && self.confidence.is_some()
    }
}

impl fmt::Display for Expectation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { contender, metric, comparison, written, .. } = self;
        write!(f, "{contender}.{} {} {written}", metric.name(), comparison.sign())?;
        if let Some(confidence) = self.confidence {
            write!(f, " @{}%", unit::trimmed(100.0 * confidence, 2))?;
        }
        if self.aborts { write!(f, " {}", grammar::ABORT) } else { Ok(()) }
    }
}
