//! One call to STS, and one need for credentials.

use super::{Cause, Failure};
use crate::world::{Instant, ToolId};

/// One call to STS.
#[derive(Clone, Copy, Debug)]
pub struct Attempt {
    /// Who called.
    pub tool: ToolId,
    /// The key of the tool's dice.
    pub key: u64,
    /// Within its acquisition, from 1.
    pub number: u32,
    /// Among all the tool's calls, from 1; a twin's have numbers of their own.
    pub call: u32,
    /// When the call left.
    pub sent: Instant,
    /// When its answer was there.
    pub answered: Instant,
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
    /// When the tool sent its first call for it; `None` when it sent none.
    pub first_call: Option<Instant>,
    /// When credentials were usable, or were given up.
    pub ended: Instant,
    /// `None` when they were had.
    pub failure: Option<Failure>,
    /// The call that it failed of, if it was one.
    pub cause: Option<Cause>,
}
