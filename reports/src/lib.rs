//! The result of a run as a value: its schema, its statistics and its renderers.
//!
//! Nothing here knows a scenario, a world or a strategy. A run fills a [`RunReport`]; everything a
//! person or a program reads afterwards is computed from that value alone, so a report read back
//! from its JSON form renders exactly as it did on the day of the run.

pub mod compare;
mod contradiction;
mod histogram;
mod intervals;
pub mod merge;
mod model;
pub mod render;
pub mod stats;

pub use histogram::Histogram;
pub use intervals::{IntervalRecorder, Intervals};
pub use model::{
    Bin, CallEnd, CheckResult, CodeCount, ContenderReport, Course, ErrorCount, ExpectationResult,
    FORMAT_VERSION, FailureStory, Fairness, FaultCount, JobRow, KeyFetches, KnobEcho,
    LatencySummary, Level, LimitCount, Machine, Needed, ProfileEcho, Proportion, Provenance,
    RegionCount, RunReport, RunVerdict, Runs, ScenarioEcho, SeedResult, ServerTruth, Span,
    SpanKind, Timeline, Verdict, Waits, World,
};
pub use render::{Format, UnknownFormat};

/// The JSON Schema of a result file (draft 2020-12), from the types that read it.
pub fn schema() -> serde_json::Value {
    let mut schema = schemars::schema_for!(RunReport);
    schema.insert("title".into(), "A result file of Stampede, version 1".into());
    schema.to_value()
}
