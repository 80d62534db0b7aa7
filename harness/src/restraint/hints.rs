//! The server's hints about when to come back, and who honours them.

use std::time::Duration;

/// What an answer said about when to come back. Every error carries one, and
/// every waiting tool has room for an error: packed, it fits beside the failure.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(Rust, packed(2))]
pub struct Hint {
    retry_after_s: u16,
    x_amz_retry_after_ms: u32,
}

const NO_SECONDS: u16 = u16::MAX;
const NO_MILLISECONDS: u32 = u32::MAX;

impl Hint {
    /// An answer without hints.
    pub const NONE: Self =
        Self { retry_after_s: NO_SECONDS, x_amz_retry_after_ms: NO_MILLISECONDS };

    /// What `Retry-After` (in whole seconds) and `x-amz-retry-after` (in whole
    /// milliseconds) said. Eighteen hours are as good as never.
    #[must_use]
    pub fn new(retry_after: Option<Duration>, x_amz_retry_after: Option<Duration>) -> Self {
        let seconds = |hint: Duration| u16::try_from(hint.as_secs()).unwrap_or(NO_SECONDS - 1);
        let ms = |hint: Duration| u32::try_from(hint.as_millis()).unwrap_or(NO_MILLISECONDS - 1);
        Self {
            retry_after_s: retry_after.map_or(NO_SECONDS, seconds),
            x_amz_retry_after_ms: x_amz_retry_after.map_or(NO_MILLISECONDS, ms),
        }
    }

    fn retry_after(self) -> Option<Duration> {
        let seconds = self.retry_after_s;
        (seconds != NO_SECONDS).then(|| Duration::from_secs(u64::from(seconds)))
    }

    fn x_amz_retry_after(self) -> Option<Duration> {
        let ms = self.x_amz_retry_after_ms;
        (ms != NO_MILLISECONDS).then(|| Duration::from_millis(u64::from(ms)))
    }
}

/// Which hints a client honours.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Hints {
    /// `Retry-After`: waits at least so long (RFC 9110, section 10.2.3).
    pub retry_after: bool,
    /// `x-amz-retry-after`: waits so long, but no less than the policy's own wait
    /// and no more than five seconds beyond it (the SDKs' rules of 2026).
    pub x_amz_retry_after: bool,
}

/// The most that `x-amz-retry-after` adds to a wait.
const AMZ_ADDS: Duration = Duration::from_secs(5);

impl Hints {
    /// None.
    pub const NONE: Self = Self { retry_after: false, x_amz_retry_after: false };
    /// As the SDKs' rules of 2026 have it.
    pub const SDK_2026: Self = Self { retry_after: false, x_amz_retry_after: true };

    /// The policy's wait, in the light of the answer's hints.
    #[must_use]
    pub fn apply(self, wait: Duration, hint: Hint) -> Duration {
        let amz = hint.x_amz_retry_after().filter(|_| self.x_amz_retry_after);
        let wait = amz.map_or(wait, |hint| hint.clamp(wait, wait + AMZ_ADDS));
        let after = hint.retry_after().filter(|_| self.retry_after);
        after.map_or(wait, |hint| hint.max(wait))
    }

    pub(super) fn describe(self) -> Option<String> {
        let honoured = match (self.retry_after, self.x_amz_retry_after) {
            (false, false) => return None,
            (true, false) => "Retry-After",
            (false, true) => "x-amz-retry-after",
            (true, true) => "Retry-After and x-amz-retry-after",
        };
        Some(format!("honours {honoured}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: fn(u64) -> Duration = Duration::from_millis;

    #[test]
    fn amz_is_clamped_and_retry_after_is_a_minimum() {
        let hint = Hint::new(Some(MS(9_000)), Some(MS(1_500)));
        let wait = MS(1_000);
        assert_eq!(Hints::NONE.apply(wait, hint), wait);
        assert_eq!(Hints::SDK_2026.apply(wait, hint), MS(1_500));
        assert_eq!(Hints::SDK_2026.apply(MS(2_000), hint), MS(2_000), "never below the policy's");
        let far = Hint::new(None, Some(MS(60_000)));
        assert_eq!(Hints::SDK_2026.apply(wait, far), MS(6_000), "five seconds more at the most");
        let both = Hints { retry_after: true, x_amz_retry_after: true };
        assert_eq!(both.apply(wait, hint), MS(9_000));
        assert_eq!(both.apply(wait, Hint::NONE), wait);
    }
}
