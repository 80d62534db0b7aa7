//! From a report to what a person or a program reads. One file a format; each takes a report and
//! returns a string.

pub mod json;
mod paint;
mod sparkline;
mod table;
pub mod text;
mod units;

use std::fmt;
use std::str::FromStr;

/// A form that a report can take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For people: [`text::render`].
    Text,
    /// For programs, and to be read back: [`json::render`].
    Json,
}

impl Format {
    /// Every format, in the order in which they are listed to users.
    pub const ALL: [Format; 2] = [Format::Text, Format::Json];

    /// The name that users type.
    pub fn name(self) -> &'static str {
        match self {
            Format::Text => "text",
            Format::Json => "json",
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
        assert_eq!(error.to_string(), "unknown report format `xml`: use one of text, json");
    }
}
