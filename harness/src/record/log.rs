//! Every event of a run in order, to find where two runs part.

use std::fmt;

use super::Failure;
use crate::world::{Instant, ToolId};

/// One event, when, and whose.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Logged {
    /// When.
    pub at: Instant,
    /// Whose; of a job's end, its first tool.
    pub tool: ToolId,
    /// What.
    pub event: Event,
}

/// What can tell one run from another.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Event {
    /// A call was answered with credentials.
    Granted,
    /// A call ended badly.
    Failed(Failure),
    /// A need for credentials was met.
    Acquired,
    /// A need was given up.
    GaveUp(Failure),
    /// A job ended.
    JobEnded {
        /// Whether every tool of it had what it needed.
        succeeded: bool,
    },
}

impl fmt::Display for Logged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.at.as_nanos() as f64 / 1e9;
        let ToolId { job, tool } = self.tool;
        write!(f, "{seconds:.6} s, job {job}")?;
        match self.event {
            Event::Granted => write!(f, ", tool {tool}: a call was granted"),
            Event::Failed(failure) => write!(f, ", tool {tool}: a call failed, {}", failure.name()),
            Event::Acquired => write!(f, ", tool {tool}: credentials"),
            Event::GaveUp(failure) => write!(f, ", tool {tool}: gave up, {}", failure.name()),
            Event::JobEnded { succeeded: true } => write!(f, " succeeded"),
            Event::JobEnded { succeeded: false } => write!(f, " was lost"),
        }
    }
}
