//! Stand-ins for required values that are missing, so that all the rest of a
//! file can be read and checked.
//!
//! What type a value must have is known to serde alone, so its complaints are
//! followed: a stand-in begins as a text, and becomes what it is told to be.
//! Each lies past the end of the text, where no problem is reported.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::complaint::Complaint;
use super::place::{self, Step};

/// The stand-ins of one file.
pub(super) struct StandIns {
    /// Where the text ends.
    text_end: usize,
    /// How many there are.
    made: usize,
}

impl StandIns {
    /// None yet, in a file of `text_end` bytes.
    pub(super) const fn new(text_end: usize) -> Self {
        Self { text_end, made: 0 }
    }

    /// Whether an error at `span` is a stand-in's own.
    pub(super) fn holds(&self, span: Option<&Range<usize>>) -> bool {
        span.is_some_and(|span| span.start > self.text_end)
    }

    /// Puts one for `key` into the table at `path`; false when there is no such
    /// table.
    pub(super) fn add(&mut self, root: &mut DeTable<'_>, path: &[Step], key: &str) -> bool {
        let Some(table) = place::table_at(root, path) else { return false };
        let at = self.next_span();
        let key = Spanned::new(at, key.to_owned().into());
        let value = Spanned::new(self.next_span(), plain("v = ''"));
        table.insert(key, value);
        true
    }

    /// Makes the one at `path` what serde complains it is not; false when the
    /// complaint does not say.
    pub(super) fn mend(
        &mut self,
        root: &mut DeTable<'_>,
        path: &[Step],
        complaint: &Complaint<'_>,
    ) -> bool {
        if let Complaint::Missing(key) = complaint {
            return self.add(root, path, key);
        }
        let Some(value) = place::value_at(root, path) else { return false };
        let mended = match complaint {
            Complaint::WrongType { expected, .. } => of_type(expected),
            Complaint::UnknownChoice { known, .. } => known.first().map(|choice| named(choice)),
            Complaint::BareChoice => value.get_ref().as_str().map(|choice| {
                let choice = Spanned::new(self.next_span(), choice.to_owned().into());
                let mut table = DeTable::new();
                table.insert(choice, Spanned::new(self.next_span(), plain("v = {}")));
                DeValue::Table(table)
            }),
            _ => None,
        };
        mended.is_some_and(|mended| {
            *value.get_mut() = mended;
            true
        })
    }

    /// A place of its own, past the end of the text.
    fn next_span(&mut self) -> Range<usize> {
        self.made += 1;
        let start = self.text_end + 2 * self.made;
        start..start + 1
    }
}

fn named(choice: &str) -> DeValue<'static> {
    DeValue::String(choice.to_owned().into())
}

/// A value of the type that serde expects.
fn of_type(expected: &str) -> Option<DeValue<'static>> {
    let first = expected.split(' ').find(|word| *word != "a").unwrap_or_default();
    Some(match first {
        "i8" | "i16" | "i32" | "i64" | "u8" | "u16" | "u32" | "u64" | "usize" => plain("v = 1"),
        "f32" | "f64" => plain("v = 1.0"),
        "boolean" => plain("v = true"),
        "string" => plain("v = ''"),
        "sequence" => plain("v = []"),
        "map" | "struct" => plain("v = {}"),
        _ => return None,
    })
}

/// The one value of `text`.
fn plain(text: &'static str) -> DeValue<'static> {
    let parsed = DeTable::parse(text).map(Spanned::into_inner);
    let value = parsed.ok().and_then(|table| table.into_iter().next());
    value.map_or(DeValue::Boolean(true), |(_, value)| value.into_inner())
}
