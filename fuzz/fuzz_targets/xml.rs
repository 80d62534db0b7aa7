//! What the answers' writer makes of any text, as another parser reads it.

#![no_main]

use libfuzzer_sys::fuzz_target;
use mock_sts::decision::Refusal;
use mock_sts::http::elements::{Element, success};
use mock_sts::http::xml::refused;
use roxmltree::Document;

/// Every character that XML 1.0 can hold (its production `Char`), U+FFFD for each other.
fn written(text: &str) -> String {
    let held = |c: char| match c {
        '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'.. => c,
        _ => '\u{fffd}',
    };
    text.chars().map(held).collect()
}

fn read(document: &str, element: &str) -> String {
    let document = Document::parse(document).expect("well-formed XML");
    let value = document.descendants().find(|node| node.tag_name().name() == element);
    value.and_then(|value| value.text()).unwrap_or_default().to_owned()
}

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    let elements = [Element::Text("Value", text.as_ref().into())];
    assert_eq!(read(&success("Any", &elements, "id"), "Value"), written(&text));
    let refusal = Refusal::InvalidAction { action: text.into_owned(), version: None };
    let message = refusal.message().unwrap_or_default().into_owned();
    assert_eq!(read(&refused(&refusal, "id"), "Message"), written(&message));
});
