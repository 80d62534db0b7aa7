//! A second call when the first takes long, and the first good answer counts
//! (Dean and Barroso, "The Tail at Scale", 2013). What it wins in the tail it
//! pays for with calls, just when STS is slow because of calls.

use std::cell::Cell;
use std::pin::pin;
use std::time::Duration;

use mock_sts::config::problem::Problems;
use mock_sts::config::spanned::Spanned;
use mock_sts::config::unit;
use mock_sts::config::unit::schema::DurationText;
use schemars::JsonSchema;
use serde::Deserialize;

use super::Strategy;
use crate::record::{Credentials, GaveUp};
use crate::tool::Tool;
use crate::world::{Either, World, race};

/// `strategy.hedged = { after = "1s" }`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// So long after the first call leaves the second, if the first has not been answered.
    #[schemars(with = "DurationText")]
    after: Spanned<String>,
}

/// When the second call leaves.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Config {
    /// So long after the first, if that has not been answered; 1 ms to an hour.
    pub after: Duration,
}

impl Config {
    pub(super) fn check(file: &File, problems: &mut Problems) -> Option<Self> {
        let range = Duration::from_millis(1)..=Duration::from_secs(3600);
        Some(Self { after: unit::duration_within(&file.after, &range, problems)? })
    }

    pub(super) fn describe(&self) -> String {
        format!("each tool for itself, with a second call after {:?}", self.after)
    }
}

/// Tools share nothing.
#[derive(Clone, Copy, Debug)]
pub struct Hedged {
    after: Duration,
}

impl Strategy for Hedged {
    type Config = Config;

    const SHARES_CREDENTIALS: bool = false;

    fn for_job(config: &Config) -> Self {
        Self { after: config.after }
    }

    async fn credentials<W: World>(&self, tool: &mut Tool<W>) -> Result<Credentials, GaveUp> {
        let mut twin = tool.twin();
        let hedges_at = tool.now() + self.after;
        let hedged = Cell::new(false);
        let mut first = pin!(tool.obtain());
        let mut second = pin!(async {
            twin.sleep_until(hedges_at).await;
            hedged.set(true);
            twin.obtain().await
        });
        match race(first.as_mut(), second.as_mut()).await {
            Either::Left(Ok(credentials)) | Either::Right(Ok(credentials)) => Ok(credentials),
            Either::Left(Err(_)) if hedged.get() => second.await,
            // What fails before it takes long is no reason for a second call.
            Either::Left(Err(gave_up)) => Err(gave_up),
            Either::Right(Err(_)) => first.await,
        }
    }
}
