//! One request and its answer, as they are on the wire, and what can be read
//! of them.

use std::cell::OnceCell;
use std::time::Duration;

use axum::body::Bytes;
use axum::http::HeaderMap;
use axum::http::request::Parts;
use quick_xml::Reader;
use quick_xml::events::Event;
use serde_json::{Map, Value};

use super::super::connected::Connection;
use crate::decision::{Delivery, injected_message};
use crate::error_code::ErrorCode;
use crate::token_claims::unverified;

/// One request and its answer.
pub(super) struct Exchange {
    pub(super) arrived_unix_ms: u64,
    /// The region that was asked, as the service numbers them; 0 is its own.
    pub(super) region: u16,
    /// From the request's last byte to the answer's first.
    pub(super) took: Duration,
    pub(super) head: Parts,
    pub(super) body: Bytes,
    pub(super) status: u16,
    pub(super) delivery: Delivery,
    pub(super) answer_headers: HeaderMap,
    pub(super) answer: Bytes,
    pub(super) read: Read,
}

/// What was read of an exchange: each part once, and only when somebody asks.
#[derive(Default)]
pub(super) struct Read {
    fields: OnceCell<Vec<(String, String)>>,
    claims: OnceCell<Option<Map<String, Value>>>,
    elements: OnceCell<Value>,
}

impl Exchange {
    /// A header of the request; empty where there is none.
    pub(super) fn header(&self, name: &str) -> &str {
        self.head.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// Where the request came from.
    pub(super) fn peer(&self) -> Option<std::net::SocketAddr> {
        self.head.extensions.get::<Connection>().map(|connection| connection.peer)
    }

    /// The fields of the form or the query, in their order; the first of a name
    /// is the one that counts.
    pub(super) fn fields(&self) -> &[(String, String)] {
        self.read.fields.get_or_init(|| {
            let query = self.head.uri.query().unwrap_or_default().as_bytes();
            let text = if self.body.is_empty() { query } else { &self.body };
            form_urlencoded::parse(text).into_owned().collect()
        })
    }

    /// A field's first value; empty where there is none.
    pub(super) fn field(&self, name: &str) -> &str {
        let found = self.fields().iter().find(|(key, _)| key == name);
        found.map_or("", |(_, value)| value)
    }

    /// `Action` of a request to STS.
    pub(super) fn action(&self) -> &str {
        self.field("Action")
    }

    /// The access key that signed the request; empty where none did.
    pub(super) fn access_key_id(&self) -> &str {
        let credential = self
            .header("authorization")
            .split_once("Credential=")
            .map_or_else(|| self.field("X-Amz-Credential"), |(_, rest)| rest);
        credential.split('/').next().unwrap_or_default()
    }

    /// Who calls: a role session name, or else the access key.
    pub(super) fn caller(&self) -> &str {
        let session = self.field("RoleSessionName");
        if session.is_empty() { self.access_key_id() } else { session }
    }

    /// A claim of the request's web identity token, as text; empty where there
    /// is none. Nothing is verified here: the answer tells what it was worth.
    pub(super) fn claim(&self, name: &str) -> String {
        let read = || unverified(self.field("WebIdentityToken"));
        let claims = self.read.claims.get_or_init(read);
        match claims.as_ref().and_then(|claims| claims.get(name)) {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Null) | None => String::new(),
            Some(other) => other.to_string(),
        }
    }

    /// The answer's error code; empty in an answer that is none.
    pub(super) fn code(&self) -> String {
        match self.bare() {
            Some(code) => code.as_str().into(),
            None if self.status < 400 => String::new(),
            None => self.element("Code"),
        }
    }

    /// The answer's error message.
    pub(super) fn message(&self) -> String {
        match self.bare().and_then(injected_message) {
            Some(text) => text.into(),
            None => self.element("Message"),
        }
    }

    /// The code of an answer that is not STS's own, and names none.
    fn bare(&self) -> Option<ErrorCode> {
        ErrorCode::of_status(self.status)
    }

    /// `RequestId` of the answer.
    pub(super) fn request_id(&self) -> &str {
        let id = self.answer_headers.get("x-amzn-requestid");
        id.and_then(|id| id.to_str().ok()).unwrap_or_default()
    }

    /// The access key that the answer grants.
    pub(super) fn granted_key(&self) -> Option<String> {
        (self.status == 200).then(|| self.element("AccessKeyId")).filter(|key| !key.is_empty())
    }

    /// The ARN that a success names; empty in an error.
    pub(super) fn arn(&self) -> String {
        if self.status == 200 { self.element("Arn") } else { String::new() }
    }

    /// Whether anything reaches the client.
    pub(super) fn is_answered(&self) -> bool {
        !matches!(self.delivery, Delivery::Reset | Delivery::Empty | Delivery::Hang)
    }

    fn element(&self, name: &str) -> String {
        find(self.elements(), name).unwrap_or_default()
    }

    /// The answer's elements as JSON, under their own names; an object of
    /// nothing where the answer is no XML.
    pub(super) fn elements(&self) -> &Value {
        let read = || read(&self.answer).unwrap_or_else(|| Value::Object(Map::new()));
        self.read.elements.get_or_init(read)
    }
}

/// The text of the first element of that name, wherever it is.
fn find(value: &Value, name: &str) -> Option<String> {
    match value {
        Value::Object(fields) => match fields.get(name) {
            Some(Value::String(text)) => Some(text.clone()),
            _ => fields.values().find_map(|inner| find(inner, name)),
        },
        _ => None,
    }
}

/// XML as nested objects: STS's answers have no attributes that matter and no
/// element beside text.
fn read(xml: &[u8]) -> Option<Value> {
    let mut reader = Reader::from_str(std::str::from_utf8(xml).ok()?);
    let mut open: Vec<(String, Map<String, Value>, String)> =
        vec![(String::new(), Map::new(), String::new())];
    loop {
        match reader.read_event().ok()? {
            Event::Start(start) => {
                let name = start.local_name().as_ref().to_owned();
                open.push((name, Map::new(), String::new()));
            }
            Event::Empty(start) => {
                let name = start.local_name().as_ref().to_owned();
                open.last_mut()?.1.insert(name, Value::String(String::new()));
            }
            Event::Text(text) => open.last_mut()?.2.push_str(&text),
            Event::GeneralRef(entity) => {
                let character = match entity.resolve_char_ref().ok()? {
                    Some(character) => character,
                    None => match &*entity {
                        "amp" => '&',
                        "lt" => '<',
                        "gt" => '>',
                        "quot" => '"',
                        "apos" => '\'',
                        _ => return None,
                    },
                };
                open.last_mut()?.2.push(character);
            }
            Event::End(_) => {
                let (name, fields, text) = open.pop()?;
                let value =
                    if fields.is_empty() { Value::String(text) } else { Value::Object(fields) };
                open.last_mut()?.1.insert(name, value);
            }
            Event::Eof => {
                let (_, fields, _) = open.pop()?;
                return open.is_empty().then_some(Value::Object(fields));
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn answers_are_read_whatever_their_text_holds() {
        let xml = b"<A xmlns=\"x\">\n <B><C>a &amp; b &#65;</C><D/></B>\n</A>\n";
        let expected = json!({"A": {"B": {"C": "a & b A", "D": ""}}});
        assert_eq!(read(xml), Some(expected.clone()));
        assert_eq!(find(&expected, "C").as_deref(), Some("a & b A"));
        assert_eq!(find(&expected, "E"), None);
        assert_eq!(read(b"<A>"), None);
    }
}
