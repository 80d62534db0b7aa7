//! `PATH=VALUES`: one parameter of a scenario and what it takes.

use std::fmt;
use std::str::FromStr;

use super::value::{Kind, Value};

/// Points of a range where it does not say how many.
const DEFAULT_STEPS: usize = 5;
/// More points on one axis than any sweep needs.
const MOST_STEPS: usize = 10_000;

/// How to write one; shown with every mistake.
const EXAMPLE: &str = "write it like contenders.retried.policy.full-jitter.base=50ms..5s:8:log, \
                       or list values like fleet.jobs=10,20,50";

/// How the points of a range are spaced.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Spacing {
    /// By equal differences.
    Linear,
    /// By equal ratios.
    Logarithmic,
}

/// What a parameter takes.
#[derive(Clone, PartialEq, Debug)]
pub enum Values {
    /// These, in this order.
    List(Vec<Value>),
    /// From one to another, both included.
    Range {
        /// The lower end.
        low: Value,
        /// The upper end.
        high: Value,
        /// Points on it.
        steps: usize,
        /// How they are spaced.
        spacing: Spacing,
    },
}

/// One parameter and what it takes.
#[derive(Clone, PartialEq, Debug)]
pub struct Axis {
    /// Its place in the scenario: keys, or numbers in lists, with dots between them.
    pub path: String,
    /// What it takes.
    pub values: Values,
}

impl Axis {
    /// The value at `share` (0 to 1) of the way along.
    #[must_use]
    pub fn at(&self, share: f64) -> Value {
        match &self.values {
            Values::List(values) => {
                let index = (share * values.len() as f64) as usize;
                values[index.min(values.len() - 1)].clone()
            }
            Values::Range { low, high, spacing, .. } => {
                let number = match spacing {
                    Spacing::Linear => low.number + share * (high.number - low.number),
                    Spacing::Logarithmic => low.number * (high.number / low.number).powf(share),
                };
                Value::of(low.kind, number)
            }
        }
    }

    /// The points of a grid: the list, or the steps of the range without those
    /// that rounding makes alike.
    #[must_use]
    pub fn points(&self) -> Vec<Value> {
        match &self.values {
            Values::List(values) => values.clone(),
            Values::Range { low, high, steps, .. } => {
                let last = steps - 1;
                let between = (1..last).map(|step| self.at(step as f64 / last as f64));
                let mut points: Vec<Value> =
                    [low.clone()].into_iter().chain(between).chain([high.clone()]).collect();
                points.dedup_by(|a, b| a.number == b.number);
                points
            }
        }
    }

    /// The kind of its values.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match &self.values {
            Values::List(values) => values[0].kind,
            Values::Range { low, .. } => low.kind,
        }
    }

    /// Whether equal ratios should be equal distances in a chart.
    #[must_use]
    pub fn is_logarithmic(&self) -> bool {
        matches!(self.values, Values::Range { spacing: Spacing::Logarithmic, .. })
    }

    /// Its path's last key: enough for a column.
    #[must_use]
    pub fn short(&self) -> &str {
        self.path.rsplit('.').next().unwrap_or(&self.path)
    }
}

impl fmt::Display for Axis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}=", self.path)?;
        match &self.values {
            Values::List(values) => {
                let texts: Vec<&str> = values.iter().map(|value| value.text.as_str()).collect();
                f.write_str(&texts.join(","))
            }
            Values::Range { low, high, steps, spacing } => {
                let spacing = match spacing {
                    Spacing::Linear => "lin",
                    Spacing::Logarithmic => "log",
                };
                write!(f, "{low}..{high}:{steps}:{spacing}")
            }
        }
    }
}

impl FromStr for Axis {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (path, values) = text.split_once('=').ok_or_else(|| format!("no `=`: {EXAMPLE}"))?;
        let path = path.trim();
        if path.is_empty() || path.split('.').any(|key| key.trim().is_empty()) {
            return Err(format!("the path of the parameter has an empty key: {EXAMPLE}"));
        }
        let values = match values.split_once("..") {
            // A window such as `30s..90s` in a list is a word, not a range.
            Some((low, rest)) if !values.contains(',') => range(path, low, rest)?,
            _ => list(path, values)?,
        };
        Ok(Self { path: path.into(), values })
    }
}

fn list(path: &str, text: &str) -> Result<Values, String> {
    let values: Vec<Value> = text.split(',').map(Value::read).collect();
    if values.iter().any(|value| value.text.is_empty()) {
        return Err(format!("`{path}` has no value, or an empty one in its list: {EXAMPLE}"));
    }
    if let Some(odd) = values.iter().find(|value| !mixes(value.kind, values[0].kind)) {
        return Err(format!(
            "`{path}` lists {} (`{}`) beside {} (`{odd}`): give all values the same unit",
            values[0].kind.noun(),
            values[0],
            odd.kind.noun()
        ));
    }
    for (index, value) in values.iter().enumerate() {
        if values[..index].iter().any(|earlier| earlier.text == value.text) {
            return Err(format!("`{path}` lists `{value}` twice: each value is one point"));
        }
    }
    Ok(Values::List(values))
}

/// Whole numbers and fractions may stand beside each other, nothing else.
fn mixes(one: Kind, other: Kind) -> bool {
    let number = |kind| matches!(kind, Kind::Count | Kind::Real);
    one == other || (number(one) && number(other))
}

fn range(path: &str, low: &str, rest: &str) -> Result<Values, String> {
    let mut parts = rest.split(':');
    let (mut low, mut high) = (Value::read(low), Value::read(parts.next().unwrap_or_default()));
    let (mut steps, mut spacing) = (DEFAULT_STEPS, None);
    for part in parts {
        match part.trim() {
            "log" => spacing = Some(Spacing::Logarithmic),
            "lin" => spacing = Some(Spacing::Linear),
            number => {
                steps = number.parse().map_err(|_| {
                    format!("`{part}` after the range of `{path}` is neither a number of points nor `log` or `lin`: {EXAMPLE}")
                })?;
            }
        }
    }
    if !mixes(low.kind, high.kind) {
        return Err(format!(
            "the range of `{path}` goes from {} (`{low}`) to {} (`{high}`): give both ends the same unit",
            low.kind.noun(),
            high.kind.noun()
        ));
    }
    if low.kind == Kind::Word {
        return Err(format!("`{low}..{high}` of `{path}` is no range of numbers: {EXAMPLE}"));
    }
    if low.kind != high.kind {
        (low.kind, high.kind) = (Kind::Real, Kind::Real);
    }
    if low.number >= high.number {
        return Err(format!(
            "the range of `{path}` is empty or a single point: `{low}` is not below `{high}`"
        ));
    }
    if !(2..=MOST_STEPS).contains(&steps) {
        return Err(format!(
            "the range of `{path}` has {steps} points, expected 2 to {MOST_STEPS}"
        ));
    }
    let spacing = spacing.unwrap_or(Spacing::Linear);
    if spacing == Spacing::Logarithmic && low.number <= 0.0 {
        return Err(format!(
            "the range of `{path}` begins at `{low}`: equal ratios need a beginning above zero"
        ));
    }
    Ok(Values::Range { low, high, steps, spacing })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(text: &str) -> Vec<String> {
        let axis: Axis = text.parse().expect(text);
        axis.points().into_iter().map(|value| value.text).collect()
    }

    #[test]
    fn lists_and_ranges_are_read() {
        assert_eq!(points("a.b=1,2,4"), ["1", "2", "4"]);
        assert_eq!(points("a=job,fleet"), ["job", "fleet"]);
        assert_eq!(points("a=1s..5s"), ["1s", "2s", "3s", "4s", "5s"]);
        assert_eq!(points("a=1..1000:4:log"), ["1", "10", "100", "1000"]);
        assert_eq!(points("a=0.5..1:2"), ["0.5", "1"]);
        assert_eq!(points("a=1..3:9"), ["1", "2", "3"], "rounded alike is one point");
        assert_eq!(points("a=10s..20s,30s..40s"), ["10s..20s", "30s..40s"], "windows are words");
    }

    #[test]
    fn an_axis_reads_back_as_it_is_written() {
        for text in ["a.b=1,2,4", "a=50ms..5s:8:log", "a=1..9:3:lin"] {
            let axis: Axis = text.parse().expect(text);
            assert_eq!(axis.to_string(), text);
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (bad, says) in [
            ("fleet.jobs", "no `=`"),
            ("fleet..jobs=1,2", "empty key"),
            ("a=", "no value"),
            ("a=1,,2", "empty one"),
            ("a=1s,2", "same unit"),
            ("a=1s..5", "same unit"),
            ("a=x..y", "no range of numbers"),
            ("a=5s..1s", "not below"),
            ("a=5s..5s", "single point"),
            ("a=1..5:1", "1 points"),
            ("a=1..5:many", "neither"),
            ("a=0..5:log", "above zero"),
            ("a=1,1", "twice"),
        ] {
            let error = bad.parse::<Axis>().expect_err(bad);
            assert!(error.contains(says), "{bad}: {error}");
        }
    }
}
