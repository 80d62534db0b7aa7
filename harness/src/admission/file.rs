//! `admission` as a contender's table writes it.

use std::time::Duration;

use mock_sts::config::problem::Problems;
use mock_sts::config::spanned::Spanned;
use mock_sts::config::unit;
use mock_sts::config::unit::schema::DurationText;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{AdmissionConfig, LeaseConfig, Stagger};

/// `admission`, named by its one key.
#[derive(Deserialize, JsonSchema, Clone, Debug)]
#[serde(rename_all = "kebab-case")]
pub enum AdmissionFile {
    /// Each job so much after the one before.
    Stagger(StaggerFile),
    /// Each acquisition after a random wait.
    RandomDelay(RandomDelayFile),
    /// So many calls at once.
    Semaphore(SemaphoreFile),
    /// A slow start.
    Lease(LeaseFile),
}

/// `admission.stagger = { gap = "2s" }`.
#[derive(Deserialize, JsonSchema, Clone, Debug)]
#[serde(deny_unknown_fields)]
pub struct StaggerFile {
    /// Between the starts of two jobs.
    #[schemars(with = "DurationText")]
    gap: Spanned<String>,
}

/// `admission.random-delay = { within = "30s" }`.
#[derive(Deserialize, JsonSchema, Clone, Debug)]
#[serde(deny_unknown_fields)]
pub struct RandomDelayFile {
    /// The longest wait.
    #[schemars(with = "DurationText")]
    within: Spanned<String>,
}

/// `admission.semaphore = { permits = 4 }`.
#[derive(Deserialize, JsonSchema, Clone, Debug)]
#[serde(deny_unknown_fields)]
pub struct SemaphoreFile {
    /// Calls at once.
    permits: Spanned<i64>,
}

/// `admission.lease = { start = 1, most = 16 }`.
#[derive(Deserialize, JsonSchema, Clone, Debug)]
#[serde(deny_unknown_fields)]
pub struct LeaseFile {
    /// Leases at the beginning; 1 by default.
    start: Option<Spanned<i64>>,
    /// The most there come to be.
    most: Spanned<i64>,
}

/// Calls at once.
const CALLS: std::ops::RangeInclusive<i64> = 1..=1_000_000;
const AN_HOUR: Duration = Duration::from_secs(3600);

impl AdmissionFile {
    pub(crate) fn check(&self, problems: &mut Problems) -> Option<AdmissionConfig> {
        let shortest = Duration::from_nanos(1);
        Some(match self {
            Self::Stagger(file) => AdmissionConfig::Stagger(Stagger::ByPlace(
                unit::duration_within(&file.gap, &(shortest..=AN_HOUR), problems)?,
            )),
            Self::RandomDelay(file) => AdmissionConfig::Stagger(Stagger::ByChance(
                unit::duration_within(&file.within, &(shortest..=AN_HOUR), problems)?,
            )),
            Self::Semaphore(file) => {
                let permits = unit::count(&file.permits, &CALLS, problems)?;
                AdmissionConfig::Semaphore { permits }
            }
            Self::Lease(file) => {
                let most = unit::count(&file.most, &CALLS, problems)?;
                let start = match &file.start {
                    Some(start) => unit::count(start, &(1..=i64::from(most)), problems)?,
                    None => 1,
                };
                AdmissionConfig::Lease(LeaseConfig { start, most })
            }
        })
    }
}
