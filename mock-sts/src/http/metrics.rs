//! What the mock counts, as OpenMetrics text.

use std::fmt;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric, MetricEncoder, text};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::{Registry, Unit};

use super::router::Mock;
use super::watch::{By, DELAYS_S, Watchers};
use crate::service::{Ledger, RegionCounts};

/// The media type of what [`metrics`] writes.
pub(super) const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The text of a scrape, ending in `# EOF`.
pub(super) fn metrics(mock: &Mock, watchers: &Watchers) -> Result<String, fmt::Error> {
    let mut registry = Registry::with_prefix("mock_sts");
    let limits = mock.limits().iter().map(ToString::to_string).collect();
    let faults = mock.faults().iter().map(ToString::to_string).collect();
    let actions = watchers.counts.table(By::Action);
    let mut answers = Vec::new();
    for (action, counted) in &actions {
        answers.push((action.clone(), String::new(), counted.succeeded));
        let refused = counted.refused.iter();
        answers.extend(refused.map(|(code, count)| (action.clone(), code.clone(), *count)));
    }
    let service = &mock.config().service;
    let regions = (0..service.regions()).map(|number| service.region_name(number).to_owned());
    registry.register_collector(Box::new(Scrape {
        ledger: mock.ledger(),
        regions: regions.collect(),
        limits,
        faults,
        answers,
        in_flight: watchers.in_flight(),
        delays: watchers.counts.delays(),
    }));
    let mut text = String::new();
    text::encode(&mut text, &registry)?;
    Ok(text)
}

/// What is told in one scrape.
#[derive(Debug)]
struct Scrape {
    ledger: Ledger,
    /// By number.
    regions: Vec<String>,
    limits: Vec<String>,
    faults: Vec<String>,
    /// Action, code (empty for a success), and how often.
    answers: Vec<(String, String, u64)>,
    in_flight: u64,
    delays: ([u64; DELAYS_S.len() + 1], f64),
}

impl Collector for Scrape {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let family = ("answers", "Answers of STS, by action and error code (none for a success)");
        let mut answers = descriptor(&mut encoder, family, MetricType::Counter)?;
        for (action, code, count) in &self.answers {
            let labels = [("action", &**action), ("code", &**code)];
            counter(answers.encode_family(&labels)?, *count)?;
        }
        let family = ("throttled", "Requests refused by a limit");
        let mut throttled = descriptor(&mut encoder, family, MetricType::Counter)?;
        for (limit, count) in self.limits.iter().zip(self.ledger.throttled()) {
            counter(throttled.encode_family(&[("limit", &**limit)])?, *count)?;
        }
        let family = ("faults", "Requests struck by a fault");
        let mut struck = descriptor(&mut encoder, family, MetricType::Counter)?;
        for (index, (fault, count)) in self.faults.iter().zip(self.ledger.struck()).enumerate() {
            let labels = [("fault", (index + 1).to_string()), ("what", fault.clone())];
            counter(struck.encode_family(&labels)?, *count)?;
        }
        let keys = self.ledger.keys();
        let family = ("key_requests", "How requests came by the provider's verification keys");
        let mut had = descriptor(&mut encoder, family, MetricType::Counter)?;
        for (how, count) in [
            ("fetched", keys.started),
            ("fetch_failed", keys.failed),
            ("joined_a_fetch", keys.joined),
            ("cached", keys.cache_hits),
            ("failure_remembered", keys.negative_hits),
        ] {
            counter(had.encode_family(&[("how", how)])?, count)?;
        }
        // One region's numbers are the service's: what reads those knows them already.
        if self.regions.len() > 1 {
            self.encode_regions(&mut encoder)?;
        }
        let family = ("in_flight", "Requests that have arrived and are not answered");
        let gauge = descriptor(&mut encoder, family, MetricType::Gauge)?;
        ConstGauge::new(i64::try_from(self.in_flight).unwrap_or(i64::MAX)).encode(gauge)?;
        let family = ("answer_delay", "From a request's last byte to its answer's first");
        let delays = encoder.encode_descriptor(
            family.0,
            family.1,
            Some(&Unit::Seconds),
            MetricType::Histogram,
        )?;
        self.encode_delays(delays)
    }
}

impl Scrape {
    /// Families of their own, so that a region adds no label to those that are read already.
    fn encode_regions(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        type Count = fn(&RegionCounts) -> u64;
        let families: [(&str, &str, Count); 3] = [
            ("region_requests", "Requests by the region that was asked", |of| of.requests),
            ("region_throttled", "Requests refused by a limit, by region", |of| of.throttled),
            ("region_key_fetches", "Fetches of keys, by region", |of| of.key_fetches),
        ];
        for (name, help, count) in families {
            let mut family = descriptor(encoder, (name, help), MetricType::Counter)?;
            for (number, region) in (0..).zip(&self.regions) {
                let counts = self.ledger.of_region(number);
                let labels = [("region", &**region)];
                counter(family.encode_family(&labels)?, count(&counts))?;
            }
        }
        Ok(())
    }

    fn encode_delays(&self, mut encoder: MetricEncoder<'_>) -> fmt::Result {
        let (counts, sum_s) = self.delays;
        let bounds = DELAYS_S.iter().copied().chain([f64::MAX]);
        let buckets: Vec<(f64, u64)> = bounds.zip(counts).collect();
        let total = counts.iter().sum();
        encoder.encode_histogram::<[(&str, &str); 0]>(sum_s, total, &buckets, None)
    }
}

fn descriptor<'e>(
    encoder: &'e mut DescriptorEncoder<'_>,
    (name, help): (&'e str, &'e str),
    kind: MetricType,
) -> Result<MetricEncoder<'e>, fmt::Error> {
    encoder.encode_descriptor(name, help, None, kind)
}

fn counter(encoder: MetricEncoder<'_>, count: u64) -> fmt::Result {
    ConstCounter::new(count).encode(encoder)
}
