//! What STS and the token endpoint answered, read from the wire.

use hyper::StatusCode;
use mock_sts::decision::injected_message;
use mock_sts::error_code::ErrorCode;
use mock_sts::token_claims::unverified;
use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::Event;
use serde::Deserialize;

use crate::record::{CallError, Failure};

/// The parts of a granted answer that matter to a tool.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Granted {
    /// `AccessKeyId`.
    pub(crate) access_key_id: String,
    /// `SecretAccessKey`; a fleet's tools never look at it.
    pub(crate) secret_access_key: String,
    /// `SessionToken`; likewise.
    pub(crate) session_token: String,
    /// `Arn` of the assumed role's session.
    pub(crate) arn: String,
    /// `Expiration`, in seconds since 1970.
    pub(crate) expires_unix: i64,
}

/// Reads the answer to `AssumeRoleWithWebIdentity` or `AssumeRole`. A status that
/// says by itself what happened, such as a load balancer's 429, needs no XML of STS.
pub(crate) fn read_sts(status: StatusCode, body: &[u8]) -> Result<Granted, CallError> {
    let unreadable = |what: &str| match ErrorCode::of_status(status.as_u16()) {
        Some(code) => {
            CallError::new(Failure::Refused(code), injected_message(code).unwrap_or_default())
        }
        None => CallError::new(Failure::Unreadable, format!("HTTP {}, {what}", status.as_u16())),
    };
    let text = std::str::from_utf8(body).map_err(|_| unreadable("not a text"))?;
    let elements = elements(text).ok_or_else(|| unreadable("not the XML of STS"))?;
    let find = |name: &str| {
        let found = elements.iter().find(|(element, _)| element == name);
        found.map(|(_, text)| text.clone())
    };
    if status.is_success() {
        let missing = || unreadable("credentials are missing from the answer");
        let expiration = find("Expiration").ok_or_else(missing)?;
        let expires: jiff::Timestamp = expiration.parse().map_err(|_| missing())?;
        return Ok(Granted {
            access_key_id: find("AccessKeyId").ok_or_else(missing)?,
            secret_access_key: find("SecretAccessKey").unwrap_or_default(),
            session_token: find("SessionToken").unwrap_or_default(),
            arn: find("Arn").ok_or_else(missing)?,
            expires_unix: expires.as_second(),
        });
    }
    let code = find("Code").ok_or_else(|| unreadable("without an error code"))?;
    let message = find("Message").unwrap_or_default();
    match ErrorCode::from_wire(&code) {
        Some(code) => Err(CallError::new(Failure::Refused(code), message)),
        None => Err(unreadable(&format!("unknown code {code}: {message}"))),
    }
}

/// Every element that holds text, with it, in the order of the document.
fn elements(text: &str) -> Option<Vec<(String, String)>> {
    let mut reader = Reader::from_str(text);
    let mut found = Vec::new();
    let (mut name, mut value) = (String::new(), String::new());
    let mut depth = 0_usize;
    loop {
        match reader.read_event().ok()? {
            Event::Start(start) => {
                name = start.local_name().as_ref().to_owned();
                value.clear();
                depth += 1;
            }
            Event::Text(text) => value.push_str(&text),
            Event::GeneralRef(entity) => match entity.resolve_char_ref().ok()? {
                Some(character) => value.push(character),
                None => value.push_str(resolve_predefined_entity(&entity)?),
            },
            Event::End(_) => {
                depth = depth.checked_sub(1)?;
                if !name.is_empty() {
                    found.push((std::mem::take(&mut name), std::mem::take(&mut value)));
                }
            }
            Event::Eof => return (depth == 0 && !found.is_empty()).then_some(found),
            _ => {}
        }
    }
}

#[derive(Deserialize)]
struct TokenAnswer {
    value: String,
}

#[derive(Deserialize)]
struct TokenRefusal {
    message: String,
}

/// When a token expires, in seconds since 1970; nobody has verified it.
pub(crate) fn expiry(token: &str) -> Option<i64> {
    unverified(token)?.get("exp")?.as_i64()
}

/// Reads the token endpoint's answer: the JWT, and its expiry in seconds since
/// 1970.
pub(crate) fn read_token(status: StatusCode, body: &[u8]) -> Result<(String, i64), CallError> {
    let unreadable = |what: &str| {
        let text = format!("the token endpoint: HTTP {}, {what}", status.as_u16());
        CallError::new(Failure::Unreadable, text)
    };
    if !status.is_success() {
        let refused: Option<TokenRefusal> = serde_json::from_slice(body).ok();
        return Err(match refused {
            Some(refused) => CallError::token_refused(status.as_u16(), &refused.message),
            None => unreadable("no token"),
        });
    }
    let answer: TokenAnswer =
        serde_json::from_slice(body).map_err(|_| unreadable("no `value` in the answer"))?;
    let expires =
        expiry(&answer.value).ok_or_else(|| unreadable("the token is not a JWT that expires"))?;
    Ok((answer.value, expires))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(status: u16, body: &str) -> String {
        let status = StatusCode::from_u16(status).expect("a status");
        let error = read_sts(status, body.as_bytes()).err().expect("not granted");
        format!("{}: {}", error.failure, error.message())
    }

    #[test]
    fn errors_keep_their_code_and_literal_message() {
        let body = "<ErrorResponse xmlns=\"x\">\n  <Error>\n    <Type>Sender</Type>\n    <Code>InvalidIdentityToken</Code>\n    <Message>Couldn&apos;t &lt;do&gt; it &#65;&amp;b</Message>\n  </Error>\n  <RequestId>r</RequestId>\n</ErrorResponse>\n";
        assert_eq!(error(400, body), "InvalidIdentityToken: Couldn't <do> it A&b");
    }

    #[test]
    fn what_sts_would_never_say_is_unreadable_and_says_so() {
        assert_eq!(
            error(502, "<html>Bad Gateway</html>"),
            "Unreadable: HTTP 502, without an error code"
        );
        assert_eq!(error(200, "<A><B>cut"), "Unreadable: HTTP 200, not the XML of STS");
        assert_eq!(error(200, ""), "Unreadable: HTTP 200, not the XML of STS");
        assert_eq!(error(429, "<E><Code>Slow</Code></E>"), "TooManyRequests: Too Many Requests");
        assert_eq!(
            error(200, "<R><AccessKeyId>a</AccessKeyId></R>"),
            "Unreadable: HTTP 200, credentials are missing from the answer"
        );
    }
}
