//! `verification-key`: how STS gets the keys it verifies tokens with.

use std::ops::RangeInclusive;

use super::value::{self, Setter};
use crate::config::file::{InFlightFile, KeyFile, ProviderFile};
use crate::config::problem::Problems;
use crate::config::unit::count;
use crate::config::{InFlight, KeyConfig, ProviderConfig};

/// Enough to give every request of a large burst a host, a server or a place
/// in the queue of its own, and each has a state to keep.
const AT_ONCE: RangeInclusive<i64> = 1..=1_000_000;

pub(super) fn apply(
    file: &KeyFile,
    config: &mut KeyConfig,
    overridden: &mut Vec<String>,
    problems: &mut Problems,
) -> Option<()> {
    let mut set = Setter { table: "service.verification-key", overridden, problems, fine: true };
    set.checked("hosts", file.hosts.as_ref(), &mut config.hosts, |hosts, problems| {
        count(hosts, &AT_ONCE, problems)
    });
    set.checked("ttl", file.ttl.as_ref(), &mut config.ttl, value::duration);
    let negative_ttl = file.negative_ttl.as_ref();
    set.checked("negative-ttl", negative_ttl, &mut config.negative_ttl, value::duration);
    let in_flight = file.in_flight.map(|choice| match choice {
        InFlightFile::Joined => InFlight::Joined,
        InFlightFile::Separate => InFlight::Separate,
    });
    set.plain("in-flight", in_flight, &mut config.in_flight);
    set.checked("deadline", file.deadline.as_ref(), &mut config.deadline, value::positive);
    let mut fine = set.fine;
    if let Some(provider) = &file.provider {
        fine &= apply_provider(provider, &mut config.provider, overridden, problems);
    }
    fine.then_some(())
}

fn apply_provider(
    file: &ProviderFile,
    config: &mut ProviderConfig,
    overridden: &mut Vec<String>,
    problems: &mut Problems,
) -> bool {
    let table = "service.verification-key.provider";
    let mut set = Setter { table, overridden, problems, fine: true };
    let concurrency = file.concurrency.as_ref();
    set.checked("concurrency", concurrency, &mut config.concurrency, |servers, problems| {
        count(servers, &AT_ONCE, problems)
    });
    set.checked("queue", file.queue.as_ref(), &mut config.queue, |places, problems| {
        count(places, &(0..=*AT_ONCE.end()), problems)
    });
    set.checked("latency", file.latency.as_ref(), &mut config.latency, value::latency);
    set.checked("rate", file.rate.as_ref(), &mut config.rate_per_s, |rate, problems| {
        value::whole_rate(rate, problems).map(Some)
    });
    set.fine
}
