//! The client-side rate limiter of the AWS SDKs' adaptive mode: off until the
//! first throttle, then a token bucket whose rate follows CUBIC (RFC 9438 in
//! spirit; numbers from botocore `retries/adaptive.py`, `throttling.py` and
//! `bucket.py`, and the same in smithy-rs and smithy-typescript). Only throttles
//! slow it down: a missing verification key does not.

use std::time::Duration;

use super::{Failure, Instant};

/// What the rate is multiplied by after a throttle.
const BETA: f64 = 0.7;
/// How fast it comes back: requests per second per second cubed.
const SCALE: f64 = 0.4;
/// The weight of the latest half second in the measured rate.
const SMOOTH: f64 = 0.8;
/// Seconds of a bin of the measured rate.
const BIN_S: f64 = 0.5;
/// Requests per second below which the limiter never goes.
const MIN_RATE: f64 = 0.5;
/// Tokens the bucket holds at the least.
const MIN_CAPACITY: f64 = 1.0;
/// The rate is at most so many times the measured one.
const AHEAD: f64 = 2.0;

/// The state of one client's limiter. Rates are in requests per second.
#[derive(Clone, Copy, PartialEq, Default, Debug)]
pub struct Cubic {
    is_on: bool,
    rate: f64,
    capacity: f64,
    /// Below zero where calls have been promised that have not left.
    tokens: f64,
    filled_at_s: f64,
    measured: f64,
    counted: f64,
    bin_s: f64,
    highest: f64,
    throttled_at_s: f64,
    window_s: f64,
}

impl Cubic {
    /// When a call may leave that could leave `now`.
    pub fn reserve(&mut self, now: Instant) -> Instant {
        if !self.is_on {
            return now;
        }
        self.fill(now.as_secs_f64());
        self.tokens -= 1.0;
        if self.tokens >= 0.0 {
            return now;
        }
        now + Duration::from_secs_f64(-self.tokens / self.rate)
    }

    /// A call was answered.
    pub fn heard(&mut self, now: Instant, failed: Option<Failure>) {
        let now_s = now.as_secs_f64();
        self.measure(now_s);
        let wanted = if failed.is_some_and(Failure::is_throttle) {
            let rate = if self.is_on { self.measured.min(self.rate) } else { self.measured };
            self.highest = rate;
            self.window_s = libm::cbrt(self.highest * (1.0 - BETA) / SCALE);
            self.throttled_at_s = now_s;
            self.is_on = true;
            rate * BETA
        } else {
            self.window_s = libm::cbrt(self.highest * (1.0 - BETA) / SCALE);
            let since = now_s - self.throttled_at_s - self.window_s;
            SCALE * since * since * since + self.highest
        };
        self.set_rate(now_s, wanted.min(AHEAD * self.measured));
    }

    fn measure(&mut self, now_s: f64) {
        let bin_s = (now_s / BIN_S).floor() * BIN_S;
        self.counted += 1.0;
        if bin_s > self.bin_s {
            let current = self.counted / (bin_s - self.bin_s);
            self.measured = current * SMOOTH + self.measured * (1.0 - SMOOTH);
            self.counted = 0.0;
            self.bin_s = bin_s;
        }
    }

    fn set_rate(&mut self, now_s: f64, rate: f64) {
        self.fill(now_s);
        self.rate = rate.max(MIN_RATE);
        self.capacity = rate.max(MIN_CAPACITY);
        self.tokens = self.tokens.min(self.capacity);
    }

    fn fill(&mut self, now_s: f64) {
        let earned = (now_s - self.filled_at_s) * self.rate;
        self.tokens = self.capacity.min(self.tokens + earned);
        self.filled_at_s = now_s;
    }
}

#[cfg(test)]
mod tests {
    use mock_sts::error_code::ErrorCode;

    use super::*;

    const THROTTLED: Option<Failure> = Some(Failure::Refused(ErrorCode::Throttling));

    fn at(ms: u64) -> Instant {
        Instant::from_nanos(ms * 1_000_000)
    }

    #[test]
    fn only_a_throttle_turns_it_on() {
        let mut cubic = Cubic::default();
        for ms in 0..1_000 {
            let failed = Some(Failure::Refused(ErrorCode::InvalidIdentityToken));
            cubic.heard(at(ms), failed);
            assert_eq!(cubic.reserve(at(ms)), at(ms));
        }
        cubic.heard(at(1_000), THROTTLED);
        assert!(cubic.is_on);
    }

    #[test]
    fn after_a_throttle_it_goes_on_at_seven_tenths_of_the_measured_rate() {
        let mut cubic = Cubic::default();
        // Twenty a second for five seconds.
        for call in 0..100 {
            cubic.heard(at(call * 50), None);
        }
        cubic.heard(at(5_000), THROTTLED);
        assert!((cubic.measured - 20.0).abs() < 1.0, "{}", cubic.measured);
        assert!((cubic.rate - 0.7 * cubic.measured).abs() < 1e-9);
        let mut now = at(5_000);
        let mut left = 0;
        while now < at(6_000) {
            now = cubic.reserve(now);
            left += 1;
        }
        // The bucket had filled while it was not looked at: 14 at once, 14 a second.
        assert!((27..=29).contains(&left), "{left}");
    }

    #[test]
    fn it_comes_back_to_where_it_was_when_the_window_is_over() {
        let mut cubic = Cubic::default();
        for call in 0..200 {
            cubic.heard(at(call * 50), None);
        }
        cubic.heard(at(10_000), THROTTLED);
        let (before, window_s) = (cubic.highest, cubic.window_s);
        // K = cbrt(20 · 0.3 / 0.4), about 2.5 s.
        assert!((window_s - 2.46).abs() < 0.1, "{window_s}");
        let mut ms = 10_000;
        while (ms as f64) < 10_000.0 + window_s * 1000.0 {
            ms += 50;
            cubic.heard(at(ms), None);
        }
        assert!((cubic.rate - before).abs() < 1.0, "{} and {before}", cubic.rate);
    }

    #[test]
    fn it_never_stops_altogether() {
        let mut cubic = Cubic::default();
        for second in 0..100 {
            cubic.heard(at(second * 1_000), THROTTLED);
        }
        assert!(cubic.rate >= MIN_RATE);
        let next = cubic.reserve(at(100_000));
        assert!(next <= at(103_000), "{next}");
    }
}
