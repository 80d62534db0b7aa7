//! A real client's retry behaviour as data: one loop, or one inside another.

use std::time::Duration;

use mock_sts::dice::Dice;
use mock_sts::error_code::ErrorCode;

use crate::policy::backoff::{decorrelated, doubled, equal};
use crate::policy::{Next, Tries};
use crate::record::Failure;
use crate::restraint::Restraints;

/// A client at one version. Everything about its retries is in here, so that
/// two versions can be compared line by line.
#[derive(Clone, Copy, Debug)]
pub struct Client {
    /// `NAME` or `NAME@VERSION`.
    pub name: &'static str,
    /// One sentence.
    pub summary: &'static str,
    /// Where the numbers come from.
    pub source: &'static str,
    /// The loop around each call.
    pub inner: Layer,
    /// The loop around that loop, if the client has one.
    pub outer: Option<Layer>,
    /// What else holds its calls back: its retry quota, its rate limiter, the
    /// hints it honours.
    pub restraints: Restraints,
    /// What is wrong with it, one sentence each.
    pub flaws: &'static [&'static str],
}

/// One retry loop.
#[derive(Clone, Copy, Debug)]
pub struct Layer {
    /// Attempts in all, the first included; at least 1.
    pub attempts: u32,
    /// The failures it retries.
    pub retries: Retries,
    /// The wait between two attempts.
    pub delay: Delay,
    /// Whether it also waits after its last attempt, for nothing.
    pub sleeps_after_last: bool,
}

/// Which failures a loop retries.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Retries {
    /// All that there are.
    Everything,
    /// All but these.
    AllBut(&'static [Failure]),
    /// Those of these groups.
    Only(&'static [&'static [Failure]]),
}

impl Retries {
    /// Whether it retries `failed`.
    #[must_use]
    pub fn includes(self, failed: Failure) -> bool {
        match self {
            Self::Everything => true,
            Self::AllBut(failures) => !failures.contains(&failed),
            Self::Only(groups) => groups.iter().any(|group| group.contains(&failed)),
        }
    }
}

/// How long a loop waits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Delay {
    /// After most failures.
    pub plain: Wait,
    /// After a throttle.
    pub throttled: Wait,
    /// The refusals that it takes for throttles though they are none.
    pub as_throttles: &'static [ErrorCode],
    /// No wait is longer; none where there is no cap.
    pub cap: Option<Duration>,
}

/// The wait before retry k, from 0.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Wait {
    /// How chance comes in.
    pub jitter: Jitter,
    /// The backoff of the first retry.
    pub base: Duration,
}

/// How chance comes into a wait whose backoff is `b` = min(cap, base · 2^k).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Jitter {
    /// Always the base.
    Constant,
    /// b.
    None,
    /// U(0, b).
    Full,
    /// U(b/2, b).
    Equal,
    /// U(b, 2b), as AWS SDK for Go v1 has it.
    Above,
    /// U(base, 3 · the last wait), up to the cap.
    Decorrelated,
}

impl Delay {
    /// Full jitter with one base for everything.
    pub(super) const fn full(base: Duration, cap: Option<Duration>) -> Self {
        Self::full_by_kind(base, base, cap)
    }

    /// Full jitter with a base for throttles and one for all else.
    pub(super) const fn full_by_kind(
        base: Duration,
        throttle_base: Duration,
        cap: Option<Duration>,
    ) -> Self {
        Self {
            plain: Wait { jitter: Jitter::Full, base },
            throttled: Wait { jitter: Jitter::Full, base: throttle_base },
            as_throttles: &[],
            cap,
        }
    }

    /// One jitter with one base for everything.
    pub(super) const fn of(jitter: Jitter, base: Duration, cap: Option<Duration>) -> Self {
        let wait = Wait { jitter, base };
        Self { plain: wait, throttled: wait, as_throttles: &[], cap }
    }

    /// What applies after `failed`.
    #[must_use]
    pub fn after(&self, failed: Failure) -> Wait {
        match failed {
            Failure::Refused(code) if self.as_throttles.contains(&code) => self.throttled,
            failed if failed.is_throttle() => self.throttled,
            _ => self.plain,
        }
    }

    /// The wait before retry `k` after `failed`.
    fn draw(&self, k: u32, failed: Failure, last: Duration, dice: &mut Dice) -> Duration {
        let wait = self.after(failed);
        let backoff = self.backoff(k, failed);
        match wait.jitter {
            Jitter::Constant | Jitter::None => backoff,
            Jitter::Full => dice.up_to(backoff),
            Jitter::Equal => equal(backoff, dice),
            Jitter::Above => self.capped(backoff + dice.up_to(backoff)),
            Jitter::Decorrelated => self.capped(decorrelated(wait.base, last, dice)),
        }
    }

    /// b of [`Jitter`].
    fn backoff(&self, k: u32, failed: Failure) -> Duration {
        let wait = self.after(failed);
        match wait.jitter {
            Jitter::Constant => wait.base,
            _ => self.capped(doubled(wait.base, k)),
        }
    }

    /// The longest wait before retry `k` after `failed`.
    #[must_use]
    pub fn longest(&self, k: u32, failed: Failure) -> Duration {
        let backoff = self.backoff(k, failed);
        match self.after(failed).jitter {
            Jitter::Above => self.capped(backoff.saturating_mul(2)),
            Jitter::Decorrelated => {
                let base = self.after(failed).base;
                self.capped(base.saturating_mul(3_u32.saturating_pow(k + 1)))
            }
            _ => backoff,
        }
    }

    fn capped(&self, wait: Duration) -> Duration {
        self.cap.map_or(wait, |cap| wait.min(cap))
    }
}

impl Client {
    /// What it does after a failed attempt. `tries` counts it already.
    pub(super) fn after(&self, tries: &mut Tries, failed: Failure, dice: &mut Dice) -> Next {
        tries.in_round += 1;
        if self.inner.retries.includes(failed) && tries.in_round < self.inner.attempts {
            let k = tries.in_round - 1;
            return Next::RetryAfter(self.inner.delay.draw(k, failed, tries.last_wait, dice));
        }
        let Some(outer) = self.outer.as_ref().filter(|outer| outer.retries.includes(failed)) else {
            return Next::GiveUp { after: Duration::ZERO };
        };
        let wait = outer.delay.draw(tries.rounds, failed, tries.last_wait, dice);
        tries.in_round = 0;
        tries.rounds += 1;
        if tries.rounds < outer.attempts {
            Next::RetryAfter(wait)
        } else {
            let after = if outer.sleeps_after_last { wait } else { Duration::ZERO };
            Next::GiveUp { after }
        }
    }

    /// The most calls that one acquisition can make; `u32::MAX` where there is
    /// no end.
    #[must_use]
    pub fn most_calls(&self) -> u32 {
        let rounds = self.outer.as_ref().map_or(1, |outer| outer.attempts);
        self.inner.attempts.saturating_mul(rounds)
    }

    /// The arithmetic in one line.
    #[must_use]
    pub fn arithmetic(&self) -> String {
        let inner = self.inner.describe();
        match &self.outer {
            None => inner,
            Some(outer) => format!("{}, each of them {inner}", outer.describe()),
        }
    }
}

impl Layer {
    /// A loop that retries these groups of failures and stops after its last
    /// attempt.
    pub(super) const fn of(
        attempts: u32,
        groups: &'static [&'static [Failure]],
        delay: Delay,
    ) -> Self {
        Self { attempts, retries: Retries::Only(groups), delay, sleeps_after_last: false }
    }

    /// Its arithmetic in words.
    #[must_use]
    pub fn describe(&self) -> String {
        if self.attempts == 1 {
            return "1 call".into();
        }
        let after = if self.sleeps_after_last { ", sleeps after the last too" } else { "" };
        let (plain, throttled) = (self.delay.plain, self.delay.throttled);
        let cap = self.delay.cap.map(|cap| format!(", cap {cap:?}")).unwrap_or_default();
        let waits = if plain == throttled {
            plain.describe()
        } else {
            format!("{}, after a throttle {}", plain.describe(), throttled.describe())
        };
        let count = match self.attempts {
            u32::MAX => "attempts without end".into(),
            attempts => format!("{attempts} attempts"),
        };
        format!("{count}, {waits}{cap}{after}")
    }
}

impl Wait {
    fn describe(self) -> String {
        let base = self.base;
        match self.jitter {
            Jitter::Constant => format!("{base:?} apart"),
            Jitter::None => format!("{base:?} · 2^k"),
            Jitter::Full => format!("random · {base:?} · 2^k"),
            Jitter::Equal => format!("(½ + random/2) · {base:?} · 2^k"),
            Jitter::Above => format!("(1 + random) · {base:?} · 2^k"),
            Jitter::Decorrelated => format!("{base:?} up to 3 times the last wait"),
        }
    }
}
