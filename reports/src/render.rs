//! From a report to what a person or a program reads. One file a format; each takes a report and
//! returns a string.

pub mod answer;
pub mod bencher;
pub mod csv;
pub mod github;
pub mod go_bench;
pub mod hgrm;
pub mod hlog;
pub mod html;
pub mod json;
pub mod junit;
pub mod markdown;
mod measures;
pub mod openmetrics;
mod paint;
pub mod smaller_is_better;
mod sparkline;
mod table;
pub mod text;
pub(crate) mod units;

use std::fmt;
use std::str::FromStr;

use crate::RunReport;
use text::TextOptions;

/// A form that a report can take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For people: [`text::render`].
    Text,
    /// For programs, and to be read back: [`json::render`].
    Json,
    /// For a pull request or a job's summary: [`markdown::render`].
    Markdown,
    /// For the test pages of CI systems: [`junit::render`].
    Junit,
    /// For spreadsheets: [`csv::render`].
    Csv,
    /// For benchstat: [`go_bench::render`].
    GoBench,
    /// For Bencher: [`bencher::render`].
    Bencher,
    /// For github-action-benchmark: [`smaller_is_better::render`].
    SmallerIsBetter,
    /// For HdrHistogram's plotters: [`hgrm::render`].
    Hgrm,
    /// For HdrHistogram's log processors: [`hlog::render`].
    Hlog,
    /// For Prometheus: [`openmetrics::render`].
    OpenMetrics,
    /// For people, with charts: [`html::render`].
    Html,
}

impl Format {
    /// Every format, in the order in which they are listed to users.
    pub const ALL: [Format; 12] = [
        Format::Text,
        Format::Json,
        Format::Markdown,
        Format::Junit,
        Format::Csv,
        Format::GoBench,
        Format::Bencher,
        Format::SmallerIsBetter,
        Format::Hgrm,
        Format::Hlog,
        Format::OpenMetrics,
        Format::Html,
    ];

    /// The name that users type.
    pub fn name(self) -> &'static str {
        match self {
            Format::Text => "text",
            Format::Json => "json",
            Format::Markdown => "markdown",
            Format::Junit => "junit",
            Format::Csv => "csv",
            Format::GoBench => "go-bench",
            Format::Bencher => "bencher",
            Format::SmallerIsBetter => "smaller-is-better",
            Format::Hgrm => "hgrm",
            Format::Hlog => "hlog",
            Format::OpenMetrics => "openmetrics",
            Format::Html => "html",
        }
    }

    /// Whether other programs read it, and not people.
    pub fn is_for_programs(self) -> bool {
        !matches!(self, Format::Text | Format::Markdown | Format::Html)
    }

    /// The report in this format; the options are for the text alone.
    pub fn render(self, report: &RunReport, options: &TextOptions) -> String {
        match self {
            Format::Text => text::render(report, options),
            Format::Json => json::render(report),
            Format::Markdown => markdown::render(report),
            Format::Junit => junit::render(report),
            Format::Csv => csv::render(report),
            Format::GoBench => go_bench::render(report),
            Format::Bencher => bencher::render(report),
            Format::SmallerIsBetter => smaller_is_better::render(report),
            Format::Hgrm => hgrm::render(report),
            Format::Hlog => hlog::render(report),
            Format::OpenMetrics => openmetrics::render(report),
            Format::Html => html::render(report),
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(name: &str) -> Result<Format, UnknownFormat> {
        let found = Format::ALL.into_iter().find(|format| format.name() == name);
        found.ok_or_else(|| UnknownFormat { name: name.to_owned() })
    }
}

/// A name that is no format's.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown report format `{name}`: use one of {}", Format::ALL.map(Format::name).join(", "))]
pub struct UnknownFormat {
    name: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_is_found_by_its_name() {
        for format in Format::ALL {
            assert_eq!(format.to_string().parse(), Ok(format));
        }
    }

    #[test]
    fn an_unknown_format_names_the_known_ones() {
        let error = "xml".parse::<Format>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "unknown report format `xml`: use one of text, json, markdown, junit, csv, go-bench, bencher, smaller-is-better, hgrm, hlog, openmetrics, html"
        );
    }
}
