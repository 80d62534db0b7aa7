//! Session tags: those that are asked for and those that are handed down.

use crate::call_refusal::CallRefusal;
use crate::fields::Fields;
use crate::request::WebIdentity;
use crate::session::{Session, Tag};

/// A session's tags.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(super) struct Tags {
    /// Handed down by the caller's session, all of them transitive.
    inherited: Vec<Tag>,
    requested: Vec<Tag>,
}

impl Tags {
    /// The tags of a call, and those that the caller's session hands down.
    pub(super) fn of(fields: &Fields<'_>, caller: Option<&Session>) -> Result<Self, CallRefusal> {
        let transitive = fields.texts("TransitiveTagKeys");
        let requested: Vec<Tag> = fields
            .members("Tags")
            .iter()
            .filter_map(|member| {
                let key = fields.text(&format!("{member}.Key"))?;
                let value = fields.text(&format!("{member}.Value"))?;
                let transitive = transitive.iter().any(|name| same(name, key));
                Some(Tag { key: key.into(), value: value.into(), transitive })
            })
            .collect();
        for (at, tag) in requested.iter().enumerate() {
            if requested[..at].iter().any(|other| same(&other.key, &tag.key)) {
                return Err(CallRefusal::DuplicateTags);
            }
        }
        if !transitive.iter().all(|name| requested.iter().any(|tag| same(name, &tag.key))) {
            return Err(CallRefusal::TransitiveKeyWithoutTag);
        }
        let handed_down = caller.map_or(&[][..], |caller| &caller.tags);
        let inherited: Vec<Tag> =
            handed_down.iter().filter(|tag| tag.transitive).cloned().collect();
        let both = |tag: &Tag| inherited.iter().any(|other| same(&other.key, &tag.key));
        if requested.iter().any(both) {
            return Err(CallRefusal::InheritedTag);
        }
        Ok(Self { inherited, requested })
    }

    /// The tags that a web identity token sets.
    pub(super) fn of_token(token: &WebIdentity) -> Self {
        Self { inherited: Vec::new(), requested: token.tags() }
    }

    /// The room the requested ones take, in bytes.
    pub(super) fn requested_bytes(&self) -> usize {
        self.requested.iter().map(|tag| tag.key.len() + tag.value.len()).sum()
    }

    /// All of them.
    pub(super) fn into_session(self) -> Vec<Tag> {
        self.inherited.into_iter().chain(self.requested).collect()
    }
}

/// Keys keep their case and are compared without it.
fn same(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}
