//! Which runs belong together.

use super::Refusal;
use crate::{ContenderReport, SeedResult};

/// One seed, before and after.
pub(super) type Pair<'a> = (&'a SeedResult, &'a SeedResult);

/// The seeds that both have, in the order of `base`.
pub(super) fn pair<'a>(
    base: &'a ContenderReport,
    head: &'a ContenderReport,
) -> Result<Vec<Pair<'a>>, Refusal> {
    for (side, report) in [("BASE", base), ("HEAD", head)] {
        if report.per_seed.is_empty() {
            return Err(Refusal::NoSeeds(side, report.name.clone()));
        }
        if !adds_up(report) {
            return Err(Refusal::Tampered(side, report.name.clone()));
        }
    }
    let twin = |a: &'a SeedResult| head.per_seed.iter().find(|b| b.seed == a.seed).map(|b| (a, b));
    let pairs: Vec<Pair<'a>> = base.per_seed.iter().filter_map(twin).collect();
    if pairs.is_empty() { Err(Refusal::NoCommonSeed) } else { Ok(pairs) }
}

/// Whether the seeds sum to the totals, and no seed claims the impossible.
fn adds_up(report: &ContenderReport) -> bool {
    let sum = |of: fn(&SeedResult) -> u64| {
        report.per_seed.iter().map(|seed| u128::from(of(seed))).sum::<u128>()
    };
    sum(|seed| seed.jobs_succeeded) == u128::from(report.jobs.succeeded)
        && sum(|seed| seed.jobs) == u128::from(report.jobs.total)
        && sum(|seed| seed.attempts) == u128::from(report.attempts)
        && report.per_seed.iter().all(|seed| seed.jobs_succeeded <= seed.jobs)
}
