//! Session policies: whether they are any, and how much room they take.

use serde_json::Value;

use super::tags::Tags;
use crate::call_refusal::CallRefusal;
use crate::fields::Fields;
use crate::reply::Shape;

/// The room for policies and tags, in bytes of their packed form. How STS packs
/// is not public: here a policy counts without its white space, and everything
/// else as it is.
const ROOM: usize = 2048;

/// Checks the session's policies and measures what it carries.
pub(super) fn shape(fields: &Fields<'_>, tags: &Tags) -> Result<Shape, CallRefusal> {
    session(fields.text("Policy"), Some(fields), tags)
}

/// The same where `Policy` is read already, and the rest may not have been sent.
pub(super) fn session(
    policy: Option<&str>,
    fields: Option<&Fields<'_>>,
    tags: &Tags,
) -> Result<Shape, CallRefusal> {
    let document = policy.map(document).transpose()?.unwrap_or(0);
    let policies = fields.map_or(0, |fields| {
        let arn = |member: &String| fields.text(&format!("{member}.arn")).map(str::len);
        fields.members("PolicyArns").iter().filter_map(arn).sum()
    });
    let tags = tags.requested_bytes();
    let bytes = document + policies + tags;
    let percent = u32::try_from((bytes * 100).div_ceil(ROOM)).unwrap_or(u32::MAX);
    if percent > 100 {
        return Err(CallRefusal::PackedTooLarge { percent, tags: bytes == tags });
    }
    let least = fields.and_then(|fields| fields.number("MinimumSessionTokenSize"));
    Ok(Shape {
        packed_percent: (bytes > 0).then_some(percent),
        token_bytes_min: least.and_then(|bytes| u16::try_from(bytes).ok()),
    })
}

/// The bytes of a policy's document without white space.
fn document(text: &str) -> Result<usize, CallRefusal> {
    let policy: Value = serde_json::from_str(text).map_err(|_| CallRefusal::PolicyIsNotJson)?;
    let version = policy.get("Version").and_then(Value::as_str).unwrap_or("2008-10-17");
    let statements = match policy.get("Statement") {
        Some(Value::Array(statements)) => statements.iter().collect(),
        Some(one) => vec![one],
        None => Vec::new(),
    };
    let known = ["2012-10-17", "2008-10-17"].contains(&version);
    if known && !statements.is_empty() && statements.into_iter().all(is_statement) {
        Ok(policy.to_string().len())
    } else {
        Err(CallRefusal::PolicySyntax)
    }
}

/// Session policies say what may be done to what; they name no principals.
fn is_statement(statement: &Value) -> bool {
    let has = |name: &str| statement.get(name).is_some_and(is_text_or_texts);
    let effect = statement.get("Effect").and_then(Value::as_str);
    matches!(effect, Some("Allow" | "Deny"))
        && has("Action") != has("NotAction")
        && has("Resource") != has("NotResource")
        && statement.get("Principal").is_none()
}

fn is_text_or_texts(value: &Value) -> bool {
    match value {
        Value::String(_) => true,
        Value::Array(texts) => !texts.is_empty() && texts.iter().all(Value::is_string),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policies_are_told_from_what_is_none() {
        let statement = r#"{"Effect":"Allow","Action":"s3:*","Resource":["*"]}"#;
        let table = [
            (format!(r#"{{"Version":"2012-10-17","Statement":{statement}}}"#), None),
            (format!(r#"{{"Statement":[{statement}, {statement}]}}"#), None),
            ("{".into(), Some(CallRefusal::PolicyIsNotJson)),
            ("{}".into(), Some(CallRefusal::PolicySyntax)),
            ("[]".into(), Some(CallRefusal::PolicySyntax)),
            (r#"{"Statement":[]}"#.into(), Some(CallRefusal::PolicySyntax)),
            (
                r#"{"Statement":{"Effect":"Allow","Action":"*"}}"#.into(),
                Some(CallRefusal::PolicySyntax),
            ),
            (
                format!(r#"{{"Version":"2020-01-01","Statement":{statement}}}"#),
                Some(CallRefusal::PolicySyntax),
            ),
        ];
        for (text, expected) in table {
            assert_eq!(document(&text).err(), expected, "{text}");
        }
    }

    #[test]
    fn white_space_takes_no_room() {
        let statement = r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#;
        let spaced = format!("{{ \"Statement\" :\n{statement} }}");
        assert_eq!(document(&spaced), Ok(r#"{"Statement":}"#.len() + statement.len()));
    }
}
