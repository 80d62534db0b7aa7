//! The schema of a result, version 1. Times are whole numbers with their unit in the field's name.

pub(crate) mod bins;
mod contender;
mod course;
mod fairness;
mod latency;
mod machine;
mod run;
mod seed;
mod timeline;
mod waterfall;

pub use contender::{
    CheckResult, CodeCount, ContenderReport, ErrorCount, FailureStory, FaultCount, KeyFetches,
    LimitCount, Proportion, RegionCount, Runs, ServerTruth,
};
pub use course::Course;
pub use fairness::{Fairness, Waits};
pub use latency::LatencySummary;
pub use machine::Machine;
pub use run::{
    ExpectationResult, FORMAT_VERSION, KnobEcho, Level, Needed, ProfileEcho, Provenance, RunReport,
    RunVerdict, ScenarioEcho, Verdict, World,
};
pub use seed::SeedResult;
pub use timeline::{Bin, CallEnd, Timeline};
pub use waterfall::{JobRow, Span, SpanKind};
