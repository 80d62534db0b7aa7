//! From text to a serde mirror, with everything that is wrong with its shape.
//!
//! Serde stops at the first error. To find them all, what caused it is taken
//! out of the parsed table and the rest is read again, until nothing is wrong.

use std::collections::{BTreeMap, BTreeSet};

use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeTable, Deserializer, Error};

use super::complaint::Complaint;
use super::place::{self, Step};
use super::stand_in::StandIns;
use crate::config::problem::Problems;
use crate::config::unit::did_you_mean;

/// No file is read more often than this: after so many problems it is time to
/// show them.
const MOST_READINGS: usize = 64;

/// The mirror `T` of `text`, without what is wrong in it and with stand-ins for
/// what it lacks, so that the rest can be checked too; none when the text is not
/// TOML, or nothing readable remains.
pub fn parse<T: DeserializeOwned>(text: &str, problems: &mut Problems) -> Option<T> {
    let (root, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        report_syntax(text, &errors, problems);
        return None;
    }
    problems.text_ends_at(text.len());
    let root_span = root.span();
    let mut reading = Reading {
        table: root.into_inner(),
        pruned: BTreeMap::new(),
        stand_ins: StandIns::new(text.len()),
    };
    for _ in 0..MOST_READINGS {
        let rest = Spanned::new(root_span.clone(), reading.table.clone());
        match T::deserialize(Deserializer::from(rest)) {
            Ok(mirror) => return Some(mirror),
            Err(error) if reading.go_on_after(&error, problems) => {}
            Err(_) => break,
        }
    }
    None
}

/// What is left of a file, and what was done to it.
struct Reading<'t> {
    table: DeTable<'t>,
    /// The tables that keys were taken out of, and the keys.
    pruned: BTreeMap<Vec<Step>, Vec<Step>>,
    stand_ins: StandIns,
}

impl Reading<'_> {
    /// Notes what is wrong and changes the table so that the next reading gets
    /// further; false when there is nothing more to be done.
    fn go_on_after(&mut self, error: &Error, problems: &mut Problems) -> bool {
        let complaint = Complaint::of(error.message());
        let found = place::find(&self.table, error.span());
        if self.stand_ins.holds(error.span().as_ref()) {
            return self.stand_ins.mend(&mut self.table, &found.path, &complaint)
                || self.cut(found.path, problems);
        }
        if !self.is_known(&complaint, &found.path) {
            complaint.report(error.span().unwrap_or(0..0), &found.path, problems);
        }
        if !complaint.is_unknown_key() {
            problems.leave_out(error.span().unwrap_or(0..0));
        }
        if let Complaint::Missing(key) = complaint
            && self.stand_ins.add(&mut self.table, &found.path, key)
        {
            if found.path.is_empty() {
                problems.lose(key);
            }
            return true;
        }
        let mut cut = found.path;
        if complaint.is_unknown_choice() && found.at_key {
            // A choice is the only key of its table, so the table goes with it.
            cut.pop();
        }
        self.cut(cut, problems)
    }

    /// Whether what is missing was taken out, and so has been complained about:
    /// the value of a wrong type, the key that is misspelt.
    fn is_known(&self, complaint: &Complaint<'_>, path: &[Step]) -> bool {
        let Some(pruned) = self.pruned.get(path) else { return false };
        match complaint {
            Complaint::Missing(key) => {
                pruned.iter().filter_map(Step::key).any(|held| did_you_mean(held, [*key]).is_some())
            }
            Complaint::NoChoice => true,
            _ => false,
        }
    }

    /// Takes out what `path` leads to; false if it leads nowhere.
    fn cut(&mut self, mut path: Vec<Step>, problems: &mut Problems) -> bool {
        if let [Step::Key(table)] | [Step::Key(table), _] = &path[..] {
            problems.lose(table);
        }
        problems.lose(&place::dotted(&path));
        let removed = place::remove(&mut self.table, &path);
        if let Some(last) = path.pop() {
            self.pruned.entry(path).or_default().push(last);
        }
        removed
    }
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
