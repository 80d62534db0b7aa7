//! `stampede init`: a scenario to start from.

use std::fs::File;
use std::io::Write as _;
use std::path::PathBuf;

use anyhow::Context as _;

use super::exit::{Exit, UsageError};

/// What is written: it loads, runs in seconds and passes, and each part says
/// what it is for.
pub(super) const SCENARIO: &str = include_str!("init.toml");

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The file to write, which must not be there yet; `-` is standard output
    #[arg(default_value = "scenario.toml")]
    path: PathBuf,
}

pub(super) fn main(arguments: &Arguments) -> anyhow::Result<Exit> {
    let path = &arguments.path;
    if path.as_os_str() == "-" {
        super::output::print(SCENARIO);
        return Ok(Exit::Pass);
    }
    let mut file = File::create_new(path).map_err(|error| {
        UsageError(format!("cannot write {}: {error}; name another file", path.display()))
    })?;
    let name = path.display();
    file.write_all(SCENARIO.as_bytes()).with_context(|| format!("cannot write {name}"))?;
    anstream::println!(
        "wrote {name}; next: stampede check {name}, stampede simulate {name}, stampede run {name}"
    );
    Ok(Exit::Pass)
}
