//! The text of a scenario as serde sees it: shape only, and every value
//! remembers its place. The mock owns `[service]` and `[idp]`.

use std::collections::BTreeMap;

use mock_sts::config::file::{IdpFile, LatencyFile, ServiceFile};
use serde::Deserialize;
use toml::Spanned;

use super::expect::ExpectFile;
use crate::admission::AdmissionFile;
use crate::external::Handover;
use crate::policy::PolicyFile;
use crate::restraint::{BreakerFile, BudgetFile, HintFile, PaceFile};
use crate::strategy::StrategyFile;

/// A whole scenario. Maps lose the order of the file: it is in the keys' spans.
#[derive(Deserialize, Clone, Debug)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct ScenarioFile {
    pub(super) name: Spanned<String>,
    pub(super) question: Spanned<String>,
    pub(super) incident: Option<Spanned<String>>,
    pub(super) horizon: Option<Spanned<String>>,
    pub(super) seeds: Option<Spanned<Vec<Spanned<i64>>>>,
    pub(super) fleet: FleetFile,
    pub(super) network: Option<NetworkFile>,
    pub(super) service: Option<ServiceFile>,
    pub(super) idp: Option<IdpFile>,
    pub(super) idps: Option<Vec<Spanned<IdpFile>>>,
    pub(super) contenders: Spanned<BTreeMap<Spanned<String>, ContenderFile>>,
    pub(super) expect: Option<ExpectFile>,
    pub(super) warn: Option<ExpectFile>,
}

/// `[fleet]`.
#[derive(Deserialize, Clone, Debug)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct FleetFile {
    pub(super) jobs: Spanned<i64>,
    pub(super) tools_per_job: Spanned<i64>,
    pub(super) tool_spacing: Option<Spanned<String>>,
    pub(super) work: Option<Spanned<String>>,
    pub(super) session: Option<Spanned<String>>,
    pub(super) attempt_timeout: Option<Spanned<String>>,
    pub(super) arrivals: ArrivalsFile,
}

/// The shape of the arrivals, named by its one key.
#[derive(Deserialize, Clone, Debug)]
#[serde(rename_all = "kebab-case")]
pub(super) enum ArrivalsFile {
    Burst(BurstFile),
    Rate(RateFile),
}

/// `arrivals.burst`.
#[derive(Deserialize, Clone, Debug)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct BurstFile {
    pub(super) at: Option<Spanned<String>>,
    pub(super) spread: Option<Spanned<String>>,
}

/// `arrivals.rate`.
#[derive(Deserialize, Clone, Debug)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct RateFile {
    pub(super) rate: Spanned<String>,
    pub(super) process: ProcessFile,
}

/// How regular a rate is.
#[derive(Deserialize, Clone, Copy, Debug)]
#[serde(rename_all = "kebab-case")]
pub(super) enum ProcessFile {
    Poisson,
    Even,
}

/// `[network]`.
#[derive(Deserialize, Clone, Debug)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct NetworkFile {
    pub(super) hop: Option<Spanned<LatencyFile>>,
}

/// `[contenders.NAME]`.
#[derive(Deserialize, Clone, Debug)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct ContenderFile {
    pub(super) strategy: Option<StrategyFile>,
    pub(super) policy: Option<PolicyFile>,
    pub(super) retry_on: Option<Spanned<Vec<Spanned<String>>>>,
    pub(super) renew_token: Option<Spanned<String>>,
    pub(super) admission: Option<AdmissionFile>,
    pub(super) fallback: Option<FallbackFile>,
    pub(super) retry_budget: Option<BudgetFile>,
    pub(super) circuit_breaker: Option<BreakerFile>,
    pub(super) rate_limit: Option<PaceFile>,
    pub(super) hints: Option<Vec<HintFile>>,
    pub(super) attempt_timeout: Option<Spanned<String>>,
    pub(super) fleet: Option<OwnFleetFile>,
    pub(super) command: Option<Spanned<Vec<Spanned<String>>>>,
    pub(super) credentials: Option<Spanned<Handover>>,
    pub(super) timeout: Option<Spanned<String>>,
    pub(super) concurrency: Option<Spanned<i64>>,
    pub(super) gate: Option<Spanned<String>>,
}

/// `fallback`: what the tools' provider chain holds after web identity.
#[derive(Deserialize, Clone, Debug)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct FallbackFile {
    pub(super) identity: Spanned<String>,
    pub(super) on: Option<Spanned<Vec<Spanned<String>>>>,
}

/// `fleet` in a contender: its own numbers in the place of the fleet's.
#[derive(Deserialize, Clone, Debug)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct OwnFleetFile {
    pub(super) jobs: Option<Spanned<i64>>,
    pub(super) tools_per_job: Option<Spanned<i64>>,
}
