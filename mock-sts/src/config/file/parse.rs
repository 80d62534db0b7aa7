//! From text to a serde mirror, with everything that is wrong with its shape.
//!
//! Serde stops at the first error. To find them all, what caused it is taken
//! out of the parsed table and the rest is read again, until nothing is wrong.

use std::collections::BTreeSet;

use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeTable, Deserializer, Error};

use super::complaint::Complaint;
use super::place::{self, Step};
use crate::config::problem::Problems;

/// No file is read more often than this: after so many problems it is time to
/// show them.
const MOST_READINGS: usize = 64;

/// The mirror `T` of `text`, without what is wrong in it, so that the rest can be
/// checked too; none when the text is not TOML, or nothing readable remains.
pub fn parse<T: DeserializeOwned>(text: &str, problems: &mut Problems) -> Option<T> {
    let (root, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        report_syntax(text, &errors, problems);
        return None;
    }
    let root_span = root.span();
    let mut table = root.into_inner();
    let mut pruned: BTreeSet<Vec<Step>> = BTreeSet::new();
    for _ in 0..MOST_READINGS {
        let rest = Spanned::new(root_span.clone(), table.clone());
        let error = match T::deserialize(Deserializer::from(rest)) {
            Ok(mirror) => return Some(mirror),
            Err(error) => error,
        };
        let complaint = Complaint::of(error.message());
        let found = place::find(&table, error.span());
        // What is missing because its misspelt self was taken out has been reported.
        if !(complaint.is_about_absence() && pruned.contains(&found.path)) {
            complaint.report(error.span().unwrap_or(0..0), &found.path, problems);
        }
        if !complaint.is_unknown_key() {
            problems.leave_out(error.span().unwrap_or(0..0));
        }
        let mut cut = found.path;
        if complaint.is_unknown_choice() && found.at_key {
            // A choice is the only key of its table, so the table goes with it.
            cut.pop();
        }
        if !place::remove(&mut table, &cut) {
            break;
        }
        cut.pop();
        pruned.insert(cut);
    }
    None
}

/// Syntax errors, at most one a line: the rest of a broken line is noise.
fn report_syntax(text: &str, errors: &[Error], problems: &mut Problems) {
    let mut lines = BTreeSet::new();
    for error in errors {
        let span = error.span().unwrap_or(0..0);
        let start = span.start.min(text.len());
        let line = text.as_bytes()[..start].iter().filter(|byte| **byte == b'\n').count();
        if lines.insert(line) {
            let (what, expected) =
                error.message().split_once(", expected ").unwrap_or((error.message(), ""));
            let label = match (what, expected) {
                ("duplicate key", _) => "it is set above already".to_owned(),
                (_, "") => "here".to_owned(),
                (_, "nothing") => "this should not be here".to_owned(),
                (_, "literal string") => "expected a value; text stands in quotes".to_owned(),
                (_, expected) => format!("expected {expected}"),
            };
            problems.push(span, format!("this is not TOML: {what}"), label);
        }
    }
}
