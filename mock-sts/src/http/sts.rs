//! One request to STS, from its bytes to its answer.

use std::sync::Arc;
use std::time::Duration;

use axum::BoxError;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::State;
use axum::http::header::{CONTENT_TYPE, HOST};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, Request as HttpRequest, StatusCode};
use axum::response::Response;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::body::Incoming;

use super::calls::{call, least};
use super::connected::Connection;
use super::credentials::{mint_sized, role_id};
use super::delivery::{Fate, deliver};
use super::header_case::as_sts;
use super::query::{self, Asked, Parameters};
use super::race::within;
use super::router::Mock;
use super::sigv4::{self, Checked, Received, Signer};
use super::token::TokenParts;
use super::{answer, watch, xml};
use crate::arn;
use crate::decision::{Decision, Delivery, Grant, Refusal, Verdict};
use crate::dice::key_of;
use crate::error_code::ErrorCode;
use crate::request::{Caller, Operation, Request, WebIdentity};
use crate::session::{Principal, Session};

/// The longest body that is read, in bytes: a SAML assertion has at most 100 000 characters, each of
/// three bytes at most in a form.
pub(super) const LONGEST_BODY: usize = 320 * 1024;
/// The longest a body may take to arrive.
const BODY_WITHIN: Duration = Duration::from_secs(10);

/// Any path but the identity provider's.
pub(super) async fn answer(State(mock): State<Arc<Mock>>, request: HttpRequest<Body>) -> Response {
    let fate = request.extensions().get::<Connection>().map(|connection| connection.fate.clone());
    answer_with(&mock, fate, request).await
}

/// The path that clients call STS at, of a connection.
pub(super) async fn answer_on(
    mock: &Arc<Mock>,
    connection: Connection,
    mut request: HttpRequest<Incoming>,
) -> Response {
    let fate = connection.fate.clone();
    if mock.watchers().is_some() {
        request.extensions_mut().insert(connection);
    }
    answer_with(mock, Some(fate), request).await
}

async fn answer_with<B>(mock: &Arc<Mock>, fate: Option<Fate>, request: HttpRequest<B>) -> Response
where
    B: HttpBody,
    B::Error: Into<BoxError>,
{
    let mut response = received(mock, request).await;
    as_sts(&mut response);
    deliver(response, fate).await
}

async fn received<B>(mock: &Arc<Mock>, request: HttpRequest<B>) -> Response
where
    B: HttpBody,
    B::Error: Into<BoxError>,
{
    let (head, body) = request.into_parts();
    if head.method != Method::GET && head.method != Method::POST {
        return answer::method_not_allowed();
    }
    let body = match receive(body).await {
        Ok(body) => body,
        Err(status) => return answer::unread(status),
    };
    match mock.watchers() {
        None => respond(mock, &head, &body).await,
        Some(watchers) => watch::sts(mock, watchers, head, body).await,
    }
}

/// The answer to a request that has arrived in full, not yet delivered.
pub(super) async fn respond(mock: &Arc<Mock>, head: &Parts, body: &[u8]) -> Response {
    let post = head.method == Method::POST;
    let query = head.uri.query().unwrap_or_default();
    match query::read(post, query, header(&head.headers, CONTENT_TYPE.as_str()), body) {
        Asked::WebPage(address) => answer::redirect(&address),
        Asked::Unknown { action, version } => {
            let (action, version) = (action.into_owned(), version.map(|text| text.into_owned()));
            mock.unknown_action(action, version)
        }
        Asked::AssumeRoleWithWebIdentity(parameters) => {
            assume(mock, &parameters, &head.headers).await
        }
        Asked::GetCallerIdentity => identify(mock, head, body).await,
        Asked::Call(action, fields) => call(mock, action, &fields, head, body).await,
    }
}

async fn receive<B>(body: B) -> Result<Bytes, StatusCode>
where
    B: HttpBody,
    B::Error: Into<BoxError>,
{
    let whole = Limited::new(body, LONGEST_BODY).collect();
    #[expect(clippy::disallowed_methods, reason = "a slow client is cut off in real time")]
    let timer = || tokio::time::sleep(BODY_WITHIN);
    match within(timer, whole).await {
        Some(Ok(body)) => Ok(body.to_bytes()),
        Some(Err(error)) if error.is::<LengthLimitError>() => Err(StatusCode::PAYLOAD_TOO_LARGE),
        Some(Err(_)) => Err(StatusCode::BAD_REQUEST),
        None => Err(StatusCode::REQUEST_TIMEOUT),
    }
}

async fn assume(mock: &Mock, parameters: &Parameters<'_>, headers: &HeaderMap) -> Response {
    let token = parameters.token.as_deref();
    let mut identity = token.and_then(|token| mock.verifier.recall(mock.now(), token));
    if let (Some(token), Some(identity)) = (token, &mut identity)
        && let Some(keys) = mock.external(&identity.issuer)
        && let Some(parts) = TokenParts::of(token)
    {
        // The wait for somebody else's keys comes before the service's own decision.
        Arc::make_mut(identity).signature = keys.check(&parts).await;
    }
    let name = parameters.role_session_name.as_deref().unwrap_or_default();
    let operation = parameters.operation(identity.as_deref());
    let (arrived, decision) = mock.decide(&Request {
        caller: mock.caller(name, headers),
        operation: Operation::AssumeRoleWithWebIdentity(operation),
    });
    mock.wait(arrived, decision.respond_after).await;
    mock.render(&decision, |verdict, request_id| match (verdict, &identity) {
        (Verdict::Granted(grant), Some(identity)) => {
            Some(mock.granted(grant, identity, parameters, request_id))
        }
        _ => None,
    })
}

async fn identify(mock: &Mock, head: &Parts, body: &[u8]) -> Response {
    let (signer, checked) = mock.check(head, body);
    let (arrived, decision) = mock.decide(&Request {
        caller: mock.caller(&signer.access_key_id, &head.headers),
        operation: Operation::GetCallerIdentity(checked.as_signed()),
    });
    mock.wait(arrived, decision.respond_after).await;
    mock.render(&decision, |verdict, request_id| match (verdict, &checked) {
        (Verdict::Identified, Checked::Valid(session)) => {
            Some(xml::identified(session, mock.partition(), request_id))
        }
        _ => None,
    })
}

impl Mock {
    /// Who signed a request, and with which access key.
    pub(super) fn check(&self, head: &Parts, body: &[u8]) -> (Signer, Checked) {
        let received = Received {
            method: head.method.as_str(),
            path: head.uri.path(),
            query: head.uri.query().unwrap_or_default(),
            headers: &head.headers,
            body,
        };
        sigv4::check(&received, &self.keyring(), self.now_unix())
    }

    /// Whose luck a request draws from. Real clients call by the same session
    /// name again and again, so each of their requests is somebody of its own.
    pub(super) fn caller(&self, name: &str, headers: &HeaderMap) -> Caller {
        let region = self.region(headers);
        let source = header(headers, SOURCE).parse().unwrap_or_else(|_| key_of(name));
        match attempt(headers) {
            Some(attempt) => Caller { key: key_of(name), attempt, source, region },
            None => Caller { key: key_of(name) ^ self.next_request(), attempt: 1, source, region },
        }
    }

    /// The region that the `Host` header names; the mock's own where it names none that there is.
    pub(super) fn region(&self, headers: &HeaderMap) -> u16 {
        let named = region_of(header(headers, HOST.as_str()));
        named.and_then(|name| self.config.service.region_number(name)).unwrap_or(0)
    }

    /// Writes a decision down; `success` writes the verdict that the operation
    /// is made for.
    pub(super) fn render(
        &self,
        decision: &Decision,
        success: impl FnOnce(&Verdict, &str) -> Option<String>,
    ) -> Response {
        let request_id = self.request_ids.next();
        let (status, body) = match &decision.verdict {
            Verdict::Refused(refusal) => {
                (refusal.code().status(), Some(xml::refused(refusal, &request_id)))
            }
            // It never reaches the wire.
            Verdict::Dropped => (500, Some(String::new())),
            verdict => (200, success(verdict, &request_id)),
        };
        match body {
            Some(body) => {
                let extended_id = self.extended_id();
                let mut response =
                    answer::xml(status, decision.delivery, &request_id, &extended_id, body);
                if let Verdict::Refused(refusal) = &decision.verdict {
                    self.dress(refusal.code(), &mut response);
                }
                response
            }
            None => unreachable!("the service grants readable tokens and identifies valid signers"),
        }
    }

    /// What only some refusals have, or lack.
    fn dress(&self, code: ErrorCode, response: &mut Response) {
        if code.is_throttle() {
            answer::come_back(response, &self.config.service.throttle_headers);
        }
        if code.is_bare() {
            answer::bare(response);
        }
    }

    fn granted(
        &self,
        grant: &Grant,
        identity: &WebIdentity,
        parameters: &Parameters<'_>,
        request_id: &str,
    ) -> String {
        let role_arn = parameters.role_arn.as_deref().unwrap_or_default();
        let (account, name) = arn::role(role_arn).unwrap_or_default();
        let principal = Principal::Role {
            name: name.to_owned(),
            id: match grant.role {
                Some(known) => self.role_ids[known].clone(),
                None => role_id(role_arn),
            },
            session: parameters.role_session_name.as_deref().unwrap_or_default().to_owned(),
        };
        let session = Session {
            source_identity: identity.source_identity().map(str::to_owned),
            tags: identity.tags(),
            ..Session::new(account, principal, grant.expires_unix)
        };
        let mut providers = self.config.providers();
        let provider = providers.find(|known| known.issuer == identity.issuer);
        let provider = provider.unwrap_or(&self.config.idp);
        let registered = |audience: &&String| provider.audiences.contains(audience);
        let audience = identity.audiences.iter().find(registered);
        let granted = xml::Granted {
            audience: audience.map_or("", String::as_str),
            provider: &self.provider_arn(&provider.issuer),
            subject: identity.subject.as_deref().unwrap_or_default(),
            partition: self.partition(),
            credentials: &mint_sized(&self.secret, &session, grant.serial, least(grant.shape)),
            shape: grant.shape,
            session: &session,
        };
        xml::granted(&granted, request_id)
    }

    fn unknown_action(&self, action: String, version: Option<String>) -> Response {
        let refusal = Refusal::InvalidAction { action, version };
        let delivery =
            if self.config.service.close_on_error { Delivery::Close } else { Delivery::KeepAlive };
        let verdict = Verdict::Refused(refusal);
        self.render(&Decision { verdict, respond_after: Duration::ZERO, delivery }, |_, _| None)
    }

    /// `arn:aws:iam::ACCOUNT:oidc-provider/HOST[/PATH]`.
    pub(super) fn provider_arn(&self, issuer: &str) -> String {
        let host = issuer.split_once("://").map_or(issuer, |(_, host)| host);
        let (partition, account) = (self.partition(), &self.config.service.account);
        format!("arn:{partition}:iam::{account}:oidc-provider/{host}")
    }

    /// The partition of the mock's region.
    pub(super) fn partition(&self) -> &'static str {
        self.config.service.partition()
    }
}

/// Numbers the attempts of a caller whose luck is to be the same in every run:
/// sent by the harness.
const ATTEMPT: &str = "x-stampede-attempt";

/// Numbers the jobs of a fleet, for limits per source: sent by the harness.
const SOURCE: &str = "x-stampede-source";

/// The region of a regional endpoint's host: `sts.REGION.amazonaws.com` at AWS (documented), and
/// here any other end as well, such as `.localhost`.
fn region_of(host: &str) -> Option<&str> {
    let (service, rest) = host.split_once('.')?;
    let (region, _) = rest.split_once('.')?;
    service.eq_ignore_ascii_case("sts").then_some(region)
}

/// The caller's own number of this attempt, from 1; `None` from all others.
pub(super) fn attempt(headers: &HeaderMap) -> Option<u32> {
    header(headers, ATTEMPT).parse().ok().filter(|attempt| *attempt > 0)
}

pub(super) fn header<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_regional_host_names_its_region() {
        let table = [
            ("sts.eu-west-1.amazonaws.com", Some("eu-west-1")),
            ("STS.eu-west-1.localhost:4566", Some("eu-west-1")),
            ("sts.amazonaws.com", Some("amazonaws")),
            ("127.0.0.1:4566", None),
            ("localhost:4566", None),
            ("sts.eu-west-1", None),
            ("", None),
        ];
        for (host, region) in table {
            assert_eq!(region_of(host), region, "{host}");
        }
    }

    #[test]
    fn only_the_harness_numbers_its_attempts() {
        let table = [("1", Some(1)), ("4", Some(4)), ("0", None), ("x", None), ("", None)];
        for (value, expected) in table {
            let mut headers = HeaderMap::new();
            headers.insert(ATTEMPT, value.parse().unwrap());
            assert_eq!(attempt(&headers), expected, "{value}");
        }
        let mut sdk = HeaderMap::new();
        sdk.insert("amz-sdk-request", "attempt=2; max=3".parse().unwrap());
        assert_eq!(attempt(&sdk), None, "sessions of real clients share names");
    }
}
