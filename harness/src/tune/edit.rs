//! One scenario changed at named places, and checked again as if a person had
//! written it that way.

use mock_sts::config::problem::InvalidFile;
use mock_sts::config::unit::did_you_mean;
use toml_edit::{DocumentMut, InlineTable, Item};

use super::value::{Kind, Value};
use crate::scenario::{Scenario, parse};

/// A parameter that cannot be set.
#[derive(Debug, thiserror::Error)]
pub enum EditError {
    /// Its path leads nowhere.
    #[error("{scenario} has no `{path}`{}", .meant.as_ref().map_or_else(
        || ": a path is the keys of the scenario with dots between them".to_owned(),
        |meant| format!(", did you mean `{meant}`?")
    ))]
    Nowhere {
        /// The scenario's name.
        scenario: String,
        /// As it was given.
        path: String,
        /// The nearest there is.
        meant: Option<String>,
    },
    /// It holds something else.
    #[error("`{path}` is {} in {scenario} (`{present}`), and `{value}` is {}: write it like {}",
        .expected.noun(), .value.kind.noun(), .expected.example())]
    Unit {
        /// The scenario's name.
        scenario: String,
        /// As it was given.
        path: String,
        /// What the scenario says now.
        present: String,
        /// Its kind.
        expected: Kind,
        /// What it was to be.
        value: Value,
    },
    /// The scenario is wrong with it.
    #[error("{scenario} cannot be run with {changes}:\n\n{invalid}")]
    Invalid {
        /// The scenario's name.
        scenario: String,
        /// `path=value` for each parameter.
        changes: String,
        /// What the check says.
        invalid: Box<InvalidFile>,
    },
}

/// A scenario's text, ready to be changed.
#[derive(Clone, Debug)]
pub struct Editor {
    name: String,
    document: DocumentMut,
    paths: Vec<String>,
}

impl Editor {
    /// An editor of a scenario that has been checked, so that its text parses.
    ///
    /// # Errors
    /// The text is no TOML after all.
    pub fn new(name: &str, text: &str) -> Result<Self, toml_edit::TomlError> {
        let document: DocumentMut = text.parse()?;
        let mut paths = Vec::new();
        leaves(document.as_item(), "", &mut paths);
        Ok(Self { name: name.into(), document, paths })
    }

    /// The scenario with these parameters set.
    ///
    /// # Errors
    /// A path leads nowhere, a value is of another kind than the present one,
    /// or the scenario is wrong with it.
    pub fn with(&self, changes: &[(&str, &Value)]) -> Result<Scenario, EditError> {
        let mut document = self.document.clone();
        for (path, value) in changes {
            self.set(&mut document, path, value)?;
        }
        let text = document.to_string();
        parse(&self.name, &text).map_err(|invalid| {
            let written: Vec<String> =
                changes.iter().map(|(path, value)| format!("{path}={value}")).collect();
            EditError::Invalid {
                scenario: self.name.clone(),
                changes: written.join(" "),
                invalid: Box::new(invalid),
            }
        })
    }

    fn set(&self, document: &mut DocumentMut, path: &str, value: &Value) -> Result<(), EditError> {
        let keys: Vec<&str> = path.split('.').map(str::trim).collect();
        let mut place = document.as_item_mut();
        for (depth, key) in keys.iter().enumerate() {
            let is_there = step(place, key).is_some();
            if !is_there {
                return self.insert(place, path, &keys[depth..], value);
            }
            place = step(place, key).ok_or_else(|| self.nowhere(path))?;
        }
        let written = self.written(path, place, value)?;
        let decor = place.as_value().map(|old| old.decor().clone());
        let mut new: toml_edit::Value = written;
        if let Some(decor) = decor {
            *new.decor_mut() = decor;
        }
        *place = Item::Value(new);
        Ok(())
    }

    /// Adds what the scenario leaves to its defaults: the check says whether
    /// such a key exists. Only existing contenders can be changed.
    fn insert(
        &self,
        place: &mut Item,
        path: &str,
        missing: &[&str],
        value: &Value,
    ) -> Result<(), EditError> {
        let optional =
            !path.starts_with("contenders.") || path.split('.').count() > missing.len() + 1;
        let (Some(table), true) = (place.as_table_like_mut(), optional) else {
            return Err(self.nowhere(path));
        };
        // A misspelt name of what is there is no new key.
        if did_you_mean(missing[0], table.iter().map(|(key, _)| key)).is_some() {
            return Err(self.nowhere(path));
        }
        let mut new = bare(value);
        for key in missing[1..].iter().rev() {
            let mut around = InlineTable::new();
            around.insert(*key, new);
            new = around.into();
        }
        table.insert(missing[0], Item::Value(new));
        Ok(())
    }

    /// The value as the place has it: a number in quotes stays in quotes.
    fn written(
        &self,
        path: &str,
        place: &Item,
        value: &Value,
    ) -> Result<toml_edit::Value, EditError> {
        let Some(present) = place.as_value() else { return Err(self.nowhere(path)) };
        let shown = present.as_str().map_or_else(|| present.to_string(), str::to_owned);
        let present_kind = match present {
            toml_edit::Value::Integer(_) => Kind::Count,
            toml_edit::Value::Float(_) => Kind::Real,
            toml_edit::Value::String(text) => Value::read(text.value()).kind,
            toml_edit::Value::Boolean(_) => Kind::Word,
            _ => return Err(self.nowhere(path)),
        };
        let fits = match (present_kind, value.kind) {
            (Kind::Real, Kind::Count) | (Kind::Rate(_), Kind::Rate(_)) => true,
            (present, new) => present == new,
        };
        if !fits {
            return Err(EditError::Unit {
                scenario: self.name.clone(),
                path: path.into(),
                present: shown.trim().into(),
                expected: present_kind,
                value: value.clone(),
            });
        }
        Ok(match present {
            toml_edit::Value::Float(_) => value.number.into(),
            toml_edit::Value::Boolean(_) => match value.text.as_str() {
                "true" => true.into(),
                "false" => false.into(),
                text => text.into(),
            },
            _ => bare(value),
        })
    }

    fn nowhere(&self, path: &str) -> EditError {
        let meant = did_you_mean(path, self.paths.iter().map(String::as_str))
            .or_else(|| self.within(path))
            .map(str::to_owned);
        EditError::Nowhere { scenario: self.name.clone(), path: path.into(), meant }
    }

    /// A path with the same last key: the right key in the wrong place.
    fn within(&self, path: &str) -> Option<&str> {
        let last = path.rsplit('.').next()?;
        let same_end = |known: &&String| known.rsplit('.').next() == Some(last);
        self.paths.iter().find(same_end).map(String::as_str)
    }
}

fn bare(value: &Value) -> toml_edit::Value {
    match value.kind {
        Kind::Count => (value.number as i64).into(),
        Kind::Real => value.number.into(),
        _ => value.text.as_str().into(),
    }
}

/// The entry of a table, or of a list by its number from 0.
fn step<'a>(item: &'a mut Item, key: &str) -> Option<&'a mut Item> {
    // Indexing a table by a key that is missing would make an empty entry of it.
    if item.is_table_like() {
        return item.as_table_like_mut()?.get_mut(key);
    }
    item.get_mut(key.parse::<usize>().ok()?)
}

fn leaves(item: &Item, path: &str, found: &mut Vec<String>) {
    let below = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
    if let Some(table) = item.as_table_like() {
        for (key, entry) in table.iter() {
            leaves(entry, &below(key), found);
        }
    } else if let Some(tables) = item.as_array_of_tables() {
        for (index, table) in tables.iter().enumerate() {
            leaves(&Item::Table(table.clone()), &below(&index.to_string()), found);
        }
    } else if let Some(array) = item.as_array() {
        for (index, entry) in array.iter().enumerate() {
            leaves(&Item::Value(entry.clone()), &below(&index.to_string()), found);
        }
    } else {
        found.push(path.into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::builtin;

    fn editor(name: &str) -> Editor {
        let found = builtin().find(|scenario| scenario.name == name).expect(name);
        Editor::new(name, found.text).expect("it parses")
    }

    fn set(name: &str, path: &str, value: &str) -> Result<Scenario, EditError> {
        editor(name).with(&[(path, &Value::read(value))])
    }

    #[test]
    fn a_change_changes_that_place_only() {
        let scenario = set("issue-299", "fleet.jobs", "200").expect("more jobs");
        assert_eq!(scenario.fleet.jobs, 200);
        let before = editor("issue-299").document.to_string();
        assert_eq!(scenario.text, before.replace("jobs = 20\n", "jobs = 200\n"));
        let scenario = set("throttled-burst", "service.limits.0.token-bucket.burst", "40");
        assert!(scenario.expect("a list").mock.service.limits[0].to_string().contains("40"));
        let scenario = set("issue-299", "contenders.retried.policy.full-jitter.base", "250ms");
        assert!(
            scenario.expect("a duration").contenders[2].policy.build().describe().contains("250ms")
        );
    }

    #[test]
    fn what_is_left_to_defaults_can_be_set() {
        let path = "service.verification-key.provider.concurrency";
        let scenario = set("issue-299", path, "3").expect("a key of the profile");
        assert_eq!(scenario.mock.service.verification_key.provider.concurrency, 3);
        let path = "contenders.retried.policy.full-jitter.deadline";
        assert!(set("issue-299", path, "30s").is_ok());
    }

    #[test]
    fn what_cannot_be_set_is_said() {
        for (path, value, says) in [
            ("fleet.jbos", "5", "did you mean `fleet.jobs`?"),
            (
                "contenders.retreid.policy.full-jitter.base",
                "1s",
                "did you mean `contenders.retried.policy.full-jitter.base`?",
            ),
            (
                "contenders.nobody.policy.fixed.wait",
                "1s",
                "did you mean `contenders.cached.policy.fixed.wait`?",
            ),
            (
                "contenders.retried.policy.full-jitter.base",
                "5",
                "is a duration in issue-299 (`1s`)",
            ),
            ("fleet.jobs", "5s", "is a whole number in issue-299 (`20`)"),
            ("fleet.jobs", "0", "expected 1 to 10_000_000"),
            ("fleet", "5", "has no `fleet`"),
            ("fleet.jobs.many", "5", "has no `fleet.jobs.many`"),
            ("fleet.colour", "5", "unknown key"),
        ] {
            let error = set("issue-299", path, value).expect_err(path).to_string();
            assert!(error.contains(says), "{path}={value}: {error}");
        }
    }
}
