//! One acquisition per job, shared by its tools.
//!
//! - `environment`: a step assumes the role and exports the three keys, which
//!   take precedence in every tool. They are frozen: when they expire, every
//!   tool that still uses them fails. If the step fails, so does the job.
//! - `file`: tools share a cache file, which is renewed when less than
//!   `refresh-before` is left (botocore: 15 min, so a 900-second session is
//!   never reused). With `lock`, one tool at a time asks STS and the others
//!   wait; without, all that find the file cold ask at once, as the AWS CLI does.

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
use crate::record::{Credentials, GaveUp};
use crate::tool::Tool;
use crate::world::World;

/// `strategy.cached = { store = "environment" }`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct File {
    /// Where they are kept.
    store: Spanned<StoreFile>,
    /// Of the file store: whether one tool at a time asks STS; it does by default.
    lock: Option<Spanned<bool>>,
    /// Of the file store: credentials with less than this left count as expired; `15m` by default.
    #[schemars(with = "Option<DurationText>")]
    refresh_before: Option<Spanned<String>>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum StoreFile {
    /// In exported variables, frozen.
    Environment,
    /// In a file that is renewed.
    File,
}

/// Where a job's credentials are kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Config {
    /// In exported variables, frozen.
    Environment,
    /// In a file.
    File {
        /// Whether one tool at a time asks STS.
        lock: bool,
        /// Cached credentials with less than this left count as expired.
        refresh_before: Duration,
    },
}

/// botocore's `CachedCredentialFetcher` holds credentials with less than
/// 15 minutes left for expired.
const BOTOCORE_WINDOW: Duration = Duration::from_secs(15 * 60);

impl Config {
    pub(super) fn check(file: &File, problems: &mut Problems) -> Option<Self> {
        let window = unit::duration_or(file.refresh_before.as_ref(), BOTOCORE_WINDOW, problems);
        if *file.store.get_ref() == StoreFile::File {
            let lock = file.lock.as_ref().is_none_or(|lock| *lock.get_ref());
            return Some(Self::File { lock, refresh_before: window? });
        }
        let misplaced = [
            file.lock.as_ref().map(|lock| (lock.span(), "lock")),
            file.refresh_before.as_ref().map(|window| (window.span(), "refresh-before")),
        ];
        for (span, key) in misplaced.into_iter().flatten() {
            problems
                .push(span, format!("`{key}` is for the file store"), "has no effect here")
                .help("exported keys are frozen: drop it, or use store = \"file\"");
        }
        Some(Self::Environment)
    }

    pub(super) fn describe(&self) -> String {
        match self {
            Self::Environment => "one acquisition per job, exported and frozen".into(),
            Self::File { lock, refresh_before } => {
                let lock = if *lock { "locked" } else { "unlocked" };
                format!("a {lock} cache file per job, renewed {refresh_before:?} before expiry")
            }
        }
    }
}

/// What the tools of a job share.
#[derive(Debug)]
pub enum Cached {
    /// The step's result, good or bad.
    Environment(OnceCell<Result<Credentials, GaveUp>>),
    /// The file and its lock.
    File {
        /// Held while STS is asked.
        lock: Option<Mutex<()>>,
        /// See [`Config::File`].
        refresh_before: Duration,
        /// What the file holds.
        stored: Cell<Option<Credentials>>,
    },
}

impl Strategy for Cached {
    type Config = Config;

    const SHARES_CREDENTIALS: bool = true;

    fn for_job(config: &Config) -> Self {
        match *config {
            Config::Environment => Self::Environment(OnceCell::new()),
            Config::File { lock, refresh_before } => Self::File {
                lock: lock.then(|| Mutex::new(())),
                refresh_before,
                stored: Cell::new(None),
            },
        }
    }

    async fn credentials<W: World>(&self, tool: &mut Tool<W>) -> Result<Credentials, GaveUp> {
        let (lock, refresh_before, stored) = match self {
            Self::Environment(exported) => return *exported.get_or_init(|| tool.obtain()).await,
            Self::File { lock, refresh_before, stored } => (lock, *refresh_before, stored),
        };
        let fresh = |tool: &Tool<W>| {
            let enough = |found: &Credentials| found.expires_at > tool.now() + refresh_before;
            stored.get().filter(enough)
        };
        if let Some(found) = fresh(tool) {
            return Ok(found);
        }
        let _held = match lock {
            Some(lock) => Some(lock.lock().await),
            None => None,
        };
        if let Some(found) = fresh(tool) {
            return Ok(found);
        }
        let obtained = tool.obtain().await?;
        stored.set(Some(obtained));
        Ok(obtained)
    }
}
