//! Whether what a program hands over are credentials, and whose.

use std::fs;
use std::path::Path;

use mock_sts::http::Mock;
use mock_sts::session::{Principal, Session};
use serde_json::Value;

use crate::record::Failure;

/// What is wrong with what was handed over.
type Wrong = (Failure, String);

/// JSON as `aws sts` prints it, with `Credentials` in it, or as
/// `credential_process` does, without.
pub(super) fn from_stdout(text: &str, mock: &Mock, role: &str) -> Result<(), Wrong> {
    let none = |why: String| (Failure::NoCredentials, why);
    let value: Value = serde_json::from_str(text.trim())
        .map_err(|error| none(format!("standard output is no JSON: {error}")))?;
    let fields = value.get("Credentials").unwrap_or(&value);
    let field = |name: &str| {
        let text = fields.get(name).and_then(Value::as_str);
        text.ok_or_else(|| none(format!("standard output has no {name}")))
    };
    are_ours(field("AccessKeyId")?, field("SecretAccessKey")?, field("SessionToken")?, mock, role)
}

/// `NAME=VALUE` lines, or `NAME<<DELIMITER`, the value, and the delimiter, as the
/// runner reads them; lines may begin with `export`. `variable` names the file.
pub(super) fn from_file(variable: &str, path: &Path, mock: &Mock, role: &str) -> Result<(), Wrong> {
    let none = |why: String| (Failure::NoCredentials, why);
    let text = fs::read_to_string(path)
        .map_err(|error| none(format!("the file of {variable} cannot be read: {error}")))?;
    let field = |name: &str| {
        value_of(&text, name).ok_or_else(|| none(format!("{variable}'s file has no {name}")))
    };
    let (key, secret) = (field("AWS_ACCESS_KEY_ID")?, field("AWS_SECRET_ACCESS_KEY")?);
    are_ours(key, secret, field("AWS_SESSION_TOKEN")?, mock, role)
}

/// The last value of a name.
fn value_of<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let mut lines = text.lines();
    let mut found = None;
    while let Some(line) = lines.next() {
        let line = line.strip_prefix("export ").unwrap_or(line);
        if let Some(value) = line.strip_prefix(name).and_then(|rest| rest.strip_prefix('=')) {
            found = Some(value.trim_matches(['"', '\'']));
        } else if line.strip_prefix(name).is_some_and(|rest| rest.starts_with("<<")) {
            found = lines.next();
        }
    }
    found
}

fn are_ours(key: &str, secret: &str, token: &str, mock: &Mock, role: &str) -> Result<(), Wrong> {
    let Some(session) = mock.session_of(key, secret, token) else {
        return Err((
            Failure::NoCredentials,
            "the credentials are none that the mock issued".into(),
        ));
    };
    if session.expires_unix <= mock.now_unix() {
        return Err((Failure::ExpiredCredentials, "the credentials have expired".into()));
    }
    match holder(&session) {
        Some(name) if role.ends_with(&format!("/{name}")) => Ok(()),
        other => {
            let other = other.unwrap_or("somebody who is no role");
            Err((
                Failure::WrongIdentity,
                format!("the credentials are for {other}, not for {role}"),
            ))
        }
    }
}

/// The name of the role that a session is for.
pub(super) fn holder(session: &Session) -> Option<&str> {
    match &session.principal {
        Principal::Role { name, .. } => Some(name),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_as_the_runner_reads_them() {
        let text = "A=1\nexport B='two'\nC<<ghadelimiter_x\nthree\nghadelimiter_x\nA=4\nAB=5\n";
        let values = ["A", "B", "C", "D"].map(|name| value_of(text, name));
        assert_eq!(values, [Some("4"), Some("two"), Some("three"), None]);
    }
}
