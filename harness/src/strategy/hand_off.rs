//! One job assumes the role and hands the keys to those that follow, as a CI's
//! job outputs, artifacts or a shared secret do. They are frozen: who comes after
//! they have expired fails, and if the first job failed, so do all.

use mock_sts::config::problem::Problems;
use mock_sts::config::spanned::Spanned;
use mock_sts::config::unit;
use schemars::JsonSchema;
use serde::Deserialize;
use tokio::sync::OnceCell;

use super::{Sharing, Strategy};
use crate::record::{Credentials, GaveUp};
use crate::tool::Tool;
use crate::world::World;

/// `strategy.hand-off = { jobs = 20 }`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// So many jobs that follow each other share the keys, the one that assumes among them.
    jobs: Spanned<i64>,
}

/// Who shares the keys.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Config {
    /// So many jobs that follow each other, the one that assumes among them; at
    /// least 2.
    pub jobs: u32,
}

impl Config {
    pub(super) fn check(file: &File, problems: &mut Problems) -> Option<Self> {
        Some(Self { jobs: unit::count(&file.jobs, &(2..=10_000_000), problems)? })
    }

    pub(super) fn describe(&self) -> String {
        format!("one acquisition for {} jobs, handed on and frozen", self.jobs)
    }
}

/// The keys that are handed on, or that there are none.
#[derive(Debug)]
pub struct HandOff(OnceCell<Result<Credentials, GaveUp>>);

impl Strategy for HandOff {
    type Config = Config;

    const SHARES_CREDENTIALS: bool = true;

    fn sharing(config: &Config) -> Sharing {
        Sharing::Jobs(config.jobs)
    }

    fn for_job(_: &Config) -> Self {
        Self(OnceCell::new())
    }

    async fn credentials<W: World>(&self, tool: &mut Tool<W>) -> Result<Credentials, GaveUp> {
        *self.0.get_or_init(|| tool.obtain()).await
    }
}
