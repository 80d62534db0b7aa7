//! Client-side rate limits: how fast a client lets its own calls go.

use std::time::Duration;

use super::{Cubic, Failure, Instant};

/// How a client's rate is found.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum PaceConfig {
    /// A fixed rate.
    Fixed {
        /// The time between two calls once the burst is used up.
        interval: Duration,
        /// Calls that may leave at one moment; at least 1.
        burst: u32,
    },
    /// The adaptive mode of the AWS SDKs: see [`Cubic`].
    Adaptive,
}

impl PaceConfig {
    /// As fast as calls come.
    pub(super) const NONE: Self = Self::Fixed { interval: Duration::ZERO, burst: 1 };

    pub(super) fn describe(self) -> String {
        match self {
            Self::Fixed { interval, burst } => {
                let rate = 1.0 / interval.as_secs_f64();
                format!("a client-side limit of {rate:.4}/s, burst {burst},")
            }
            Self::Adaptive => "an adaptive rate limiter".into(),
        }
    }
}

/// The state of a client-side limit.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Pace {
    /// A fixed rate, as the generic cell rate algorithm keeps it (ITU-T I.371).
    Fixed {
        /// See [`PaceConfig::Fixed`].
        interval: Duration,
        /// See [`PaceConfig::Fixed`].
        burst: u32,
        /// When the next call would come if all came evenly.
        due: Instant,
    },
    /// The SDKs' limiter.
    Adaptive(Cubic),
}

impl Pace {
    /// Nothing used yet.
    #[must_use]
    pub fn new(config: PaceConfig) -> Self {
        match config {
            PaceConfig::Fixed { interval, burst } => {
                Self::Fixed { interval, burst, due: Instant::ZERO }
            }
            PaceConfig::Adaptive => Self::Adaptive(Cubic::default()),
        }
    }

    /// When a call may leave that could leave `now`. It is counted as leaving
    /// then: whoever asks next comes after it.
    pub fn reserve(&mut self, now: Instant) -> Instant {
        match self {
            Self::Fixed { interval, burst, due } => {
                let tolerance = *interval * (*burst - 1);
                let earliest = Instant::ZERO + due.since(Instant::ZERO).saturating_sub(tolerance);
                *due = (*due).max(now) + *interval;
                earliest.max(now)
            }
            Self::Adaptive(cubic) => cubic.reserve(now),
        }
    }

    /// A call was answered.
    pub fn heard(&mut self, now: Instant, failed: Option<Failure>) {
        if let Self::Adaptive(cubic) = self {
            cubic.heard(now, failed);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// In no second leave more than the burst and what the rate brings.
        #[test]
        fn never_more_than_rate_and_burst(
            gaps_ms in prop::collection::vec(0_u64..400, 1..200),
            burst in 1_u32..5,
            per_s in 1_u32..20,
        ) {
            let interval = Duration::from_secs(1) / per_s;
            let mut pace = Pace::new(PaceConfig::Fixed { interval, burst });
            let mut now = Instant::ZERO;
            let mut left = Vec::new();
            for gap in gaps_ms {
                now += Duration::from_millis(gap);
                let at = pace.reserve(now);
                prop_assert!(at >= now);
                prop_assert!(left.last().is_none_or(|last| at >= *last), "first come, first served");
                left.push(at);
            }
            for (index, from) in left.iter().enumerate() {
                let window = *from + Duration::from_secs(1);
                let count = left[index..].iter().filter(|at| **at < window).count();
                prop_assert!(count <= (burst + per_s) as usize, "{count} in a second");
            }
        }
    }
}
