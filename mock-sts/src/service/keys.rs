//! The verification-key model: why a burst fails where a trickle does not.
//!
//! STS must have the issuer's keys within 5 s or it refuses the call
//! (documented). Here, a request lands on one of many front ends. A front end
//! that holds fresh keys answers at once; one that is already fetching lets the
//! request join; any other starts a fetch. All fetches meet at the identity
//! provider, which serves only so many at a time, first come, first served. So
//! a lone call waits for one fetch, and a herd waits for all fetches before its
//! own: those past the deadline fail together, slowly, and a retry that comes
//! when the queue is gone succeeds. No coin is flipped: failures follow from
//! simultaneity.
//!
//! A fetch's end is known when it starts, so every answer is decided when its
//! request arrives. A fetch that is still queued when its deadline passes is
//! given up without being served; one being served then is served in vain.

use std::collections::VecDeque;
use std::time::Duration;

use super::caller_dice;
use super::faults::Weather;
use super::ledger::KeyCounts;
use crate::clock::Instant;
use crate::config::{InFlight, KeyConfig, ProviderConfig, jwks_lifetime};
use crate::dice::Purpose;
use crate::request::Caller;

/// Whether a request gets its key, and how long it waits to know.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum KeyOutcome {
    Had { after: Duration },
    Failed { after: Duration },
}

/// The front ends' caches in each region, and the one provider behind all of them.
#[derive(Debug)]
pub(super) struct KeyFetcher {
    seed: u64,
    ttl: Duration,
    negative_ttl: Duration,
    in_flight: InFlight,
    deadline: Duration,
    /// The front ends of each region, by its number, as far as any has been called.
    regions: Vec<Vec<Host>>,
    hosts: usize,
    provider: Provider,
    /// How faults let the provider fare just now.
    pub(super) weather: Weather,
}

#[derive(Clone, Debug)]
struct Host {
    /// When the last fetch is known to have succeeded or failed.
    settled_at: Instant,
    succeeded: bool,
    /// Until when its result is used.
    remembered_until: Instant,
}

/// One that has never fetched.
const COLD: Host =
    Host { settled_at: Instant::ZERO, succeeded: false, remembered_until: Instant::ZERO };

impl KeyFetcher {
    pub(super) fn new(config: &KeyConfig, cache_control: &str, seed: u64) -> Self {
        Self {
            seed,
            ttl: config.ttl.min(jwks_lifetime(cache_control)),
            negative_ttl: config.negative_ttl,
            in_flight: config.in_flight,
            deadline: config.deadline,
            regions: Vec::new(),
            hosts: config.hosts as usize,
            provider: Provider::new(&config.provider),
            weather: Weather::FAIR,
        }
    }

    pub(super) fn ask(
        &mut self,
        now: Instant,
        caller: Caller,
        counts: &mut KeyCounts,
    ) -> KeyOutcome {
        let mut dice = caller_dice(self.seed, caller, Purpose::KeyHost);
        let index = dice.below(self.hosts as u64) as usize;
        let region = usize::from(caller.region);
        if self.regions.len() <= region {
            self.regions.resize(region + 1, vec![COLD; self.hosts]);
        }
        let host = &self.regions[region][index];
        let fetching = now < host.settled_at;
        if fetching && self.in_flight == InFlight::Joined {
            counts.joined += 1;
            return host.outcome(now);
        }
        if !fetching && now < host.remembered_until {
            match host.succeeded {
                true => counts.cache_hits += 1,
                false => counts.negative_hits += 1,
            }
            return host.outcome(now);
        }
        counts.started += 1;
        let fetch = self.fetch(now, caller);
        counts.failed += u64::from(!fetch.succeeded);
        let outcome = fetch.outcome(now);
        let host = &mut self.regions[region][index];
        // Of separate fetches under way at once, the first to succeed fills the cache.
        let sooner = fetching && host.succeeded && host.settled_at <= fetch.settled_at;
        if !sooner {
            *host = fetch;
        }
        outcome
    }

    fn fetch(&mut self, now: Instant, caller: Caller) -> Host {
        let mut dice = caller_dice(self.seed, caller, Purpose::KeyFetch);
        let give_up_at = now + self.deadline;
        let served = self.weather.stretch(self.provider.latency.sample(&mut dice));
        let finish = match self.weather.refuses {
            true => None,
            false => self.provider.serve(now, give_up_at, served),
        };
        let (settled_at, succeeded) = match finish {
            Some(finish) if finish <= give_up_at => (finish, true),
            Some(_) => (give_up_at, false),
            None => (now, false),
        };
        let memory = if succeeded { self.ttl } else { self.negative_ttl };
        Host { settled_at, succeeded, remembered_until: settled_at + memory }
    }
}

impl Host {
    fn outcome(&self, now: Instant) -> KeyOutcome {
        let after = self.settled_at.since(now);
        if self.succeeded { KeyOutcome::Had { after } } else { KeyOutcome::Failed { after } }
    }
}

/// The identity provider as its callers feel it: `concurrency` servers, a
/// bounded queue in order of arrival, and perhaps a rate limit of its own.
#[derive(Debug)]
struct Provider {
    latency: crate::latency::Latency,
    queue: usize,
    /// When each server is free.
    free_at: Vec<Instant>,
    /// When each waiting fetch leaves the queue; in order.
    leaves_at: VecDeque<Instant>,
    rate: Option<super::limits::TokenBucket>,
}

impl Provider {
    fn new(config: &ProviderConfig) -> Self {
        Self {
            latency: config.latency,
            queue: config.queue as usize,
            free_at: vec![Instant::ZERO; config.concurrency as usize],
            leaves_at: VecDeque::new(),
            rate: config.rate_per_s.map(super::limits::TokenBucket::per_second),
        }
    }

    /// When a fetch that arrives now and takes `served` is finished; `None`
    /// when it is refused. The answer lies after `give_up_at` if nobody waits
    /// for it any more.
    fn serve(&mut self, now: Instant, give_up_at: Instant, served: Duration) -> Option<Instant> {
        if let Some(rate) = &mut self.rate {
            if rate.available(now) == 0 {
                return None;
            }
            rate.take();
        }
        while self.leaves_at.front().is_some_and(|&at| at <= now) {
            self.leaves_at.pop_front();
        }
        let server = earliest(&self.free_at);
        let start = self.free_at[server].max(now);
        if start > now {
            if self.leaves_at.len() >= self.queue {
                return None;
            }
            self.leaves_at.push_back(start.min(give_up_at));
        }
        if start < give_up_at {
            self.free_at[server] = start + served;
        }
        Some(start + served)
    }
}

fn earliest(free_at: &[Instant]) -> usize {
    let first = free_at.iter().enumerate().min_by_key(|(_, at)| **at);
    first.map_or(0, |(index, _)| index)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::latency::Latency;

    const SECOND: Duration = Duration::from_secs(1);

    fn config(hosts: u32, fetch: Duration) -> KeyConfig {
        KeyConfig {
            hosts,
            ttl: 60 * SECOND,
            negative_ttl: Duration::ZERO,
            in_flight: InFlight::Joined,
            deadline: 5 * SECOND,
            provider: ProviderConfig {
                concurrency: 1,
                queue: 100,
                latency: Latency::Fixed(fetch),
                rate_per_s: None,
            },
        }
    }

    fn ask_all(keys: &mut KeyFetcher, at: Instant, callers: u64) -> Vec<KeyOutcome> {
        let mut counts = KeyCounts::default();
        (0..callers)
            .map(|key| {
                keys.ask(at, Caller { key, attempt: 1, source: key, region: 0 }, &mut counts)
            })
            .collect()
    }

    fn had(seconds: u64) -> KeyOutcome {
        KeyOutcome::Had { after: Duration::from_secs(seconds) }
    }

    const MISSED: KeyOutcome = KeyOutcome::Failed { after: Duration::from_secs(5) };

    #[test]
    fn a_herd_waits_in_line_and_its_end_misses_the_deadline_together() {
        let config = KeyConfig { in_flight: InFlight::Separate, ..config(1, 2 * SECOND) };
        let mut keys = KeyFetcher::new(&config, "no-cache", 1);
        let herd = ask_all(&mut keys, Instant::ZERO, 5);
        assert_eq!(herd, [had(2), had(4), MISSED, MISSED, MISSED]);
        // The third was being served when its deadline passed: its server is busy until 6 s.
        let later = ask_all(&mut keys, Instant::from_nanos(5_000_000_000), 1);
        assert_eq!(later, [had(3)]);
    }

    #[test]
    fn requests_on_one_host_share_the_fetch_under_way() {
        let mut keys = KeyFetcher::new(&config(1, 2 * SECOND), "no-cache", 1);
        assert_eq!(ask_all(&mut keys, Instant::ZERO, 3), [had(2); 3]);
        let halfway = Instant::from_nanos(1_000_000_000);
        assert_eq!(ask_all(&mut keys, halfway, 1), [had(1)]);
        // Nothing is cached: the next request fetches anew.
        let after = Instant::from_nanos(2_000_000_000);
        assert_eq!(ask_all(&mut keys, after, 1), [had(2)]);
    }

    #[test]
    fn cacheable_keys_are_reused_until_the_shorter_of_both_lifetimes() {
        let mut keys = KeyFetcher::new(&config(1, 2 * SECOND), "max-age=10", 1);
        assert_eq!(ask_all(&mut keys, Instant::ZERO, 1), [had(2)]);
        assert_eq!(ask_all(&mut keys, Instant::from_nanos(11_999_999_999), 1), [had(0)]);
        assert_eq!(ask_all(&mut keys, Instant::from_nanos(12_000_000_000), 1), [had(2)]);
    }

    #[test]
    fn a_failed_fetch_is_remembered_for_the_negative_lifetime() {
        let config = KeyConfig { negative_ttl: SECOND, ..config(1, 9 * SECOND) };
        let mut keys = KeyFetcher::new(&config, "max-age=60", 1);
        assert_eq!(ask_all(&mut keys, Instant::ZERO, 1), [MISSED]);
        let refused = KeyOutcome::Failed { after: Duration::ZERO };
        assert_eq!(ask_all(&mut keys, Instant::from_nanos(5_500_000_000), 1), [refused]);
        assert_ne!(ask_all(&mut keys, Instant::from_nanos(6_000_000_000), 1), [refused]);
    }

    #[test]
    fn a_full_queue_and_a_spent_rate_refuse_at_once() {
        let mut full = config(1, SECOND);
        full.in_flight = InFlight::Separate;
        full.provider.queue = 1;
        let refused = KeyOutcome::Failed { after: Duration::ZERO };
        let mut keys = KeyFetcher::new(&full, "no-cache", 1);
        assert_eq!(ask_all(&mut keys, Instant::ZERO, 3), [had(1), had(2), refused]);

        full.provider.queue = 100;
        full.provider.rate_per_s = Some(2);
        let mut keys = KeyFetcher::new(&full, "no-cache", 1);
        assert_eq!(ask_all(&mut keys, Instant::ZERO, 3), [had(1), had(2), refused]);
    }

    #[test]
    fn failures_follow_simultaneity_not_rate() {
        let failed = |gap_ns: u64| {
            let mut keys = KeyFetcher::new(&config(16, SECOND), "no-cache", 1);
            let mut counts = KeyCounts::default();
            let mut failed = 0;
            for key in 0..40 {
                let now = Instant::from_nanos(key * gap_ns);
                let outcome =
                    keys.ask(now, Caller { key, attempt: 1, source: key, region: 0 }, &mut counts);
                failed += u64::from(matches!(outcome, KeyOutcome::Failed { .. }));
            }
            failed
        };
        assert!(failed(0) > 20, "forty at once mostly fail");
        assert_eq!(failed(1_500_000_000), 0, "forty in a minute never do");
    }
}
