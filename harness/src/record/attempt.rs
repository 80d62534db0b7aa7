//! One call to STS, and one need for credentials.

use super::{Cause, Failure};
use crate::world::{Instant, ToolId};

/// What a call asks of STS.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Operation {
    /// A role for a web identity token.
    AssumeRoleWithWebIdentity,
    /// A role for somebody in another.
    AssumeRole,
    /// A role for a SAML assertion, which only programs ask for.
    AssumeRoleWithSaml,
    /// Another whose name begins as theirs does; only programs ask for it.
    Other,
}

impl Operation {
    /// Its name on the wire; of another, what all of them begin with.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::AssumeRoleWithWebIdentity => "AssumeRoleWithWebIdentity",
            Self::AssumeRole => "AssumeRole",
            Self::AssumeRoleWithSaml => "AssumeRoleWithSAML",
            Self::Other => "AssumeRole…",
        }
    }

    /// The one that a program's request named.
    #[must_use]
    pub fn from_wire(action: &str) -> Self {
        let known = [Self::AssumeRoleWithWebIdentity, Self::AssumeRole, Self::AssumeRoleWithSaml];
        known.into_iter().find(|known| known.name() == action).unwrap_or(Self::Other)
    }
}

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
    /// What it asked for.
    pub operation: Operation,
    /// The region that it went to, as the service numbers them; 0 is the service's own.
    pub region: u16,
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
