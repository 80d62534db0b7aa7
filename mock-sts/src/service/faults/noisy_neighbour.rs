//! Somebody else's requests under the same limit, evenly spaced and first in
//! line. They take tokens and appear nowhere else.

use crate::clock::{Instant, nanos};
use crate::config::{Appetite, FaultConfig, FaultKind, LimitRule, Window};

#[derive(Debug)]
pub(in crate::service) struct NoisyNeighbour {
    during: Window,
    /// Requests per second, of a limit that adds tokens.
    per_s: f64,
    /// Places that are never free, of a limit that counts.
    places: u64,
    asked: u64,
}

impl NoisyNeighbour {
    /// The neighbour of the limit at `limit`, if `config` is one.
    pub(in crate::service) fn of(
        config: &FaultConfig,
        limit: usize,
        rule: &LimitRule,
    ) -> Option<Self> {
        let FaultKind::NoisyNeighbour { limit: theirs, appetite } = config.kind else {
            return None;
        };
        let share_of = |all: f64, per_s: f64| match appetite {
            Appetite::Share(share) => share * all,
            Appetite::RatePerS(rate) => rate as f64 * per_s,
        };
        let (per_s, places) = match *rule {
            LimitRule::TokenBucket { rate_per_s, .. } => (share_of(rate_per_s as f64, 1.0), 0.0),
            LimitRule::FixedWindow { requests, window }
            | LimitRule::SlidingWindow { requests, window } => {
                (0.0, share_of(requests as f64, window.as_secs_f64()))
            }
            LimitRule::Concurrency { at_once, .. } => (0.0, share_of(f64::from(at_once), 0.0)),
        };
        let places = places as u64;
        (theirs == limit).then_some(Self { during: config.during, per_s, places, asked: 0 })
    }

    /// Places of a counting limit that are not free at `now`.
    pub(in crate::service) fn reserved(&self, now: Instant) -> u64 {
        if self.during.contains(now) { self.places } else { 0 }
    }

    /// Requests since the last call.
    pub(in crate::service) fn since_last(&mut self, now: Instant) -> u64 {
        let lived = now.min(self.during.until).since(self.during.from);
        let asked = (nanos(lived) as f64 * self.per_s / 1e9) as u64;
        let new = asked.saturating_sub(self.asked);
        self.asked = self.asked.max(asked);
        new
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Refill;

    #[test]
    fn asks_evenly_within_its_window_and_only_there() {
        let at = |tenths: u64| Instant::from_nanos(tenths * 100_000_000);
        let kind = FaultKind::NoisyNeighbour { limit: 1, appetite: Appetite::Share(0.5) };
        let config = FaultConfig { during: Window { from: at(10), until: at(30) }, kind };
        let bucket =
            LimitRule::TokenBucket { rate_per_s: 20, burst: 1, refill: Refill::EachSecond };
        assert!(NoisyNeighbour::of(&config, 0, &bucket).is_none());
        let mut neighbour = NoisyNeighbour::of(&config, 1, &bucket).expect("its limit");
        let asked: Vec<u64> = [9, 10, 11, 15, 30, 99]
            .iter()
            .map(|tenths| neighbour.since_last(at(*tenths)))
            .collect();
        assert_eq!(asked, [0, 0, 1, 4, 15, 0]);
    }
}
