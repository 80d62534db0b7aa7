//! Somebody else's requests under the same limit, evenly spaced and first in
//! line. They take tokens and appear nowhere else.

use crate::clock::{Instant, nanos};
use crate::config::{Appetite, FaultConfig, FaultKind, Window};

#[derive(Debug)]
pub(in crate::service) struct NoisyNeighbour {
    during: Window,
    per_s: f64,
    asked: u64,
}

impl NoisyNeighbour {
    /// The neighbour of the limit at `limit` that lets `rate_per_s` through, if
    /// `config` is one.
    pub(in crate::service) fn of(
        config: &FaultConfig,
        limit: usize,
        rate_per_s: f64,
    ) -> Option<Self> {
        match config.kind {
            FaultKind::NoisyNeighbour { limit: theirs, appetite } if theirs == limit => {
                let per_s = match appetite {
                    Appetite::Share(share) => share * rate_per_s,
                    Appetite::RatePerS(rate) => rate as f64,
                };
                Some(Self { during: config.during, per_s, asked: 0 })
            }
            _ => None,
        }
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

    #[test]
    fn asks_evenly_within_its_window_and_only_there() {
        let at = |tenths: u64| Instant::from_nanos(tenths * 100_000_000);
        let kind = FaultKind::NoisyNeighbour { limit: 1, appetite: Appetite::Share(0.5) };
        let config = FaultConfig { during: Window { from: at(10), until: at(30) }, kind };
        assert!(NoisyNeighbour::of(&config, 0, 20.0).is_none());
        let mut neighbour = NoisyNeighbour::of(&config, 1, 20.0).expect("its limit");
        let asked: Vec<u64> = [9, 10, 11, 15, 30, 99]
            .iter()
            .map(|tenths| neighbour.since_last(at(*tenths)))
            .collect();
        assert_eq!(asked, [0, 0, 1, 4, 15, 0]);
    }
}
