//! `idp.algorithm` and the change of keys: what tokens are signed with.

use std::ops::RangeInclusive;
use std::time::Duration;

use crate::config::spanned::Spanned;

use super::value::Setter;
use crate::config::IdpConfig;
use crate::config::file::IdpFile;
use crate::config::problem::Problems;
use crate::config::unit::{duration_within, guess, seconds_within};
use crate::idp::{Algorithm, Rotation};

/// A key signs for a second to a day.
const EVERY: RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_secs(86_400);

pub(super) fn apply(
    file: &IdpFile,
    config: &mut IdpConfig,
    overridden: &mut Vec<String>,
    problems: &mut Problems,
) -> bool {
    let mut set = Setter { table: "idp", overridden, problems, fine: true };
    set.checked("algorithm", file.algorithm.as_ref(), &mut config.algorithm, algorithm);
    let (lifetime, overlap) = (config.token_lifetime, file.rotation_overlap.as_ref());
    let every = file.rotate_every.as_ref();
    set.checked("rotate-every", every, &mut config.rotation, |every, problems| {
        rotation(every, overlap, lifetime, problems).map(Some)
    });
    if let (None, Some(overlap)) = (every, overlap) {
        set.problems
            .push(overlap.span(), "an overlap of keys that never change", "there is only one key")
            .help("set `rotate-every`, or take this out");
        return false;
    }
    set.fine
}

fn rotation(
    every: &Spanned<String>,
    overlap: Option<&Spanned<String>>,
    lifetime: Duration,
    problems: &mut Problems,
) -> Option<Rotation> {
    let every = seconds_within(every, &EVERY, problems)?;
    let overlap = match overlap {
        Some(text) => duration_within(text, &(Duration::ZERO..=every), problems)?,
        None => lifetime.min(every),
    };
    Some(Rotation { every, overlap })
}

fn algorithm(text: &Spanned<String>, problems: &mut Problems) -> Option<Algorithm> {
    let algorithm = Algorithm::named(text.get_ref());
    if algorithm.is_none() {
        let names = Algorithm::ALL.map(Algorithm::name);
        let label = guess(text.get_ref(), names, "IAM accepts no such algorithm");
        problems
            .push(text.span(), "tokens cannot be signed with this", label)
            .help(format!("the algorithms are {}", names.join(", ")));
    }
    algorithm
}
