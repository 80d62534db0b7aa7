//! The report as JSON, for programs; read back, it is the same report.

use serde::Deserialize;

use crate::{FORMAT_VERSION, RunReport};

/// The report as indented JSON with a newline at its end.
pub fn render(report: &RunReport) -> String {
    let mut text = serde_json::to_string_pretty(report)
        .expect("a report has string keys and countable counts");
    text.push('\n');
    text
}

/// A report from its JSON form.
///
/// # Errors
/// When the text is not a report, or is one of a version that this program does not know.
pub fn parse(text: &str) -> Result<RunReport, ParseError> {
    if text.trim().is_empty() {
        return Err(ParseError::Empty);
    }
    let Versioned { format_version } = serde_json::from_str(text).map_err(refusal)?;
    if format_version != FORMAT_VERSION {
        return Err(ParseError::UnknownVersion { found: format_version });
    }
    serde_json::from_str(text).map_err(refusal)
}

fn refusal(error: serde_json::Error) -> ParseError {
    if error.is_eof() {
        ParseError::CutOff { line: error.line() }
    } else {
        ParseError::NotAReport(error)
    }
}

/// The one field that every version has: read first, so that a newer report is refused for its
/// version and not for some field.
#[derive(Deserialize)]
struct Versioned {
    format_version: u32,
}

/// Why a text is not a report.
#[derive(Debug, thiserror::Error)]
pub enum ParseError {
    /// Nothing there.
    #[error("it is empty; reports are written with `-o json=PATH`")]
    Empty,
    /// It ends before its end.
    #[error("it is cut off in line {line}: make it again, or take a whole copy")]
    CutOff {
        /// Where it ends, from 1.
        line: usize,
    },
    /// Not JSON, or not the JSON of a report.
    #[error("not a stampede report: {0}; reports are written with `-o json=PATH`")]
    NotAReport(#[source] serde_json::Error),
    /// Written by another version of the program.
    #[error(
        "report has format_version {found}, and this program reads {FORMAT_VERSION}: \
         read it with the version named in its `stampede_version`"
    )]
    UnknownVersion {
        /// The version it has.
        found: u32,
    },
}
