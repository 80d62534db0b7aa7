//! What is true of the whole run: where it ran, what it was asked, and how it ended.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::render::units::ranges;
use crate::{ContenderReport, Machine};

/// The version of the JSON form that this crate writes and reads.
pub const FORMAT_VERSION: u32 = 1;

/// Everything a run leaves behind.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, PartialEq)]
pub struct RunReport {
    /// Version of this schema.
    #[schemars(extend("const" = FORMAT_VERSION))]
    pub format_version: u32,
    /// Version of the program that ran.
    pub stampede_version: String,
    /// Where it ran.
    pub world: World,
    /// The machine that it ran on; none of the simulated world, which is the same on all, and in
    /// files from before it was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub machine: Option<Machine>,
    /// False when the run was interrupted and the numbers are partial.
    pub complete: bool,
    /// Why the run ended before its end, where an expectation that can no longer be met ended it;
    /// such a run is not complete either.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_early: Option<String>,
    /// What was asked.
    pub scenario: ScenarioEcho,
    /// The service numbers it was asked against.
    pub profile: ProfileEcho,
    /// One run of every contender for each of these.
    pub seeds: Vec<u64>,
    /// Jobs per seed.
    pub jobs: u64,
    /// Tools in each job.
    pub tools_per_job: u64,
    /// 16 hex digits over every event of the run; only the simulated world can promise one.
    pub digest: Option<String>,
    /// How long the run took by its own clock: virtual time when simulated.
    pub elapsed_ns: u64,
    /// In the scenario's order; the others are compared with the first.
    pub contenders: Vec<ContenderReport>,
    /// In the scenario's order.
    pub expectations: Vec<ExpectationResult>,
    /// Anything the reader must know, one sentence each.
    pub notes: Vec<String>,
}

impl RunReport {
    /// Its seeds, as `1–200`.
    pub fn seed_ranges(&self) -> String {
        ranges(&self.seeds)
    }

    /// How the run ended, the worst news first: a broken conservation law makes every number
    /// suspect, and a partial run cannot be judged.
    pub fn verdict(&self) -> RunVerdict {
        let required = || self.expectations.iter().filter(|it| it.level == Level::Required);
        let any = |verdict| required().any(|judged| judged.verdict == verdict);
        if self.contenders.iter().flat_map(|c| &c.checks).any(|check| !check.holds) {
            RunVerdict::Broken
        } else if self.ended_early.is_some() {
            RunVerdict::Failed
        } else if !self.complete {
            RunVerdict::Interrupted
        } else if any(Verdict::Fail) {
            RunVerdict::Failed
        } else if any(Verdict::NoData) {
            RunVerdict::NoData
        } else if any(Verdict::Inconclusive) {
            RunVerdict::Inconclusive
        } else if required().next().is_none() {
            RunVerdict::Done
        } else {
            RunVerdict::Passed
        }
    }
}

/// The end of a run in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunVerdict {
    /// A conservation law does not hold: the numbers contradict each other.
    Broken,
    /// Stopped before its end.
    Interrupted,
    /// At least one expectation was measured and missed.
    Failed,
    /// No expectation was missed, and at least one could not be measured.
    NoData,
    /// No expectation was missed, and of at least one the evidence is too thin to say.
    Inconclusive,
    /// Every expectation was met.
    Passed,
    /// Nothing was expected.
    Done,
}

/// Where a run happened.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Copy, Debug, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum World {
    /// Virtual time, no sockets.
    Simulated,
    /// A clock, sockets and real tokens.
    Real,
}

/// The scenario as it was run.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, Default, PartialEq, Eq)]
pub struct ScenarioEcho {
    /// Its name.
    pub name: String,
    /// The question it answers.
    pub question: String,
    /// The published incident it comes from.
    pub incident: Option<String>,
    /// The whole file.
    pub text: String,
    /// 16 hex digits over the text.
    pub hash: String,
}

/// The profile as it was run, overrides included.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, Default, PartialEq, Eq)]
pub struct ProfileEcho {
    /// Its name.
    pub name: String,
    /// Every number of it.
    pub knobs: Vec<KnobEcho>,
}

/// One number of a profile and how far it can be trusted.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, PartialEq, Eq)]
pub struct KnobEcho {
    /// Its key in the scenario file.
    pub key: String,
    /// Its value, with the unit.
    pub value: String,
    /// How it is known.
    pub provenance: Provenance,
    /// Where it comes from.
    pub source: String,
    /// True when the scenario replaced the profile's own value.
    pub overridden: bool,
}

/// How a number is known.
#[derive(
    Serialize, Deserialize, JsonSchema, Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord,
)]
#[serde(rename_all = "snake_case")]
pub enum Provenance {
    /// Published by the service's owner.
    Documented,
    /// Chosen so that published incidents come out as reported.
    Calibrated,
    /// A guess.
    Assumed,
}

/// One line of the scenario's `[expect]`, measured.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, PartialEq, Eq)]
pub struct ExpectationResult {
    /// As written, for example `action.success >= 99.9%`.
    pub text: String,
    /// The contender it speaks about.
    pub contender: String,
    /// The metric it speaks about.
    pub metric: String,
    /// What was measured, with its unit; none when the sample cannot say.
    pub measured: Option<String>,
    /// The judgement.
    pub verdict: Verdict,
    /// What a miss comes to.
    #[serde(default, skip_serializing_if = "Level::is_required")]
    pub level: Level,
    /// How sure the sample makes it; none of an expectation that asks for no confidence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<String>,
    /// Of an inconclusive one: how much more would decide it, if all else stays as measured; none
    /// when no thousand million would.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub needed: Option<Needed>,
}

/// How much more of a sample would decide.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Copy, Debug, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Needed {
    /// Further runs of the whole fleet.
    Seeds(u64),
    /// So many further runs before anything can be said at all.
    SeedsAtLeast(u64),
    /// Further jobs in the one run there is.
    Jobs(u64),
}

/// What a missed expectation comes to.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Copy, Debug, Default, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// The run has failed.
    #[default]
    Required,
    /// It is told, and the run is none the worse for it.
    Warning,
}

impl Level {
    /// Whether a miss fails the run.
    pub fn is_required(&self) -> bool {
        *self == Self::Required
    }
}

/// The judgement of one expectation.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Copy, Debug, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Met.
    Pass,
    /// Missed.
    Fail,
    /// The sample is too small to measure it at all.
    NoData,
    /// Measured, and not as sure as was asked for.
    Inconclusive,
}
