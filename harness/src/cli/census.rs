//! `stampede census`: what a command does about each error of STS.

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use anyhow::Context as _;
use mock_sts::config::unit::{did_you_mean, parse_duration};

use super::exit::{Exit, UsageError};
use super::interrupt::Interrupt;
use super::output;
use crate::census::{self, CASES, Case, Census, CensusResult, FORMAT_VERSION};
use crate::external::CommandConfig;
use crate::tune::progress::bar;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Only this error (repeatable); a name that is none lists them all
    #[arg(long, value_name = "ERROR")]
    only: Vec<String>,
    /// Runs against each error; jittered waits need some to be told apart
    #[arg(long, value_name = "N", default_value_t = 6, value_parser = clap::value_parser!(u32).range(1..=1000))]
    repeats: u32,
    /// A run that is not over by then is killed
    #[arg(long, value_name = "DURATION", default_value = "2m")]
    timeout: String,
    /// Runs at once; programs start one a core in any case [default: 16 a core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1000))]
    concurrency: Option<u16>,
    /// What tables call the command [default: its program]
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Keep the result in this file, for --diff and --table
    #[arg(long, value_name = "FILE")]
    save: Option<PathBuf>,
    /// Say what is not as it was in this file; exit code 98 if anything is
    #[arg(long, value_name = "FILE")]
    diff: Option<PathBuf>,
    /// Run nothing: show these kept results beside each other, as Markdown
    #[arg(long, value_name = "FILE", num_args = 1.., conflicts_with_all = ["only", "save", "diff", "command"])]
    table: Vec<PathBuf>,
    /// Write the result: FORMAT=PATH, `-` for standard output (repeatable). Formats: text, json, markdown
    #[arg(short, long = "output", value_name = "FORMAT=PATH")]
    outputs: Vec<CensusOutput>,
    /// No table on standard output and no progress
    #[arg(short, long)]
    quiet: bool,
    /// The command, run under the contract of programs as contenders
    #[arg(last = true, value_name = "COMMAND", required_unless_present = "table")]
    command: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum CensusFormat {
    Text,
    Json,
    Markdown,
}

/// One `-o FORMAT=PATH`; no path is standard output.
#[derive(Clone, PartialEq, Eq, Debug)]
struct CensusOutput {
    format: CensusFormat,
    path: Option<PathBuf>,
}

impl FromStr for CensusOutput {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (format, path) = text
            .split_once('=')
            .filter(|(_, path)| !path.is_empty())
            .ok_or("expected FORMAT=PATH, such as json=census.json (`-` is standard output)")?;
        let format = match format {
            "text" => CensusFormat::Text,
            "json" => CensusFormat::Json,
            "markdown" => CensusFormat::Markdown,
            _ => {
                return Err(format!(
                    "a census has no format `{format}`: expected text, json or markdown"
                ));
            }
        };
        Ok(Self { format, path: (path != "-").then(|| path.into()) })
    }
}

pub(super) fn main(arguments: &Arguments) -> anyhow::Result<Exit> {
    if !arguments.table.is_empty() {
        let results: Result<Vec<CensusResult>, UsageError> =
            arguments.table.iter().map(|path| read(path)).collect();
        output::print(&census::matrix(&results?));
        return Ok(Exit::Pass);
    }
    let before = arguments.diff.as_deref().map(read).transpose()?;
    let cases = cases(&arguments.only)?;
    let paths = arguments.outputs.iter().filter_map(|output| output.path.as_ref());
    for path in paths.chain(&arguments.save) {
        output::try_out(path).map_err(|error| {
            UsageError(format!("cannot write {}: {error}; nothing was run", path.display()))
        })?;
    }
    let interrupt = Interrupt::listen().context("cannot listen for Ctrl-C")?;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let census = Census {
        name: arguments.name.clone().unwrap_or_else(|| name_of(&arguments.command)),
        command: command(arguments)?,
        repeats: arguments.repeats,
        at_once: arguments.concurrency.map_or(cores * 16, usize::from),
        starting: cores,
        cases,
        stop: interrupt.waiter(),
    };
    let bar = bar(census.runs(), "census", "runs", arguments.quiet);
    let result = census.run(&|| bar.inc(1));
    bar.finish_and_clear();
    let result = result?;
    write(arguments, &result)?;
    if !result.complete {
        return Ok(Exit::Interrupted);
    }
    Ok(before.map_or(Exit::Pass, |before| tell_changes(&before, &result)))
}

fn tell_changes(before: &CensusResult, now: &CensusResult) -> Exit {
    let changes = census::changes(before, now);
    for change in &changes {
        anstream::eprintln!("changed: {change}");
    }
    if changes.is_empty() {
        anstream::eprintln!("nothing changed");
        return Exit::Pass;
    }
    Exit::Regression
}

fn command(arguments: &Arguments) -> Result<CommandConfig, UsageError> {
    let timeout = parse_duration(&arguments.timeout).filter(|timeout| !timeout.is_zero());
    let timeout =
        timeout.filter(|timeout| *timeout <= Duration::from_secs(86_400)).ok_or_else(|| {
            UsageError(format!(
                "--timeout {}: expected a time above zero and up to 24h, such as 90s",
                arguments.timeout
            ))
        })?;
    Ok(CommandConfig { timeout, ..CommandConfig::new(arguments.command.clone()) })
}

/// The program's file name.
fn name_of(command: &[String]) -> String {
    let program = command.first().map_or("", String::as_str);
    let name = Path::new(program).file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

/// The wanted cases after the one without an error; a hint needs the same
/// answer without it.
fn cases(only: &[String]) -> Result<Vec<&'static Case>, UsageError> {
    for wanted in only {
        if !CASES.iter().any(|case| case.name == wanted) {
            let meant = did_you_mean(wanted, CASES.iter().map(|case| case.name));
            let meant = meant.map(|name| format!(", did you mean `{name}`?")).unwrap_or_default();
            let list = census::list();
            return Err(UsageError(format!("there is no error `{wanted}`{meant}\n{list}")));
        }
    }
    let is_wanted = |case: &Case| only.is_empty() || only.iter().any(|name| name == case.name);
    let needed = |case: &Case| {
        let mut wanted = CASES.iter().filter(|other| is_wanted(other));
        wanted.any(|other| other.unhinted() == Some(case.name))
    };
    let first = |case: &Case| case.name == CASES[0].name;
    Ok(CASES.iter().filter(|case| first(case) || is_wanted(case) || needed(case)).collect())
}

fn read(path: &Path) -> Result<CensusResult, UsageError> {
    let name = path.display();
    let text = std::fs::read_to_string(path)
        .map_err(|error| UsageError(format!("cannot read {name}: {error}")))?;
    let result: CensusResult = serde_json::from_str(&text)
        .map_err(|error| UsageError(format!("{name} is no result of a census: {error}")))?;
    if result.census_version > FORMAT_VERSION {
        return Err(UsageError(format!(
            "{name} has version {}, and this program reads up to {FORMAT_VERSION}: \
             use the one that wrote it",
            result.census_version
        )));
    }
    Ok(result)
}

fn write(arguments: &Arguments, result: &CensusResult) -> anyhow::Result<()> {
    let to_stdout = arguments.outputs.iter().any(|output| output.path.is_none());
    if !arguments.quiet && !to_stdout {
        output::print(&census::text(result));
    }
    for CensusOutput { format, path } in &arguments.outputs {
        let text = match format {
            CensusFormat::Text => census::text(result),
            CensusFormat::Json => json(result),
            CensusFormat::Markdown => census::markdown(result),
        };
        match path {
            None => output::print(&text),
            Some(path) => keep(path, &text)?,
        }
    }
    match &arguments.save {
        Some(path) => keep(path, &json(result)),
        None => Ok(()),
    }
}

fn keep(path: &Path, text: &str) -> anyhow::Result<()> {
    output::replace(path, text).with_context(|| format!("cannot write {}", path.display()))
}

fn json(result: &CensusResult) -> String {
    // Strings, numbers and lists: nothing in it can fail to be written.
    serde_json::to_string_pretty(result).unwrap_or_default() + "\n"
}
