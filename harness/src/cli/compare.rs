//! `stampede compare`: two result files, seed by seed.

use std::path::PathBuf;

use anstream::println;
use reports::RunReport;
use reports::compare::{Comparison, Judgement, compare};

use super::exit::{Exit, UsageError};
use super::report::{is_stdin, read};
use crate::run::diverge;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The result file to compare with; `-` is standard input
    base: PathBuf,
    /// The result file that is judged; `-` is standard input
    head: PathBuf,
    /// Compare results of different scenarios, seed by seed
    #[arg(long)]
    allow_different_scenario: bool,
    /// End with 97 when the runs cannot say whether anything is worse
    #[arg(long)]
    strict_evidence: bool,
}

pub(super) fn main(arguments: &Arguments) -> anyhow::Result<Exit> {
    if is_stdin(&arguments.base) && is_stdin(&arguments.head) {
        return Err(UsageError("only one of BASE and HEAD can be standard input".into()).into());
    }
    let (base, head) = (read(&arguments.base)?, read(&arguments.head)?);
    let comparison = compare(&base, &head, arguments.allow_different_scenario)
        .map_err(|refusal| UsageError(refusal.to_string()))?;
    for line in comparison.lines() {
        println!("{line}");
    }
    if let Some(line) = first_difference(&comparison, &base, &head) {
        println!("{line}");
    }
    Ok(match comparison.verdict() {
        Judgement::Worse => Exit::Regression,
        Judgement::Inconclusive if arguments.strict_evidence => Exit::Inconclusive,
        _ => Exit::Pass,
    })
}

/// Where the two parted first, if they did.
pub(super) fn first_difference(
    comparison: &Comparison,
    base: &RunReport,
    head: &RunReport,
) -> Option<String> {
    let (contender, seed) = comparison.first_difference.as_ref()?;
    let told = match diverge(base, head, contender, *seed) {
        Ok(divergence) => divergence.to_string(),
        Err(why) => format!("not told: {why}"),
    };
    Some(format!("first difference: contender {contender}, seed {seed}: {told}"))
}
