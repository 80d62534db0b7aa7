//! Limits: what may be asked of the service in which time.

use std::fmt;
use std::time::Duration;

use crate::config::unit::written;

/// A limit, and who shares it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LimitConfig {
    /// Who shares a meter.
    pub per: Scope,
    /// What a meter lets through.
    pub rule: LimitRule,
}

/// What a limit lets through.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LimitRule {
    /// A token a request.
    TokenBucket {
        /// Tokens added each second; above 0.
        rate_per_s: u64,
        /// The most tokens a bucket holds; it starts full. Above 0.
        burst: u64,
        /// When tokens are added.
        refill: Refill,
    },
    /// So many requests in each window of the run's clock.
    FixedWindow {
        /// Requests in one window; above 0.
        requests: u64,
        /// Its length; above zero.
        window: Duration,
    },
    /// So many requests in any window of that length.
    SlidingWindow {
        /// Requests in any window; above 0, and each is remembered.
        requests: u64,
        /// Its length; above zero.
        window: Duration,
    },
    /// So many requests at once.
    Concurrency {
        /// Requests in flight; above 0.
        at_once: u32,
        /// Requests that may wait for one of them to end.
        queue: u32,
        /// The longest they may wait; a day at the most.
        max_wait: Duration,
    },
}

impl LimitRule {
    /// The most requests that pass in one moment.
    #[must_use]
    pub fn burst(&self) -> u64 {
        match *self {
            Self::TokenBucket { burst, .. } => burst,
            Self::FixedWindow { requests, .. } | Self::SlidingWindow { requests, .. } => requests,
            Self::Concurrency { at_once, queue, .. } => u64::from(at_once) + u64::from(queue),
        }
    }
}

/// What throttled answers say about when to come back. STS sends neither
/// (no capture has one); SDKs honour the second.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct ThrottleHeaders {
    /// `Retry-After`: whole seconds.
    pub retry_after: Option<Duration>,
    /// `x-amz-retry-after`: whole milliseconds.
    pub x_amz_retry_after: Option<Duration>,
}

/// Who shares a limit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Scope {
    /// All callers of an account in a region.
    AccountRegion,
    /// All callers of one role.
    Role,
    /// All callers with tokens of one issuer.
    Issuer,
    /// One client: a job of the fleet; of anybody else, a role session name.
    Source,
}

/// When a bucket's tokens are added.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Refill {
    /// All at the turn of each second, as AWS describes its buckets.
    EachSecond,
    /// One by one, evenly.
    Continuous,
}

impl fmt::Display for LimitConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.rule {
            LimitRule::TokenBucket { rate_per_s, burst, .. } => {
                write!(f, "{rate_per_s}/s, burst {burst}")?;
            }
            LimitRule::FixedWindow { requests, window } => {
                write!(f, "{requests} in each {}", written(window))?;
            }
            LimitRule::SlidingWindow { requests, window } => {
                write!(f, "{requests} in any {}", written(window))?;
            }
            LimitRule::Concurrency { at_once, queue, .. } => {
                write!(f, "{at_once} at once, {queue} waiting")?;
            }
        }
        let per = match self.per {
            Scope::AccountRegion => "account-region",
            Scope::Role => "role",
            Scope::Issuer => "issuer",
            Scope::Source => "source",
        };
        write!(f, ", per {per}")
    }
}
