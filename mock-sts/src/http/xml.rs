//! Verdicts -> the exact bytes of STS: two-space indent, no prolog, a newline
//! at the end, elements in the order of captured answers.

use std::borrow::Cow;
use std::fmt::Write as _;

use jiff::Timestamp;

use super::credentials::Credentials;
use super::elements;
use crate::decision::Refusal;
use crate::error_code::ErrorCode;
use crate::reply::Shape;
use crate::request::Session;

/// The namespace of STS's answers.
pub(super) const STS: &str = "https://sts.amazonaws.com/doc/2011-06-15/";
/// The namespace of the one error that comes from in front of STS.
const AWS_FAULT: &str = "http://webservices.amazon.com/AWSFault/2005-15-09";

/// What the answer to a granted `AssumeRoleWithWebIdentity` says.
#[derive(Clone, Debug)]
pub struct Granted<'a> {
    /// The token's audience that was accepted.
    pub audience: &'a str,
    /// The ARN of the account's OIDC provider.
    pub provider: &'a str,
    /// The token's `sub`.
    pub subject: &'a str,
    /// `aws`, `aws-cn` or `aws-us-gov`.
    pub partition: &'a str,
    /// Whom the credentials speak for.
    pub session: &'a Session,
    /// The credentials.
    pub credentials: &'a Credentials,
    /// What was asked about the session itself.
    pub shape: Shape,
}

/// The answer that hands out credentials.
#[must_use]
pub fn granted(granted: &Granted<'_>, request_id: &str) -> String {
    let Granted { session, credentials, .. } = granted;
    let mut answer = String::with_capacity(ROOM + credentials.session_token.len());
    // Writing to a string cannot fail.
    let _ = write!(
        answer,
        "<AssumeRoleWithWebIdentityResponse xmlns=\"{STS}\">
  <AssumeRoleWithWebIdentityResult>
    <Audience>{audience}</Audience>
    <AssumedRoleUser>
      <AssumedRoleId>{user_id}</AssumedRoleId>
      <Arn>{arn}</Arn>
    </AssumedRoleUser>
    <Provider>{provider}</Provider>
    <Credentials>
      <AccessKeyId>{access_key_id}</AccessKeyId>
      <SecretAccessKey>{secret_access_key}</SecretAccessKey>
      <SessionToken>{session_token}</SessionToken>
      <Expiration>{expiration}</Expiration>
    </Credentials>
    <SubjectFromWebIdentityToken>{subject}</SubjectFromWebIdentityToken>
{more}  </AssumeRoleWithWebIdentityResult>
  <ResponseMetadata>
    <RequestId>{request_id}</RequestId>
  </ResponseMetadata>
</AssumeRoleWithWebIdentityResponse>
",
        audience = text(granted.audience),
        user_id = text(&session.user_id()),
        arn = text(&session.arn(granted.partition)),
        provider = text(granted.provider),
        access_key_id = text(&credentials.access_key_id),
        secret_access_key = text(&credentials.secret_access_key),
        session_token = text(&credentials.session_token),
        expiration = timestamp(session.expires_unix),
        subject = text(granted.subject),
        more = elements::write(&elements::more(session, granted.shape, credentials), 2),
    );
    answer
}

/// What an answer with credentials takes beside its session token, in bytes, for
/// names as long as they usually are.
const ROOM: usize = 1536;

/// The answer to a granted `GetCallerIdentity`.
#[must_use]
pub fn identified(session: &Session, partition: &str, request_id: &str) -> String {
    format!(
        "<GetCallerIdentityResponse xmlns=\"{STS}\">
  <GetCallerIdentityResult>
    <Arn>{arn}</Arn>
    <UserId>{user_id}</UserId>
    <Account>{account}</Account>
  </GetCallerIdentityResult>
  <ResponseMetadata>
    <RequestId>{request_id}</RequestId>
  </ResponseMetadata>
</GetCallerIdentityResponse>
",
        arn = text(&session.arn(partition)),
        user_id = text(&session.user_id()),
        account = text(&session.account),
    )
}

/// The answer that refuses; of a code that is bare, its text alone.
#[must_use]
pub fn refused(refusal: &Refusal, request_id: &str) -> String {
    let code = refusal.code();
    if code.is_bare() {
        return refusal.message().unwrap_or_default().into_owned() + "\n";
    }
    let namespace = if code == ErrorCode::InvalidAction { AWS_FAULT } else { STS };
    let message = refusal
        .message()
        .map(|message| format!("    <Message>{}</Message>\n", text(&message)))
        .unwrap_or_default();
    format!(
        "<ErrorResponse xmlns=\"{namespace}\">
  <Error>
    <Type>{fault}</Type>
    <Code>{code}</Code>
{message}  </Error>
  <RequestId>{request_id}</RequestId>
</ErrorResponse>
",
        fault = code.fault(),
    )
}

/// `2026-01-02T03:04:05Z`; years that do not fit are the last that does.
pub(super) fn timestamp(unix: u64) -> Timestamp {
    i64::try_from(unix)
        .ok()
        .and_then(|seconds| Timestamp::from_second(seconds).ok())
        .unwrap_or(Timestamp::MAX)
}

/// Escaped as element content. Quotes stay as they are, as STS leaves them, and
/// characters that XML 1.0 has no way to write become U+FFFD.
pub(super) fn text(raw: &str) -> Cow<'_, str> {
    // All bytes are looked at, since a loop without a way out is done many at once.
    if !raw.bytes().fold(false, |found, byte| found | !is_plain(byte)) {
        return raw.into();
    }
    let escaped = quick_xml::escape::partial_escape(raw);
    if escaped.chars().any(unwritable) {
        escaped.replace(unwritable, "\u{fffd}").into()
    } else {
        escaped
    }
}

/// Whether a byte stands for itself wherever it comes.
fn is_plain(byte: u8) -> bool {
    matches!(byte, b' '..=b'~') & !matches!(byte, b'<' | b'>' | b'&')
}

fn unwritable(c: char) -> bool {
    matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped_as_little_as_xml_allows() {
        assert_eq!(text("Couldn't <a> & \"b\""), "Couldn't &lt;a&gt; &amp; \"b\"");
        assert_eq!(text("a\0b\u{1b}\tc\u{ffff}"), "a\u{fffd}b\u{fffd}\tc\u{fffd}");
    }

    #[test]
    fn timestamps_have_no_fraction_and_do_not_overflow() {
        assert_eq!(timestamp(1_635_296_400).to_string(), "2021-10-27T01:00:00Z");
        assert!(timestamp(u64::MAX).to_string().starts_with("9999-12-3"));
    }
}
