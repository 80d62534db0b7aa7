//! The parameters of a request by their names on the wire.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// Names and values as they were sent; of a repeated name, the first value.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Fields<'a>(BTreeMap<Cow<'a, str>, Cow<'a, str>>);

impl<'a> FromIterator<(Cow<'a, str>, Cow<'a, str>)> for Fields<'a> {
    fn from_iter<I: IntoIterator<Item = (Cow<'a, str>, Cow<'a, str>)>>(pairs: I) -> Self {
        let mut fields = BTreeMap::new();
        for (name, value) in pairs {
            fields.entry(name).or_insert(value);
        }
        Self(fields)
    }
}

impl Fields<'_> {
    /// The value of a parameter.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(|value| &**value)
    }

    /// A whole number; `+900` and `0900` are 900.
    #[must_use]
    pub fn number(&self, name: &str) -> Option<i64> {
        self.text(name)?.parse().ok()
    }

    /// The names of a list's members, `Tags.member.1` and so on, in the order of
    /// their numbers, which need not be without gaps.
    #[must_use]
    pub fn members(&self, list: &str) -> Vec<String> {
        let prefix = format!("{list}.member.");
        let named = |name: &Cow<'_, str>| {
            let rest = name.strip_prefix(&*prefix)?;
            rest.split('.').next()?.parse::<u32>().ok()
        };
        let numbers: BTreeSet<u32> = self.0.keys().filter_map(named).collect();
        numbers.into_iter().map(|number| format!("{prefix}{number}")).collect()
    }

    /// The values of a list of texts.
    #[must_use]
    pub fn texts(&self, list: &str) -> Vec<&str> {
        self.members(list).iter().filter_map(|name| self.text(name)).collect()
    }

    /// Whether any parameter is this one or a part of it.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.text(name).is_some()
            || self
                .0
                .keys()
                .any(|key| key.strip_prefix(name).is_some_and(|rest| rest.starts_with('.')))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_read_in_the_order_of_their_numbers() {
        let pairs = [("A.member.10", "x"), ("A.member.2", "y"), ("A.member.2", "z"), ("AB", "n")];
        let fields: Fields<'_> =
            pairs.map(|(name, value)| (name.into(), value.into())).into_iter().collect();
        assert_eq!(fields.texts("A"), ["y", "x"]);
        assert!(fields.has("A") && !fields.has("B"));
    }
}
