//! What metrics are measured in: read with the unit, shown without noise.

use mock_sts::config::unit::parse_duration;

/// What a metric is measured in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Unit {
    /// Percent.
    Percent,
    /// Nanoseconds.
    Time,
    /// A count or a ratio.
    Number,
    /// From 0 to 1, 1 being best.
    Index,
}

impl Unit {
    /// The value in `text`, which carries its unit.
    pub(super) fn read(self, text: &str) -> Option<f64> {
        match self {
            Self::Percent => text.strip_suffix('%').and_then(|number| finite(number.trim())),
            Self::Time => parse_duration(text).map(|duration| duration.as_nanos() as f64),
            Self::Number => finite(text),
            Self::Index => finite(text).filter(|index| (0.0..=1.0).contains(index)),
        }
    }

    /// A measurement as reports show it.
    pub(super) fn show(self, value: f64) -> String {
        match self {
            // Not everything must not read as everything, nor something as nothing.
            Self::Percent if value > 99.99 && value < 100.0 => "above 99.99%".into(),
            Self::Percent if value < 0.01 && value > 0.0 => "below 0.01%".into(),
            Self::Percent => format!("{}%", trimmed(value, 2)),
            Self::Time if value >= 1e9 => format!("{} s", trimmed(value / 1e9, 2)),
            Self::Time if value >= 1e6 => format!("{} ms", trimmed(value / 1e6, 1)),
            Self::Time => format!("{} µs", trimmed(value / 1e3, 0)),
            Self::Number => trimmed(value, 2),
            Self::Index if value > 0.9999 && value < 1.0 => "above 0.9999".into(),
            Self::Index => trimmed(value.min(1.0), 4),
        }
    }

    /// A difference in `text`: shares differ in percentage points.
    pub(super) fn read_difference(self, text: &str) -> Option<f64> {
        match self {
            Self::Percent => text.strip_suffix("pp").and_then(|number| finite(number.trim())),
            Self::Time | Self::Number | Self::Index => self.read(text),
        }
    }

    /// A difference as reports show it, with its sign.
    pub(super) fn show_difference(self, value: f64) -> String {
        let sign = if value < 0.0 { "-" } else { "+" };
        match self {
            Self::Percent => format!("{sign}{} pp", trimmed(value.abs(), 2)),
            Self::Index => format!("{sign}{}", trimmed(value.abs(), 4)),
            Self::Time | Self::Number => format!("{sign}{}", self.show(value.abs())),
        }
    }

    pub(super) const fn noun(self) -> &'static str {
        match self {
            Self::Percent => "a share in percent",
            Self::Time => "a duration",
            Self::Number => "a number without unit",
            Self::Index => "a number from 0 to 1",
        }
    }

    pub(super) const fn example(self) -> &'static str {
        match self {
            Self::Percent => ">= 99.9%",
            Self::Time => "< 30s",
            Self::Number => "<= 2",
            Self::Index => ">= 0.9",
        }
    }
}

pub(super) fn finite(text: &str) -> Option<f64> {
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

/// With so many decimals at the most, and no zeros at the end.
pub(super) fn trimmed(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').into(),
        false => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_with_their_unit_only() {
        assert_eq!(Unit::Time.read("1m 30s"), Some(9e10));
        for (unit, bad) in [
            (Unit::Percent, "90"),
            (Unit::Percent, "nan%"),
            (Unit::Time, "30"),
            (Unit::Time, "-1s"),
            (Unit::Number, "2s"),
            (Unit::Number, "inf"),
            (Unit::Number, ""),
        ] {
            assert_eq!(unit.read(bad), None, "{bad}");
        }
    }

    #[test]
    fn measurements_are_shown_without_noise() {
        let shown = [
            Unit::Percent.show(87.5),
            Unit::Percent.show(99.9999),
            Unit::Percent.show(100.0),
            Unit::Time.show(1.21e9),
            Unit::Time.show(3.4e8),
            Unit::Time.show(0.0),
            Unit::Number.show(2.0),
            Unit::Number.show(100.0),
        ];
        assert_eq!(
            shown,
            ["87.5%", "above 99.99%", "100%", "1.21 s", "340 ms", "0 µs", "2", "100"]
        );
    }

    #[test]
    fn differences_carry_their_sign_and_shares_their_points() {
        assert_eq!(Unit::Percent.read_difference("20 pp"), Some(20.0));
        assert_eq!(Unit::Percent.read_difference("20%"), None, "that would be a share of a share");
        assert_eq!(Unit::Time.read_difference("500ms"), Some(5e8));
        let shown = [
            Unit::Percent.show_difference(-0.5),
            Unit::Time.show_difference(1.5e9),
            Unit::Number.show_difference(0.0),
        ];
        assert_eq!(shown, ["-0.5 pp", "+1.5 s", "+0"]);
    }
}
