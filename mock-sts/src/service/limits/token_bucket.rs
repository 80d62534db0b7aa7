//! A token bucket in whole tokens and nanoseconds.

use crate::clock::Instant;
use crate::config::Refill;

const SECOND_NS: u64 = 1_000_000_000;

/// Starts full; never holds more than its burst.
#[derive(Clone, Debug)]
pub(in crate::service) struct TokenBucket {
    rate_per_s: u64,
    burst: u64,
    refill: Refill,
    tokens: u64,
    /// Tokens that somebody else is still waiting for; a burst at the most.
    owed: u64,
    /// Up to when refills are accounted for.
    filled_ns: u64,
}

impl TokenBucket {
    pub(in crate::service) fn new(rate_per_s: u64, burst: u64, refill: Refill) -> Self {
        Self { rate_per_s, burst, refill, tokens: burst, owed: 0, filled_ns: 0 }
    }

    /// A bucket of one second's worth, refilled each second.
    pub(in crate::service) fn per_second(rate_per_s: u64) -> Self {
        Self::new(rate_per_s, rate_per_s, Refill::EachSecond)
    }

    /// Tokens there are at `now`. Time never runs backwards: an earlier `now`
    /// sees the bucket as it was last seen.
    pub(in crate::service) fn available(&mut self, now: Instant) -> u64 {
        self.available_after(now, 0)
    }

    /// The same, when somebody else asked for `eaten` tokens since the last look.
    /// They go off the refill before what is too much for the bucket does, and
    /// what is not there yet is owed: that somebody is always served first.
    pub(in crate::service) fn available_after(&mut self, now: Instant, eaten: u64) -> u64 {
        let elapsed_ns = now.as_nanos().saturating_sub(self.filled_ns);
        let (added, accounted_ns) = match self.refill {
            Refill::EachSecond => {
                let second = now.as_nanos() / SECOND_NS;
                let turns = second.saturating_sub(self.filled_ns / SECOND_NS);
                (turns.saturating_mul(self.rate_per_s), elapsed_ns)
            }
            Refill::Continuous => self.dripped(elapsed_ns),
        };
        if now.as_nanos() > self.filled_ns {
            self.tokens = self.tokens.saturating_add(added);
            self.filled_ns += accounted_ns;
        }
        let owed = self.owed.saturating_add(eaten);
        let paid = self.tokens.min(owed);
        self.owed = (owed - paid).min(self.burst);
        self.tokens = (self.tokens - paid).min(self.burst);
        self.tokens
    }

    /// Tokens there were when it was last seen.
    pub(in crate::service) fn last_seen(&self) -> u64 {
        self.tokens
    }

    /// Whether it is as full as at the beginning.
    pub(in crate::service) fn is_full(&mut self, now: Instant) -> bool {
        self.available(now) == self.burst && self.owed == 0
    }

    /// Takes a token that [`TokenBucket::available`] has just shown.
    pub(in crate::service) fn take(&mut self) {
        assert!(self.tokens > 0, "a token is taken only where one is available");
        self.tokens -= 1;
    }

    /// Whole tokens in `elapsed_ns`, and the time that made them: the rest of
    /// a token stays on the clock.
    fn dripped(&self, elapsed_ns: u64) -> (u64, u64) {
        let product = u128::from(elapsed_ns) * u128::from(self.rate_per_s);
        let tokens = product / u128::from(SECOND_NS);
        let used_ns = (tokens * u128::from(SECOND_NS)).div_ceil(u128::from(self.rate_per_s));
        (u64::try_from(tokens).unwrap_or(u64::MAX), u64::try_from(used_ns).unwrap_or(elapsed_ns))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn bucket(rate_per_s: u64, burst: u64, refill: Refill) -> TokenBucket {
        TokenBucket::new(rate_per_s, burst, refill)
    }

    fn admitted(bucket: &mut TokenBucket, at_ns: u64) -> bool {
        let admitted = bucket.available(Instant::from_nanos(at_ns)) > 0;
        if admitted {
            bucket.take();
        }
        admitted
    }

    #[test]
    fn refills_at_the_turn_of_the_second_and_not_before() {
        let mut bucket = bucket(2, 3, Refill::EachSecond);
        let burst: Vec<bool> = (0..4).map(|_| admitted(&mut bucket, 0)).collect();
        assert_eq!(burst, [true, true, true, false]);
        assert!(!admitted(&mut bucket, SECOND_NS - 1));
        let second: Vec<bool> = (0..3).map(|_| admitted(&mut bucket, SECOND_NS)).collect();
        assert_eq!(second, [true, true, false]);
        assert_eq!(bucket.available(Instant::from_nanos(100 * SECOND_NS)), 3);
    }

    #[test]
    fn drips_at_exactly_the_promised_nanosecond() {
        let mut bucket = bucket(600, 1, Refill::Continuous);
        assert!(admitted(&mut bucket, 0));
        // 1 s / 600 is 1 666 666.67 ns: the token is there at the next whole one.
        assert!(!admitted(&mut bucket, 1_666_666));
        assert!(admitted(&mut bucket, 1_666_667));
    }

    proptest! {
        #[test]
        fn never_admits_more_than_rate_and_burst_in_any_window(
            rate in 1_u64..50,
            burst in 1_u64..50,
            continuous: bool,
            gaps in prop::collection::vec(0_u64..400_000_000, 1..300),
        ) {
            let refill = if continuous { Refill::Continuous } else { Refill::EachSecond };
            let mut bucket = bucket(rate, burst, refill);
            let mut now = 0;
            let mut admissions = Vec::new();
            for gap in gaps {
                now += gap;
                if admitted(&mut bucket, now) {
                    admissions.push(now);
                }
            }
            for (i, &from) in admissions.iter().enumerate() {
                for (j, &to) in admissions.iter().enumerate().skip(i) {
                    let refilled = match refill {
                        Refill::EachSecond => (to / SECOND_NS - from / SECOND_NS) * rate,
                        Refill::Continuous => (to - from) * rate / SECOND_NS + 1,
                    };
                    prop_assert!((j - i + 1) as u64 <= burst + refilled);
                }
            }
        }
    }
}
