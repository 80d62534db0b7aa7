//! `stampede merge`: several results of one scenario as one.

use std::path::PathBuf;

use reports::merge::merge;

use super::exit::{Exit, UsageError};
use super::output::{self, Output, Outputs};
use super::report::{is_stdin, name, read};
use crate::run::judge_again;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Result files of one scenario, world and version, each with seeds of its own; `-` is standard
    /// input
    #[arg(required = true, num_args = 2.., value_name = "FILE")]
    files: Vec<PathBuf>,
    #[arg(short, long = "output", value_name = "FORMAT=PATH", help = output::HELP)]
    outputs: Vec<Output>,
    /// No report on standard output
    #[arg(short, long)]
    quiet: bool,
    /// End as a run of all the seeds would have; without it, joining is enough
    #[arg(long)]
    exit_code: bool,
    /// With --exit-code: end with 97 when an expectation is inconclusive
    #[arg(long, requires = "exit_code")]
    strict_evidence: bool,
}

pub(super) fn main(arguments: &Arguments) -> anyhow::Result<Exit> {
    if arguments.files.iter().filter(|path| is_stdin(path)).count() > 1 {
        return Err(UsageError("only one of the files can be standard input".into()).into());
    }
    let mut parts = Vec::with_capacity(arguments.files.len());
    for path in &arguments.files {
        parts.push((name(path), read(path)?));
    }
    let mut union = merge(parts).map_err(|refusal| UsageError(refusal.to_string()))?;
    judge_again(&mut union);
    let outputs = Outputs::prepare(&arguments.outputs, arguments.quiet)?;
    outputs.write(&union)?;
    let end = Exit::of(&union, arguments.strict_evidence);
    Ok(if arguments.exit_code { end } else { Exit::Pass })
}
