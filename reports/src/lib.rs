//! The result of a run as a value: its schema, its statistics and its renderers.
//!
//! Nothing here knows a scenario, a world or a strategy. A run fills a [`RunReport`]; everything a
//! person or a program reads afterwards is computed from that value alone, so a report read back
//! from its JSON form renders exactly as it did on the day of the run.

pub mod compare;
mod histogram;
mod model;
pub mod render;
pub mod stats;

pub use histogram::Histogram;
pub use model::{
    Bin, CallEnd, CheckResult, CodeCount, ContenderReport, ErrorCount, ExpectationResult,
    FORMAT_VERSION, FailureStory, Fairness, FaultCount, JobRow, KeyFetches, KnobEcho,
    LatencySummary, Level, LimitCount, Needed, ProfileEcho, Proportion, Provenance, RunReport,
    RunVerdict, Runs, ScenarioEcho, SeedResult, ServerTruth, Span, SpanKind, Timeline, Verdict,
    Waits, World,
};
pub use render::{Format, UnknownFormat};
