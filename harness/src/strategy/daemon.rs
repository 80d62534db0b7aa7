//! A broker per job or for the whole fleet. It asks STS once for everybody who
//! waits (single flight), refreshes ahead of expiry, and keeps handing out
//! credentials that are still valid when a refresh fails.

use std::cell::Cell;
use std::pin::pin;
use std::time::Duration;

use mock_sts::config::problem::Problems;
use mock_sts::config::spanned::Spanned;
use mock_sts::config::unit;
use mock_sts::config::unit::schema::DurationText;
use mock_sts::dice::Purpose;
use schemars::JsonSchema;
use serde::Deserialize;
use tokio::sync::Notify;

use super::{Sharing, Strategy};
use crate::record::{Credentials, GaveUp};
use crate::tool::Tool;
use crate::world::{Instant, World};

/// `strategy.daemon = { scope = "fleet", refresh-before = "5m", jitter = "1m", retry-every = "10s" }`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct File {
    /// Whom one broker serves.
    scope: Spanned<ScopeFile>,
    /// A refresh begins this long before expiry; `5m` by default.
    #[schemars(with = "Option<DurationText>")]
    refresh_before: Option<Spanned<String>>,
    /// Or up to this much earlier, at random; `1m` by default.
    #[schemars(with = "Option<DurationText>")]
    jitter: Option<Spanned<String>>,
    /// After a refresh that failed, the next begins this much later; `10s` by default.
    #[schemars(with = "Option<DurationText>")]
    retry_every: Option<Spanned<String>>,
    /// Of the scope `host`: how many jobs share a host.
    jobs_per_host: Option<Spanned<i64>>,
    /// For so long after STS refused, whoever asks is refused without a call; not at all by
    /// default.
    #[schemars(with = "Option<DurationText>")]
    negative_ttl: Option<Spanned<String>>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum ScopeFile {
    /// The tools of one job.
    Job,
    /// The jobs of one host.
    Host,
    /// All jobs.
    Fleet,
}

/// A broker's numbers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Config {
    /// Whom one broker serves.
    pub sharing: Sharing,
    /// A refresh begins this long before expiry …
    pub refresh_before: Duration,
    /// … or up to this much earlier, at random, so that brokers drift apart.
    pub jitter: Duration,
    /// After a refresh that failed, the next begins this much later.
    pub retry_every: Duration,
    /// For so long after STS refused, whoever asks is refused without a call.
    pub negative_ttl: Duration,
}

impl Config {
    pub(super) fn check(file: &File, problems: &mut Problems) -> Option<Self> {
        let minutes = |minutes: u64| Duration::from_secs(minutes * 60);
        let refresh_before = unit::duration_or(file.refresh_before.as_ref(), minutes(5), problems);
        let jitter = unit::duration_or(file.jitter.as_ref(), minutes(1), problems);
        let ten_s = Duration::from_secs(10);
        let retry_every = unit::duration_or(file.retry_every.as_ref(), ten_s, problems);
        if let (Some(Duration::ZERO), Some(text)) = (retry_every, &file.retry_every) {
            problems
                .push(text.span(), "a broker must pause between failed refreshes", "no pause")
                .help("write `retry-every = \"10s\"`, or leave it out");
            return None;
        }
        let negative_ttl = unit::duration_or(file.negative_ttl.as_ref(), Duration::ZERO, problems);
        let sharing = sharing(file, problems)?;
        Some(Self {
            sharing,
            negative_ttl: negative_ttl?,
            refresh_before: refresh_before?,
            jitter: jitter?,
            retry_every: retry_every?,
        })
    }

    pub(super) fn describe(&self) -> String {
        let whose = match self.sharing {
            Sharing::Job => "one broker per job".into(),
            Sharing::Jobs(jobs) => format!("one broker per host of {jobs} jobs"),
            Sharing::Fleet => "one broker for the whole fleet".into(),
        };
        format!("{whose}, refreshes {:?} ahead", self.refresh_before)
    }
}

fn sharing(file: &File, problems: &mut Problems) -> Option<Sharing> {
    match (file.scope.get_ref(), &file.jobs_per_host) {
        (ScopeFile::Job, None) => Some(Sharing::Job),
        (ScopeFile::Fleet, None) => Some(Sharing::Fleet),
        (ScopeFile::Host, Some(jobs)) => {
            unit::count(jobs, &(1..=10_000_000), problems).map(Sharing::Jobs)
        }
        (ScopeFile::Host, None) => {
            problems
                .push(file.scope.span(), "how many jobs does a host have?", "hosts are not counted")
                .help("say it beside it: `jobs-per-host = 8`");
            None
        }
        (_, Some(jobs)) => {
            problems
                .push(jobs.span(), "`jobs-per-host` is for hosts", "has no effect here")
                .help("drop it, or use scope = \"host\"");
            None
        }
    }
}

/// A broker as its clients see it.
#[derive(Debug)]
pub struct Daemon {
    config: Config,
    held: Cell<Option<Credentials>>,
    /// Counts what the broker has heard from STS, good or bad.
    heard: Cell<u64>,
    /// The last of it, when it was bad.
    refused: Cell<Option<GaveUp>>,
    /// When that was.
    refused_at: Cell<Instant>,
    demand: Notify,
    news: Notify,
}

impl Daemon {
    fn valid<W: World>(&self, tool: &Tool<W>) -> Option<Credentials> {
        self.held.get().filter(|held| held.expires_at > tool.now())
    }

    /// Whoever asked while STS was asked has been answered: that demand must
    /// not start another round for nobody.
    fn forget_demand(&self) {
        pin!(self.demand.notified()).enable();
    }
}

impl Strategy for Daemon {
    type Config = Config;

    const SHARES_CREDENTIALS: bool = true;

    const HAS_UPKEEP: bool = true;

    fn sharing(config: &Config) -> Sharing {
        config.sharing
    }

    fn for_job(config: &Config) -> Self {
        Self {
            config: *config,
            held: Cell::new(None),
            heard: Cell::new(0),
            refused: Cell::new(None),
            refused_at: Cell::new(Instant::ZERO),
            demand: Notify::new(),
            news: Notify::new(),
        }
    }

    async fn credentials<W: World>(&self, tool: &mut Tool<W>) -> Result<Credentials, GaveUp> {
        loop {
            if let Some(held) = self.valid(tool) {
                return Ok(held);
            }
            if let Some(refused) = self.refused.get()
                && tool.now() < self.refused_at.get() + self.config.negative_ttl
            {
                return Err(refused);
            }
            let before = self.heard.get();
            self.demand.notify_one();
            while self.heard.get() == before {
                self.news.notified().await;
            }
            if let Some(refused) = self.refused.get() {
                return Err(refused);
            }
        }
    }

    async fn upkeep<W: World>(&self, broker: &mut Tool<W>) {
        loop {
            match self.valid(broker) {
                Some(held) if self.refused.get().is_none() => {
                    let jitter = broker.dice(Purpose::Refresh).up_to(self.config.jitter);
                    let ahead = self.config.refresh_before + jitter;
                    let left = held.expires_at.since(broker.now());
                    // A session shorter than the margin is refreshed at half its life.
                    let wait = left.checked_sub(ahead).unwrap_or(left / 2);
                    broker.sleep_until(broker.now() + wait).await;
                }
                Some(_) => broker.sleep_until(broker.now() + self.config.retry_every).await,
                None => self.demand.notified().await,
            }
            match broker.obtain().await {
                Ok(obtained) => {
                    self.held.set(Some(obtained));
                    self.refused.set(None);
                }
                Err(gave_up) => {
                    self.refused.set(Some(gave_up));
                    self.refused_at.set(broker.now());
                }
            }
            self.heard.set(self.heard.get() + 1);
            self.news.notify_waiters();
            self.forget_demand();
        }
    }
}
