//! The arithmetic of every policy: exact where nothing is drawn, within bounds
//! where something is, and never a panic whatever its numbers.

use std::time::Duration;

use mock_sts::dice::{Dice, Purpose};
use mock_sts::error_code::ErrorCode;
use proptest::prelude::*;

use super::backoff::Backoff;
use super::decorrelated_jitter::DecorrelatedJitter;
use super::equal_jitter::EqualJitter;
use super::exponential::Exponential;
use super::fixed::Fixed;
use super::full_jitter::FullJitter;
use super::none::NoRetry;
use super::{Next, Policy, Tries};
use crate::record::Failure;

const FAILED: Failure = Failure::Refused(ErrorCode::InvalidIdentityToken);
const AT_ONCE: Next = Next::GiveUp { after: Duration::ZERO };
/// What one call takes in these tests.
const CALL: Duration = Duration::from_millis(100);

/// Base 1 s, cap 20 s, as the scenarios have it.
fn backoff(attempts: u32) -> Backoff {
    let (base, cap) = (Duration::from_secs(1), Duration::from_secs(20));
    Backoff { base, cap, attempts, deadline: None }
}

/// Every wait of an acquisition whose calls all fail, each after [`CALL`], and
/// how it ends.
fn waits(policy: &dyn Policy, seed: u64) -> (Vec<Duration>, Next) {
    let mut tries = Tries::default();
    let mut waits = Vec::new();
    while waits.len() < 1000 {
        tries.failed += 1;
        tries.elapsed += CALL;
        let mut dice = Dice::keyed(seed, u64::from(tries.failed), Purpose::Policy);
        match policy.after(&mut tries, FAILED, &mut dice) {
            Next::RetryAfter(wait) => {
                waits.push(wait);
                tries.elapsed += wait;
                tries.last_wait = wait;
            }
            given_up => return (waits, given_up),
        }
    }
    panic!("{policy:?} never gives up");
}

fn whole_seconds(policy: &dyn Policy) -> Vec<f64> {
    waits(policy, 1).0.iter().map(Duration::as_secs_f64).collect()
}

#[test]
fn none_gives_up_at_once() {
    assert_eq!(waits(&NoRetry, 1), (vec![], AT_ONCE));
}

#[test]
fn fixed_waits_the_same_before_each_of_its_retries() {
    let wait = Duration::from_secs(3);
    assert_eq!(waits(&Fixed { wait, retries: 5 }, 1), (vec![wait; 5], AT_ONCE));
    assert_eq!(waits(&Fixed { wait, retries: 0 }, 1), (vec![], AT_ONCE));
}

#[test]
fn exponential_doubles_up_to_its_cap() {
    let expected = [1.0, 2.0, 4.0, 8.0, 16.0, 20.0, 20.0];
    assert_eq!(whole_seconds(&Exponential(backoff(8))), expected);
}

#[test]
fn attempts_count_the_first() {
    for (attempts, retries) in [(1, 0), (2, 1), (5, 4)] {
        let (waits, end) = waits(&Exponential(backoff(attempts)), 1);
        assert_eq!((waits.len(), end), (retries, AT_ONCE), "{attempts} attempts");
    }
}

#[test]
fn no_wait_ends_after_the_deadline() {
    let within = |deadline_ms| {
        let deadline = Some(Duration::from_millis(deadline_ms));
        whole_seconds(&Exponential(Backoff { deadline, ..backoff(100) }))
    };
    // Calls of 0.1 s and waits of 1, 2, 4 s end at 0.1, 1.1 | 1.2, 3.2 | 3.3, 7.3.
    assert_eq!(within(7_300), [1.0, 2.0, 4.0]);
    assert_eq!(within(7_299), [1.0, 2.0]);
    assert_eq!(within(1_100), [1.0]);
    assert_eq!(within(1_099), [0.0; 0]);
}

#[test]
fn equal_jitter_keeps_at_least_half_of_the_backoff() {
    let policy = EqualJitter(backoff(8));
    for seed in 0..100 {
        for (wait, ceiling) in waits(&policy, seed).0.iter().zip([1, 2, 4, 8, 16, 20, 20]) {
            let ceiling = Duration::from_secs(ceiling);
            assert!(*wait >= ceiling / 2 && *wait <= ceiling, "{wait:?} of {ceiling:?}");
        }
    }
}

#[test]
fn full_jitter_draws_from_the_whole_backoff() {
    let policy = FullJitter(backoff(8));
    let ceilings = [1, 2, 4, 8, 16, 20, 20];
    let mut fractions = Vec::new();
    for seed in 0..500 {
        for (wait, ceiling) in waits(&policy, seed).0.iter().zip(ceilings) {
            fractions.push(wait.as_secs_f64() / f64::from(ceiling));
        }
    }
    assert_eq!(fractions.len(), 500 * ceilings.len());
    assert!(fractions.iter().all(|fraction| (0.0..=1.0).contains(fraction)));
    let mean = fractions.iter().sum::<f64>() / fractions.len() as f64;
    assert!((mean - 0.5).abs() < 0.02, "a mean of {mean} of the backoff");
    assert!(fractions.iter().any(|fraction| *fraction < 0.01));
    assert!(fractions.iter().any(|fraction| *fraction > 0.99));
}

#[test]
fn decorrelated_jitter_grows_from_the_wait_before() {
    let policy = DecorrelatedJitter(backoff(8));
    let (base, cap) = (Duration::from_secs(1), Duration::from_secs(20));
    let mut longest = Duration::ZERO;
    for seed in 0..500 {
        let mut last = base;
        for wait in waits(&policy, seed).0 {
            assert!(wait >= base && wait <= cap.min(last * 3), "{wait:?} after {last:?}");
            last = wait;
            longest = longest.max(wait);
        }
    }
    assert_eq!(longest, cap, "it reaches its cap");
}

#[test]
fn the_same_dice_bring_the_same_waits_and_others_bring_others() {
    let policies: [&dyn Policy; 3] =
        [&EqualJitter(backoff(8)), &FullJitter(backoff(8)), &DecorrelatedJitter(backoff(8))];
    for policy in policies {
        assert_eq!(waits(policy, 1), waits(policy, 1), "{policy:?}");
        assert_ne!(waits(policy, 1), waits(policy, 2), "{policy:?}");
    }
}

/// Durations of every size, the largest there is among them.
fn any_duration() -> impl Strategy<Value = Duration> {
    (any::<u64>(), 0_u32..64, 0_u32..1_000_000_000)
        .prop_map(|(seconds, shift, ns)| Duration::new(seconds >> shift, ns))
        .boxed()
        .prop_union(Just(Duration::MAX).boxed())
}

proptest! {
    /// Scenarios bound these numbers; the arithmetic does not rely on it.
    #[test]
    fn waits_stay_in_range_whatever_the_numbers(
        bounds in (any_duration(), any_duration()),
        attempts in 1_u32..,
        deadline in proptest::option::of(any_duration()),
        failed in 1_u32..,
        elapsed in any_duration(),
        last_wait in any_duration(),
        seed in any::<u64>(),
    ) {
        let (base, cap) = (bounds.0.min(bounds.1), bounds.0.max(bounds.1));
        let backoff = Backoff { base, cap, attempts, deadline };
        let ceiling = backoff.ceiling(failed);
        prop_assert!(ceiling <= cap && ceiling >= base);
        let policies: [(&dyn Policy, Duration, Duration); 4] = [
            (&Exponential(backoff), ceiling, ceiling),
            (&EqualJitter(backoff), ceiling / 2, ceiling),
            (&FullJitter(backoff), Duration::ZERO, ceiling),
            (&DecorrelatedJitter(backoff), base, cap),
        ];
        for (policy, least, most) in policies {
            let mut tries = Tries { failed, elapsed, last_wait, ..Tries::default() };
            let mut dice = Dice::keyed(seed, 1, Purpose::Policy);
            match policy.after(&mut tries, FAILED, &mut dice) {
                Next::RetryAfter(wait) => {
                    prop_assert!(failed < attempts);
                    prop_assert!(wait >= least && wait <= most, "{wait:?}");
                    let ends = elapsed.saturating_add(wait);
                    prop_assert!(deadline.is_none_or(|deadline| ends <= deadline));
                }
                Next::GiveUp { after } => {
                    prop_assert!(after.is_zero());
                    prop_assert!(failed >= attempts || deadline.is_some());
                }
            }
        }
    }
}
