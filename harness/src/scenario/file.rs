//! The text of a scenario as serde sees it: shape only, and every value
//! remembers its place. The mock owns `[service]` and `[idp]`.

use std::collections::BTreeMap;

use mock_sts::config::file::{IdpFile, LatencyFile, ServiceFile};
use mock_sts::config::spanned::Spanned;
use mock_sts::config::unit::schema::{DurationText, RateText};
use schemars::JsonSchema;
use serde::Deserialize;

use super::expect::ExpectFile;
use crate::admission::AdmissionFile;
use crate::external::Handover;
use crate::policy::PolicyFile;
use crate::regions::RegionsFile;
use crate::restraint::{BreakerFile, BudgetFile, HintFile, PaceFile};
use crate::strategy::StrategyFile;

/// A whole scenario. Maps lose the order of the file: it is in the keys' spans.
#[derive(Deserialize, JsonSchema, Clone, Debug)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct ScenarioFile {
    /// What it is called: lower-case words with hyphens.
    pub(super) name: Spanned<String>,
    /// What it asks, in one sentence.
    pub(super) question: Spanned<String>,
    /// The published incident it comes from, as a link.
    pub(super) incident: Option<Spanned<String>>,
    /// Jobs that have not ended by then count as lost; `1h` by default, a week at the most.
    #[schemars(with = "Option<DurationText>")]
    pub(super) horizon: Option<Spanned<String>>,
    /// One run each; 1 by default.
    pub(super) seeds: Option<Spanned<Vec<Spanned<i64>>>>,
    /// The jobs, their tools, and when they start.
    pub(super) fleet: FleetFile,
    /// The way to STS.
    pub(super) network: Option<NetworkFile>,
    /// STS.
    pub(super) service: Option<ServiceFile>,
    /// The identity provider.
    pub(super) idp: Option<IdpFile>,
    /// Further providers of the account, each with a name.
    pub(super) idps: Option<Vec<Spanned<IdpFile>>>,
    /// Who competes, by name; the others are compared with the first.
    pub(super) contenders: Spanned<BTreeMap<Spanned<String>, ContenderFile>>,
    /// `"contender.metric" = "comparison"`: what fails the run when missed.
    pub(super) expect: Option<ExpectFile>,
    /// The same, and a miss is only told.
    pub(super) warn: Option<ExpectFile>,
}

/// `[fleet]`.
#[derive(Deserialize, JsonSchema, Clone, Debug)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct FleetFile {
    /// CI jobs, pods or hosts; up to 10 million.
    pub(super) jobs: Spanned<i64>,
    /// Clients inside a job that need credentials.
    pub(super) tools_per_job: Spanned<i64>,
    /// Between the starts of a job's tools; none by default.
    #[schemars(with = "Option<DurationText>")]
    pub(super) tool_spacing: Option<Spanned<String>>,
    /// How long a tool uses its credentials, and renews them; not at all by default.
    #[schemars(with = "Option<DurationText>")]
    pub(super) work: Option<Spanned<String>>,
    /// `DurationSeconds`; `1h` by default.
    #[schemars(with = "Option<DurationText>")]
    pub(super) session: Option<Spanned<String>>,
    /// How long a tool waits for an answer; `60s` by default.
    #[schemars(with = "Option<DurationText>")]
    pub(super) attempt_timeout: Option<Spanned<String>>,
    /// When jobs start.
    pub(super) arrivals: ArrivalsFile,
}

/// The shape of the arrivals, named by its one key.
#[derive(Deserialize, JsonSchema, Clone, Debug)]
#[serde(rename_all = "kebab-case")]
pub(super) enum ArrivalsFile {
    /// All within a short time.
    Burst(BurstFile),
    /// One after the other.
    Rate(RateFile),
}

/// `arrivals.burst`.
#[derive(Deserialize, JsonSchema, Clone, Debug)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct BurstFile {
    /// When the first may start; at once by default.
    #[schemars(with = "Option<DurationText>")]
    pub(super) at: Option<Spanned<String>>,
    /// Over how long the starts are spread; not at all by default.
    #[schemars(with = "Option<DurationText>")]
    pub(super) spread: Option<Spanned<String>>,
}

/// `arrivals.rate`.
#[derive(Deserialize, JsonSchema, Clone, Debug)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct RateFile {
    /// How many start in a time, for example `"20/m"`.
    #[schemars(with = "RateText")]
    pub(super) rate: Spanned<String>,
    /// How regular they are.
    pub(super) process: ProcessFile,
}

/// How regular a rate is.
#[derive(Deserialize, JsonSchema, Clone, Copy, Debug)]
#[serde(rename_all = "kebab-case")]
pub(super) enum ProcessFile {
    /// By chance.
    Poisson,
    /// At equal distances.
    Even,
}

/// `[network]`.
#[derive(Deserialize, JsonSchema, Clone, Debug)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct NetworkFile {
    /// The time one way takes; nothing by default.
    pub(super) hop: Option<Spanned<LatencyFile>>,
}

/// `[contenders.NAME]`.
#[derive(Deserialize, JsonSchema, Clone, Debug)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct ContenderFile {
    /// How its tools obtain credentials; this or `command`.
    pub(super) strategy: Option<StrategyFile>,
    /// What is done after a failed call; give up by default.
    pub(super) policy: Option<PolicyFile>,
    /// The only failures that are retried; what the policy says by default.
    pub(super) retry_on: Option<Spanned<Vec<Spanned<String>>>>,
    /// A new web identity token is fetched when the old one has less left.
    #[schemars(with = "Option<DurationText>")]
    pub(super) renew_token: Option<Spanned<String>>,
    /// What a tool waits for before it may call.
    pub(super) admission: Option<AdmissionFile>,
    /// What the tools' provider chain holds after web identity.
    pub(super) fallback: Option<FallbackFile>,
    /// Which of the service's regions its calls go to; its own by default.
    pub(super) regions: Option<Spanned<RegionsFile>>,
    /// Bounds retries, whatever the policy says.
    pub(super) retry_budget: Option<BudgetFile>,
    /// Stops calls after failures in a row.
    pub(super) circuit_breaker: Option<BreakerFile>,
    /// Bounds the rate of calls.
    pub(super) rate_limit: Option<PaceFile>,
    /// Which of the service's words on when to come back are obeyed; what the policy says by
    /// default.
    pub(super) hints: Option<Vec<HintFile>>,
    /// How long its tools wait for an answer; the fleet's by default.
    #[schemars(with = "Option<DurationText>")]
    pub(super) attempt_timeout: Option<Spanned<String>>,
    /// Its own size, in the place of the fleet's.
    pub(super) fleet: Option<OwnFleetFile>,
    /// A program and its arguments, run once a job; this or `strategy`.
    pub(super) command: Option<Spanned<Vec<Spanned<String>>>>,
    /// What shows that the program has credentials; its exit code by default.
    pub(super) credentials: Option<Spanned<Handover>>,
    /// The longest a program may run; `5m` by default.
    #[schemars(with = "Option<DurationText>")]
    pub(super) timeout: Option<Spanned<String>>,
    /// Programs at once; 32 a core by default.
    pub(super) concurrency: Option<Spanned<i64>>,
    /// The longest the starting gate holds a first call; `60s` by default, `0s` for no gate.
    #[schemars(with = "Option<DurationText>")]
    pub(super) gate: Option<Spanned<String>>,
}

/// `fallback`: what the tools' provider chain holds after web identity.
#[derive(Deserialize, JsonSchema, Clone, Debug)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct FallbackFile {
    /// Whose credentials they are.
    pub(super) identity: Spanned<String>,
    /// The failures after which it is taken; all by default.
    pub(super) on: Option<Spanned<Vec<Spanned<String>>>>,
}

/// `fleet` in a contender: its own numbers in the place of the fleet's.
#[derive(Deserialize, JsonSchema, Clone, Debug)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct OwnFleetFile {
    /// In the place of `fleet.jobs`.
    pub(super) jobs: Option<Spanned<i64>>,
    /// In the place of `fleet.tools-per-job`.
    pub(super) tools_per_job: Option<Spanned<i64>>,
}

/// The JSON Schema of a scenario file (draft 2020-12), from the types that read it.
#[must_use]
pub fn schema() -> serde_json::Value {
    let mut schema = schemars::schema_for!(ScenarioFile);
    schema.insert("title".into(), "A scenario of Stampede".into());
    schema.to_value()
}
