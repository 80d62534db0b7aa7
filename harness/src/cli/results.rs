//! The `-o` and `-q` that commands share whose results are a table, rows, a curve and a file for
//! programs.

use super::exit::UsageError;
use super::files::Files;

/// What they all can write.
const FORMATS: [&str; 4] = ["text", "json", "csv", "svg"];

#[derive(Debug, clap::Args)]
pub(super) struct ResultArguments {
    /// Write the result: FORMAT=PATH, `-` for standard output (repeatable). Formats: text, json, csv, svg
    #[arg(short, long = "output", value_name = "FORMAT=PATH")]
    outputs: Vec<String>,
    /// No table on standard output and no progress
    #[arg(short, long)]
    pub(super) quiet: bool,
}

impl ResultArguments {
    /// Every file is known to be writable before anything runs.
    pub(super) fn prepare(&self) -> Result<Files, UsageError> {
        Files::prepare(&self.outputs, &FORMATS, self.quiet)
    }
}
