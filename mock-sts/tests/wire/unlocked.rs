//! A mock that believes everybody, for what is answered to those who are let in,
//! and what any answer must be like.

use std::sync::Arc;

use mock_sts::config::{Mode, Signatures};
use mock_sts::http::Mock;
use mock_sts::idp::Algorithm;
use serde_json::{Map, Value, json};

use crate::support::{Answer, instant_config};

/// The namespace of STS's answers.
pub(crate) const STS: &str = "https://sts.amazonaws.com/doc/2011-06-15/";

/// No limits, every role, every signature; tokens are signed quickly.
pub(crate) fn open_mock() -> Arc<Mock> {
    let mut config = instant_config();
    config.service.identities.mode = Mode::Permissive;
    config.service.identities.signatures = Signatures::Unchecked;
    config.service.limits.clear();
    config.idp.algorithm = Algorithm::Es256;
    Mock::new(config, 1).unwrap()
}

/// Claims of a token that `mock` grants.
pub(crate) fn right_claims(mock: &Mock) -> Map<String, Value> {
    let idp = &mock.config().idp;
    let expires = mock.now_unix() + 300;
    let claims = json!({ "iss": idp.issuer, "aud": idp.audiences[0], "sub": "s", "exp": expires });
    claims.as_object().unwrap().clone()
}

impl Answer {
    /// Panics unless the status is one the server means, never a 500, and the
    /// body is well-formed, as a parser reads it that the server has no part in.
    pub(crate) fn must_be_meant(&self) {
        assert!([200, 302, 400, 401, 403, 405, 413].contains(&self.status.as_u16()), "{self:?}");
        match self.header("content-type") {
            "" => assert_eq!(self.body, ""),
            "text/plain; charset=utf-8" => assert_eq!(self.body, "ready\n"),
            "text/xml" => {
                let document = roxmltree::Document::parse(&self.body);
                assert!(document.is_ok(), "{document:?}: {}", self.body);
            }
            _ => drop(serde_json::from_str::<Value>(&self.body).expect("JSON")),
        }
    }

    /// The text of the first element of this name, as an XML parser reads it.
    pub(crate) fn parsed(&self, name: &str) -> Option<String> {
        let document = roxmltree::Document::parse(&self.body).unwrap();
        let element = document.descendants().find(|node| node.has_tag_name((STS, name)))?;
        Some(element.text().unwrap_or_default().to_owned())
    }
}

/// What a reader of an answer gets of `text`: every character that XML 1.0 can
/// hold (its production `Char`), U+FFFD for each other.
pub(crate) fn written(text: &str) -> String {
    let held = |c: char| match c {
        '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'.. => c,
        _ => '\u{fffd}',
    };
    text.chars().map(held).collect()
}
