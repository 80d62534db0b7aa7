//! Places in a parsed file: from a span to the keys that lead there.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

/// One step from a table or list to what it holds.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Step {
    /// The value of a key.
    Key(String),
    /// An element of a list, counted from zero.
    Index(usize),
}

impl Step {
    /// The key; none for an element of a list.
    pub(super) fn key(&self) -> Option<&str> {
        match self {
            Self::Key(key) => Some(key),
            Self::Index(_) => None,
        }
    }
}

/// Where a span leads; an empty path is the whole file.
#[derive(Default)]
pub(super) struct Found {
    /// From the root.
    pub(super) path: Vec<Step>,
    /// Whether the span is the key's, not the value's.
    pub(super) at_key: bool,
}

/// What stands at `span`, or the whole file.
pub(super) fn find(table: &DeTable<'_>, span: Option<Range<usize>>) -> Found {
    let mut path = Vec::new();
    let Some(span) = span else { return Found::default() };
    match in_table(table, &span, &mut path) {
        Some(at_key) => Found { path, at_key },
        None => Found::default(),
    }
}

/// Deepest first: a `[[list]]` and its first element share a span, and so do a
/// key and the table it implies.
fn in_table(table: &DeTable<'_>, span: &Range<usize>, path: &mut Vec<Step>) -> Option<bool> {
    for (key, value) in table {
        path.push(Step::Key(key.get_ref().to_string()));
        if let Some(at_key) = in_value(value, span, path) {
            return Some(at_key);
        }
        if key.span() == *span {
            return Some(true);
        }
        if value.span() == *span {
            return Some(false);
        }
        path.pop();
    }
    None
}

fn in_value(
    value: &Spanned<DeValue<'_>>,
    span: &Range<usize>,
    path: &mut Vec<Step>,
) -> Option<bool> {
    match value.get_ref() {
        DeValue::Table(table) => in_table(table, span, path),
        DeValue::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                path.push(Step::Index(index));
                if let Some(at_key) = in_value(item, span, path) {
                    return Some(at_key);
                }
                if item.span() == *span {
                    return Some(false);
                }
                path.pop();
            }
            None
        }
        _ => None,
    }
}

/// Takes out what `path` leads to; false if it leads nowhere.
pub(super) fn remove(table: &mut DeTable<'_>, path: &[Step]) -> bool {
    let Some((Step::Key(key), rest)) = path.split_first() else { return false };
    if rest.is_empty() {
        let mut entry = None;
        for held in table.keys() {
            if held.get_ref() == key {
                entry = Some(held.clone());
            }
        }
        return entry.is_some_and(|entry| table.remove(&entry).is_some());
    }
    let Some((_, value)) = table.iter_mut().find(|(held, _)| held.get_ref() == key) else {
        return false;
    };
    remove_from_value(value.get_mut(), rest)
}

fn remove_from_value(value: &mut DeValue<'_>, path: &[Step]) -> bool {
    match (value, path.split_first()) {
        (DeValue::Table(table), Some(_)) => remove(table, path),
        (DeValue::Array(items), Some((Step::Index(index), rest))) if *index < items.len() => {
            if rest.is_empty() {
                let kept = std::mem::replace(items, DeArray::new()).into_iter().enumerate();
                *items = kept.filter(|(at, _)| at != index).map(|(_, item)| item).collect();
                return true;
            }
            items.get_mut(*index).is_some_and(|item| remove_from_value(item.get_mut(), rest))
        }
        _ => false,
    }
}

/// The value that `path` leads to.
pub(super) fn value_at<'t, 'i>(
    root: &'t mut DeTable<'i>,
    path: &[Step],
) -> Option<&'t mut Spanned<DeValue<'i>>> {
    let (first, rest) = path.split_first()?;
    let key = first.key()?;
    let (_, value) = root.iter_mut().find(|(held, _)| held.get_ref() == key)?;
    rest.iter().try_fold(value, |value, step| match (value.get_mut(), step) {
        (DeValue::Table(table), Step::Key(key)) => {
            table.iter_mut().find(|(held, _)| held.get_ref() == key).map(|(_, value)| value)
        }
        (DeValue::Array(items), Step::Index(index)) => items.get_mut(*index),
        _ => None,
    })
}

/// The table that `path` leads to; the whole file for an empty path.
pub(super) fn table_at<'t, 'i>(
    root: &'t mut DeTable<'i>,
    path: &[Step],
) -> Option<&'t mut DeTable<'i>> {
    if path.is_empty() {
        return Some(root);
    }
    match value_at(root, path)?.get_mut() {
        DeValue::Table(table) => Some(table),
        _ => None,
    }
}

/// The path as a dotted key, without the numbers of list elements: the place
/// itself is shown beside it.
pub(super) fn dotted(path: &[Step]) -> String {
    let mut text = String::new();
    for key in path.iter().filter_map(Step::key) {
        let dot = if text.is_empty() { "" } else { "." };
        text.push_str(dot);
        text.push_str(key);
    }
    text
}
