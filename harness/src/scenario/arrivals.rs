//! When jobs start: a function of the seed and the job's index, so that adding
//! jobs shifts nobody.

use std::time::Duration;

use mock_sts::clock::Instant;
use mock_sts::dice::{Dice, Purpose};

/// When the jobs of a fleet start.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Arrivals {
    /// All at once, give or take.
    Burst {
        /// The earliest start.
        at: Duration,
        /// Each job starts at a random moment within this of `at`.
        spread: Duration,
    },
    /// One after the other.
    Rate {
        /// The mean time between two starts; above zero.
        interval: Duration,
        /// How regular they are.
        process: Process,
    },
}

/// How regular a rate is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Process {
    /// As independent people start things: the gaps are exponential.
    Poisson,
    /// As a scheduler starts things: the gaps are all the same.
    Even,
}

impl Arrivals {
    /// The start of each of `jobs` jobs, in the order of time; jobs that start
    /// together come in the order of their indices.
    #[must_use]
    pub fn starts(&self, seed: u64, jobs: u32) -> Starts {
        let ordered = match *self {
            Self::Burst { at, spread } => {
                let mut starts: Vec<_> =
                    (0..jobs).map(|job| (burst_start(at, spread, seed, job), job)).collect();
                starts.sort_unstable();
                Ordered::Burst(starts.into_iter())
            }
            Self::Rate { interval, process } => {
                Ordered::Rate { interval, process, seed, next: 0, jobs, last: Instant::ZERO }
            }
        };
        Starts(ordered)
    }

    /// When the last of `jobs` jobs is due; for [`Process::Poisson`] on average.
    #[must_use]
    pub fn last_due(&self, jobs: u32) -> Duration {
        match *self {
            Self::Burst { at, spread } => at.saturating_add(spread),
            Self::Rate { interval, process: Process::Poisson } => interval.saturating_mul(jobs),
            Self::Rate { interval, process: Process::Even } => {
                interval.saturating_mul(jobs.saturating_sub(1))
            }
        }
    }
}

fn burst_start(at: Duration, spread: Duration, seed: u64, job: u32) -> Instant {
    Instant::ZERO + at + Dice::keyed(seed, u64::from(job), Purpose::Arrival).up_to(spread)
}

/// The jobs of a fleet with their starts, in the order of time.
#[derive(Clone, Debug)]
pub struct Starts(Ordered);

#[derive(Clone, Debug)]
enum Ordered {
    Burst(std::vec::IntoIter<(Instant, u32)>),
    Rate { interval: Duration, process: Process, seed: u64, next: u32, jobs: u32, last: Instant },
}

impl Iterator for Starts {
    type Item = (u32, Instant);

    fn next(&mut self) -> Option<(u32, Instant)> {
        match &mut self.0 {
            Ordered::Burst(starts) => starts.next().map(|(start, job)| (job, start)),
            Ordered::Rate { interval, process, seed, next, jobs, last } => {
                let job = (*next < *jobs).then_some(*next)?;
                *next += 1;
                *last = match process {
                    Process::Even => Instant::ZERO + interval.saturating_mul(job),
                    Process::Poisson => {
                        let gap =
                            Dice::keyed(*seed, u64::from(job), Purpose::Arrival).exponential();
                        // `exponential` is 37 at the most, so this cannot overflow.
                        *last + interval.mul_f64(gap)
                    }
                };
                Some((job, *last))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BURST: Arrivals =
        Arrivals::Burst { at: Duration::from_secs(3), spread: Duration::from_millis(200) };
    const POISSON: Arrivals =
        Arrivals::Rate { interval: Duration::from_millis(100), process: Process::Poisson };

    fn by_job(arrivals: Arrivals, jobs: u32) -> Vec<(u32, Instant)> {
        let mut starts: Vec<_> = arrivals.starts(7, jobs).collect();
        starts.sort_unstable();
        starts
    }

    #[test]
    fn a_burst_stays_within_its_spread_and_comes_in_order() {
        let starts: Vec<_> = BURST.starts(7, 1000).map(|(_, start)| start.as_nanos()).collect();
        assert!(starts.is_sorted());
        assert!(starts[0] >= 3_000_000_000 && starts[999] <= 3_200_000_000);
        assert!(starts[0] < 3_010_000_000 && starts[999] > 3_190_000_000);
    }

    #[test]
    fn adding_jobs_shifts_nobody() {
        for arrivals in [BURST, POISSON] {
            assert_eq!(by_job(arrivals, 50), by_job(arrivals, 80)[..50]);
        }
    }

    #[test]
    fn seeds_differ() {
        let first: Vec<_> = BURST.starts(1, 5).collect();
        assert_ne!(first, BURST.starts(2, 5).collect::<Vec<_>>());
    }

    #[test]
    fn an_even_rate_starts_on_the_beat() {
        let beat = Arrivals::Rate { interval: Duration::from_secs(6), process: Process::Even };
        let starts: Vec<_> = beat.starts(1, 3).map(|(job, at)| (job, at.as_nanos())).collect();
        assert_eq!(starts, [(0, 0), (1, 6_000_000_000), (2, 12_000_000_000)]);
        assert_eq!(beat.last_due(3), Duration::from_secs(12));
    }

    #[test]
    fn poisson_arrivals_have_their_rate() {
        let starts: Vec<_> = POISSON.starts(7, 20_000).map(|(_, at)| at).collect();
        assert!(starts.is_sorted());
        let mean_ms = starts[19_999].as_secs_f64() * 1e3 / 20_000.0;
        assert!((mean_ms - 100.0).abs() < 2.0, "mean gap of {mean_ms} ms");
    }

    #[test]
    fn a_burst_without_spread_keeps_the_order_of_the_jobs() {
        let together = Arrivals::Burst { at: Duration::ZERO, spread: Duration::ZERO };
        let jobs: Vec<u32> = together.starts(1, 4).map(|(job, _)| job).collect();
        assert_eq!(jobs, [0, 1, 2, 3]);
    }
}
