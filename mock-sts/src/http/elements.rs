//! Answers as trees of elements: the shape of every operation but the two that
//! are written out in [`super::xml`].

use std::borrow::Cow;

use super::credentials::Credentials;
use super::xml::{STS, text, timestamp};
use crate::reply::{Ground, Issue, Reply, Shape};
use crate::session::{Principal, Session};

/// The most bytes a session token may have (`MinimumSessionTokenSize`'s bound).
const LARGEST_TOKEN: usize = 4096;

/// An element of an answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Element<'a> {
    /// With text in it.
    Text(&'static str, Cow<'a, str>),
    /// With elements in it.
    Group(&'static str, Vec<Element<'a>>),
}

use Element::{Group, Text};

/// The answer to `action` whose result holds `elements`.
#[must_use]
pub fn success(action: &str, elements: &[Element<'_>], request_id: &str) -> String {
    let result = write(elements, 2);
    format!(
        "<{action}Response xmlns=\"{STS}\">
  <{action}Result>
{result}  </{action}Result>
  <ResponseMetadata>
    <RequestId>{request_id}</RequestId>
  </ResponseMetadata>
</{action}Response>
"
    )
}

/// The elements, a line each, `depth` levels in.
pub(super) fn write(elements: &[Element<'_>], depth: usize) -> String {
    if elements.is_empty() {
        return String::new();
    }
    let indent = "  ".repeat(depth);
    let written = elements.iter().map(|element| match element {
        Text(name, value) => format!("{indent}<{name}>{}</{name}>\n", text(value)),
        Group(name, inner) => {
            format!("{indent}<{name}>\n{}{indent}</{name}>\n", write(inner, depth + 1))
        }
    });
    written.collect()
}

/// What issued credentials are answered with; the order is the documentation's.
#[must_use]
pub fn issued<'a>(
    issue: &'a Issue,
    credentials: &'a Credentials,
    partition: &str,
) -> Vec<Element<'a>> {
    let session = &issue.session;
    let keys = Group(
        "Credentials",
        vec![
            Text("AccessKeyId", (&*credentials.access_key_id).into()),
            Text("SecretAccessKey", (&*credentials.secret_access_key).into()),
            Text("SessionToken", (&*credentials.session_token).into()),
            Text("Expiration", timestamp(session.expires_unix).to_string().into()),
        ],
    );
    let mut elements = Vec::new();
    if let Some(identity) = &session.source_identity {
        elements.push(Text("SourceIdentity", identity.into()));
    }
    let (id, arn) = (session.user_id().into(), session.arn(partition).into());
    match (&issue.on, &session.principal) {
        (Ground::TradeIn { principal }, _) => {
            elements = vec![keys, Text("AssumedPrincipal", principal.into())];
        }
        (_, Principal::Role { .. }) => {
            let user = vec![Text("AssumedRoleId", id), Text("Arn", arn)];
            elements.extend([Group("AssumedRoleUser", user), keys]);
        }
        (_, Principal::Federated { .. }) => {
            let user = vec![Text("FederatedUserId", id), Text("Arn", arn)];
            elements.extend([keys, Group("FederatedUser", user)]);
        }
        (_, Principal::User { .. } | Principal::Root) => elements.push(keys),
    }
    if let Ground::Saml { assertion, name_qualifier } = &issue.on {
        elements.insert(0, Text("Issuer", (&*assertion.issuer).into()));
        elements.extend([
            Text("Audience", (&*assertion.audience).into()),
            Text("SubjectType", (&*assertion.subject_type).into()),
            Text("NameQualifier", name_qualifier.into()),
            Text("Subject", (&*assertion.subject).into()),
        ]);
    }
    elements.extend(measures(issue.shape, credentials));
    elements
}

/// What the answer to `AssumeRoleWithWebIdentity` ends with, in an order that no
/// capture shows.
pub(super) fn more(
    session: &Session,
    shape: Shape,
    credentials: &Credentials,
) -> Vec<Element<'static>> {
    let identity = session.source_identity.clone();
    let mut elements: Vec<_> =
        identity.map(|identity| Text("SourceIdentity", identity.into())).into_iter().collect();
    elements.extend(measures(shape, credentials));
    elements
}

/// `PackedPolicySize` where there is something packed, and what the session
/// token came to where its size was asked for.
fn measures(shape: Shape, credentials: &Credentials) -> Vec<Element<'static>> {
    let mut elements = Vec::new();
    if let Some(percent) = shape.packed_percent {
        elements.push(Text("PackedPolicySize", percent.to_string().into()));
    }
    if shape.token_bytes_min.is_some() {
        let bytes = credentials.session_token.len();
        let percent = (bytes * 100).div_ceil(LARGEST_TOKEN);
        elements.push(Text("SessionTokenUtilization", percent.to_string().into()));
        elements.push(Text("SessionTokenSize", bytes.to_string().into()));
    }
    elements
}

/// What the operations answer that issue no credentials; nothing for the others.
#[must_use]
pub fn told(reply: &Reply) -> Vec<Element<'_>> {
    match reply {
        Reply::AccessKeyInfo { account } => vec![Text("Account", account.into())],
        Reply::Decoded(message) => vec![Text("DecodedMessage", message.into())],
        Reply::Issued(_) | Reply::WebIdentity(_) => Vec::new(),
    }
}

/// What a signed web identity token is answered with.
#[must_use]
pub fn web_identity(token: &str, expires_unix: u64) -> Vec<Element<'_>> {
    vec![
        Text("WebIdentityToken", token.into()),
        Text("Expiration", timestamp(expires_unix).to_string().into()),
    ]
}
