//! aws-actions/configure-aws-credentials: its own loop around the SDK's.
//!
//! The loop (`src/helpers.ts`, mathematically the same in every release from
//! 1.6.1 to 6.2.3): 12 tries in all; after the k-th failure, k from 0, it
//! sleeps `random · 50 ms · 2^k`, uncapped, and only then asks whether that was
//! the last try, so the longest sleep of all (up to 102.4 s) comes after it.
//! Every error is retried.
//!
//! Each try is one SDK call with retries of its own for what the SDK holds to be
//! transient: 4 attempts with SDK v2 (1.6.1), 3 with SDK v3, which since
//! 3.859-3.1090 also retries `IDPCommunicationError` (measured: 6.2.3 makes 36
//! requests on it, earlier releases 12).

use std::time::Duration;

use mock_sts::dice::Dice;
use mock_sts::error_code::ErrorCode;

use crate::policy::{Next, Tries};
use crate::record::Failure;

/// Tries of the action's own loop.
const ROUNDS: u32 = 12;
/// The bound of its first sleep.
const BASE: Duration = Duration::from_millis(50);

/// The action at one version.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ConfigureAwsCredentials {
    /// Attempts the SDK makes within one try.
    sdk_attempts: u32,
    /// The bound of the SDK's first wait.
    sdk_base: Duration,
    /// The same after a throttle.
    sdk_throttle_base: Duration,
    /// Whether the SDK holds `IDPCommunicationError` to be transient.
    sdk_retries_idp: bool,
}

impl ConfigureAwsCredentials {
    /// 2022-01-18, around aws-sdk 2: `random · 100 ms · 2^n`, for throttles too
    /// (measured: 4 attempts within 0.3 s).
    pub const V1_6_1: Self = Self {
        sdk_attempts: 4,
        sdk_base: Duration::from_millis(100),
        sdk_throttle_base: Duration::from_millis(100),
        sdk_retries_idp: false,
    };

    /// 2026-07-22, around @aws-sdk/client-sts 3.1090 without
    /// `AWS_NEW_RETRIES_2026`: base 100 ms, 500 ms after a throttle.
    pub const V6_2_3: Self = Self {
        sdk_attempts: 3,
        sdk_base: Duration::from_millis(100),
        sdk_throttle_base: Duration::from_millis(500),
        sdk_retries_idp: true,
    };

    pub(super) fn after(self, tries: &mut Tries, failed: Failure, dice: &mut Dice) -> Next {
        tries.in_round += 1;
        if self.sdk_retries(failed) && tries.in_round < self.sdk_attempts {
            let throttled = failed == Failure::Refused(ErrorCode::Throttling);
            let base = if throttled { self.sdk_throttle_base } else { self.sdk_base };
            return Next::RetryAfter(dice.up_to(base * (1 << (tries.in_round - 1))));
        }
        let sleep = dice.up_to(BASE * (1 << tries.rounds));
        tries.in_round = 0;
        tries.rounds += 1;
        if tries.rounds >= ROUNDS { Next::GiveUp { after: sleep } } else { Next::RetryAfter(sleep) }
    }

    fn sdk_retries(self, failed: Failure) -> bool {
        match failed {
            Failure::Refused(ErrorCode::IdpCommunicationError) => self.sdk_retries_idp,
            Failure::Refused(
                ErrorCode::Throttling | ErrorCode::InternalFailure | ErrorCode::ServiceUnavailable,
            )
            | Failure::Timeout
            | Failure::Reset
            | Failure::Unreachable => true,
            Failure::Refused(_)
            | Failure::Unreadable
            | Failure::TokenRefused
            | Failure::ExpiredCredentials
            | Failure::WrongIdentity => false,
        }
    }

    pub(super) fn describe(self) -> String {
        format!(
            "{ROUNDS} tries of up to {} calls, random · 50 ms · 2^k, sleeps after the last too",
            self.sdk_attempts
        )
    }
}

#[cfg(test)]
mod tests {
    use mock_sts::dice::Purpose;

    use super::*;

    /// All waits of one acquisition that never succeeds, and its last sleep.
    fn waits(
        client: ConfigureAwsCredentials,
        failed: Failure,
        seed: u64,
    ) -> (Vec<Duration>, Duration) {
        let mut tries = Tries::default();
        let mut waits = Vec::new();
        loop {
            tries.failed += 1;
            let mut dice = Dice::keyed(seed, u64::from(tries.failed), Purpose::Policy);
            match client.after(&mut tries, failed, &mut dice) {
                Next::RetryAfter(wait) => waits.push(wait),
                Next::GiveUp { after } => return (waits, after),
            }
        }
    }

    #[test]
    fn requests_per_failure_are_those_measured_on_the_wire() {
        use ErrorCode::{
            AccessDenied, ExpiredTokenException, IdpCommunicationError, InternalFailure,
            InvalidIdentityToken, Throttling,
        };
        let requests = |client, code| waits(client, Failure::Refused(code), 1).0.len() + 1;
        for (code, v1, v6) in [
            (Throttling, 48, 36),
            (InternalFailure, 48, 36),
            (InvalidIdentityToken, 12, 12),
            (IdpCommunicationError, 12, 36),
            (ExpiredTokenException, 12, 12),
            (AccessDenied, 12, 12),
        ] {
            assert_eq!(requests(ConfigureAwsCredentials::V1_6_1, code), v1, "1.6.1 on {code}");
            assert_eq!(requests(ConfigureAwsCredentials::V6_2_3, code), v6, "6.2.3 on {code}");
        }
    }

    #[test]
    fn each_sleep_is_below_fifty_milliseconds_times_a_power_of_two() {
        let failed = Failure::Refused(ErrorCode::InvalidIdentityToken);
        for seed in 0..200 {
            let (waits, last) = waits(ConfigureAwsCredentials::V6_2_3, failed, seed);
            for (k, wait) in waits.iter().enumerate() {
                assert!(*wait <= BASE * (1 << k), "sleep {k} of seed {seed}");
            }
            assert!(last <= Duration::from_millis(102_400));
        }
    }

    #[test]
    fn the_mean_total_sleep_is_a_hundred_seconds_of_which_half_is_wasted() {
        let failed = Failure::Refused(ErrorCode::InvalidIdentityToken);
        let seeds = 4000;
        let (mut total, mut wasted) = (Duration::ZERO, Duration::ZERO);
        for seed in 0..seeds {
            let (waits, last) = waits(ConfigureAwsCredentials::V6_2_3, failed, seed);
            total += waits.iter().sum::<Duration>() + last;
            wasted += last;
        }
        let mean = |sum: Duration| sum.as_secs_f64() / seeds as f64;
        assert!((mean(total) - 102.375).abs() < 2.0, "{}", mean(total));
        assert!((mean(wasted) - 51.2).abs() < 1.5, "{}", mean(wasted));
    }
}
