//! Up and down by turns: a two-state Markov process. Its turns are drawn one
//! after the other from dice of their own, so its state is a function of time
//! alone, whoever asks and how often.

use std::time::Duration;

use crate::clock::Instant;
use crate::dice::{Dice, Purpose};
use crate::latency::Latency;

#[derive(Debug)]
pub(super) struct Flapping {
    up_for: Latency,
    down_for: Latency,
    dice: Dice,
    up: bool,
    /// When the present turn ends.
    until: Instant,
}

impl Flapping {
    /// Up from `from` on, for a first turn.
    pub(super) fn new(
        mean_up: Duration,
        mean_down: Duration,
        from: Instant,
        seed: u64,
        index: u64,
    ) -> Self {
        let mut dice = Dice::keyed(seed, index, Purpose::Flapping);
        let up_for = Latency::Exponential { mean: mean_up };
        let until = from + up_for.sample(&mut dice);
        Self { up_for, down_for: Latency::Exponential { mean: mean_down }, dice, up: true, until }
    }

    /// Whether it is down at `now`. Time never runs backwards.
    pub(super) fn is_down(&mut self, now: Instant) -> bool {
        while self.until <= now {
            self.up = !self.up;
            let turn = if self.up { self.up_for } else { self.down_for };
            self.until += turn.sample(&mut self.dice);
        }
        !self.up
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flapping(seed: u64) -> Flapping {
        let (up, down) = (Duration::from_secs(6), Duration::from_secs(2));
        Flapping::new(up, down, Instant::ZERO, seed, 0)
    }

    fn at(tenths: u64) -> Instant {
        Instant::from_nanos(tenths * 100_000_000)
    }

    #[test]
    fn the_state_depends_on_the_time_and_not_on_who_asked_before() {
        let (mut often, mut once) = (flapping(1), flapping(1));
        let states: Vec<bool> = (0..5000).map(|tenths| often.is_down(at(tenths))).collect();
        assert_eq!(once.is_down(at(3333)), states[3333]);
        assert_eq!(once.is_down(at(4999)), states[4999]);
    }

    #[test]
    fn it_is_down_as_much_as_its_means_say() {
        let mut flapping = flapping(7);
        let down = (0..800_000).filter(|tenths| flapping.is_down(at(*tenths))).count();
        let share = down as f64 / 800_000.0;
        assert!((share - 0.25).abs() < 0.02, "{share}");
    }
}
