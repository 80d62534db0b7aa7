//! `stampede export`: a result file in one format of another program, and nothing beside it.

use std::path::{Path, PathBuf};

use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use reports::Format;

use super::exit::Exit;
use super::output::Outputs;
use super::report;

#[derive(Debug, clap::Args)]
#[command(
    after_help = "For people there is `stampede report RESULT -o html=PATH` (or text, markdown)"
)]
pub(super) struct Arguments {
    /// A result file, written by `-o json=FILE`; `-` is standard input
    #[arg(value_name = "RESULT")]
    file: PathBuf,
    /// Whose format; `json` is a result file as this version writes it
    #[arg(
        value_name = "FORMAT",
        value_parser = PossibleValuesParser::new(
            Format::ALL.into_iter().filter(|format| format.is_for_programs()).map(Format::name)
        )
        .try_map(|name| name.parse::<Format>())
    )]
    format: Format,
    /// Write to this file, whole or not at all; `-`, the default, is standard output
    #[arg(short, long, value_name = "PATH", default_value = "-", hide_default_value = true)]
    output: PathBuf,
    /// Export only this contender (repeatable)
    #[arg(long = "contender", value_name = "NAME")]
    contenders: Vec<String>,
}

/// Ends well whatever became of the run: what it was is in the file.
pub(super) fn main(arguments: &Arguments) -> anyhow::Result<Exit> {
    let path = Some(arguments.output.as_path()).filter(|path| *path != Path::new("-"));
    let output = Outputs::one(arguments.format, path)?;
    let result = report::read_only(&arguments.file, &arguments.contenders)?;
    output.write_each(&result)?;
    Ok(Exit::Pass)
}
