//! A distribution of times: the histogram, and the figures that people ask it for.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Histogram;

/// A histogram with its usual figures. A percentile is none when the sample is too small for it
/// (see [`Histogram::quantile`]); the other figures are 0 when nothing was recorded.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, Default, PartialEq, Eq)]
pub struct LatencySummary {
    /// How many were recorded.
    pub count: u64,
    /// The smallest.
    pub min_us: u64,
    /// The arithmetic mean.
    pub mean_us: u64,
    /// The median.
    pub p50_us: Option<u64>,
    /// The 90th percentile.
    pub p90_us: Option<u64>,
    /// The 95th percentile.
    pub p95_us: Option<u64>,
    /// The 99th percentile.
    pub p99_us: Option<u64>,
    /// The largest.
    pub max_us: u64,
    /// All of it.
    pub histogram: Histogram,
}

impl From<&Histogram> for LatencySummary {
    fn from(histogram: &Histogram) -> LatencySummary {
        LatencySummary::from(histogram.clone())
    }
}

impl From<Histogram> for LatencySummary {
    fn from(histogram: Histogram) -> LatencySummary {
        LatencySummary {
            count: histogram.count(),
            min_us: histogram.min_us(),
            mean_us: histogram.mean_us(),
            p50_us: histogram.quantile(0.50),
            p90_us: histogram.quantile(0.90),
            p95_us: histogram.quantile(0.95),
            p99_us: histogram.quantile(0.99),
            max_us: histogram.max_us(),
            histogram,
        }
    }
}
