//! The service becomes slower and slower, stays so, and recovers.

use std::time::Duration;

use crate::clock::{Instant, nanos};
use crate::config::Window;

/// How many times longer the service takes at `now`: from 1 at both ends of
/// `during`, in a straight line over `ramp`, to `peak` in between.
pub(super) fn factor(now: Instant, during: Window, peak: f64, ramp: Duration) -> f64 {
    if !during.contains(now) {
        return 1.0;
    }
    let inside = now.since(during.from).min(during.until.since(now));
    let risen = nanos(inside) as f64 / nanos(ramp) as f64;
    1.0 + (peak - 1.0) * risen.min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_rises_stays_and_falls() {
        let at = |seconds: u64| Instant::from_nanos(seconds * 1_000_000_000);
        let during = Window { from: at(10), until: at(70) };
        let factor = |seconds| factor(at(seconds), during, 21.0, Duration::from_secs(20));
        let factors = [0, 10, 15, 30, 40, 50, 60, 70].map(factor);
        assert_eq!(factors, [1.0, 1.0, 6.0, 21.0, 21.0, 21.0, 11.0, 1.0]);
    }
}
