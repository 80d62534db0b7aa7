//! `stampede schema`: the JSON Schemas of the files that are read and written.

use super::exit::Exit;
use super::output;
use crate::scenario;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Of which file
    #[arg(value_enum, value_name = "FILE")]
    of: Of,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Of {
    /// What `-o json=PATH` writes
    Result,
    /// What `run` and `simulate` read
    Scenario,
}

pub(super) fn main(arguments: &Arguments) -> anyhow::Result<Exit> {
    let schema = match arguments.of {
        Of::Result => reports::schema(),
        Of::Scenario => scenario::schema(),
    };
    output::print(&format!("{schema:#}\n"));
    Ok(Exit::Pass)
}
