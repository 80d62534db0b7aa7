//! Where reports go: checked before the run, written after it, whole or not at all.

use std::fs::{self, File};
use std::io::{self, IsTerminal as _, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use reports::render::text::TextOptions;
use reports::{Format, RunReport, UnknownFormat};
use rustix::termios::tcgetwinsize;

use super::github;

/// What `--help` says about `-o`.
const HELP: &str = "Write a report: FORMAT=PATH, `-` for standard output (repeatable). \
Formats: text, json (a result file), markdown, junit, csv, go-bench, bencher, smaller-is-better, hgrm, hlog, openmetrics, html (one page), ndjson (each attempt as it ends)";

/// The format of attempts, which no report has.
const ATTEMPTS: &str = "ndjson";

/// One `-o FORMAT=PATH`.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Output {
    /// `None` is a line for each attempt, written while the run goes on.
    format: Option<Format>,
    /// `None` is standard output.
    path: Option<PathBuf>,
}

impl FromStr for Output {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (format, path) = text
            .split_once('=')
            .ok_or("expected FORMAT=PATH, such as json=report.json (`-` is standard output)")?;
        if path.is_empty() {
            return Err("the path is missing: write `-` for standard output".into());
        }
        let format = match format {
            ATTEMPTS => None,
            name => {
                Some(name.parse().map_err(|error: UnknownFormat| format!("{error}, {ATTEMPTS}"))?)
            }
        };
        Ok(Self { format, path: (path != "-").then(|| path.into()) })
    }
}

/// A report cannot be written.
#[derive(Debug, thiserror::Error)]
pub(super) enum OutputError {
    /// Found before the run.
    #[error("cannot write the report to {}: {source}; nothing was run", .path.display())]
    Unwritable {
        /// Where to.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Several reports, and one file for them.
    #[error(
        "{} can hold one report and there are {count}: write them to standard output, \
         or run `stampede report` once for each",
        .path.display()
    )]
    Shared {
        /// Where to.
        path: PathBuf,
        /// How many reports there are.
        count: usize,
    },
    /// A result file does not hold them.
    #[error(
        "a result file does not hold single attempts: `-o {ATTEMPTS}=PATH` is of `run` and `simulate`"
    )]
    NoAttempts,
    /// Each line is written once.
    #[error("attempts are written to one place: leave all but one `-o {ATTEMPTS}=PATH` out")]
    ManyAttempts,
    /// Found after it.
    #[error("the run is done, but its report could not be written to {}: {source}", .path.display())]
    Lost {
        /// Where to.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

impl OutputError {
    pub(super) fn is_usage(&self) -> bool {
        !matches!(self, Self::Lost { .. })
    }
}

/// The outputs of one run.
#[derive(Debug)]
pub(super) struct Outputs {
    outputs: Vec<Output>,
    quiet: bool,
    full: bool,
}

/// Where reports go, and how much they say.
#[derive(Debug, clap::Args)]
pub(super) struct OutputArguments {
    #[arg(short, long = "output", value_name = "FORMAT=PATH", help = HELP)]
    outputs: Vec<Output>,
    /// Every percentile in the report on the terminal
    #[arg(long)]
    full: bool,
}

impl OutputArguments {
    /// Checks that every output can be written, without touching what is there.
    pub(super) fn prepare(&self, quiet: bool) -> Result<Outputs, OutputError> {
        let outputs = &self.outputs;
        for path in outputs.iter().filter_map(|output| output.path.as_deref()) {
            let probe = try_out(path);
            probe.map_err(|source| OutputError::Unwritable { path: path.into(), source })?;
        }
        if outputs.iter().filter(|output| output.format.is_none()).count() > 1 {
            return Err(OutputError::ManyAttempts);
        }
        Ok(Outputs { outputs: outputs.clone(), quiet, full: self.full })
    }

    /// The same for `count` reports that come in turn: only standard output can hold several.
    pub(super) fn prepare_for(&self, count: usize, quiet: bool) -> Result<Outputs, OutputError> {
        if self.outputs.iter().any(|output| output.format.is_none()) {
            return Err(OutputError::NoAttempts);
        }
        match self.outputs.iter().find_map(|output| output.path.clone()) {
            Some(path) if count > 1 => Err(OutputError::Shared { path, count }),
            _ => self.prepare(quiet),
        }
    }
}

impl Outputs {
    /// One format to one place, standard output where there is no path; checked without touching
    /// what is there.
    pub(super) fn one(format: Format, path: Option<&Path>) -> Result<Self, OutputError> {
        if let Some(path) = path {
            try_out(path)
                .map_err(|source| OutputError::Unwritable { path: path.into(), source })?;
        }
        let output = Output { format: Some(format), path: path.map(Into::into) };
        Ok(Self { outputs: vec![output], quiet: true, full: false })
    }

    /// Where a line is to go for each attempt, opened; none where nobody wants them.
    pub(super) fn attempts(&self) -> Result<Option<Box<dyn Write + Send>>, OutputError> {
        let Some(output) = self.outputs.iter().find(|output| output.format.is_none()) else {
            return Ok(None);
        };
        let Some(path) = &output.path else { return Ok(Some(Box::new(io::stdout()))) };
        let file = File::create(path)
            .map_err(|source| OutputError::Unwritable { path: path.clone(), source })?;
        Ok(Some(Box::new(file)))
    }

    /// Says what became of the attempts' lines.
    pub(super) fn attempts_written(&self, written: io::Result<()>) -> Result<(), OutputError> {
        let Err(source) = written else { return Ok(()) };
        let output = self.outputs.iter().find(|output| output.format.is_none());
        match output.and_then(|output| output.path.clone()) {
            Some(path) => Err(OutputError::Lost { path, source }),
            None => {
                anstream::eprintln!("standard output was closed before all attempts were written");
                Ok(())
            }
        }
    }

    /// Writes the report everywhere; the text goes to standard output unless
    /// something else does, or nothing is to. A workflow it runs in is told too.
    pub(super) fn write(&self, report: &RunReport) -> Result<(), OutputError> {
        let to_stdout = self.outputs.iter().any(|output| output.path.is_none());
        if !self.quiet && !to_stdout {
            print(&Format::Text.render(report, &self.options(true)));
        }
        let written = self.write_each(report);
        github::tell(report, to_stdout);
        written
    }

    /// Says something beside the report, where no program waits for a report alone; in a step of a
    /// workflow to its summary as well.
    pub(super) fn say(&self, text: &str) {
        github::add(text);
        if self.quiet {
            return;
        }
        if self.outputs.iter().any(|output| output.path.is_none()) {
            anstream::eprint!("{text}");
        } else {
            print(&format!("\n{text}"));
        }
    }

    /// Writes the report everywhere it is asked for, and tells nobody else.
    pub(super) fn write_each(&self, report: &RunReport) -> Result<(), OutputError> {
        for output in &self.outputs {
            let Some(format) = output.format else { continue };
            let rendered = format.render(report, &self.options(output.path.is_none()));
            match &output.path {
                None => print(&rendered),
                Some(path) => replace(path, &rendered)
                    .map_err(|source| OutputError::Lost { path: path.clone(), source })?,
            }
        }
        Ok(())
    }

    /// Files are as wide as can be and plain.
    fn options(&self, to_stdout: bool) -> TextOptions {
        let width = if to_stdout { columns() } else { WIDEST };
        TextOptions { colour: to_stdout, width, full: self.full }
    }
}

/// Columns of a report that nothing narrows.
const WIDEST: usize = 100;

/// Those of the terminal that standard output is, if it is one.
fn columns() -> usize {
    let stdout = io::stdout();
    let size = stdout.is_terminal().then(|| tcgetwinsize(&stdout).ok()).flatten();
    size.map(|size| usize::from(size.ws_col)).filter(|columns| *columns > 0).unwrap_or(WIDEST)
}

/// To standard output, colours stripped where they are not wanted. A reader
/// that has gone away is not an error.
pub(super) fn print(text: &str) {
    let mut out = anstream::stdout().lock();
    if out.write_all(text.as_bytes()).and_then(|()| out.flush()).is_err() {
        anstream::eprintln!("standard output was closed before the report was written");
    }
}

fn beside(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(".partial");
    path.with_file_name(name)
}

/// Pipes and devices are written to directly, files by way of a neighbour.
fn is_special(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|found| !found.is_file() && !found.is_dir())
}

/// Checks that a file can be written there, without touching what is there.
pub(super) fn try_out(path: &Path) -> io::Result<()> {
    if path.is_dir() || path.file_name().is_none() {
        return Err(io::Error::other("it is a directory"));
    }
    if is_special(path) {
        return Ok(());
    }
    if path.exists() {
        File::options().append(true).open(path)?;
    }
    let probe = beside(path);
    File::create(&probe)?;
    fs::remove_file(probe)
}

/// Writes the file whole or not at all.
pub(super) fn replace(path: &Path, text: &str) -> io::Result<()> {
    if is_special(path) {
        return File::options().write(true).open(path)?.write_all(text.as_bytes());
    }
    let partial = beside(path);
    fs::write(&partial, text)?;
    fs::rename(partial, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_help_names_every_format_in_order() {
        let (_, named) = HELP.split_once("Formats: ").expect("a list");
        let named: Vec<&str> =
            named.split(", ").map(|n| n.split(' ').next().unwrap_or(n)).collect();
        let formats = Format::ALL.map(Format::name).into_iter();
        assert!(named.into_iter().eq(formats.chain([ATTEMPTS])));
    }

    #[test]
    fn outputs_are_a_format_and_a_path() {
        let json = Output { format: Some(Format::Json), path: Some("a=b.json".into()) };
        assert_eq!("json=a=b.json".parse(), Ok(json));
        assert_eq!("text=-".parse(), Ok(Output { format: Some(Format::Text), path: None }));
        assert_eq!("ndjson=-".parse(), Ok(Output { format: None, path: None }));
        for (bad, says) in [("json", "FORMAT=PATH"), ("json=", "missing"), ("pdf=x", "pdf")] {
            let error = bad.parse::<Output>().expect_err(bad);
            assert!(error.contains(says), "{bad}: {error}");
        }
    }
}
