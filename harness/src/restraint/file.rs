//! The restraints as a contender's table writes them.

use std::time::Duration;

use mock_sts::config::problem::Problems;
use mock_sts::config::spanned::Spanned;
use mock_sts::config::unit;
use mock_sts::config::unit::schema::{DurationText, RateText, ShareText};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{BreakerConfig, BudgetConfig, Hints, PaceConfig, Per};

/// `retry-budget`, named by its one key.
#[derive(Deserialize, JsonSchema, Clone, Debug)]
#[serde(rename_all = "kebab-case")]
pub enum BudgetFile {
    /// The token bucket of the AWS SDKs.
    Quota(QuotaFile),
    /// A share of the first calls.
    Share(ShareFile),
}

/// `retry-budget.quota = { per = "tool", capacity = 500, cost = 5, throttle-cost = 5, timeout-cost = 10 }`.
#[derive(Deserialize, JsonSchema, Clone, Debug)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct QuotaFile {
    /// Who shares it; each tool has its own by default.
    per: Option<Per>,
    /// Tokens in it; 500 by default.
    capacity: Option<Spanned<i64>>,
    /// What a retry costs; 5 by default.
    cost: Option<Spanned<i64>>,
    /// What a retry after a throttle costs; as `cost` by default.
    throttle_cost: Option<Spanned<i64>>,
    /// What a retry after a time-out costs; as `cost`, or 10 where nothing is set.
    timeout_cost: Option<Spanned<i64>>,
}

/// `retry-budget.share = { per = "fleet", share = "20%", reserve = 10 }`.
#[derive(Deserialize, JsonSchema, Clone, Debug)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ShareFile {
    /// Who shares it; the fleet by default.
    per: Option<Per>,
    /// Of the first calls, for example `"20%"`.
    #[schemars(with = "ShareText")]
    share: Spanned<String>,
    /// Retries there are before the first call; 10 by default.
    reserve: Option<Spanned<i64>>,
}

/// `circuit-breaker = { per = "job", after = 5, open-for = "10s" }`.
#[derive(Deserialize, JsonSchema, Clone, Debug)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct BreakerFile {
    /// Who shares it; the tools of a job by default.
    per: Option<Per>,
    /// It opens after so many failures in a row.
    after: Spanned<i64>,
    /// For so long nobody calls.
    #[schemars(with = "DurationText")]
    open_for: Spanned<String>,
}

/// `rate-limit`, named by its one key.
#[derive(Deserialize, JsonSchema, Clone, Debug)]
#[serde(rename_all = "kebab-case")]
pub enum PaceFile {
    /// A fixed rate.
    Fixed(FixedFile),
    /// The SDKs' adaptive mode.
    Adaptive(AdaptiveFile),
}

/// `rate-limit.fixed = { per = "fleet", rate = "5/s", burst = 1 }`.
#[derive(Deserialize, JsonSchema, Clone, Debug)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct FixedFile {
    /// Who shares it.
    per: Option<Per>,
    /// For example `"5/s"`.
    #[schemars(with = "RateText")]
    rate: Spanned<String>,
    /// Calls at once; 1 by default.
    burst: Option<Spanned<i64>>,
}

/// `rate-limit.adaptive = { per = "tool" }`.
#[derive(Deserialize, JsonSchema, Clone, Debug)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct AdaptiveFile {
    /// Who shares it; each tool has its own by default.
    per: Option<Per>,
}

/// An entry of `hints`.
#[derive(Deserialize, JsonSchema, Clone, Copy, PartialEq, Eq, Debug)]
#[serde(rename_all = "kebab-case")]
pub enum HintFile {
    /// `Retry-After`, in seconds.
    RetryAfter,
    /// `x-amz-retry-after`, in milliseconds.
    XAmzRetryAfter,
}

/// Tokens a budget may hold, or a retry may cost.
const TOKENS: std::ops::RangeInclusive<i64> = 1..=1_000_000;

impl BudgetFile {
    pub(crate) fn check(&self, problems: &mut Problems) -> Option<(Per, BudgetConfig)> {
        let mut tokens = |number: Option<&Spanned<i64>>, default_m: u64| match number {
            Some(number) => unit::count::<u64>(number, &TOKENS, problems).map(|n| n * 1_000),
            None => Some(default_m),
        };
        match self {
            Self::Quota(file) => {
                let sdk = BudgetConfig::SDK_STANDARD;
                let cost_m = tokens(file.cost.as_ref(), sdk.cost_m);
                let otherwise = |default_m| match file.cost {
                    Some(_) => cost_m.unwrap_or(default_m),
                    None => default_m,
                };
                let throttle = tokens(file.throttle_cost.as_ref(), otherwise(sdk.throttle_cost_m));
                let timeout = tokens(file.timeout_cost.as_ref(), otherwise(sdk.timeout_cost_m));
                let capacity = tokens(file.capacity.as_ref(), sdk.capacity_m);
                let config = BudgetConfig {
                    capacity_m: capacity?,
                    cost_m: cost_m?,
                    throttle_cost_m: throttle?,
                    timeout_cost_m: timeout?,
                    ..sdk
                };
                Some((file.per.unwrap_or(Per::Tool), config))
            }
            Self::Share(file) => {
                let reserve = tokens(file.reserve.as_ref(), 10_000);
                let share = unit::share(&file.share, 10.0, problems)?;
                let config = BudgetConfig {
                    capacity_m: reserve?,
                    cost_m: 1_000,
                    throttle_cost_m: 1_000,
                    timeout_cost_m: 1_000,
                    first_call_earns_m: ((share * 1e3).round() as u64).max(1),
                    clean_success_earns_m: 0,
                    refunds: false,
                };
                Some((file.per.unwrap_or(Per::Fleet), config))
            }
        }
    }
}

impl BreakerFile {
    pub(crate) fn check(&self, problems: &mut Problems) -> Option<(Per, BreakerConfig)> {
        let after = unit::count(&self.after, &(1..=1_000_000), problems);
        let longest = Duration::from_secs(86_400);
        let shortest = Duration::from_millis(1);
        let open_for = unit::duration_within(&self.open_for, &(shortest..=longest), problems);
        let config = BreakerConfig { after: after?, open_for: open_for? };
        Some((self.per.unwrap_or(Per::Job), config))
    }
}

impl PaceFile {
    pub(crate) fn check(&self, problems: &mut Problems) -> Option<(Per, PaceConfig)> {
        match self {
            Self::Adaptive(file) => Some((file.per.unwrap_or(Per::Tool), PaceConfig::Adaptive)),
            Self::Fixed(file) => {
                let rate = unit::rate(&file.rate, problems);
                let burst = match &file.burst {
                    Some(burst) => unit::count(burst, &(1..=1_000_000), problems),
                    None => Some(1),
                };
                let config = PaceConfig::Fixed { interval: rate?.interval(), burst: burst? };
                Some((file.per.unwrap_or(Per::Fleet), config))
            }
        }
    }
}

impl Hints {
    pub(crate) fn of(files: &[HintFile]) -> Self {
        Self {
            retry_after: files.contains(&HintFile::RetryAfter),
            x_amz_retry_after: files.contains(&HintFile::XAmzRetryAfter),
        }
    }
}
