//! Runs a scenario's contenders and gathers what they did.

mod again;
mod diverge;
mod early;
mod gather;
mod plan;
pub mod real;
mod report;
mod simulate;

use std::sync::Arc;

pub use self::again::{contradiction, judge_again};
pub use self::diverge::{CannotFollow, Divergence, diverge, repeated};
pub use self::gather::{ContenderRecord, SeedFigures};
pub use self::plan::plan;
pub use self::report::{Outcome, report};
pub use self::simulate::{SeedRun, SimOptions, Simulated, simulate, simulate_as, simulate_one};
pub(crate) use self::simulate::{locked, on_all_cores};
use crate::record::{AttemptLog, AttemptWriter};
use crate::scenario::{Contender, Scenario};
use crate::world::region_names;

/// The writer of one contender's attempts under one seed.
fn writer(
    log: &Arc<AttemptLog>,
    scenario: &Scenario,
    contender: &Contender,
    seed: u64,
) -> AttemptWriter {
    let regions = region_names(&scenario.mock.service);
    log.writer(&contender.name, seed, contender.jobs, regions)
}
