//! A scenario's text in the making: whole tables are put in, changed and taken
//! out, and then it is checked as if a person had written it that way.

use mock_sts::config::problem::InvalidFile;
use toml_edit::{Array, DocumentMut, InlineTable, Item, Value};

use crate::scenario::{Scenario, parse};

/// A scenario's text that can be changed at will.
#[derive(Clone, Debug)]
pub struct Draft {
    document: DocumentMut,
}

impl Draft {
    /// A draft of a scenario that has been checked, so that its text parses.
    #[must_use]
    pub fn of(scenario: &Scenario) -> Self {
        Self { document: scenario.text.parse().unwrap_or_default() }
    }

    /// Sets what stands at `path` (keys with dots between them), tables on the
    /// way included.
    pub fn put(&mut self, path: &str, value: impl Into<Value>) {
        let keys: Vec<&str> = path.split('.').collect();
        self.put_at(&keys, value);
    }

    /// The same, for keys that have dots in them.
    pub fn put_at(&mut self, keys: &[&str], value: impl Into<Value>) {
        put(self.document.as_item_mut(), keys, value.into());
    }

    /// Adds an entry to the list at `path`, which may not be there yet.
    pub fn push(&mut self, path: &str, entry: InlineTable) {
        let keys: Vec<&str> = path.split('.').collect();
        let Some(list) = find(self.document.as_item_mut(), &keys) else {
            self.put(path, Array::from_iter([Value::from(entry)]));
            return;
        };
        if let Some(tables) = list.as_array_of_tables_mut() {
            tables.push(entry.into_table());
        } else if let Some(array) = list.as_array_mut() {
            array.push(entry);
        }
    }

    /// Takes out what stands at `path`; says whether there was anything. An
    /// entry of a list is found by its number from 0.
    pub fn remove(&mut self, path: &str) -> bool {
        let keys: Vec<&str> = path.split('.').collect();
        let Some((last, above)) = keys.split_last() else { return false };
        let Some(place) = find(self.document.as_item_mut(), above) else { return false };
        if let Some(table) = place.as_table_like_mut() {
            return table.remove(last).is_some();
        }
        let Ok(index) = last.parse::<usize>() else { return false };
        if let Some(array) = place.as_array_mut().filter(|array| index < array.len()) {
            array.remove(index);
            return true;
        }
        let tables = place.as_array_of_tables_mut().filter(|tables| index < tables.len());
        tables.map(|tables| tables.remove(index)).is_some()
    }

    /// The tables within the table at `path`, by name, as they can be put elsewhere.
    #[must_use]
    pub fn tables(&self, path: &str) -> Vec<(String, InlineTable)> {
        let mut document = self.document.clone();
        let keys: Vec<&str> = path.split('.').collect();
        let place = find(document.as_item_mut(), &keys).and_then(|item| item.as_table_like());
        let entries = place.into_iter().flat_map(toml_edit::TableLike::iter);
        entries
            .filter_map(|(name, item)| match item.clone().into_value() {
                Ok(Value::InlineTable(table)) => Some((name.to_owned(), table)),
                _ => None,
            })
            .collect()
    }

    /// The paths of all tables, lists, list entries and values, inner ones
    /// after those around them.
    #[must_use]
    pub fn paths(&self) -> Vec<String> {
        let mut found = Vec::new();
        walk(self.document.as_item(), "", &mut found);
        found
    }

    /// Drops every comment and empty line: they speak of what it was.
    pub fn strip_comments(&mut self) {
        self.document.set_trailing("");
        plain(self.document.as_item_mut());
    }

    /// As TOML.
    #[must_use]
    pub fn text(&self) -> String {
        self.document.to_string()
    }

    /// The scenario, checked.
    ///
    /// # Errors
    /// Everything that is wrong with it; `name` is what messages call it.
    pub fn check(&self, name: &str) -> Result<Scenario, InvalidFile> {
        parse(name, &self.text())
    }
}

/// An inline table `{ name = { key = value, … } }`, as faults are written.
#[must_use]
pub fn named(name: &str, entries: impl IntoIterator<Item = (&'static str, Value)>) -> InlineTable {
    let mut outer = InlineTable::new();
    outer.insert(name, Value::InlineTable(entries.into_iter().collect()));
    outer
}

fn find<'a>(item: &'a mut Item, keys: &[&str]) -> Option<&'a mut Item> {
    let Some((key, rest)) = keys.split_first() else { return Some(item) };
    // Indexing a table by a key that is missing would make an empty entry of it.
    let next = if item.is_table_like() {
        item.as_table_like_mut()?.get_mut(key)?
    } else {
        item.get_mut(key.parse::<usize>().ok()?)?
    };
    find(next, rest)
}

fn put(item: &mut Item, keys: &[&str], value: Value) {
    let Some((key, rest)) = keys.split_first() else { return };
    let Some(table) = item.as_table_like_mut() else { return };
    if rest.is_empty() {
        table.insert(key, Item::Value(value));
        return;
    }
    if table.get(key).is_none_or(|inner| !inner.is_table_like()) {
        table.insert(key, Item::Value(Value::InlineTable(InlineTable::new())));
    }
    if let Some(inner) = table.get_mut(key) {
        put(inner, rest, value);
    }
}

/// Clears what stands around the entries of a table, at any depth.
fn plain(item: &mut Item) {
    if let Some(table) = item.as_table_mut() {
        table.decor_mut().clear();
        table.fmt();
        for (_, entry) in table.iter_mut() {
            plain(entry);
        }
    } else if let Some(tables) = item.as_array_of_tables_mut() {
        for table in tables.iter_mut() {
            table.decor_mut().clear();
            table.fmt();
        }
    } else if let Some(array) = item.as_array_mut() {
        array.fmt();
    }
}

fn walk(item: &Item, path: &str, found: &mut Vec<String>) {
    let below = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
    if !path.is_empty() {
        found.push(path.to_owned());
    }
    if let Some(table) = item.as_table_like() {
        for (key, entry) in table.iter() {
            walk(entry, &below(key), found);
        }
    } else if let Some(tables) = item.as_array_of_tables() {
        for (index, table) in tables.iter().enumerate() {
            walk(&Item::Table(table.clone()), &below(&index.to_string()), found);
        }
    } else if let Some(array) = item.as_array() {
        for (index, entry) in array.iter().enumerate() {
            walk(&Item::Value(entry.clone()), &below(&index.to_string()), found);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::load;

    #[test]
    fn a_draft_can_be_changed_all_over_and_still_be_a_scenario() {
        let mut draft = Draft::of(&load("issue-299").expect("it ships"));
        draft.put(
            "fleet.arrivals",
            named("rate", [("rate", "30/m".into()), ("process", "even".into())]),
        );
        draft.push("service.faults", named("outage", [("during", "0s..5s".into())]));
        draft.push("service.faults", named("key-slowdown", [("factor", 2.0.into())]));
        draft.put("service.verification-key.hosts", 3);
        assert!(draft.remove("expect") && draft.remove("contenders.naive"));
        assert!(!draft.remove("contenders.naive") && !draft.remove("service.faults.7"));
        let scenario = draft.check("it").expect("a scenario");
        assert_eq!(scenario.mock.service.faults.len(), 2);
        assert_eq!(scenario.mock.service.verification_key.hosts, 3);
        assert_eq!(scenario.contenders.len(), 5);
        assert!(draft.paths().contains(&"service.faults.1.key-slowdown.factor".to_owned()));
        assert!(draft.remove("service.faults.0"));
        draft.strip_comments();
        let bare = draft.check("it").expect("still a scenario");
        assert!(!bare.text.contains('#') && bare.mock.service.faults.len() == 1);
        let kept: Vec<_> = bare.contenders.iter().map(|c| c.name.as_str()).collect();
        assert_eq!(kept.len(), 5);
    }
}
