//! Policies: what to do after a failed attempt. Pure arithmetic; the waiting is
//! done in [`crate::tool::Tool::obtain`].

pub mod backoff;
pub mod decorrelated_jitter;
pub mod equal_jitter;
pub mod exponential;
pub mod fixed;
pub mod full_jitter;
pub mod none;
pub mod presets;
mod registry;

use std::fmt::Debug;
use std::time::Duration;

pub use self::registry::{POLICIES, PolicyConfig, PolicyFile};
use crate::record::Failure;
use crate::restraint::Restraints;
use mock_sts::dice::Dice;

/// A decision, never a sleep.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Next {
    /// Try again after this long.
    RetryAfter(Duration),
    /// Stop, having slept this long for nothing.
    GiveUp {
        /// What some retry loops sleep after their last try.
        after: Duration,
    },
}

/// What an acquisition has been through; the memory of a policy.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Tries {
    /// Attempts that failed so far, the latest included.
    pub failed: u32,
    /// Time since the acquisition's first attempt began.
    pub elapsed: Duration,
    /// The wait before the latest attempt; zero before the first.
    pub last_wait: Duration,
    /// For policies that nest: rounds of the outer loop that failed.
    pub rounds: u32,
    /// For policies that nest: attempts that failed in this round.
    pub in_round: u32,
}

/// What to do after a failed attempt.
pub trait Policy: Debug + Send + Sync {
    /// Decides. `tries` already counts the failed attempt; a nesting policy
    /// keeps its rounds there.
    fn after(&self, tries: &mut Tries, failed: Failure, dice: &mut Dice) -> Next;

    /// The most calls that one acquisition can make; `u32::MAX` where there is
    /// no end.
    fn most_calls(&self) -> u32;

    /// One line for reports: the arithmetic with its numbers.
    fn describe(&self) -> String;

    /// The arithmetic of the wait after the `failed`th failure with its numbers,
    /// where it is one formula.
    fn reckoned(&self, _failed: u32) -> Option<String> {
        None
    }

    /// What holds such a client back beside its policy, unless a contender says
    /// otherwise.
    fn restraints(&self) -> Restraints {
        Restraints::NONE
    }
}

/// A policy as `list` shows it.
#[derive(Clone, Copy, Debug)]
pub struct Listed {
    /// Its name in scenarios.
    pub name: &'static str,
    /// One sentence.
    pub summary: &'static str,
}

#[cfg(test)]
mod tests;
