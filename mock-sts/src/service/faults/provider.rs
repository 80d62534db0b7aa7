//! What faults do to the identity provider's answers to key fetches.

use std::time::Duration;

use crate::clock::nanos;
use crate::config::FaultKind;

/// How the identity provider fares at one moment.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(in crate::service) struct Weather {
    /// Whether it refuses every fetch.
    pub(in crate::service) refuses: bool,
    /// How many times longer a fetch takes.
    slowdown: f64,
}

impl Weather {
    /// No fault is in force.
    pub(in crate::service) const FAIR: Self = Self { refuses: false, slowdown: 1.0 };

    pub(super) fn and(self, fault: FaultKind) -> Self {
        match fault {
            FaultKind::KeyOutage => Self { refuses: true, ..self },
            FaultKind::KeySlowdown { factor } => Self { slowdown: self.slowdown * factor, ..self },
            _ => self,
        }
    }

    /// How long a fetch takes that takes `usually` in fair weather.
    pub(in crate::service) fn stretch(&self, usually: Duration) -> Duration {
        stretch(usually, self.slowdown)
    }
}

/// `usually`, `factor` times as long.
pub(in crate::service) fn stretch(usually: Duration, factor: f64) -> Duration {
    // Left alone where nothing is wrong: floating point cannot hold every nanosecond.
    if factor == 1.0 {
        return usually;
    }
    Duration::from_nanos((nanos(usually) as f64 * factor) as u64)
}
