//! The words of an expectation: `<= 8s @95%`, `>= naive + 20 pp`, `<= 1.2 * daemon`.

use std::collections::BTreeMap;

use mock_sts::config::problem::Problems;
use mock_sts::config::spanned::Spanned;
use mock_sts::config::unit as units;
use reports::Level;

use super::metric::Sample;
use super::unit::{Unit, finite};
use super::{Bound, COMPARISONS, Comparison, Expectation, Metric, Other};

/// A table of expectations as serde sees it.
pub(in crate::scenario) type ExpectFile = BTreeMap<Spanned<String>, Spanned<String>>;

/// What the result file is called that a run is compared with. A contender of that name goes first.
const BASELINE: &str = "baseline";

/// The word that ends a run early.
pub(super) const ABORT: &str = "abort-on-fail";

/// More than this no sample of any run there is can give.
const CONFIDENCE: (f64, f64) = (50.0, 99.99);

/// The expectations of both tables in the order of the file; `contenders` are the names there are
/// to speak about.
pub(in crate::scenario) fn expectations(
    expect: Option<&ExpectFile>,
    warn: Option<&ExpectFile>,
    contenders: &[&str],
    problems: &mut Problems,
) -> Option<Vec<Expectation>> {
    let required = expect.into_iter().flatten().map(|line| (Level::Required, line));
    let warnings = warn.into_iter().flatten().map(|line| (Level::Warning, line));
    let mut in_order: Vec<_> = required.chain(warnings).collect();
    in_order.sort_by_key(|(_, (key, _))| key.span().start);
    let mut fine = true;
    let mut expectations = Vec::new();
    for (level, (key, bounds)) in in_order {
        let Some((contender, metric)) = subject(key, contenders, problems) else {
            fine = false;
            continue;
        };
        for text in bounds.get_ref().split(',') {
            let line = Line { contender, metric, level, place: bounds, contenders };
            match line.read(text.trim(), problems) {
                Some(expectation) => expectations.push(expectation),
                None => fine = false,
            }
        }
    }
    fine.then_some(expectations)
}

/// The contender and the metric that a key names.
fn subject<'k>(
    key: &'k Spanned<String>,
    contenders: &[&str],
    problems: &mut Problems,
) -> Option<(&'k str, Metric)> {
    let Some((contender, metric)) = key.get_ref().split_once('.') else {
        problems
            .push(key.span(), "an expectation names a contender and a metric", "no dot in it")
            .help("write it like \"naive.success\" = \"< 90%\"");
        return None;
    };
    let known = contenders.contains(&contender);
    // A contender that could not be read has been complained about where it stands.
    if !known && !problems.lost_of("contenders") {
        problems
            .push(
                key.span(),
                format!("there is no contender `{contender}`"),
                units::guess(contender, contenders.iter().copied(), "no such contender"),
            )
            .help(format!("the contenders are {}", contenders.join(", ")));
    }
    let found = Metric::from_name(metric);
    if found.is_none() {
        let names: Vec<_> = Metric::names().collect();
        problems
            .push(
                key.span(),
                format!("there is no metric `{metric}`"),
                units::guess(metric, names.iter().copied(), "no such metric"),
            )
            .help(format!("the metrics are {}", names.join(", ")));
    }
    found.filter(|_| known).map(|metric| (contender, metric))
}

/// What one comparison is about, and where it stands.
struct Line<'a> {
    contender: &'a str,
    metric: Metric,
    level: Level,
    place: &'a Spanned<String>,
    contenders: &'a [&'a str],
}

impl Line<'_> {
    fn read(&self, text: &str, problems: &mut Problems) -> Option<Expectation> {
        let compared = COMPARISONS
            .iter()
            .find_map(|(sign, comparison)| Some((*comparison, text.strip_prefix(sign)?.trim())));
        let Some((comparison, rest)) = compared else {
            problems
                .push(
                    self.place.span(),
                    "this is not a comparison",
                    "expected <, <=, >, >= or == first",
                )
                .help(format!("write it like \"{}\"", self.metric.unit().example()));
            return None;
        };
        let (rest, aborts) = match rest.strip_suffix(ABORT) {
            Some(rest) => (rest.trim(), true),
            None => (rest, false),
        };
        let (written, confidence) = match rest.split_once('@') {
            Some((bound, confidence)) => (bound.trim(), Some(confidence.trim())),
            None => (rest, None),
        };
        let bound = self.bound(written, problems)?;
        let confidence = match confidence {
            Some(text) => Some(self.confidence(text, comparison, &bound, problems)?),
            None => None,
        };
        if aborts {
            self.may_abort(&bound, confidence, problems)?;
        }
        Some(Expectation {
            contender: self.contender.into(),
            metric: self.metric,
            comparison,
            bound,
            written: written.into(),
            confidence,
            level: self.level,
            aborts,
        })
    }

    /// Only what can be certain before the end can end a run.
    fn may_abort(
        &self,
        bound: &Bound,
        confidence: Option<f64>,
        problems: &mut Problems,
    ) -> Option<()> {
        let name = self.metric.name();
        let why_not = if self.level != Level::Required {
            "a warning ends no run".to_owned()
        } else if confidence.is_some() || !matches!(bound, Bound::Value(_)) {
            "what is compared with another, or with confidence, is known at the end only".to_owned()
        } else if self.metric.can_be_certain_early() {
            return Some(());
        } else {
            format!("`{name}` is known at the end only")
        };
        problems.push(self.place.span(), why_not, format!("`{ABORT}` after it")).help(format!(
            "leave `{ABORT}` out, or put it after a fixed bound of success, attempts, \
             sts-calls-per-job, slept-per-job or wasted-per-job in [expect]"
        ));
        None
    }

    /// A value in the metric's unit, or `[FACTOR *] CONTENDER [+ or - DIFFERENCE]`.
    fn bound(&self, text: &str, problems: &mut Problems) -> Option<Bound> {
        let unit = self.metric.unit();
        if let Some(value) = unit.read(text) {
            if unit == Unit::Percent && !(0.0..=100.0).contains(&value) {
                let place = self.place.span();
                problems.push(place, "this share cannot be reached", "expected 0% to 100%");
                return None;
            }
            return Some(Bound::Value(value));
        }
        let (factor, rest) = match text.split_once(" * ") {
            Some((factor, rest)) => (finite(factor.trim()).filter(|factor| *factor > 0.0), rest),
            None => (Some(1.0), text),
        };
        let (name, plus) = difference(unit, rest.trim());
        let other = match self.contenders.contains(&name) {
            true => Some(Other::Contender(name.into())),
            false => (name == BASELINE).then_some(Other::Baseline),
        };
        let (Some(factor), Some(other), Some(plus)) = (factor, other, plus) else {
            self.no_bound(text, problems);
            return None;
        };
        if unit == Unit::Percent && factor != 1.0 {
            let place = self.place.span();
            problems
                .push(place, "a share is not multiplied", "a factor before it")
                .help(format!("write it like \">= {name} + 20 pp\""));
            return None;
        }
        if name == self.contender {
            let place = self.place.span();
            problems.push(place, "nothing is compared with itself", "its own name");
            return None;
        }
        Some(Bound::Relative { factor, of: other, plus })
    }

    fn no_bound(&self, text: &str, problems: &mut Problems) {
        let unit = self.metric.unit();
        let relative = match unit {
            Unit::Percent => ">= NAME + 20 pp",
            Unit::Time => "<= 1.2 * NAME + 500ms",
            Unit::Index => ">= NAME - 0.05",
            Unit::Number => "<= 1.2 * NAME + 1",
        };
        problems
            .push(
                self.place.span(),
                format!("`{}` is compared with {}", self.metric.name(), unit.noun()),
                format!("`{text}` is none"),
            )
            .help(format!(
                "write it like \"{}\", or relative to another contender or `baseline` like \"{relative}\"",
                unit.example()
            ));
    }

    /// Above one half, below 1.
    fn confidence(
        &self,
        text: &str,
        comparison: Comparison,
        bound: &Bound,
        problems: &mut Problems,
    ) -> Option<f64> {
        let percent = text.strip_suffix('%').and_then(|number| finite(number.trim()));
        let within = |percent: &f64| *percent > CONFIDENCE.0 && *percent <= CONFIDENCE.1;
        let Some(percent) = percent.filter(within) else {
            let label = format!("`{text}` is none");
            problems
                .push(self.place.span(), "a confidence is above 50% and at most 99.99%", label)
                .help("write it like \"<= 8s @95%\"");
            return None;
        };
        let name = self.metric.name();
        let why_not = match bound {
            _ if comparison == Comparison::Equal => Some((
                "no sample makes an equality sure".to_owned(),
                "leave the confidence out, or use <= or >=".to_owned(),
            )),
            Bound::Value(_) => (self.metric.sample() == Sample::None).then(|| {
                (format!("`{name}` cannot be known with confidence"), alternative(self.metric))
            }),
            Bound::Relative { .. } => (!self.metric.has_runs()).then(|| {
                (
                    format!("`{name}` of two contenders cannot be compared with confidence"),
                    alternative(self.metric),
                )
            }),
        };
        if let Some((message, help)) = why_not {
            problems.push(self.place.span(), message, "a confidence after `@`").help(help);
            return None;
        }
        Some(percent / 100.0)
    }
}

/// What to ask instead.
fn alternative(metric: Metric) -> String {
    match metric {
        Metric::Attempts => "`sts-calls-per-job` can".into(),
        Metric::Max | Metric::WorstJob => "`time-with-failures.p99` can".into(),
        _ => {
            "it leaves failures out, and who fails differs: `time-with-failures` has them in".into()
        }
    }
}

/// A name, and what is added to it; the difference is none when it is not one.
fn difference(unit: Unit, text: &str) -> (&str, Option<f64>) {
    for (sign, times) in [(" + ", 1.0), (" - ", -1.0)] {
        if let Some((name, by)) = text.split_once(sign) {
            return (name.trim(), unit.read_difference(by.trim()).map(|by| times * by));
        }
    }
    (text, Some(0.0))
}
