//! Staggered starts: the sleep before the step that assumes the role.

use std::time::Duration;

use mock_sts::dice::Dice;

/// How much later an acquisition begins than it is wanted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stagger {
    /// By the job's place in the matrix, times this.
    ByPlace(Duration),
    /// By chance, up to this.
    ByChance(Duration),
}

impl Stagger {
    pub(super) fn delay(self, job: u32, dice: &mut Dice) -> Duration {
        match self {
            Self::ByPlace(gap) => gap * job,
            Self::ByChance(within) => dice.up_to(within),
        }
    }

    pub(super) fn describe(self) -> String {
        match self {
            Self::ByPlace(gap) => format!("each job {gap:?} after the one before"),
            Self::ByChance(within) => format!("each after a random wait of up to {within:?}"),
        }
    }
}
