//! `stampede report`: result files, shown again.

use std::fs::File;
use std::io::{self, Read, stdin};
use std::path::{Path, PathBuf};

use reports::RunReport;
use reports::render::json::{ParseError, parse};

use super::exit::{Exit, UsageError};
use super::select;
use super::shown::ShownArguments;
use crate::run::contradiction;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Result files, written by `-o json=FILE`; `-` is standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Show only this contender, and compare with the first that is shown (repeatable)
    #[arg(long = "contender", value_name = "NAME")]
    contenders: Vec<String>,
    #[command(flatten)]
    shown: ShownArguments,
}

/// A file is no result file, or cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("cannot read {name}: {problem}")]
pub(super) struct ReadError {
    name: String,
    problem: Problem,
}

#[derive(Debug, thiserror::Error)]
enum Problem {
    #[error("{0}")]
    Unreadable(#[from] io::Error),
    #[error("it has more than {LARGEST_FILE} bytes, which no result file needs")]
    TooLarge,
    #[error("{0}")]
    Foreign(#[from] ParseError),
    #[error("it contradicts itself, so it was edited after the run: {0}")]
    Edited(String),
}

/// A result file has kilobytes a contender.
const LARGEST_FILE: u64 = 256 << 20;

pub(super) fn main(arguments: &Arguments) -> anyhow::Result<Exit> {
    // Everything is read before anything is shown: half an answer helps nobody.
    let mut reports = Vec::with_capacity(arguments.files.len());
    for path in &arguments.files {
        reports.push(read_only(path, &arguments.contenders)?);
    }
    arguments.shown.show(&reports)
}

/// A result file, or standard input, as a report.
pub(super) fn read(path: &Path) -> Result<RunReport, ReadError> {
    parsed(path).map_err(|problem| ReadError { name: name(path), problem })
}

/// A result file with only the named contenders, all where none is named.
pub(super) fn read_only(path: &Path, contenders: &[String]) -> anyhow::Result<RunReport> {
    Ok(only(read(path)?, contenders, &name(path))?)
}

/// What to call it in a message.
pub(super) fn name(path: &Path) -> String {
    if is_stdin(path) { "standard input".into() } else { path.display().to_string() }
}

fn parsed(path: &Path) -> Result<RunReport, Problem> {
    let source: Box<dyn Read> =
        if is_stdin(path) { Box::new(stdin().lock()) } else { Box::new(File::open(path)?) };
    let mut text = String::new();
    source.take(LARGEST_FILE + 1).read_to_string(&mut text)?;
    if text.len() as u64 > LARGEST_FILE {
        return Err(Problem::TooLarge);
    }
    let report = parse(&text)?;
    match report.contradiction().or_else(|| contradiction(&report)) {
        Some(what) => Err(Problem::Edited(what)),
        None => Ok(report),
    }
}

pub(super) fn is_stdin(path: &Path) -> bool {
    path == Path::new("-")
}

/// The report with only the named contenders and the expectations about them.
fn only(mut report: RunReport, contenders: &[String], file: &str) -> Result<RunReport, UsageError> {
    if contenders.is_empty() {
        return Ok(report);
    }
    let names = report.contenders.iter().map(|contender| contender.name.as_str());
    select::known(file, &names.collect::<Vec<_>>(), contenders)?;
    report.contenders.retain(|contender| contenders.contains(&contender.name));
    report.expectations.retain(|expectation| contenders.contains(&expectation.contender));
    Ok(report)
}
