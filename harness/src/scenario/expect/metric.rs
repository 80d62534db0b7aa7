//! What can be measured in a contender's report, and in which unit.

use mock_sts::config::unit::parse_duration;
use reports::{ContenderReport, LatencySummary, Proportion};

macro_rules! metrics {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $unit:ident;)*) => {
        /// Something measured, which an expectation can speak about.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum Metric {
            $($(#[$doc])* $variant,)*
        }

        impl Metric {
            const ALL: &[Self] = &[$(Self::$variant,)*];

            /// What expectations call it.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            pub(super) const fn unit(self) -> Unit {
                match self { $(Self::$variant => Unit::$unit,)* }
            }
        }
    };
}

metrics! {
    /// Jobs whose every tool got credentials, of all jobs.
    Success = "success", Percent;
    /// Acquisitions that ended in usable credentials, of all.
    AcquisitionSuccess = "acquisition-success", Percent;
    /// The median time from intended start to credentials.
    P50 = "time-to-credentials.p50", Time;
    /// Its 90th percentile.
    P90 = "time-to-credentials.p90", Time;
    /// Its 95th percentile.
    P95 = "time-to-credentials.p95", Time;
    /// Its 99th percentile.
    P99 = "time-to-credentials.p99", Time;
    /// The longest.
    Max = "time-to-credentials.max", Time;
    /// The arithmetic mean.
    Mean = "time-to-credentials.mean", Time;
    /// Calls to STS, per job.
    StsCallsPerJob = "sts-calls-per-job", Number;
    /// Calls to STS, per acquisition.
    CallsPerAcquisition = "calls-per-acquisition", Number;
    /// Time slept between attempts, per job.
    SleptPerJob = "slept-per-job", Time;
    /// Time that bought nothing, per job.
    WastedPerJob = "wasted-per-job", Time;
    /// Calls to STS.
    Attempts = "attempts", Number;
}

impl Metric {
    /// Every name, in the order of the enum.
    pub fn names() -> impl Iterator<Item = &'static str> {
        Self::ALL.iter().map(|metric| metric.name())
    }

    /// The metric of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|metric| metric.name() == name)
    }

    /// Its value in its unit; none when the sample cannot say.
    pub(super) fn measure(self, report: &ContenderReport) -> Option<f64> {
        let time = &report.time_to_credentials;
        let jobs = report.jobs.total;
        match self {
            Self::Success => percent(&report.jobs),
            Self::AcquisitionSuccess => percent(&report.acquisitions),
            Self::P50 => time.p50_us.map(from_us),
            Self::P90 => time.p90_us.map(from_us),
            Self::P95 => time.p95_us.map(from_us),
            Self::P99 => time.p99_us.map(from_us),
            Self::Max => recorded(time).map(|time| from_us(time.max_us)),
            Self::Mean => recorded(time).map(|time| from_us(time.mean_us)),
            Self::StsCallsPerJob => ratio(report.attempts, jobs),
            Self::CallsPerAcquisition => ratio(report.attempts, report.acquisitions.total),
            Self::SleptPerJob => ratio(report.slept_ns, jobs),
            Self::WastedPerJob => ratio(report.wasted_ns, jobs),
            Self::Attempts => Some(report.attempts as f64),
        }
    }
}

/// The product comes before the division: 999 of 1000 must equal "99.9%".
fn percent(proportion: &Proportion) -> Option<f64> {
    ratio(proportion.succeeded.saturating_mul(100), proportion.total)
}

fn ratio(part: u64, total: u64) -> Option<f64> {
    (total > 0).then(|| part as f64 / total as f64)
}

fn from_us(us: u64) -> f64 {
    us as f64 * 1e3
}

fn recorded(time: &LatencySummary) -> Option<&LatencySummary> {
    (time.count > 0).then_some(time)
}

/// What a metric is measured in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Unit {
    /// Percent.
    Percent,
    /// Nanoseconds.
    Time,
    /// A count or a ratio.
    Number,
}

impl Unit {
    /// The value in `text`, which carries its unit.
    pub(super) fn read(self, text: &str) -> Option<f64> {
        match self {
            Self::Percent => text.strip_suffix('%').and_then(|number| finite(number.trim())),
            Self::Time => parse_duration(text).map(|duration| duration.as_nanos() as f64),
            Self::Number => finite(text),
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
        }
    }

    pub(super) const fn noun(self) -> &'static str {
        match self {
            Self::Percent => "a share in percent",
            Self::Time => "a duration",
            Self::Number => "a number without unit",
        }
    }

    pub(super) const fn example(self) -> &'static str {
        match self {
            Self::Percent => ">= 99.9%",
            Self::Time => "< 30s",
            Self::Number => "<= 2",
        }
    }
}

fn finite(text: &str) -> Option<f64> {
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

/// With so many decimals at the most, and no zeros at the end.
fn trimmed(value: f64, decimals: usize) -> String {
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
    fn a_share_equals_its_own_text() {
        for (succeeded, total, text) in [(999, 1000, "99.9%"), (7, 8, "87.5%"), (20, 20, "100%")] {
            let measured = percent(&Proportion::new(succeeded, total));
            assert_eq!(measured, Unit::Percent.read(text), "{text}");
        }
        assert_eq!(percent(&Proportion::new(0, 0)), None);
    }

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
}
