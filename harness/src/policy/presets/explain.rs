//! What a preset comes to, worked out from its data: attempts and sleep for
//! each failure.

use std::time::Duration;

use mock_sts::dice::{Dice, Purpose};
use mock_sts::error_code::ErrorCode;

use super::client::Client;
use crate::policy::{Next, Tries};
use crate::record::Failure;

/// The failures that explanations go through.
pub const EXPLAINED: &[Failure] = &[
    Failure::Refused(ErrorCode::InvalidIdentityToken),
    Failure::Refused(ErrorCode::Throttling),
    Failure::Refused(ErrorCode::SlowDown),
    Failure::Refused(ErrorCode::TooManyRequests),
    Failure::Refused(ErrorCode::IdpCommunicationError),
    Failure::Refused(ErrorCode::IdpRejectedClaim),
    Failure::Refused(ErrorCode::ExpiredTokenException),
    Failure::Refused(ErrorCode::AccessDenied),
    Failure::Refused(ErrorCode::InternalFailure),
    Failure::Refused(ErrorCode::ServiceUnavailable),
    Failure::Reset,
    Failure::Timeout,
    Failure::TokenRefused,
];

/// Acquisitions that the mean is taken over.
const SAMPLES: u64 = 2_000;

/// The most attempts that are followed: for a client that never gives up.
const MOST: u32 = 100;

/// What becomes of an acquisition whose every call fails alike.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Course {
    /// Calls; none where the client never gives up.
    pub attempts: Option<u32>,
    /// Slept in all, on average.
    pub mean_sleep: Duration,
    /// Slept in all, at the worst.
    pub worst_sleep: Duration,
    /// Of the worst, what comes after the last call.
    pub wasted: Duration,
}

impl Client {
    /// What becomes of an acquisition whose every call fails with `failed`.
    #[must_use]
    pub fn course(&self, failed: Failure) -> Course {
        let mut sum = Duration::ZERO;
        let mut attempts = None;
        for sample in 0..SAMPLES {
            let (calls, slept) = self.acquisition(failed, sample);
            attempts = calls;
            sum += slept;
        }
        let (worst_sleep, wasted) = self.worst(failed);
        Course { attempts, mean_sleep: sum / SAMPLES as u32, worst_sleep, wasted }
    }

    /// Calls and sleep of one such acquisition.
    fn acquisition(&self, failed: Failure, sample: u64) -> (Option<u32>, Duration) {
        let (mut tries, mut slept) = (Tries::default(), Duration::ZERO);
        while tries.failed < MOST {
            tries.failed += 1;
            let mut dice = Dice::keyed(sample, u64::from(tries.failed), Purpose::Policy);
            match self.after(&mut tries, failed, &mut dice) {
                Next::RetryAfter(wait) => {
                    slept += wait;
                    tries.last_wait = wait;
                }
                Next::GiveUp { after } => return (Some(tries.failed), slept + after),
            }
        }
        (None, slept)
    }

    /// The longest sleep, and the part of it after the last call.
    fn worst(&self, failed: Failure) -> (Duration, Duration) {
        let retries_inside =
            if self.inner.retries.includes(failed) { self.inner.attempts.min(MOST) - 1 } else { 0 };
        let inside: Duration =
            (0..retries_inside).map(|k| self.inner.delay.longest(k, failed)).sum();
        let Some(outer) = self.outer.as_ref().filter(|outer| outer.retries.includes(failed)) else {
            return (inside, Duration::ZERO);
        };
        let between = outer.attempts.min(MOST) - 1;
        let waits: Duration = (0..between).map(|k| outer.delay.longest(k, failed)).sum();
        let wasted = match outer.sleeps_after_last {
            true => outer.delay.longest(between, failed),
            false => Duration::ZERO,
        };
        (inside * (between + 1) + waits + wasted, wasted)
    }

    /// One line for each failure.
    fn lines(&self) -> Vec<[String; 5]> {
        let seconds = |duration: Duration| format!("{:.2} s", duration.as_secs_f64());
        let line = |failed: &Failure| {
            let course = self.course(*failed);
            let attempts = course.attempts.map_or("no end".into(), |calls| calls.to_string());
            let sleeps = [course.mean_sleep, course.worst_sleep, course.wasted].map(seconds);
            let [mean, worst, wasted] = sleeps;
            [failed.name().to_owned(), attempts, mean, worst, wasted]
        };
        EXPLAINED.iter().map(line).collect()
    }

    /// Everything about the client: what `list policies --explain` prints.
    #[must_use]
    pub fn explain(&self) -> String {
        let mut text = format!("{}\n  {}\n\n", self.name, self.summary);
        text += &format!("  {}\n", self.arithmetic());
        text += "  (k counts retries from 0, random is between 0 and 1)\n\n";
        text += &format!(
            "  {:<24}{:>8}{:>12}{:>12}{:>10}\n",
            "when every call fails with", "calls", "mean sleep", "worst sleep", "wasted"
        );
        for [failure, calls, mean, worst, wasted] in self.lines() {
            text += &format!("  {failure:<26}{calls:>6}{mean:>12}{worst:>12}{wasted:>10}\n");
        }
        for flaw in self.flaws {
            text += &format!("\n  - {flaw}");
        }
        if !self.flaws.is_empty() {
            text.push('\n');
        }
        text += &format!("\n  source: {}\n", self.source);
        text
    }

    /// How `other` differs: what `list policies --diff` prints.
    #[must_use]
    pub fn diff(&self, other: &Self) -> String {
        let mut text = format!("- {}\n+ {}\n", self.name, other.name);
        let mut differs = false;
        if self.arithmetic() != other.arithmetic() {
            text += &format!("- {}\n+ {}\n", self.arithmetic(), other.arithmetic());
            differs = true;
        }
        for (mine, theirs) in self.lines().iter().zip(other.lines()) {
            if mine[1..4] != theirs[1..4] {
                let told = |[_, calls, mean, worst, _]: &[String; 5]| {
                    format!("{calls} calls, sleeps {mean} on average, {worst} at the worst")
                };
                text += &format!("  {}\n-   {}\n+   {}\n", mine[0], told(mine), told(&theirs));
                differs = true;
            }
        }
        if !differs {
            text += "  no difference\n";
        }
        text
    }
}
