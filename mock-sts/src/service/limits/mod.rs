//! Limits. A request must pass all of them; one that is refused takes from none.

mod concurrency;
mod fixed_window;
mod sliding_window;
mod token_bucket;

use std::collections::BTreeMap;
use std::time::Duration;

use self::concurrency::Concurrency;
use self::fixed_window::FixedWindow;
use self::sliding_window::SlidingWindow;
pub(super) use self::token_bucket::TokenBucket;
use super::faults::NoisyNeighbour;
use crate::clock::Instant;
use crate::config::{FaultConfig, LimitConfig, LimitRule, Scope};
use crate::dice::{key_of, mix};

/// The limits of a service, each with one meter per sharer.
#[derive(Debug)]
pub(super) struct Limits {
    limits: Vec<Limit>,
}

/// Whom a request shares its limits with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sharer<'a> {
    /// The index of the role, if there is such a role.
    pub(super) role: Option<usize>,
    /// The issuer of the token; empty where no token can be read.
    pub(super) issuer: &'a str,
    /// [`crate::request::Caller::source`].
    pub(super) source: u64,
    /// [`crate::request::Caller::region`]: each has meters of its own.
    pub(super) region: u16,
}

#[derive(Debug)]
struct Limit {
    config: LimitConfig,
    /// What is shared by all, or by the first role or source.
    first: Meter,
    /// Of all others, by sharer.
    meters: BTreeMap<u64, Meter>,
    /// Idle meters are forgotten when there are so many.
    forget_at: usize,
    /// Who uses up the first meter without asking us.
    neighbours: Vec<NoisyNeighbour>,
    /// The meter that the request at hand has been let through by.
    at_hand: Option<u64>,
}

/// What counts the requests of one sharer.
#[derive(Debug)]
enum Meter {
    TokenBucket(TokenBucket),
    FixedWindow(FixedWindow),
    SlidingWindow(SlidingWindow),
    Concurrency(Concurrency),
}

/// The sharer of whatever is shared by all, or by nobody known.
const FIRST: u64 = 0;

/// Meters that are kept before idle ones are looked for.
const MANY: usize = 1024;

impl Limits {
    pub(super) fn new(configs: &[LimitConfig], faults: &[FaultConfig]) -> Self {
        let limit = |(index, config): (usize, &LimitConfig)| {
            let neighbour = |fault| NoisyNeighbour::of(fault, index, &config.rule);
            Limit {
                config: *config,
                first: Meter::of(&config.rule),
                meters: BTreeMap::new(),
                forget_at: MANY,
                neighbours: faults.iter().filter_map(neighbour).collect(),
                at_hand: None,
            }
        };
        Self { limits: configs.iter().enumerate().map(limit).collect() }
    }

    /// Lets a request through, after how long, or says which limit refuses.
    pub(super) fn admit(&mut self, now: Instant, sharer: &Sharer<'_>) -> Result<Duration, usize> {
        let mut longest = Duration::ZERO;
        for (index, limit) in self.limits.iter_mut().enumerate() {
            longest = longest.max(limit.wait(now, sharer).ok_or(index)?);
        }
        for limit in &mut self.limits {
            limit.take(now, limit.key(sharer));
        }
        Ok(longest)
    }

    /// What the first limit's first meter has left at `now`, and what it can hold.
    pub(super) fn room(&self, now: Instant) -> Option<(u64, u64)> {
        let limit = self.limits.first()?;
        let most = limit.config.rule.burst();
        // Looking refills, so a copy is looked at.
        let left = match &limit.first {
            Meter::TokenBucket(bucket) => bucket.clone().available(now),
            Meter::FixedWindow(window) => most.saturating_sub(window.clone().used(now)),
            Meter::SlidingWindow(window) => most.saturating_sub(window.clone().used(now)),
            Meter::Concurrency(_) => return None,
        };
        Some((left, most))
    }

    /// What the first limit's first meter had left after it was asked for a request, if it was.
    pub(super) fn left_of(&self, sharer: &Sharer<'_>) -> Option<u64> {
        let limit = self.limits.first().filter(|limit| limit.key(sharer) == FIRST)?;
        match &limit.first {
            Meter::TokenBucket(bucket) => Some(bucket.last_seen()),
            Meter::FixedWindow(window) => Some(window.most.saturating_sub(window.last_seen())),
            Meter::SlidingWindow(window) => Some(window.most.saturating_sub(window.last_seen())),
            Meter::Concurrency(_) => None,
        }
    }

    /// Says when the answer to the request that was just let through leaves.
    pub(super) fn settle(&mut self, answered_at: Instant) {
        for limit in &mut self.limits {
            let Some(key) = limit.at_hand.take() else { continue };
            if let Some(Meter::Concurrency(concurrency)) = limit.known(key) {
                concurrency.settle(answered_at);
            }
        }
    }
}

impl Limit {
    fn key(&self, sharer: &Sharer<'_>) -> u64 {
        let shared = match self.config.per {
            Scope::AccountRegion => FIRST,
            // Unknown roles share a meter after all known ones.
            Scope::Role => sharer.role.map_or(u64::MAX, |role| role as u64),
            Scope::Issuer => key_of(sharer.issuer),
            Scope::Source => sharer.source,
        };
        match sharer.region {
            0 => shared,
            region => mix(shared ^ mix(u64::from(region))),
        }
    }

    /// How long the request would wait; none where it is refused.
    fn wait(&mut self, now: Instant, sharer: &Sharer<'_>) -> Option<Duration> {
        let key = self.key(sharer);
        // Only what a neighbour shares is at hand for him: the account or the first role.
        let (eaten, reserved) = match key {
            FIRST => self.neighbours.iter_mut().fold((0, 0), |(eaten, reserved), neighbour| {
                (eaten + neighbour.since_last(now), reserved + neighbour.reserved(now))
            }),
            _ => (0, 0),
        };
        match self.meter(now, key) {
            Meter::TokenBucket(bucket) => {
                (bucket.available_after(now, eaten) > 0).then_some(Duration::ZERO)
            }
            Meter::FixedWindow(window) => {
                (window.used(now) + reserved < window.most).then_some(Duration::ZERO)
            }
            Meter::SlidingWindow(window) => {
                (window.used(now) + reserved < window.most).then_some(Duration::ZERO)
            }
            Meter::Concurrency(concurrency) => concurrency.wait(now, reserved),
        }
    }

    fn take(&mut self, now: Instant, key: u64) {
        match self.known(key) {
            Some(Meter::TokenBucket(bucket)) => bucket.take(),
            Some(Meter::FixedWindow(window)) => window.take(),
            Some(Meter::SlidingWindow(window)) => window.take(now),
            Some(Meter::Concurrency(concurrency)) => {
                concurrency.take();
                self.at_hand = Some(key);
            }
            None => {}
        }
    }

    fn known(&mut self, key: u64) -> Option<&mut Meter> {
        if key == FIRST { Some(&mut self.first) } else { self.meters.get_mut(&key) }
    }

    fn meter(&mut self, now: Instant, key: u64) -> &mut Meter {
        if key == FIRST {
            return &mut self.first;
        }
        if self.meters.len() >= self.forget_at && !self.meters.contains_key(&key) {
            self.meters.retain(|_, meter| !meter.is_idle(now));
            self.forget_at = MANY.max(2 * self.meters.len());
        }
        let rule = &self.config.rule;
        self.meters.entry(key).or_insert_with(|| Meter::of(rule))
    }
}

impl Meter {
    fn of(rule: &LimitRule) -> Self {
        match *rule {
            LimitRule::TokenBucket { rate_per_s, burst, refill } => {
                Self::TokenBucket(TokenBucket::new(rate_per_s, burst, refill))
            }
            LimitRule::FixedWindow { requests, window } => {
                Self::FixedWindow(FixedWindow::new(requests, window))
            }
            LimitRule::SlidingWindow { requests, window } => {
                Self::SlidingWindow(SlidingWindow::new(requests, window))
            }
            LimitRule::Concurrency { at_once, queue, max_wait } => {
                Self::Concurrency(Concurrency::new(at_once, queue, max_wait))
            }
        }
    }

    /// Whether it stands as a new one would.
    fn is_idle(&mut self, now: Instant) -> bool {
        match self {
            Self::TokenBucket(bucket) => bucket.is_full(now),
            Self::FixedWindow(window) => window.used(now) == 0,
            Self::SlidingWindow(window) => window.used(now) == 0,
            Self::Concurrency(concurrency) => concurrency.is_idle(now),
        }
    }
}

#[cfg(test)]
mod tests;
