//! The shell loop people write first: sleep a constant `WAIT_FACTOR`, count up,
//! give up after `MAX_RETRIES`. Its numbers in the post that told it were 5
//! retries; the wait was left to the reader.

use std::time::Duration;

use mock_sts::config::problem::Problems;
use mock_sts::config::spanned::Spanned;
use mock_sts::config::unit;
use mock_sts::config::unit::schema::DurationText;
use mock_sts::dice::Dice;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Next, Policy, Tries};
use crate::record::Failure;

/// `policy.fixed = { wait = "3s", retries = 5 }`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// Between any two attempts.
    #[schemars(with = "DurationText")]
    wait: Spanned<String>,
    /// Attempts after the first.
    retries: Spanned<u32>,
}

/// A constant wait, a bounded number of retries.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Fixed {
    /// Between any two attempts.
    pub wait: Duration,
    /// Attempts after the first.
    pub retries: u32,
}

impl Fixed {
    pub(super) fn check(file: &File, problems: &mut Problems) -> Option<Self> {
        let wait = unit::duration(&file.wait, problems)?;
        Some(Self { wait, retries: *file.retries.get_ref() })
    }
}

impl Policy for Fixed {
    fn after(&self, tries: &mut Tries, _: Failure, _: &mut Dice) -> Next {
        if tries.failed > self.retries {
            Next::GiveUp { after: Duration::ZERO }
        } else {
            Next::RetryAfter(self.wait)
        }
    }

    fn most_calls(&self) -> u32 {
        self.retries.saturating_add(1)
    }

    fn describe(&self) -> String {
        format!("{} retries, {:?} apart", self.retries, self.wait)
    }

    fn reckoned(&self, _failed: u32) -> Option<String> {
        Some(format!("always {:?}", self.wait))
    }
}
