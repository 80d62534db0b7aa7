//! One call to STS, and one need for credentials.

use super::{CallError, Failure};
use crate::world::{Instant, ToolId};

/// One call to STS.
#[derive(Clone, Copy, Debug)]
pub struct Attempt<'a> {
    /// Who called.
    pub tool: ToolId,
    /// The key of the tool's dice.
    pub key: u64,
    /// Within its acquisition, from 1.
    pub number: u32,
    /// When the call left.
    pub sent: Instant,
    /// When its answer was there.
    pub answered: Instant,
    /// `None` when credentials were granted.
    pub error: Option<&'a CallError>,
}

/// One need for credentials, from its intended start to its end.
#[derive(Clone, Copy, Debug)]
pub struct Acquisition {
    /// Who needed them.
    pub tool: ToolId,
    /// The key of the tool's dice.
    pub key: u64,
    /// When the arrival plan wanted it to start.
    pub intended: Instant,
    /// When credentials were usable, or were given up.
    pub ended: Instant,
    /// `None` when they were had.
    pub failure: Option<Failure>,
}
