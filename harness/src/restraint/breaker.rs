//! Circuit breakers: after so many failures in a row nobody calls for a while;
//! then one call finds out whether it is over (Nygard, "Release It!", 2007).

use std::time::Duration;

use super::{Failure, Instant};

/// When a breaker opens, and for how long.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BreakerConfig {
    /// Failures in a row that open it; at least 1.
    pub after: u32,
    /// How long it then stays open; above zero.
    pub open_for: Duration,
}

impl BreakerConfig {
    pub(super) fn describe(&self) -> String {
        format!("a breaker open for {:?} after {} failures", self.open_for, self.after)
    }
}

/// A breaker's state.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Breaker {
    failed: u32,
    /// Nobody calls before then; that one who does is the probe.
    closed_until: Option<Instant>,
}

impl Breaker {
    /// Whether a call may leave. The first after the breaker was open is the
    /// probe; until it is answered, or has taken as long as the breaker stays
    /// open, nobody else may.
    pub fn admits(&mut self, config: &BreakerConfig, now: Instant) -> bool {
        let admitted = self.would_admit(now);
        if admitted && self.closed_until.is_some() {
            self.closed_until = Some(now + config.open_for);
        }
        admitted
    }

    /// Whether a call would be admitted now, without being the probe: for those
    /// who have yet to wait for something else.
    #[must_use]
    pub fn would_admit(&self, now: Instant) -> bool {
        self.closed_until.is_none_or(|until| now >= until)
    }

    /// A call was answered.
    pub fn heard(&mut self, config: &BreakerConfig, now: Instant, failed: Option<Failure>) {
        if failed.is_none() {
            *self = Self::default();
            return;
        }
        self.failed = self.failed.saturating_add(1);
        if self.failed >= config.after {
            self.closed_until = Some(now + config.open_for);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_opens_probes_once_and_closes_again() {
        let config = BreakerConfig { after: 3, open_for: Duration::from_secs(10) };
        let at = |seconds: u64| Instant::from_nanos(seconds * 1_000_000_000);
        let mut breaker = Breaker::default();
        for second in 0..2 {
            breaker.heard(&config, at(second), Some(Failure::Reset));
            assert!(breaker.admits(&config, at(second)), "two failures are not three");
        }
        breaker.heard(&config, at(2), Some(Failure::Reset));
        assert!(!breaker.admits(&config, at(11)));
        assert!(breaker.would_admit(at(12)) && breaker.would_admit(at(12)), "a look is no probe");
        assert!(breaker.admits(&config, at(12)), "the probe");
        assert!(!breaker.would_admit(at(12)));
        assert!(!breaker.admits(&config, at(12)), "one probe at a time");
        breaker.heard(&config, at(13), Some(Failure::Reset));
        assert!(!breaker.admits(&config, at(22)));
        assert!(breaker.admits(&config, at(23)));
        breaker.heard(&config, at(24), None);
        assert!(breaker.admits(&config, at(24)));
        breaker.heard(&config, at(25), Some(Failure::Reset));
        assert!(breaker.admits(&config, at(25)), "it counts anew");
    }

    #[test]
    fn a_probe_that_is_never_answered_does_not_close_it_for_good() {
        let config = BreakerConfig { after: 1, open_for: Duration::from_secs(10) };
        let at = |seconds: u64| Instant::from_nanos(seconds * 1_000_000_000);
        let mut breaker = Breaker::default();
        breaker.heard(&config, at(0), Some(Failure::Timeout));
        assert!(breaker.admits(&config, at(10)));
        assert!(!breaker.admits(&config, at(19)));
        assert!(breaker.admits(&config, at(20)));
    }
}
