//! How long something takes: a distribution, drawn from keyed dice.

use std::fmt;
use std::time::Duration;

use crate::clock::nanos;
use crate::dice::Dice;

/// A distribution of durations. Draws are by inversion, one draw each, in
/// whole nanoseconds, through `libm` so that they agree between machines.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Latency {
    /// Always the same.
    Fixed(Duration),
    /// Uniform between two bounds, both included.
    Uniform {
        /// The shortest.
        min: Duration,
        /// The longest; not below `min`.
        max: Duration,
    },
    /// Log-normal: half the draws are below `median`; `sigma` is the standard
    /// deviation of the logarithm.
    Lognormal {
        /// The middle draw.
        median: Duration,
        /// Spread of the logarithm; 0 is fixed, 1 is a heavy tail.
        sigma: f64,
    },
    /// Exponential of the given mean.
    Exponential {
        /// The mean.
        mean: Duration,
    },
}

/// No draw is longer than this: a day.
const LONGEST_NS: f64 = 86_400e9;

impl Latency {
    /// No time at all.
    pub const ZERO: Self = Self::Fixed(Duration::ZERO);

    /// One draw.
    pub fn sample(&self, dice: &mut Dice) -> Duration {
        Duration::from_nanos(self.sample_ns(dice))
    }

    /// One draw in nanoseconds: what a simulation reckons in.
    #[inline]
    pub fn sample_ns(&self, dice: &mut Dice) -> u64 {
        match *self {
            Self::Fixed(duration) => nanos(duration),
            Self::Uniform { min, max } => {
                let min = nanos(min);
                min.saturating_add(dice.up_to_ns(nanos(max).saturating_sub(min)))
            }
            Self::Lognormal { median, sigma } => {
                scaled_ns(median, libm::exp(sigma * dice.normal()))
            }
            Self::Exponential { mean } => scaled_ns(mean, dice.exponential()),
        }
    }

    /// The mean of the distribution.
    #[must_use]
    pub fn mean(&self) -> Duration {
        match *self {
            Self::Fixed(duration) => duration,
            Self::Uniform { min, max } => (min + max) / 2,
            Self::Lognormal { median, sigma } => {
                Duration::from_nanos(scaled_ns(median, libm::exp(sigma * sigma / 2.0)))
            }
            Self::Exponential { mean } => mean,
        }
    }
}

fn scaled_ns(duration: Duration, factor: f64) -> u64 {
    (nanos(duration) as f64 * factor).min(LONGEST_NS) as u64
}

impl fmt::Display for Latency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fixed(duration) => write!(f, "{duration:?}"),
            Self::Uniform { min, max } => write!(f, "{min:?} to {max:?}, uniform"),
            Self::Lognormal { median, sigma } => {
                write!(f, "median {median:?}, log-normal, sigma {sigma}")
            }
            Self::Exponential { mean } => write!(f, "mean {mean:?}, exponential"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dice::Purpose;

    fn mean_of(latency: Latency) -> f64 {
        let draws = 20_000_u32;
        let total: Duration = (0..draws)
            .map(|i| latency.sample(&mut Dice::keyed(1, u64::from(i), Purpose::KeyFetch)))
            .sum();
        total.as_secs_f64() / f64::from(draws)
    }

    #[test]
    fn draws_have_the_mean_they_promise() {
        for latency in [
            Latency::Fixed(Duration::from_millis(120)),
            Latency::Uniform { min: Duration::from_millis(100), max: Duration::from_millis(300) },
            Latency::Lognormal { median: Duration::from_millis(800), sigma: 0.5 },
            Latency::Exponential { mean: Duration::from_millis(50) },
        ] {
            let (drawn, promised) = (mean_of(latency), latency.mean().as_secs_f64());
            assert!((drawn / promised - 1.0).abs() < 0.02, "{latency}: {drawn} for {promised}");
        }
    }

    #[test]
    fn a_wild_draw_is_capped_at_a_day() {
        let wild = Latency::Lognormal { median: Duration::from_secs(3600), sigma: 50.0 };
        let longest =
            (0..100).map(|i| wild.sample(&mut Dice::keyed(1, i, Purpose::KeyFetch))).max();
        assert_eq!(longest, Some(Duration::from_secs(86_400)));
    }
}
