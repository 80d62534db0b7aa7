//! Two results of one world, compared seed by seed.
//!
//! A run is the unit of replication, never a request: requests of one run share a bucket and a key
//! cache. Equal scenarios under equal seeds need no statistics, since every difference is one of
//! behaviour. Changed scenarios meet the same luck seed by seed, so their differences are paired.
//! Runs over sockets are never exact: of them each seed is one block, whose two runs met the same
//! arrivals and dice, and the rest is noise.

mod judge;
mod pairs;

use crate::{Machine, RunReport, SeedResult, World};

pub use judge::{Finding, Judgement, Metric};

/// Two results side by side.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// True when scenario and seeds are equal, so that differences are facts and no estimates.
    pub exact: bool,
    /// Where both ran.
    pub world: World,
    /// That of the base and that of the head, where they are known and not alike.
    pub machines: Option<Box<(Machine, Machine)>>,
    /// Seeds that both have.
    pub seeds: usize,
    /// The first run that went another way, by contender and seed; none where no digests differ.
    pub first_difference: Option<(String, u64)>,
    /// One a contender and metric.
    pub findings: Vec<Finding>,
}

impl Comparison {
    /// The worst news of all findings that count.
    pub fn verdict(&self) -> Judgement {
        let counted = self.findings.iter().filter(|finding| finding.counts);
        let all = counted.map(|finding| finding.judgement);
        all.max().unwrap_or(Judgement::Inconclusive)
    }

    /// What the judgement rests on, in half a sentence.
    pub fn method(&self) -> &'static str {
        if self.world == World::Real {
            "runs over sockets paired by seed, 95 % intervals of head less base"
        } else if self.exact {
            "same scenario, same seeds: differences are exact"
        } else {
            "paired by seed, 95 % intervals of head less base"
        }
    }

    /// The verdict and its method, then a line a finding; contenders without any change share one.
    pub fn lines(&self) -> Vec<String> {
        let seeds = self.seeds;
        let mut lines =
            vec![format!("{}: {seeds} seeds, {}", self.verdict().word(), self.method())];
        if let Some((base, head)) = self.machines.as_deref() {
            lines.push(format!(
                "  warning: BASE ran on {base}, and HEAD on {head}: what differs may be the machine"
            ));
        }
        let unchanged = self.unchanged();
        let told = self.findings.iter().filter(|f| !unchanged.contains(&f.contender.as_str()));
        lines.extend(told.map(|finding| format!("  {finding}")));
        if !unchanged.is_empty() {
            let word = Judgement::Equivalent.word();
            let names = unchanged.join(", ");
            lines.push(format!("  {word:<12}  {names}: every figure is as it was"));
        }
        if self.verdict() == Judgement::Inconclusive {
            lines.push(self.needed());
        }
        lines
    }
}

impl Comparison {
    /// Contenders all of whose figures are facts, and the same on both sides.
    fn unchanged(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.findings.iter().map(|f| f.contender.as_str()).collect();
        names.dedup();
        names.retain(|name| {
            let mut own = self.findings.iter().filter(|finding| finding.contender == *name);
            own.all(|finding| finding.is_exact && finding.base == finding.head)
        });
        names
    }

    /// What would decide all that is open and counts, in a sentence.
    fn needed(&self) -> String {
        let open = self.findings.iter().filter(|finding| finding.counts);
        let open = open.filter(|finding| finding.judgement == Judgement::Inconclusive);
        match open.map(|finding| finding.needed).max_by_key(|needed| needed.unwrap_or(u64::MAX)) {
            Some(Some(more)) => {
                format!("  {more} more seeds in both would decide, if all else stays as measured")
            }
            _ => "  no number of seeds would decide, if all else stays as measured: what is open \
                  lies at the smallest change that counts"
                .to_owned(),
        }
    }
}

/// Why two results cannot be compared.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum Refusal {
    /// One world's times are not the other's.
    #[error(
        "one of BASE and HEAD is simulated and the other ran over sockets: make both in one world"
    )]
    OtherWorld,
    /// A partial run says nothing about the whole.
    #[error("{0} was interrupted: run it again to its end")]
    Incomplete(&'static str),
    /// Other questions have other answers.
    #[error(
        "BASE ran scenario {0} and HEAD ran {1}: say --allow-different-scenario if the change is the point"
    )]
    DifferentScenario(String, String),
    /// A file from before results were kept by seed, or an empty one.
    #[error("{0} has no results by seed for contender {1}: run it again with this version")]
    NoSeeds(&'static str, String),
    /// Somebody edited the file.
    #[error("{0} contradicts itself about contender {1}: its seeds do not add up to its totals")]
    Tampered(&'static str, String),
    /// A contender cannot vanish unnoticed.
    #[error(
        "contender {0} is in BASE and not in HEAD: keep its name, or leave it out of both runs"
    )]
    Vanished(String),
    /// Nothing to pair.
    #[error("BASE and HEAD have no seed in common: run both with the same --seeds")]
    NoCommonSeed,
    /// No contender at all.
    #[error("BASE has no contenders: there is nothing to compare")]
    Empty,
}

/// Judges runs by name of contender and in pairs, as estimates even where scenario and seeds are
/// equal: for measuring how often the judgement itself is wrong.
pub fn estimate(all: &[(&str, Vec<(&SeedResult, &SeedResult)>)]) -> Comparison {
    Comparison {
        exact: false,
        world: World::Simulated,
        machines: None,
        seeds: all.first().map_or(0, |(_, pairs)| pairs.len()),
        first_difference: None,
        findings: judge::judge(all, false),
    }
}

/// The machines of both, where they are known and not alike.
fn unlike(base: &RunReport, head: &RunReport) -> Option<Box<(Machine, Machine)>> {
    let (base, head) = base.machine.as_ref().zip(head.machine.as_ref())?;
    (!base.is_like(head)).then(|| Box::new((base.clone(), head.clone())))
}

/// Compares `head` with `base`, contender by contender of `base`.
///
/// # Errors
/// [`Refusal`] when the two do not belong together.
pub fn compare(
    base: &RunReport,
    head: &RunReport,
    allow_different_scenario: bool,
) -> Result<Comparison, Refusal> {
    for (side, report) in [("BASE", base), ("HEAD", head)] {
        if !report.complete {
            return Err(Refusal::Incomplete(side));
        }
    }
    if base.world != head.world {
        return Err(Refusal::OtherWorld);
    }
    let same = base.scenario.text == head.scenario.text;
    if !same && !allow_different_scenario {
        let of =
            |report: &RunReport| format!("{} ({})", report.scenario.name, report.scenario.hash);
        return Err(Refusal::DifferentScenario(of(base), of(head)));
    }
    let is_simulated = base.world == World::Simulated;
    let exact = is_simulated && same && base.seeds == head.seeds;
    let mut all = Vec::with_capacity(base.contenders.len());
    for before in &base.contenders {
        let after = head.contenders.iter().find(|after| after.name == before.name);
        let after = after.ok_or_else(|| Refusal::Vanished(before.name.clone()))?;
        all.push((before.name.as_str(), pairs::pair(before, after)?));
    }
    let seeds = all.first().ok_or(Refusal::Empty)?.1.len();
    let differs = |(name, pairs): &(&str, Vec<pairs::Pair<'_>>)| {
        let is_other = |a: &SeedResult, b: &SeedResult| match (&a.digest, &b.digest) {
            (Some(a), Some(b)) => a != b,
            _ => a != b,
        };
        let first = pairs.iter().find(|(a, b)| is_other(a, b))?;
        Some(((*name).to_owned(), first.0.seed))
    };
    Ok(Comparison {
        exact,
        world: base.world,
        machines: unlike(base, head),
        seeds,
        first_difference: all.iter().find_map(differs).filter(|_| is_simulated),
        findings: judge::judge(&all, exact),
    })
}
