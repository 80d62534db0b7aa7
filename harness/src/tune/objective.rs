//! What a search is to make good, and what it must keep.

use std::fmt;
use std::str::FromStr;

use mock_sts::config::unit::{did_you_mean, parse_duration};

use super::show::{percent, seconds};

/// Something that can be better or worse. Inside, less is always better.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Objective {
    /// Jobs that succeed; inside, the share that fails.
    Success,
    /// A run's 99th percentile of the time to credentials, in seconds; a need
    /// that was never met counts as the whole horizon.
    P99,
    /// Calls to STS per job.
    Calls,
    /// Seconds per job slept by jobs that failed all the same.
    Wasted,
    /// Jain's index of the jobs' waits; inside, what it lacks of 1.
    Fairness,
}

/// One number for each objective, less being better.
pub type Loss = [f64; 5];

impl Objective {
    /// All of them, in the order of [`Loss`].
    pub const ALL: [Self; 5] =
        [Self::Success, Self::P99, Self::Calls, Self::Wasted, Self::Fairness];

    /// Those that count where nobody says which, and that tables always show.
    pub const USUAL: [Self; 4] = [Self::Success, Self::P99, Self::Calls, Self::Wasted];

    /// What the command line calls it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::P99 => "p99",
            Self::Calls => "calls",
            Self::Wasted => "wasted",
            Self::Fairness => "fairness",
        }
    }

    /// Its column.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Success => "jobs ok",
            Self::P99 => "p99",
            Self::Calls => "calls/job",
            Self::Wasted => "wasted/job",
            Self::Fairness => "fairness",
        }
    }

    /// Its place in a [`Loss`].
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }

    /// A loss as people read it.
    #[must_use]
    pub fn show(self, loss: f64) -> String {
        match self {
            Self::Success => percent(1.0 - loss),
            Self::P99 | Self::Wasted => seconds(loss),
            Self::Calls => format!("{loss:.2}"),
            Self::Fairness => format!("{:.3}", 1.0 - loss),
        }
    }

    /// Whether more of what it is called is better, as people say it.
    #[must_use]
    pub const fn is_more_better(self) -> bool {
        matches!(self, Self::Success | Self::Fairness)
    }

    /// A loss in the way that people measure it: a share, an index, seconds or calls.
    #[must_use]
    pub fn natural(self, loss: f64) -> f64 {
        if self.is_more_better() { 1.0 - loss } else { loss }
    }

    /// An interval of losses as people read it, the lower number first.
    #[must_use]
    pub fn show_interval(self, low: f64, high: f64) -> String {
        match self {
            Self::Success => format!("[{:.1}, {:.1}]", (1.0 - high) * 100.0, (1.0 - low) * 100.0),
            Self::P99 | Self::Wasted => format!("[{low:.1}, {high:.1}]"),
            Self::Calls => format!("[{low:.2}, {high:.2}]"),
            Self::Fairness => format!("[{:.3}, {:.3}]", 1.0 - high, 1.0 - low),
        }
    }

    fn read(self, text: &str) -> Option<f64> {
        let number = |text: &str| text.trim().parse::<f64>().ok().filter(|n| n.is_finite());
        match self {
            Self::Success => {
                let share = text.strip_suffix('%').and_then(number)?;
                (0.0..=100.0).contains(&share).then_some(1.0 - share / 100.0)
            }
            Self::P99 | Self::Wasted => parse_duration(text).map(|time| time.as_secs_f64()),
            Self::Calls => number(text),
            Self::Fairness => {
                number(text).filter(|index| (0.0..=1.0).contains(index)).map(|index| 1.0 - index)
            }
        }
    }
}

/// The objectives of the command line: names, each once, in the direction that
/// anybody wants.
///
/// # Errors
/// What is wrong, in one sentence.
pub fn objectives(texts: &[String]) -> Result<Vec<Objective>, String> {
    if texts.is_empty() {
        return Ok(Objective::USUAL.to_vec());
    }
    let mut found = Vec::new();
    for text in texts.iter().flat_map(|text| text.split(',')).map(str::trim) {
        let (direction, name) = text.split_once(':').map_or((None, text), |(d, n)| (Some(d), n));
        let objective = named(name)?;
        let natural = if objective.is_more_better() { "max" } else { "min" };
        if direction.is_some_and(|direction| direction != natural) {
            return Err(format!(
                "the objective `{text}` asks for the worst: write {natural}:{name}, or {name}"
            ));
        }
        if found.contains(&objective) {
            return Err(format!("the objective `{name}` is there twice"));
        }
        found.push(objective);
    }
    found.sort_unstable();
    Ok(found)
}

fn named(name: &str) -> Result<Objective, String> {
    let names = Objective::ALL.map(Objective::name);
    Objective::ALL.into_iter().find(|objective| objective.name() == name).ok_or_else(|| {
        match did_you_mean(name, names) {
            Some(meant) => format!("there is no objective `{name}`, did you mean `{meant}`?"),
            None => format!("there is no objective `{name}`: expected {}", names.join(", ")),
        }
    })
}

/// What a requirement speaks about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Subject {
    /// A measured objective.
    Measured(Objective),
    /// The most calls that one acquisition can make, by its policy.
    Attempts,
}

/// Something that a winner must keep: `success >= 99.9%`, `attempts <= 3`.
#[derive(Clone, PartialEq, Debug)]
pub struct Requirement {
    /// What it speaks about.
    pub subject: Subject,
    /// The loss, or the attempts, that it may have at the most.
    pub most: f64,
    /// Whether it may have exactly that.
    pub inclusive: bool,
    text: String,
}

impl Requirement {
    /// Whether `loss` keeps it.
    #[must_use]
    pub fn is_met(&self, loss: f64) -> bool {
        loss < self.most || (self.inclusive && loss <= self.most + 1e-12)
    }
}

impl fmt::Display for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

const EXAMPLE: &str =
    "write it like \"success >= 99.9%\", \"p99 < 30s\", \"calls <= 2\" or \"attempts <= 3\"";

impl FromStr for Requirement {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let operators = ["<=", ">=", "<", ">"];
        let found = operators.into_iter().find_map(|op| Some((op, text.split_once(op)?)));
        let (operator, (name, value)) =
            found.ok_or_else(|| format!("`{text}` compares nothing: {EXAMPLE}"))?;
        let (name, value) = (name.trim(), value.trim());
        let subject = match name {
            "attempts" => Subject::Attempts,
            name => Subject::Measured(named(name).map_err(|error| {
                error.replace("objective", "measure").replace("wasted", "wasted, attempts")
            })?),
        };
        let upward = matches!(subject, Subject::Measured(it) if it.is_more_better());
        if operator.starts_with('>') != upward {
            let right = if upward { ">=" } else { "<=" };
            return Err(format!("`{text}` asks for the worst: write {name} {right} {value}"));
        }
        let most = match subject {
            Subject::Attempts => value.parse::<u32>().ok().filter(|n| *n > 0).map(f64::from),
            Subject::Measured(objective) => objective.read(value),
        };
        let most = most.ok_or_else(|| format!("`{value}` is no value of {name}: {EXAMPLE}"))?;
        let requirement =
            Self { subject, most, inclusive: operator.ends_with('='), text: text.trim().into() };
        // Nothing is below zero.
        if !requirement.is_met(0.0) {
            return Err(format!("nothing at all can keep `{text}`"));
        }
        Ok(requirement)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objectives_are_named_once_and_in_the_right_direction() {
        let read = |text: &str| objectives(&[text.to_owned()]);
        assert_eq!(read("min:calls,success"), Ok(vec![Objective::Success, Objective::Calls]));
        assert_eq!(objectives(&[]), Ok(Objective::USUAL.to_vec()));
        for (bad, says) in [
            ("max:calls", "asks for the worst"),
            ("min:fairness", "asks for the worst: write max:fairness"),
            ("calls,min:calls", "there twice"),
            ("sucess", "did you mean `success`?"),
            ("speed", "expected success, p99, calls, wasted, fairness"),
        ] {
            let error = read(bad).expect_err(bad);
            assert!(error.contains(says), "{bad}: {error}");
        }
    }

    #[test]
    fn requirements_are_kept_or_not() {
        let read = |text: &str| text.parse::<Requirement>().expect(text);
        let success = read("success >= 99.9%");
        assert!(success.is_met(0.001) && !success.is_met(0.0011));
        assert!(!read("p99 < 30s").is_met(30.0) && read("p99 <= 30s").is_met(30.0));
        assert_eq!(read("attempts <= 3").subject, Subject::Attempts);
        let fairness = read("fairness >= 0.9");
        assert!(fairness.is_met(0.1) && !fairness.is_met(0.11));
        for (bad, says) in [
            ("fairness <= 0.9", "asks for the worst"),
            ("fairness >= 90%", "no value of fairness"),
            ("fairness >= 2", "no value of fairness"),
            ("success", "compares nothing"),
            ("success <= 50%", "asks for the worst"),
            ("calls >= 2", "asks for the worst"),
            ("p99 < 30", "no value of p99"),
            ("success >= 101%", "no value of success"),
            ("success > 100%", "nothing at all"),
            ("calls < 0", "nothing at all"),
            ("attempts <= 0", "no value of attempts"),
            ("atempts <= 3", "no measure"),
        ] {
            let error = bad.parse::<Requirement>().expect_err(bad);
            assert!(error.contains(says), "{bad}: {error}");
        }
    }
}
