//! Each tool calls STS for itself, as SDKs with `AWS_WEB_IDENTITY_TOKEN_FILE`
//! do. Under a policy this is the strategy called "retried".

use mock_sts::config::problem::Problems;
use schemars::JsonSchema;
use serde::Deserialize;

use super::Strategy;
use crate::record::{Credentials, GaveUp};
use crate::tool::Tool;
use crate::world::World;

/// `strategy.naive = {}`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct File {}

/// Nothing to set.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Config;

impl Config {
    pub(super) fn check(_: &File, _: &mut Problems) -> Option<Self> {
        Some(Self)
    }

    pub(super) fn describe(&self) -> String {
        "each tool for itself".into()
    }
}

/// Tools share nothing.
#[derive(Clone, Copy, Debug)]
pub struct Naive;

impl Strategy for Naive {
    type Config = Config;

    const SHARES_CREDENTIALS: bool = false;

    fn for_job(_: &Config) -> Self {
        Self
    }

    fn credentials<W: World>(
        &self,
        tool: &mut Tool<W>,
    ) -> impl Future<Output = Result<Credentials, GaveUp>> {
        tool.obtain()
    }
}
