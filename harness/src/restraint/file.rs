//! The restraints as a contender's table writes them.

use std::time::Duration;

use mock_sts::config::problem::Problems;
use mock_sts::config::unit;
use serde::Deserialize;
use toml::Spanned;

use super::{BreakerConfig, BudgetConfig, Hints, PaceConfig, Per};

/// `retry-budget`, named by its one key.
#[derive(Deserialize, Clone, Debug)]
#[serde(rename_all = "kebab-case")]
pub enum BudgetFile {
    /// The token bucket of the AWS SDKs.
    Quota(QuotaFile),
    /// A share of the first calls.
    Share(ShareFile),
}

/// `retry-budget.quota = { per = "tool", capacity = 500, cost = 5, throttle-cost = 5, timeout-cost = 10 }`.
#[derive(Deserialize, Clone, Debug)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct QuotaFile {
    per: Option<Per>,
    capacity: Option<Spanned<i64>>,
    cost: Option<Spanned<i64>>,
    throttle_cost: Option<Spanned<i64>>,
    timeout_cost: Option<Spanned<i64>>,
}

/// `retry-budget.share = { per = "fleet", share = "20%", reserve = 10 }`.
#[derive(Deserialize, Clone, Debug)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ShareFile {
    per: Option<Per>,
    share: Spanned<String>,
    reserve: Option<Spanned<i64>>,
}

/// `circuit-breaker = { per = "job", after = 5, open-for = "10s" }`.
#[derive(Deserialize, Clone, Debug)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct BreakerFile {
    per: Option<Per>,
    after: Spanned<i64>,
    open_for: Spanned<String>,
}

/// `rate-limit`, named by its one key.
#[derive(Deserialize, Clone, Debug)]
#[serde(rename_all = "kebab-case")]
pub enum PaceFile {
    /// A fixed rate.
    Fixed(FixedFile),
    /// The SDKs' adaptive mode.
    Adaptive(AdaptiveFile),
}

/// `rate-limit.fixed = { per = "fleet", rate = "5/s", burst = 1 }`.
#[derive(Deserialize, Clone, Debug)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct FixedFile {
    per: Option<Per>,
    rate: Spanned<String>,
    burst: Option<Spanned<i64>>,
}

/// `rate-limit.adaptive = { per = "tool" }`.
#[derive(Deserialize, Clone, Debug)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct AdaptiveFile {
    per: Option<Per>,
}

/// An entry of `hints`.
#[derive(Deserialize, Clone, Copy, PartialEq, Eq, Debug)]
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
