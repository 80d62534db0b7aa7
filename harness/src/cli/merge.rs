//! `stampede merge`: several results of one scenario as one.

use std::path::PathBuf;

use reports::merge::merge;

use super::exit::{Exit, UsageError};
use super::report::{is_stdin, name, read};
use super::shown::ShownArguments;
use crate::run::judge_again;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Result files of one scenario, world and version, each with seeds of its own; `-` is standard
    /// input
    #[arg(required = true, num_args = 2.., value_name = "FILE")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    shown: ShownArguments,
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
    arguments.shown.show(&[union])
}
