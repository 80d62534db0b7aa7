//! What can be said of an expectation before the run is over.

use std::fmt;

use super::{Bound, Comparison, Expectation, Metric};

/// What a contender has come to so far.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SoFar {
    /// Jobs that the whole run has; above zero.
    pub planned: u64,
    /// Jobs that succeeded.
    pub succeeded: u64,
    /// Jobs that failed.
    pub failed: u64,
    /// Calls to STS that have ended.
    pub attempts: u64,
    /// Nanoseconds slept.
    pub slept_ns: u64,
    /// Of those, by jobs that failed all the same.
    pub wasted_ns: u64,
}

impl fmt::Display for SoFar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { planned, succeeded, failed, attempts, .. } = self;
        write!(f, "{succeeded} ok and {failed} failed of {planned} jobs, {attempts} calls")
    }
}

impl Metric {
    /// Whether its outcome can be certain before the run is over.
    pub(super) fn can_be_certain_early(self) -> bool {
        matches!(
            self,
            Self::Success
                | Self::Attempts
                | Self::StsCallsPerJob
                | Self::SleptPerJob
                | Self::WastedPerJob
        )
    }

    /// The least and the most that it can come to in the end.
    fn reach(self, so_far: &SoFar) -> (f64, f64) {
        let jobs = so_far.planned.max(1) as f64;
        let grown = |so_far: u64, of: f64| (so_far as f64 / of, f64::INFINITY);
        match self {
            Self::Success => {
                let open = so_far.planned.saturating_sub(so_far.failed);
                (100.0 * so_far.succeeded as f64 / jobs, 100.0 * open as f64 / jobs)
            }
            Self::Attempts => grown(so_far.attempts, 1.0),
            Self::StsCallsPerJob => grown(so_far.attempts, jobs),
            Self::SleptPerJob => grown(so_far.slept_ns, jobs),
            Self::WastedPerJob => grown(so_far.wasted_ns, jobs),
            _ => (f64::NEG_INFINITY, f64::INFINITY),
        }
    }
}

impl Expectation {
    /// Whether the rest of the run can still bring it about.
    #[must_use]
    pub fn can_still_be_met(&self, so_far: &SoFar) -> bool {
        let Bound::Value(bound) = self.bound else { return true };
        let (least, most) = self.metric.reach(so_far);
        match self.comparison {
            Comparison::Below | Comparison::AtMost => self.comparison.holds(least, bound),
            Comparison::Above | Comparison::AtLeast => self.comparison.holds(most, bound),
            Comparison::Equal => least <= bound && bound <= most,
        }
    }
}
