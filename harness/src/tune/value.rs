//! A value of a parameter, with the unit it is written in.

use std::fmt;
use std::time::Duration;

use mock_sts::config::unit;

/// What kind of number a parameter holds; a range must stay within one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// A whole number.
    Count,
    /// A number with a fraction.
    Real,
    /// A duration such as `"250ms"`.
    Time,
    /// A share such as `"5%"`.
    Percent,
    /// A rate such as `"600/s"`; the text after the slash.
    Rate(char),
    /// Anything else: `"job"`, `"even"`, `"30s..90s"`. It can be listed, not ranged over.
    Word,
}

impl Kind {
    /// How messages speak of it.
    #[must_use]
    pub const fn noun(self) -> &'static str {
        match self {
            Self::Count => "a whole number",
            Self::Real => "a number",
            Self::Time => "a duration",
            Self::Percent => "a share in percent",
            Self::Rate(_) => "a rate",
            Self::Word => "a word",
        }
    }

    /// A value of this kind.
    #[must_use]
    pub const fn example(self) -> &'static str {
        match self {
            Self::Count => "5",
            Self::Real => "0.5",
            Self::Time => "500ms",
            Self::Percent => "5%",
            Self::Rate(_) => "600/s",
            Self::Word => "job",
        }
    }
}

/// One value of a parameter.
#[derive(Clone, PartialEq, Debug)]
pub struct Value {
    /// Its kind.
    pub kind: Kind,
    /// The number in the kind's base unit: seconds, percent, events per the
    /// rate's own time; 0 for words.
    pub number: f64,
    /// As a scenario writes it, without quotes.
    pub text: String,
}

impl Value {
    /// The value that `text` writes.
    #[must_use]
    pub fn read(text: &str) -> Self {
        let text = text.trim();
        let (kind, number) = Self::measure(text);
        Self { kind, number, text: text.into() }
    }

    fn measure(text: &str) -> (Kind, f64) {
        let finite = |text: &str| text.trim().parse::<f64>().ok().filter(|n| n.is_finite());
        let plain = text.replace('_', "");
        if let Ok(count) = plain.parse::<i64>() {
            return (Kind::Count, count as f64);
        }
        if let Some(real) = finite(&plain) {
            return (Kind::Real, real);
        }
        if let Some(share) = text.strip_suffix('%').and_then(finite) {
            return (Kind::Percent, share);
        }
        if let Some((events, per)) = text.split_once('/')
            && let (Some(events), Some(per @ ('s' | 'm' | 'h'))) =
                (finite(events), per.chars().next().filter(|_| per.len() == 1))
        {
            return (Kind::Rate(per), events);
        }
        match unit::parse_duration(text) {
            Some(duration) => (Kind::Time, duration.as_secs_f64()),
            None => (Kind::Word, 0.0),
        }
    }

    /// The number as a value of the kind: whole where the kind is, to a
    /// thousandth of the first digit where it is not.
    #[must_use]
    pub fn of(kind: Kind, number: f64) -> Self {
        let text = match kind {
            Kind::Count => format!("{}", number.round() as i64),
            Kind::Real => tidy(number),
            Kind::Percent => format!("{}%", tidy(number)),
            Kind::Rate(per) => format!("{}/{per}", tidy(number)),
            Kind::Time => unit::written(rounded(number)),
            Kind::Word => String::new(),
        };
        let number = Self::measure(&text).1;
        Self { kind, number, text }
    }

    /// Whether TOML writes it without quotes.
    #[must_use]
    pub const fn is_bare(&self) -> bool {
        matches!(self.kind, Kind::Count | Kind::Real)
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Four significant digits, no exponent, no zeros at the end.
fn tidy(number: f64) -> String {
    if number == 0.0 {
        return "0".into();
    }
    let decimals = (3 - number.abs().log10().floor() as i32).clamp(0, 12) as usize;
    let text = format!("{number:.decimals$}");
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').into(),
        false => text,
    }
}

/// Seconds as a duration of whole milliseconds, or of whole microseconds below ten.
fn rounded(seconds: f64) -> Duration {
    let micros = (seconds.max(0.0) * 1e6).round() as u64;
    let step = if micros >= 10_000 { 1000 } else { 1 };
    Duration::from_micros((micros + step / 2) / step * step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_know_their_kind() {
        let kind = |text| Value::read(text).kind;
        assert_eq!(kind("5"), Kind::Count);
        assert_eq!(kind("1_000"), Kind::Count);
        assert_eq!(kind("0.5"), Kind::Real);
        assert_eq!(kind("1m 30s"), Kind::Time);
        assert_eq!(kind("5%"), Kind::Percent);
        assert_eq!(kind("600/s"), Kind::Rate('s'));
        for word in ["job", "600/day", "30s..90s", "", "inf", "nan%"] {
            assert_eq!(kind(word), Kind::Word, "{word}");
        }
    }

    #[test]
    fn numbers_are_written_as_scenarios_read_them() {
        for (kind, number, text) in [
            (Kind::Count, 7.4, "7"),
            (Kind::Real, 0.123_456, "0.1235"),
            (Kind::Time, 1.581_138_83, "1s 581ms"),
            (Kind::Time, 0.000_25, "250µs"),
            (Kind::Percent, 99.95, "99.95%"),
            (Kind::Rate('s'), 12.0, "12/s"),
        ] {
            let value = Value::of(kind, number);
            assert_eq!(value.text, text);
            assert_eq!(Value::read(text), value, "{text}");
        }
    }
}
