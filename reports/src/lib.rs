//! The result of a run as a value: its schema, its statistics and its renderers.
//!
//! Nothing here knows a scenario, a world or a strategy. A run fills a [`RunReport`]; everything a
//! person or a program reads afterwards is computed from that value alone, so a report read back
//! from its JSON form renders exactly as it did on the day of the run.

mod histogram;
mod model;
pub mod render;
pub mod stats;

pub use histogram::Histogram;
pub use model::{
    CheckResult, CodeCount, ContenderReport, ErrorCount, ExpectationResult, FORMAT_VERSION,
    FailureStory, KeyFetches, KnobEcho, LatencySummary, LimitCount, ProfileEcho, Proportion,
    Provenance, RunReport, RunVerdict, Runs, ScenarioEcho, ServerTruth, Verdict, World,
};
pub use render::{Format, UnknownFormat};
