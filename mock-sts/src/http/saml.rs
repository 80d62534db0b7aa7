//! A SAML response -> what it says, and whether its provider signed that.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesStart, Event};

use super::xml_signature::signed_part;
use crate::action::{Assertion, Opened};

/// The prefix of the usual formats of `NameID`, which is not told on.
const FORMATS: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:";
const ATTRIBUTES: &str = "https://aws.amazon.com/SAML/Attributes/";

/// What is in a `SAMLAssertion`; nothing when it is not base64. What one of `keys` signed is read alone;
/// where none did, everything is read and nothing of it is signed.
pub(super) fn open(parameter: &str, keys: &[Vec<u8>]) -> Option<Opened> {
    let bytes = STANDARD.decode(parameter).ok()?;
    let signed = signed_part(&bytes, keys);
    let text = signed.as_deref().or_else(|| std::str::from_utf8(&bytes).ok());
    let read = text.and_then(read).map(|found| Assertion { signed: signed.is_some(), ..found });
    Some(read.map_or(Opened::NoAssertion, Opened::Assertion))
}

/// Every assertion names its issuer and its subject.
fn read(xml: &str) -> Option<Assertion> {
    let mut reader = Reader::from_str(xml);
    let mut found = Assertion::default();
    let mut attribute = String::new();
    let mut text = String::new();
    let mut open: Vec<String> = Vec::new();
    loop {
        match reader.read_event().ok()? {
            Event::Start(element) => {
                enter(&element, &mut found, &mut attribute);
                open.push(local_name(&element));
                text.clear();
            }
            Event::Empty(element) => enter(&element, &mut found, &mut attribute),
            Event::Text(part) => text.push_str(&part),
            Event::GeneralRef(entity) => match entity.resolve_char_ref().ok()? {
                Some(character) => text.push(character),
                None => text.push_str(resolve_predefined_entity(&entity)?),
            },
            Event::End(_) => {
                let text = std::mem::take(&mut text).trim().to_owned();
                match open.pop()?.as_str() {
                    "Issuer" => found.issuer = text,
                    "NameID" => found.subject = text,
                    "AttributeValue" => set(&mut found, &attribute, text),
                    _ => {}
                }
            }
            Event::Eof => break,
            _ => {}
        }
    }
    (open.is_empty() && !found.issuer.is_empty() && !found.subject.is_empty()).then_some(found)
}

fn enter(element: &BytesStart<'_>, found: &mut Assertion, attribute: &mut String) {
    let value = |name: &str| {
        let value = element.try_get_attribute(name).ok().flatten()?.value;
        Some(value.into_owned())
    };
    match &*local_name(element) {
        "NameID" => {
            let format = value("Format").unwrap_or_default();
            found.subject_type = format.strip_prefix(FORMATS).unwrap_or(&format).to_owned();
        }
        "SubjectConfirmationData" => {
            found.audience = value("Recipient").unwrap_or_default();
            end(found, value("NotOnOrAfter"));
        }
        "Conditions" => end(found, value("NotOnOrAfter")),
        "Assertion" => found.issued_unix = value("IssueInstant").and_then(|text| unix(&text)),
        "Attribute" => *attribute = value("Name").unwrap_or_default(),
        _ => {}
    }
}

/// What ends first, ends it.
fn end(found: &mut Assertion, at: Option<String>) {
    let ends = [found.expires_unix, at.and_then(|text| unix(&text))];
    found.expires_unix = ends.into_iter().flatten().min();
}

fn unix(text: &str) -> Option<u64> {
    let time: Timestamp = text.parse().ok()?;
    time.as_second().try_into().ok()
}

fn set(found: &mut Assertion, attribute: &str, text: String) {
    match attribute.strip_prefix(ATTRIBUTES) {
        Some("Role") => found.roles.push(text),
        Some("RoleSessionName") => found.session_name = text,
        Some("SourceIdentity") => found.source_identity = Some(text),
        _ => {}
    }
}

fn local_name(element: &BytesStart<'_>) -> String {
    element.local_name().as_ref().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const RESPONSE: &str = r#"<samlp:Response xmlns:samlp="p" xmlns:saml="a"><saml:Assertion IssueInstant="2026-11-27T05:00:00Z">
        <saml:Issuer>https://idp.example?a&amp;b</saml:Issuer>
        <saml:Subject><saml:NameID Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent">a&#100;&#x61;</saml:NameID>
        <saml:SubjectConfirmation><saml:SubjectConfirmationData Recipient="https://signin.aws.amazon.com/saml"/></saml:SubjectConfirmation></saml:Subject>
        <saml:AttributeStatement><saml:Attribute Name="https://aws.amazon.com/SAML/Attributes/Role"><saml:AttributeValue>r,p</saml:AttributeValue></saml:Attribute>
        <saml:Attribute Name="https://aws.amazon.com/SAML/Attributes/RoleSessionName"><saml:AttributeValue>ada@example.com</saml:AttributeValue></saml:Attribute></saml:AttributeStatement>
        </saml:Assertion></samlp:Response>"#;

    #[test]
    fn what_an_assertion_says_is_read() {
        let expected = Assertion {
            signed: false,
            issued_unix: Some(1_795_755_600),
            expires_unix: None,
            issuer: "https://idp.example?a&b".into(),
            subject: "ada".into(),
            subject_type: "persistent".into(),
            audience: "https://signin.aws.amazon.com/saml".into(),
            session_name: "ada@example.com".into(),
            roles: vec!["r,p".into()],
            source_identity: None,
        };
        assert_eq!(open(&STANDARD.encode(RESPONSE), &[]), Some(Opened::Assertion(expected)));
    }

    #[test]
    fn what_is_none_is_told_apart() {
        assert_eq!(open("not base64", &[]), None);
        for text in ["", "<a>", "<a/>", "no xml", &RESPONSE[..300]] {
            assert_eq!(open(&STANDARD.encode(text), &[]), Some(Opened::NoAssertion), "{text}");
        }
    }
}
