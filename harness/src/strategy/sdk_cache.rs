//! What an SDK's own cache does in a process that lives on: it keeps credentials
//! and renews them ahead of expiry, each process for itself. The windows are those
//! of the SDKs' sources; what decides is how they line up over a fleet.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::Duration;

use mock_sts::config::problem::Problems;
use mock_sts::config::spanned::Spanned;
use mock_sts::config::unit;
use mock_sts::config::unit::schema::DurationText;
use mock_sts::dice::Purpose;
use schemars::JsonSchema;
use serde::Deserialize;

use super::Strategy;
use crate::record::{Credentials, GaveUp};
use crate::tool::Tool;
use crate::world::{Instant, World};

/// `strategy.sdk-cache = { sdk = "botocore", uses-every = "30s" }`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct File {
    /// Whose cache.
    sdk: Sdk,
    /// How often a tool uses its credentials.
    #[schemars(with = "Option<DurationText>")]
    uses_every: Option<Spanned<String>>,
}

/// Whose cache.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Sdk {
    /// Advisory refresh with less than 15 min left, whose failures are ignored;
    /// mandatory with less than 10 (`RefreshableCredentials`).
    Botocore,
    /// In the background with less than 5 min left, failures swallowed; it waits
    /// only for what has expired (`memoizeChain`).
    Js,
    /// With less than 10 s left, or up to half of that by chance (`LazyCache`).
    Rust,
    /// At expiry: all that began together renew together (`CredentialsCache`
    /// with no expiry window, as its web-identity provider sets none).
    GoV2,
    /// Prefetch with less than 5 min left, stale with less than 1
    /// (`StsCredentialsProvider`).
    JavaV2,
    /// What all SDKs are to do from 2026: advisory 5 min, mandatory 1; after a
    /// failure the old ones go on and the next try comes 5 to 10 min later.
    #[serde(rename = "static-stability-2026")]
    StaticStability2026,
}

/// When a cache renews.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Windows {
    /// With less than this left it tries, and a failure is no matter.
    advisory: Duration,
    /// With less than this left a failure is one.
    mandatory: Duration,
    /// How much of the advisory window chance may cut off.
    jitter: Duration,
    /// After a failure that is no matter: how long it waits at the least, and how
    /// much longer at the most; none tries again at the next use.
    pause: Option<(Duration, Duration)>,
}

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);

impl Sdk {
    fn windows(self) -> Windows {
        let of = |advisory, mandatory| Windows {
            advisory,
            mandatory,
            jitter: Duration::ZERO,
            pause: None,
        };
        match self {
            Self::Botocore => of(15 * MINUTE, 10 * MINUTE),
            Self::Js => of(5 * MINUTE, Duration::ZERO),
            Self::Rust => Windows { jitter: 5 * SECOND, ..of(10 * SECOND, 10 * SECOND) },
            Self::GoV2 => of(Duration::ZERO, Duration::ZERO),
            Self::JavaV2 => of(5 * MINUTE, MINUTE),
            Self::StaticStability2026 => {
                Windows { pause: Some((5 * MINUTE, 5 * MINUTE)), ..of(5 * MINUTE, MINUTE) }
            }
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Botocore => "botocore",
            Self::Js => "the JavaScript SDK",
            Self::Rust => "the Rust SDK",
            Self::GoV2 => "the Go SDK v2",
            Self::JavaV2 => "the Java SDK v2",
            Self::StaticStability2026 => "the SDKs' rules of 2026",
        }
    }
}

/// A cache's numbers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Config {
    /// Whose it is.
    pub sdk: Sdk,
    /// How often its process uses credentials, and so looks at the cache; at
    /// least a second.
    pub uses_every: Duration,
}

impl Config {
    pub(super) fn check(file: &File, problems: &mut Problems) -> Option<Self> {
        let range = SECOND..=60 * MINUTE;
        let uses_every = match &file.uses_every {
            Some(text) => unit::duration_within(text, &range, problems)?,
            None => 30 * SECOND,
        };
        Some(Self { sdk: file.sdk, uses_every })
    }

    pub(super) fn describe(&self) -> String {
        format!("each tool for itself, cached as by {}", self.sdk.name())
    }
}

/// The caches of a job's tools.
#[derive(Debug)]
pub struct SdkCache {
    config: Config,
    tools: RefCell<BTreeMap<u32, Cached>>,
}

#[derive(Clone, Copy, Debug)]
struct Cached {
    held: Credentials,
    looks_again_at: Instant,
}

impl SdkCache {
    fn cached(&self, tool: u32) -> Option<Cached> {
        self.tools.borrow().get(&tool).copied()
    }

    fn keep<W: World>(&self, tool: &Tool<W>, held: Credentials, looks_again_at: Instant) {
        // A look costs a use, and uses are so far apart.
        let next_use = tool.now() + self.config.uses_every;
        let looks_again_at = looks_again_at.max(next_use).min(held.expires_at);
        self.tools.borrow_mut().insert(tool.id().tool, Cached { held, looks_again_at });
    }
}

impl Strategy for SdkCache {
    type Config = Config;

    const SHARES_CREDENTIALS: bool = false;

    fn for_job(config: &Config) -> Self {
        Self { config: *config, tools: RefCell::default() }
    }

    async fn credentials<W: World>(&self, tool: &mut Tool<W>) -> Result<Credentials, GaveUp> {
        let windows = self.config.sdk.windows();
        let obtained = tool.obtain().await;
        match (obtained, self.cached(tool.id().tool)) {
            (Ok(obtained), _) => {
                let cut = tool.dice(Purpose::Refresh).up_to(windows.jitter);
                let ahead = windows.advisory - cut;
                let left = obtained.expires_at.since(tool.now());
                let looks_again_at = tool.now() + left.saturating_sub(ahead);
                self.keep(tool, obtained, looks_again_at);
                Ok(obtained)
            }
            (Err(gave_up), Some(Cached { held, .. })) => {
                let left = held.expires_at.since(tool.now());
                let goes_on = match windows.pause {
                    Some(_) => !left.is_zero(),
                    None => left > windows.mandatory,
                };
                if !goes_on {
                    return Err(gave_up);
                }
                let pause = windows.pause.map_or(Duration::ZERO, |(least, more)| {
                    least + tool.dice(Purpose::Refresh).up_to(more)
                });
                self.keep(tool, held, tool.now() + pause);
                Ok(held)
            }
            (Err(gave_up), None) => Err(gave_up),
        }
    }

    fn asks_again_at<W: World>(&self, tool: &Tool<W>, credentials: Credentials) -> Instant {
        self.cached(tool.id().tool).map_or(credentials.expires_at, |cached| cached.looks_again_at)
    }
}
