//! `stampede check`: the plan, before anything runs.

use super::exit::Exit;
use super::select;
use crate::run::plan;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// A scenario's name, or the path of its file
    scenario: String,
}

pub(super) fn main(arguments: &Arguments) -> anyhow::Result<Exit> {
    let scenario = select::scenario(&arguments.scenario, &[])?;
    anstream::print!("{}", plan(&scenario));
    Ok(Exit::Pass)
}
