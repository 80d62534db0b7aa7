//! A share of the requests fails, each by its own luck.

use crate::dice::Dice;

/// Whether the fault at `index` strikes. Several faults draw from one caller's
/// stream, each at its own place, so none of them shares another's luck.
pub(super) fn strikes(share: f64, index: usize, dice: &mut Dice) -> bool {
    for _ in 0..index {
        dice.bits();
    }
    dice.unit() < share
}
