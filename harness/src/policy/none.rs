//! Give up after the first failure.

use mock_sts::config::problem::Problems;
use mock_sts::dice::Dice;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Next, Policy, Tries};
use crate::record::Failure;

/// `policy.none = {}`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct File {}

/// Give up after the first failure.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NoRetry;

impl NoRetry {
    pub(super) fn check(_: &File, _: &mut Problems) -> Option<Self> {
        Some(Self)
    }
}

impl Policy for NoRetry {
    fn after(&self, _: &mut Tries, _: Failure, _: &mut Dice) -> Next {
        Next::GiveUp { after: std::time::Duration::ZERO }
    }

    fn most_calls(&self) -> u32 {
        1
    }

    fn describe(&self) -> String {
        "no retry".into()
    }
}
