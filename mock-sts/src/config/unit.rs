//! Numbers with units, as files write them.

pub mod schema;

use std::ops::RangeInclusive;
use std::time::Duration;

use crate::config::spanned::Spanned;

use super::problem::Problems;

/// A year. Nothing in a run lasts longer, and sums stay far from overflow.
const LONGEST: Duration = Duration::from_secs(365 * 86_400);

/// A duration such as `"250ms"`, `"20s"` or `"1h 30m"`, a year at the most.
pub fn duration(text: &Spanned<String>, problems: &mut Problems) -> Option<Duration> {
    let duration = parse_duration(text.get_ref());
    if duration.is_none() {
        let negative =
            text.get_ref().parse().is_ok_and(|signed: jiff::SignedDuration| signed.is_negative());
        let (message, label) = if negative {
            ("a duration cannot be negative", "below zero")
        } else {
            ("this is not a duration", unit_label(text.get_ref()))
        };
        problems
            .push(text.span(), message, label)
            .help("write it like \"250ms\", \"20s\" or \"1h 30m\"");
    } else if duration > Some(LONGEST) {
        problems.push(text.span(), "this duration is out of range", "longer than a year");
        return None;
    }
    duration
}

/// What is to be said below a text that is no duration.
fn unit_label(text: &str) -> &'static str {
    let has = |is: fn(char) -> bool| text.chars().any(is);
    if has(|c| c.is_ascii_digit()) && has(char::is_alphabetic) {
        "a duration is in h, m, s, ms, us or ns"
    } else {
        "a number needs its unit"
    }
}

/// The duration that `text` writes; none when it is negative or no duration.
#[must_use]
pub fn parse_duration(text: &str) -> Option<Duration> {
    let signed: jiff::SignedDuration = text.parse().ok()?;
    Duration::try_from(signed).ok()
}

/// A duration, or `default` where the file says nothing.
pub fn duration_or(
    text: Option<&Spanned<String>>,
    default: Duration,
    problems: &mut Problems,
) -> Option<Duration> {
    text.map_or(Some(default), |text| duration(text, problems))
}

/// A duration within `range`.
pub fn duration_within(
    text: &Spanned<String>,
    range: &RangeInclusive<Duration>,
    problems: &mut Problems,
) -> Option<Duration> {
    let duration = duration(text, problems)?;
    if range.contains(&duration) {
        return Some(duration);
    }
    let label = if duration.is_zero() && *range.start() <= Duration::from_nanos(1) {
        "expected a duration above zero".into()
    } else if range.start().is_zero() {
        format!("expected {} at the most", written(*range.end()))
    } else {
        format!("expected {} to {}", written(*range.start()), written(*range.end()))
    };
    problems.push(text.span(), "this duration is out of range", label);
    None
}

/// A duration of whole seconds within `range`.
pub fn seconds_within(
    text: &Spanned<String>,
    range: &RangeInclusive<Duration>,
    problems: &mut Problems,
) -> Option<Duration> {
    let duration = duration_within(text, range, problems)?;
    if duration.subsec_nanos() != 0 {
        let what = "this duration is not in whole seconds";
        problems.push(text.span(), what, "the protocol knows no fractions");
        return None;
    }
    Some(duration)
}

/// A duration as a file would write it.
#[must_use]
pub fn written(duration: Duration) -> String {
    jiff::SignedDuration::try_from(duration)
        .map_or_else(|_| format!("{duration:?}"), |signed| format!("{signed:#}"))
}

/// A whole number within `range`.
pub fn count<T: TryFrom<i64>>(
    number: &Spanned<i64>,
    range: &RangeInclusive<i64>,
    problems: &mut Problems,
) -> Option<T> {
    let value = *number.get_ref();
    let within = range.contains(&value).then(|| T::try_from(value).ok()).flatten();
    if within.is_none() {
        let label = format!(
            "expected {} to {}",
            written_count(*range.start()),
            written_count(*range.end())
        );
        problems.push(number.span(), "this number is out of range", label);
    }
    within
}

/// A whole number as a file would write it: `10_000_000`.
#[must_use]
pub fn written_count(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let sign = if number < 0 { "-" } else { "" };
    let grouped: Vec<&str> = digits
        .as_bytes()
        .rchunks(3)
        .rev()
        .filter_map(|three| std::str::from_utf8(three).ok())
        .collect();
    format!("{sign}{}", grouped.join("_"))
}

/// A rate such as `"600/s"` or `"30/m"`, in whole events per second or as an
/// interval: `"30/m"` is one every two seconds.
pub fn rate(text: &Spanned<String>, problems: &mut Problems) -> Option<Rate> {
    let rate = parse_rate(text.get_ref());
    if rate.is_none() {
        problems
            .push(
                text.span(),
                "this is not a rate",
                "expected a number above zero, a slash and a unit",
            )
            .help("write it like \"600/s\", \"30/m\" or \"2000/h\"");
    }
    rate
}

/// A share such as `"5%"`, above zero and `most` at the most.
pub fn share(text: &Spanned<String>, most: f64, problems: &mut Problems) -> Option<f64> {
    let number = text.get_ref().trim().strip_suffix('%').map(|number| number.trim().parse::<f64>());
    match number {
        Some(Ok(percent)) if percent > 0.0 && percent <= most * 100.0 => Some(percent / 100.0),
        Some(Ok(_)) => {
            let label = format!("expected more than 0% and {}% at the most", most * 100.0);
            problems.push(text.span(), "this share is out of range", label);
            None
        }
        _ => {
            problems
                .push(text.span(), "this is not a share", "expected a number and a percent sign")
                .help("write it like \"5%\"");
            None
        }
    }
}

/// So many events in such a time.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Rate {
    /// Events per [`Rate::per`]; above zero.
    pub events: f64,
    /// The time they are spread over.
    pub per: Duration,
}

impl Rate {
    /// Events per second.
    #[must_use]
    pub fn per_second(&self) -> f64 {
        self.events / self.per.as_secs_f64()
    }

    /// The mean time between two events.
    #[must_use]
    pub fn interval(&self) -> Duration {
        self.per.div_f64(self.events)
    }
}

fn parse_rate(text: &str) -> Option<Rate> {
    let (events, unit) = text.split_once('/')?;
    let events: f64 = events.trim().parse().ok()?;
    let seconds = match unit.trim() {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        _ => return None,
    };
    let sane = events.is_finite() && (1e-3..=1e9).contains(&events);
    sane.then(|| Rate { events, per: Duration::from_secs(seconds) })
}

/// What to say under a name that does not exist: what was probably meant, or
/// `otherwise`.
#[must_use]
pub fn guess<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
    otherwise: &str,
) -> String {
    did_you_mean(word, candidates)
        .map_or_else(|| otherwise.into(), |meant| format!("did you mean `{meant}`?"))
}

/// The candidate that was probably meant by `word`.
#[must_use]
pub fn did_you_mean<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(word, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= candidate.len().max(word.len()) / 3)
        .min()
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_have_a_unit_and_are_above_zero() {
        assert_eq!(parse_rate("600/s").map(|rate| rate.per_second()), Some(600.0));
        assert_eq!(parse_rate("30/m").map(|rate| rate.interval()), Some(Duration::from_secs(2)));
        for bad in ["600", "600/", "/s", "0/s", "-1/s", "inf/s", "1/d", ""] {
            assert_eq!(parse_rate(bad), None, "{bad}");
        }
    }

    #[test]
    fn numbers_are_written_as_they_are_read() {
        assert_eq!(written_count(0), "0");
        assert_eq!(written_count(-1), "-1");
        assert_eq!(written_count(1000), "1_000");
        assert_eq!(written_count(10_000_000), "10_000_000");
        assert_eq!(written(Duration::from_millis(90_250)), "1m 30s 250ms");
        assert_eq!(parse_duration("1h 30m"), Some(Duration::from_secs(5400)));
        assert_eq!(parse_duration("-1s"), None);
        assert_eq!(parse_duration("5"), None);
    }

    #[test]
    fn near_misses_are_guessed_and_wild_ones_are_not() {
        let names = ["naive", "cached", "daemon"];
        assert_eq!(did_you_mean("cahced", names), Some("cached"));
        assert_eq!(did_you_mean("kubernetes", names), None);
    }
}
