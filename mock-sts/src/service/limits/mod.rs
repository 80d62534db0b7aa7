//! Rate limits. A request must pass all of them; one that is refused takes
//! tokens from none.

mod token_bucket;

pub(super) use self::token_bucket::TokenBucket;
use super::faults::NoisyNeighbour;
use crate::clock::Instant;
use crate::config::{FaultConfig, LimitConfig, Scope};

/// The limits of a service, each with one bucket per sharer.
#[derive(Debug)]
pub(super) struct Limits {
    limits: Vec<Limit>,
}

#[derive(Debug)]
struct Limit {
    per: Scope,
    /// One for the account, or one per role and a last one for unknown roles.
    buckets: Vec<TokenBucket>,
    /// Who takes tokens from the first bucket without asking us.
    neighbours: Vec<NoisyNeighbour>,
}

impl Limits {
    pub(super) fn new(configs: &[LimitConfig], roles: usize, faults: &[FaultConfig]) -> Self {
        let limit = |(index, config): (usize, &LimitConfig)| {
            let sharers = match config.per {
                Scope::AccountRegion => 1,
                Scope::Role => roles + 1,
            };
            let buckets = (0..sharers).map(|_| TokenBucket::new(config)).collect();
            let rate_per_s = config.rate_per_s as f64;
            let neighbour = |fault| NoisyNeighbour::of(fault, index, rate_per_s);
            let neighbours = faults.iter().filter_map(neighbour).collect();
            Limit { per: config.per, buckets, neighbours }
        };
        Self { limits: configs.iter().enumerate().map(limit).collect() }
    }

    /// Takes one token from every bucket the request falls under, or says which
    /// limit refuses.
    pub(super) fn admit(&mut self, now: Instant, role: Option<usize>) -> Result<(), usize> {
        for (index, limit) in self.limits.iter_mut().enumerate() {
            limit.feed_neighbours(now);
            if limit.bucket(role).available(now) == 0 {
                return Err(index);
            }
        }
        for limit in &mut self.limits {
            limit.bucket(role).take();
        }
        Ok(())
    }
}

impl Limit {
    fn feed_neighbours(&mut self, now: Instant) {
        for neighbour in &mut self.neighbours {
            self.buckets[0].available_after(now, neighbour.since_last(now));
        }
    }

    fn bucket(&mut self, role: Option<usize>) -> &mut TokenBucket {
        let last = self.buckets.len() - 1;
        match self.per {
            Scope::AccountRegion => &mut self.buckets[0],
            Scope::Role => &mut self.buckets[role.unwrap_or(last)],
        }
    }
}
