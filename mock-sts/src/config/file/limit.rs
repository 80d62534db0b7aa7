//! `limits` of `[service]` as serde sees them.

use crate::config::spanned::Spanned;
use crate::config::unit::schema::{DurationText, RateText};
use schemars::JsonSchema;
use serde::Deserialize;

/// A limit, named by its one key.
#[derive(Deserialize, JsonSchema, Clone, Debug)]
#[serde(rename_all = "kebab-case")]
pub enum LimitFile {
    /// A token bucket.
    TokenBucket(TokenBucketFile),
    /// So many requests in each window of the run's clock.
    FixedWindow(WindowFile),
    /// So many requests in any window of that length.
    SlidingWindow(WindowFile),
    /// So many requests at once.
    Concurrency(ConcurrencyFile),
}

/// The parameters of a token bucket.
#[derive(Deserialize, JsonSchema, Clone, Debug)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct TokenBucketFile {
    /// Who shares a bucket.
    pub per: ScopeFile,
    /// For example `"600/s"`.
    #[schemars(with = "RateText")]
    pub rate: Spanned<String>,
    /// The most tokens a bucket holds.
    pub burst: Spanned<i64>,
    /// When tokens are added; at the turn of each second by default.
    pub refill: Option<RefillFile>,
}

/// The parameters of a window.
#[derive(Deserialize, JsonSchema, Clone, Debug)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct WindowFile {
    /// Who shares a count.
    pub per: ScopeFile,
    /// How many requests.
    pub requests: Spanned<i64>,
    /// In which time.
    #[schemars(with = "DurationText")]
    pub window: Spanned<String>,
}

/// The parameters of a concurrency limit.
#[derive(Deserialize, JsonSchema, Clone, Debug)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ConcurrencyFile {
    /// Who shares the places.
    pub per: ScopeFile,
    /// How many requests are in flight.
    pub at_once: Spanned<i64>,
    /// How many more may wait; none by default.
    pub queue: Option<Spanned<i64>>,
    /// How long they may wait; without a bound of its own by default.
    #[schemars(with = "Option<DurationText>")]
    pub max_wait: Option<Spanned<String>>,
}

/// `throttle-headers`.
#[derive(Deserialize, JsonSchema, Clone, Debug)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ThrottleHeadersFile {
    /// For example `"3s"`.
    #[schemars(with = "Option<DurationText>")]
    pub retry_after: Option<Spanned<String>>,
    /// For example `"1500ms"`.
    #[schemars(with = "Option<DurationText>")]
    pub x_amz_retry_after: Option<Spanned<String>>,
}

/// Who shares a limit.
#[derive(Deserialize, JsonSchema, Clone, Copy, Debug)]
#[serde(rename_all = "kebab-case")]
pub enum ScopeFile {
    /// All callers of an account in a region.
    AccountRegion,
    /// All callers of one role.
    Role,
    /// All callers with tokens of one issuer.
    Issuer,
    /// One client.
    Source,
}

/// When a bucket's tokens are added.
#[derive(Deserialize, JsonSchema, Clone, Copy, Debug)]
#[serde(rename_all = "kebab-case")]
pub enum RefillFile {
    /// All at the turn of each second.
    EachSecond,
    /// One by one.
    Continuous,
}
