//! One web identity call per job, and each tool goes on from that role to its own:
//! `AssumeRole`, signed with the job's keys. The identity provider sees one call a
//! job however many roles its tools have. STS sees a call more for each tool, grants
//! sessions of an hour at the most (documented: role chaining), and refuses whoever
//! signs with keys that have expired.
//!
//! - `exported`: a step assumes the job's role and exports its keys. They are frozen:
//!   once they have expired, no tool can renew. If the step fails, so does the job.
//! - `renewed`: the tools' profiles name the web identity as their source; whoever finds
//!   less than `refresh-before` left of the job's keys (botocore: 15 min) assumes the role
//!   anew, one at a time.

use std::cell::Cell;
use std::time::Duration;

use mock_sts::config::problem::Problems;
use mock_sts::config::spanned::Spanned;
use mock_sts::config::unit;
use mock_sts::config::unit::schema::DurationText;
use schemars::JsonSchema;
use serde::Deserialize;
use tokio::sync::{Mutex, OnceCell};

use super::Strategy;
use super::cached::BOTOCORE_WINDOW;
use crate::record::{Credentials, GaveUp};
use crate::tool::Tool;
use crate::world::World;

/// `strategy.role-chaining = { hub = "exported" }`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct File {
    /// What becomes of the job's own keys; they are exported and frozen by default.
    hub: Option<Spanned<HubFile>>,
    /// Of keys that are renewed: with less than this left they count as expired; `15m` by default.
    #[schemars(with = "Option<DurationText>")]
    refresh_before: Option<Spanned<String>>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum HubFile {
    /// They are exported, and frozen.
    Exported,
    /// Whoever finds them expired has them renewed.
    Renewed,
}

/// What becomes of a job's own keys.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Config {
    /// They are exported, and frozen.
    Exported,
    /// Whoever finds them expired has them renewed.
    Renewed {
        /// With less than this left they count as expired.
        refresh_before: Duration,
    },
}

impl Config {
    pub(super) fn check(file: &File, problems: &mut Problems) -> Option<Self> {
        let window = file.refresh_before.as_ref();
        let hub = file.hub.as_ref().map_or(HubFile::Exported, |hub| *hub.get_ref());
        match (hub, window) {
            (HubFile::Exported, None) => Some(Self::Exported),
            (HubFile::Exported, Some(window)) => {
                problems
                    .push(window.span(), "exported keys are frozen", "nothing renews them")
                    .help("drop `refresh-before`, or use hub = \"renewed\"");
                None
            }
            (HubFile::Renewed, window) => {
                let refresh_before = unit::duration_or(window, BOTOCORE_WINDOW, problems)?;
                Some(Self::Renewed { refresh_before })
            }
        }
    }

    pub(super) fn describe(&self) -> String {
        let hub = match self {
            Self::Exported => "exported and frozen".into(),
            Self::Renewed { refresh_before } => format!("renewed {refresh_before:?} before expiry"),
        };
        format!("one acquisition per job, {hub}, and each tool goes on to its own role")
    }
}

/// A job's own keys.
#[derive(Debug)]
pub enum RoleChaining {
    /// The step's result, good or bad.
    Exported(OnceCell<Result<Credentials, GaveUp>>),
    /// The latest, and what is held while STS is asked for others.
    Renewed {
        /// See [`Config::Renewed`].
        refresh_before: Duration,
        /// Expired or not.
        latest: Cell<Option<Credentials>>,
        /// One tool at a time asks.
        asking: Mutex<()>,
    },
}

impl RoleChaining {
    async fn hub<W: World>(&self, tool: &mut Tool<W>) -> Result<Credentials, GaveUp> {
        let (refresh_before, latest, asking) = match self {
            Self::Exported(exported) => return *exported.get_or_init(|| tool.obtain()).await,
            Self::Renewed { refresh_before, latest, asking } => (*refresh_before, latest, asking),
        };
        let valid = |tool: &Tool<W>| {
            latest.get().filter(|held| held.expires_at > tool.now() + refresh_before)
        };
        if let Some(held) = valid(tool) {
            return Ok(held);
        }
        let _asking = asking.lock().await;
        if let Some(held) = valid(tool) {
            return Ok(held);
        }
        let obtained = tool.obtain().await?;
        latest.set(Some(obtained));
        Ok(obtained)
    }
}

impl Strategy for RoleChaining {
    type Config = Config;

    const SHARES_CREDENTIALS: bool = true;

    const CHAINS_ROLES: bool = true;

    fn for_job(config: &Config) -> Self {
        match *config {
            Config::Exported => Self::Exported(OnceCell::new()),
            Config::Renewed { refresh_before } => {
                Self::Renewed { refresh_before, latest: Cell::new(None), asking: Mutex::new(()) }
            }
        }
    }

    async fn credentials<W: World>(&self, tool: &mut Tool<W>) -> Result<Credentials, GaveUp> {
        let hub = self.hub(tool).await?;
        tool.obtain_with(hub).await
    }
}
