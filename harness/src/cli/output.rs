//! Where reports go: checked before the run, written after it, whole or not at all.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use reports::render::text::TextOptions;
use reports::{Format, RunReport};

use super::github;

/// What `--help` says about `-o`.
pub(super) const HELP: &str = "Write a report: FORMAT=PATH, `-` for standard output (repeatable). \
Formats: text, json (a result file), markdown, junit, csv, go-bench, bencher, smaller-is-better, hgrm, hlog, openmetrics, html (one page)";

/// One `-o FORMAT=PATH`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Output {
    format: Format,
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
        let format = format.parse().map_err(|error: reports::UnknownFormat| error.to_string())?;
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
        matches!(self, Self::Unwritable { .. } | Self::Shared { .. })
    }
}

/// The outputs of one run.
#[derive(Debug)]
pub(super) struct Outputs {
    outputs: Vec<Output>,
    quiet: bool,
}

impl Outputs {
    /// Checks that every output can be written, without touching what is there.
    pub(super) fn prepare(outputs: &[Output], quiet: bool) -> Result<Self, OutputError> {
        for path in outputs.iter().filter_map(|output| output.path.as_deref()) {
            let probe = try_out(path);
            probe.map_err(|source| OutputError::Unwritable { path: path.into(), source })?;
        }
        Ok(Self { outputs: outputs.to_vec(), quiet })
    }

    /// The same for `count` reports that come in turn: only standard output can hold several.
    pub(super) fn prepare_for(
        count: usize,
        outputs: &[Output],
        quiet: bool,
    ) -> Result<Self, OutputError> {
        match outputs.iter().find_map(|output| output.path.clone()) {
            Some(path) if count > 1 => Err(OutputError::Shared { path, count }),
            _ => Self::prepare(outputs, quiet),
        }
    }

    /// Writes the report everywhere; the text goes to standard output unless
    /// something else does, or nothing is to. A workflow it runs in is told too.
    pub(super) fn write(&self, report: &RunReport) -> Result<(), OutputError> {
        let to_stdout = self.outputs.iter().any(|output| output.path.is_none());
        if !self.quiet && !to_stdout {
            print(&Format::Text.render(report, &options(true)));
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

    fn write_each(&self, report: &RunReport) -> Result<(), OutputError> {
        for output in &self.outputs {
            let rendered = output.format.render(report, &options(output.path.is_none()));
            match &output.path {
                None => print(&rendered),
                Some(path) => replace(path, &rendered)
                    .map_err(|source| OutputError::Lost { path: path.clone(), source })?,
            }
        }
        Ok(())
    }
}

fn options(colour: bool) -> TextOptions {
    TextOptions { colour, width: 100 }
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
        assert_eq!(named, Format::ALL.map(Format::name));
    }

    #[test]
    fn outputs_are_a_format_and_a_path() {
        let json = Output { format: Format::Json, path: Some("a=b.json".into()) };
        assert_eq!("json=a=b.json".parse(), Ok(json));
        assert_eq!("text=-".parse(), Ok(Output { format: Format::Text, path: None }));
        for (bad, says) in [("json", "FORMAT=PATH"), ("json=", "missing"), ("pdf=x", "pdf")] {
            let error = bad.parse::<Output>().expect_err(bad);
            assert!(error.contains(says), "{bad}: {error}");
        }
    }
}
