//! Checks of single values, and the way a checked value replaces a profile's.

use std::time::Duration;

use crate::config::spanned::Spanned;

use crate::arn;
use crate::config::file::LatencyFile;
use crate::config::problem::Problems;
use crate::config::unit;
use crate::latency::Latency;

/// The longest any latency or cache lifetime may be: nothing in a run lasts
/// longer than a day.
pub(super) const LONGEST: Duration = Duration::from_secs(86_400);

/// Puts a file's values in the place of a profile's and notes their keys.
pub(super) struct Setter<'a> {
    /// The dotted name of the table the keys are in.
    pub(super) table: &'static str,
    pub(super) overridden: &'a mut Vec<String>,
    pub(super) problems: &'a mut Problems,
    /// Whether every value so far could be used.
    pub(super) fine: bool,
}

impl Setter<'_> {
    /// Sets `target` to what `check` makes of `written`, if the file has it.
    pub(super) fn checked<F: ?Sized, T>(
        &mut self,
        key: &str,
        written: Option<&F>,
        target: &mut T,
        check: impl FnOnce(&F, &mut Problems) -> Option<T>,
    ) {
        let Some(written) = written else { return };
        match check(written, self.problems) {
            Some(value) => self.plain(key, Some(value), target),
            None => self.fine = false,
        }
    }

    /// Sets `target` to a value that has nothing to check.
    pub(super) fn plain<T>(&mut self, key: &str, written: Option<T>, target: &mut T) {
        if let Some(value) = written {
            *target = value;
            let key = format!("{}.{key}", self.table);
            // A preset may have changed it already.
            if !self.overridden.contains(&key) {
                self.overridden.push(key);
            }
        }
    }
}

/// A distribution whose every draw is a day at the most.
pub fn latency(file: &Spanned<LatencyFile>, problems: &mut Problems) -> Option<Latency> {
    match file.get_ref() {
        LatencyFile::Fixed(text) => duration(text, problems).map(Latency::Fixed),
        LatencyFile::Uniform(bounds) => {
            let min = duration(&bounds.min, problems);
            let max = duration(&bounds.max, problems);
            let (min, max) = (min?, max?);
            if min > max {
                problems
                    .push(bounds.max.span(), "`max` is below `min`", "smaller than `min`")
                    .help("exchange the two");
                return None;
            }
            Some(Latency::Uniform { min, max })
        }
        LatencyFile::Lognormal(shape) => {
            let median = positive(&shape.median, problems);
            let sigma = *shape.sigma.get_ref();
            if !(0.0..=3.0).contains(&sigma) {
                problems
                    .push(shape.sigma.span(), "`sigma` is out of range", "expected 0 to 3")
                    .help("0 is always the median, 0.5 is usual, 1 is a heavy tail");
                return None;
            }
            Some(Latency::Lognormal { median: median?, sigma })
        }
        LatencyFile::Exponential(shape) => {
            positive(&shape.mean, problems).map(|mean| Latency::Exponential { mean })
        }
    }
}

/// A duration of a day at the most.
pub(super) fn duration(text: &Spanned<String>, problems: &mut Problems) -> Option<Duration> {
    unit::duration_within(text, &(Duration::ZERO..=LONGEST), problems)
}

/// A duration above zero, a day at the most.
pub(super) fn positive(text: &Spanned<String>, problems: &mut Problems) -> Option<Duration> {
    unit::duration_within(text, &(Duration::from_nanos(1)..=LONGEST), problems)
}

/// A rate in whole events per second.
pub(super) fn whole_rate(text: &Spanned<String>, problems: &mut Problems) -> Option<u64> {
    let per_second = unit::rate(text, problems)?.per_second();
    if per_second < 1.0 || per_second.fract() != 0.0 {
        problems
            .push(
                text.span(),
                "this rate is not a whole number per second",
                format!("{per_second:.3}/s"),
            )
            .help("a limit adds whole tokens each second: write it like \"600/s\"");
        return None;
    }
    Some(per_second as u64)
}

/// A list that names at least one thing, and none of them with nothing.
pub(super) fn names(
    list: &Spanned<Vec<Spanned<String>>>,
    what: &str,
    problems: &mut Problems,
) -> Option<Vec<String>> {
    if list.get_ref().is_empty() {
        problems.push(list.span(), format!("a list of {what} cannot be empty"), "nothing in here");
        return None;
    }
    let mut fine = true;
    for name in list.get_ref() {
        if name.get_ref().is_empty() {
            problems.push(name.span(), format!("one of the {what} is empty"), "no text");
            fine = false;
        }
    }
    fine.then(|| list.get_ref().iter().map(|name| name.get_ref().clone()).collect())
}

/// An account number.
pub(super) fn account(text: &Spanned<String>, problems: &mut Problems) -> Option<String> {
    let is_account = arn::is_account(text.get_ref());
    if !is_account {
        problems
            .push(text.span(), "this is not an account number", "expected twelve digits")
            .help("write it like \"123456789012\"");
    }
    is_account.then(|| text.get_ref().clone())
}

/// More than AWS has.
const MOST_REGIONS: usize = 40;

/// Regions beside the service's own, all different.
pub(super) fn other_regions(
    names: &Spanned<Vec<Spanned<String>>>,
    own: &str,
    problems: &mut Problems,
) -> Option<Vec<String>> {
    let list = names.get_ref();
    if list.len() > MOST_REGIONS {
        let label = format!("{} regions, expected {MOST_REGIONS} at the most", list.len());
        problems.push(names.span(), "no account has so many regions", label);
        return None;
    }
    let mut checked: Vec<String> = Vec::new();
    for text in list {
        let name = region(text, problems)?;
        if name == own || checked.contains(&name) {
            problems
                .push(text.span(), format!("the region {name} is there twice"), "already there")
                .help("`service.region` is one of them: name only the others");
            return None;
        }
        checked.push(name);
    }
    Some(checked)
}

/// A region name such as `us-east-1`.
pub(super) fn region(text: &Spanned<String>, problems: &mut Problems) -> Option<String> {
    let name = text.get_ref();
    let parts: Vec<&str> = name.split('-').collect();
    let is_region = parts.len() >= 3
        && name.len() <= 32
        && parts.iter().all(|part| !part.is_empty())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    if !is_region {
        problems
            .push(text.span(), "this is not a region", "expected letters, dashes and a digit")
            .help("write it like \"us-east-1\"");
    }
    is_region.then(|| name.clone())
}
