//! What the four exponential policies share: base, cap, attempts, deadline
//! (after "Exponential Backoff And Jitter", AWS Architecture Blog, 2015).

use std::time::Duration;

use mock_sts::config::problem::Problems;
use mock_sts::config::spanned::Spanned;
use mock_sts::config::unit;
use mock_sts::config::unit::schema::DurationText;
use mock_sts::dice::Dice;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Next, Tries};

/// `{ base = "1s", cap = "20s", attempts = 5, deadline = "4m" }`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// The bound of the first wait.
    #[schemars(with = "DurationText")]
    base: Spanned<String>,
    /// No wait is longer; `20s` by default.
    #[schemars(with = "Option<DurationText>")]
    cap: Option<Spanned<String>>,
    /// Attempts in all, the first included.
    attempts: Spanned<u32>,
    /// No wait may end later than this after the first attempt began; none by default.
    #[schemars(with = "Option<DurationText>")]
    deadline: Option<Spanned<String>>,
}

/// The numbers of an exponential backoff.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Backoff {
    /// The bound of the first wait.
    pub base: Duration,
    /// No wait is longer.
    pub cap: Duration,
    /// Attempts in all, the first included; at least 1.
    pub attempts: u32,
    /// No wait may end later than this after the first attempt began.
    pub deadline: Option<Duration>,
}

/// The cap where a scenario gives none: that of the AWS SDKs.
const DEFAULT_CAP: Duration = Duration::from_secs(20);

impl Backoff {
    pub(super) fn check(file: &File, problems: &mut Problems) -> Option<Self> {
        let base = unit::duration(&file.base, problems);
        let cap = unit::duration_or(file.cap.as_ref(), DEFAULT_CAP, problems);
        let deadline = match &file.deadline {
            Some(text) => unit::duration(text, problems).map(Some),
            None => Some(None),
        };
        let attempts = *file.attempts.get_ref();
        if attempts == 0 {
            problems
                .push(file.attempts.span(), "a policy needs at least one attempt", "no attempt")
                .help("count the first attempt too: `attempts = 1` never retries");
        }
        let (base, cap) = (base?, cap?);
        if cap < base {
            let span = file.cap.as_ref().unwrap_or(&file.base).span();
            problems
                .push(span, "the backoff's cap is below its base", "smaller than `base`")
                .help("raise `cap`, or drop it for the default of 20s");
        }
        Some(Self { base, cap, attempts, deadline: deadline? })
    }

    /// The bound of the wait after the `failed`th failure, from 1:
    /// min(cap, base · 2^(failed-1)).
    #[must_use]
    pub fn ceiling(&self, failed: u32) -> Duration {
        doubled(self.base, failed.saturating_sub(1)).min(self.cap)
    }

    /// `wait`, unless attempts or time run out.
    #[must_use]
    pub fn bounded(&self, tries: &Tries, wait: Duration) -> Next {
        let late =
            self.deadline.is_some_and(|deadline| tries.elapsed.saturating_add(wait) > deadline);
        if tries.failed >= self.attempts || late {
            Next::GiveUp { after: Duration::ZERO }
        } else {
            Next::RetryAfter(wait)
        }
    }

    /// The wait after the `failed`th failure in numbers, `formula` being of t, the
    /// ceiling.
    pub(super) fn of_ceiling(&self, formula: &str, failed: u32) -> String {
        let (base, cap, doublings) = (self.base, self.cap, failed.saturating_sub(1));
        let ceiling = self.ceiling(failed);
        format!("{formula} with t = min({cap:?}, {base:?} × 2^{doublings}) = {ceiling:?}")
    }

    pub(super) fn describe(&self, jitter: &str) -> String {
        let deadline = self.deadline.map(|d| format!(", within {d:?}")).unwrap_or_default();
        format!(
            "{} attempts, base {:?}, cap {:?}, {jitter}{deadline}",
            self.attempts, self.base, self.cap
        )
    }
}

/// base · 2^doublings.
pub(super) fn doubled(base: Duration, doublings: u32) -> Duration {
    base.saturating_mul(1 << doublings.min(31))
}

/// backoff/2 + U(0, backoff/2).
pub(super) fn equal(backoff: Duration, dice: &mut Dice) -> Duration {
    let half = backoff / 2;
    half + dice.up_to(half)
}

/// U(base, 3 · last), the last wait being no shorter than the base.
pub(super) fn decorrelated(base: Duration, last: Duration, dice: &mut Dice) -> Duration {
    let room = last.max(base).saturating_mul(3).saturating_sub(base);
    base.saturating_add(dice.up_to(room))
}

/// Makes a policy of a jitter over [`Backoff`].
macro_rules! jitter {
    ($(#[$doc:meta])* $name:ident, $words:literal,
     |$numbers:ident, $failed:ident| $reckoned:expr,
     |$backoff:ident, $tries:ident, $dice:ident| $wait:expr) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub struct $name(pub super::backoff::Backoff);

        impl $name {
            pub(super) fn check(
                file: &super::backoff::File,
                problems: &mut mock_sts::config::problem::Problems,
            ) -> Option<Self> {
                super::backoff::Backoff::check(file, problems).map(Self)
            }
        }

        impl super::Policy for $name {
            fn after(
                &self,
                $tries: &mut super::Tries,
                _: crate::record::Failure,
                $dice: &mut mock_sts::dice::Dice,
            ) -> super::Next {
                let $backoff = &self.0;
                let wait = $wait;
                $backoff.bounded($tries, wait)
            }

            fn most_calls(&self) -> u32 {
                self.0.attempts
            }

            fn describe(&self) -> String {
                self.0.describe($words)
            }

            fn reckoned(&self, $failed: u32) -> Option<String> {
                let $numbers = &self.0;
                Some($reckoned)
            }
        }
    };
}
pub(super) use jitter;
