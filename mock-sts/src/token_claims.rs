//! A web identity token's claims: those by which it speaks to AWS about its
//! session, and all of them, for who only has to read one.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use crate::request::WebIdentity;
use crate::session::Tag;

/// The claim that sets the session's source identity.
pub const SOURCE_IDENTITY: &str = "https://aws.amazon.com/source_identity";
/// The claim that holds the session's tags: an object.
pub const TAGS: &str = "https://aws.amazon.com/tags";
/// In [`WebIdentity::others`], what the names of the tags' values begin with.
pub const PRINCIPAL_TAGS: &str = "https://aws.amazon.com/tags/principal_tags/";
/// In [`WebIdentity::others`], the keys of the tags that are transitive.
pub const TRANSITIVE_TAG_KEYS: &str = "https://aws.amazon.com/tags/transitive_tag_keys";

/// The claims of a JSON Web Token that nobody has verified; none of a text that
/// is no such token.
#[must_use]
pub fn unverified(token: &str) -> Option<Map<String, Value>> {
    let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    serde_json::from_slice(&claims).ok()
}

impl WebIdentity {
    /// The source identity that the token sets.
    #[must_use]
    pub fn source_identity(&self) -> Option<&str> {
        self.others.get(SOURCE_IDENTITY)?.first().map(String::as_str)
    }

    /// The session tags that the token sets, by their keys; of a tag with several
    /// values, the first.
    #[must_use]
    pub fn tags(&self) -> Vec<Tag> {
        let transitive = self.others.get(TRANSITIVE_TAG_KEYS).map_or(&[][..], Vec::as_slice);
        let tag = |(name, values): (&String, &Vec<String>)| {
            let key = name.strip_prefix(PRINCIPAL_TAGS)?.to_owned();
            let transitive = transitive.contains(&key);
            Some(Tag { key, value: values.first()?.clone(), transitive })
        };
        self.others.iter().filter_map(tag).collect()
    }
}
