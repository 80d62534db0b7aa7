//! `[expect]`: what a run is expected to show.
//!
//! `"contender.metric" = "< 90%"`: a comparison and a value in the metric's
//! unit; several comparisons with commas between them must all hold.

mod metric;

use std::collections::BTreeMap;
use std::fmt;

use mock_sts::config::problem::Problems;
use mock_sts::config::unit;
use reports::{ContenderReport, ExpectationResult, Verdict};
use toml::Spanned;

pub use self::metric::Metric;
use self::metric::Unit;

/// One comparison that a run is judged by.
#[derive(Clone, PartialEq, Debug)]
pub struct Expectation {
    /// The contender's name.
    pub contender: String,
    /// What is measured.
    pub metric: Metric,
    /// How it is compared.
    pub comparison: Comparison,
    /// With what: percent, nanoseconds or a plain number, as the metric has it.
    pub bound: f64,
    /// The bound as the file writes it.
    pub written: String,
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
    /// Judges the contender's report. [`Verdict::NoData`] where the sample
    /// cannot say; whoever decides whether a run passed counts it as failed.
    #[must_use]
    pub fn evaluate(&self, report: &ContenderReport) -> ExpectationResult {
        let measured = self.metric.measure(report);
        let verdict = match measured {
            None => Verdict::NoData,
            Some(value) if self.comparison.holds(value, self.bound) => Verdict::Pass,
            Some(_) => Verdict::Fail,
        };
        ExpectationResult {
            text: self.to_string(),
            contender: self.contender.clone(),
            metric: self.metric.name().into(),
            measured: measured.map(|value| self.metric.unit().show(value)),
            verdict,
        }
    }
}

impl fmt::Display for Expectation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { contender, metric, comparison, written, .. } = self;
        write!(f, "{contender}.{} {} {written}", metric.name(), comparison.sign())
    }
}

/// The expectations in the order of the file; `contenders` are the names there
/// are to speak about.
pub(super) fn expectations(
    file: Option<&BTreeMap<Spanned<String>, Spanned<String>>>,
    contenders: &[&str],
    problems: &mut Problems,
) -> Option<Vec<Expectation>> {
    let mut in_order: Vec<_> = file.into_iter().flatten().collect();
    in_order.sort_by_key(|(key, _)| key.span().start);
    let mut fine = true;
    let mut expectations = Vec::new();
    for (key, bounds) in in_order {
        match subject(key, contenders, problems) {
            Some((contender, metric)) => {
                for bound in bounds.get_ref().split(',') {
                    match one(contender, metric, bound.trim(), bounds, problems) {
                        Some(expectation) => expectations.push(expectation),
                        None => fine = false,
                    }
                }
            }
            None => fine = false,
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
                unit::guess(contender, contenders.iter().copied(), "no such contender"),
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
                unit::guess(metric, names.iter().copied(), "no such metric"),
            )
            .help(format!("the metrics are {}", names.join(", ")));
    }
    found.filter(|_| known).map(|metric| (contender, metric))
}

fn one(
    contender: &str,
    metric: Metric,
    text: &str,
    place: &Spanned<String>,
    problems: &mut Problems,
) -> Option<Expectation> {
    let example = metric.unit().example();
    let compared = COMPARISONS
        .iter()
        .find_map(|(sign, comparison)| Some((*comparison, text.strip_prefix(sign)?.trim())));
    let Some((comparison, value)) = compared else {
        problems
            .push(place.span(), "this is not a comparison", "expected <, <=, >, >= or == first")
            .help(format!("write it like \"{example}\""));
        return None;
    };
    let Some(bound) = metric.unit().read(value) else {
        problems
            .push(
                place.span(),
                format!("`{}` is compared with {}", metric.name(), metric.unit().noun()),
                format!("`{value}` is none"),
            )
            .help(format!("write it like \"{example}\""));
        return None;
    };
    if metric.unit() == Unit::Percent && !(0.0..=100.0).contains(&bound) {
        problems.push(place.span(), "this share cannot be reached", "expected 0% to 100%");
        return None;
    }
    Some(Expectation {
        contender: contender.into(),
        metric,
        comparison,
        bound,
        written: value.into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use reports::{Histogram, LatencySummary, Proportion};

    fn judge(metric: &str, bound: &str, report: &ContenderReport) -> ExpectationResult {
        let (key, text) = (format!("naive.{metric}"), bound.to_owned());
        let file = BTreeMap::from([(Spanned::new(0..1, key), Spanned::new(0..1, text))]);
        let mut problems = Problems::default();
        let read = expectations(Some(&file), &["naive"], &mut problems);
        assert!(problems.is_empty(), "{problems:?}");
        read.and_then(|read| read.into_iter().next()).expect("one expectation").evaluate(report)
    }

    fn report() -> ContenderReport {
        let mut times = Histogram::default();
        for ms in 1..=100 {
            times.record_ns(ms * 1_000_000);
        }
        ContenderReport {
            jobs: Proportion::new(9, 10),
            acquisitions: Proportion::new(38, 40),
            time_to_credentials: LatencySummary::from(times),
            attempts: 50,
            slept_ns: 20_000_000_000,
            ..ContenderReport::default()
        }
    }

    #[test]
    fn a_report_is_judged() {
        let report = report();
        let table = [
            ("success", "< 90%", "90%", Verdict::Fail),
            ("success", "== 90%", "90%", Verdict::Pass),
            ("acquisition-success", ">= 95%", "95%", Verdict::Pass),
            ("time-to-credentials.max", "<= 1s", "100 ms", Verdict::Pass),
            ("sts-calls-per-job", "> 5", "5", Verdict::Fail),
            ("calls-per-acquisition", "<= 1.25", "1.25", Verdict::Pass),
            ("slept-per-job", "< 1999ms", "2 s", Verdict::Fail),
            ("wasted-per-job", "== 0s", "0 µs", Verdict::Pass),
            ("attempts", ">= 51", "50", Verdict::Fail),
        ];
        for (metric, bound, measured, verdict) in table {
            let result = judge(metric, bound, &report);
            assert_eq!(result.text, format!("naive.{metric} {bound}"));
            assert_eq!(result.measured.as_deref(), Some(measured), "{metric}");
            assert_eq!(result.verdict, verdict, "{metric} {bound}");
        }
    }

    #[test]
    fn what_the_sample_cannot_say_is_not_met() {
        let p99 = judge("time-to-credentials.p99", "< 30s", &report());
        assert_eq!((p99.measured, p99.verdict), (None, Verdict::NoData));
        let nobody = ContenderReport::default();
        for metric in ["success", "sts-calls-per-job"] {
            let bound = if metric == "success" { ">= 0%" } else { ">= 0" };
            assert_eq!(judge(metric, bound, &nobody).verdict, Verdict::NoData, "{metric}");
        }
        assert_eq!(judge("time-to-credentials.max", "< 1s", &nobody).verdict, Verdict::NoData);
    }
}
