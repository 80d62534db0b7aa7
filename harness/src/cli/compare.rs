//! `stampede compare`: two result files, seed by seed.

use std::path::PathBuf;

use anstream::println;
use reports::compare::{Comparison, Finding, Judgement, compare};

use super::exit::{Exit, UsageError};
use super::report::{is_stdin, read};

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
    print(&comparison);
    Ok(match comparison.verdict() {
        Judgement::Worse => Exit::Regression,
        Judgement::Inconclusive if arguments.strict_evidence => Exit::Inconclusive,
        _ => Exit::Pass,
    })
}

fn print(comparison: &Comparison) {
    let method = if comparison.exact {
        "same scenario, same seeds: differences are exact"
    } else {
        "paired by seed, 95 % intervals of head less base"
    };
    println!("{}: {} seeds, {method}", comparison.verdict().word(), comparison.seeds);
    if let Some((contender, seed)) = &comparison.first_difference {
        println!("first difference: contender {contender}, seed {seed}");
    }
    for finding in &comparison.findings {
        println!("{}", line(finding));
    }
}

fn line(finding: &Finding) -> String {
    let Finding { contender, metric, base, head, interval, judgement, .. } = finding;
    let interval = match interval {
        Some(interval) => format!("  [{:+.3}, {:+.3}]", interval.low, interval.high),
        None => String::new(),
    };
    let (word, metric) = (judgement.word(), metric.name());
    format!("  {word:<12}  {contender}  {metric}  {base:.3} -> {head:.3}{interval}")
}
