//! One request of an operation that is read by name, to its answer.

use std::sync::Arc;

use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use super::credentials::mint_sized;
use super::elements::{issued, success, told, web_identity};
use super::router::Mock;
use super::sigv4::{Checked, Signer};
use super::sts::attempt;
use super::{answer, outbound, sealed};
use crate::action::{Action, Call};
use crate::decision::Verdict;
use crate::fields::Fields;
use crate::reply::{Reply, Shape};
use crate::request::{Operation, Request};

/// Checks, decides, waits, and writes down what was decided.
pub(super) async fn call(
    mock: &Arc<Mock>,
    action: Action,
    fields: &Fields<'_>,
    head: &Parts,
    body: &[u8],
) -> Response {
    let (signer, checked) = if action.is_signed() {
        mock.check(head, body)
    } else {
        (Signer::default(), Checked::Missing)
    };
    let opened = sealed::open(&mock.secret, &mock.config.service.identities, action, fields);
    let (signed, opened) = (checked.as_signed(), opened.as_ref());
    let region = match &*signer.region {
        "" => &*mock.config.service.region,
        region => region,
    };
    let (arrived, decision) = mock.decide(&Request {
        caller: mock.caller(who(&signer, fields, &head.headers), &head.headers),
        operation: Operation::Call(Call { action, region, fields, signed, opened }),
    });
    mock.wait(arrived, decision.respond_after).await;
    let mut token = None;
    if let Verdict::Answered(reply) = &decision.verdict
        && let Reply::WebIdentity(claims) = &**reply
    {
        token = outbound::sign(mock, claims, &head.headers).await;
        if token.is_none() {
            return answer::empty(StatusCode::INTERNAL_SERVER_ERROR);
        }
    }
    mock.render(&decision, |verdict, request_id| match verdict {
        Verdict::Answered(reply) => Some(mock.written(action, reply, token.as_deref(), request_id)),
        _ => None,
    })
}

/// Whose luck a call draws from: of the harness's, that of the session it asks for,
/// since keys are made anew in every run.
fn who<'a>(signer: &'a Signer, fields: &'a Fields<'_>, headers: &HeaderMap) -> &'a str {
    let session = fields.text("RoleSessionName").filter(|_| attempt(headers).is_some());
    session.unwrap_or(&signer.access_key_id)
}

/// The least bytes of a session token.
pub(super) fn least(shape: Shape) -> usize {
    usize::from(shape.token_bytes_min.unwrap_or(0))
}

impl Mock {
    fn written(
        &self,
        action: Action,
        reply: &Reply,
        token: Option<&str>,
        request_id: &str,
    ) -> String {
        match reply {
            Reply::Issued(issue) => {
                let least = least(issue.shape);
                let credentials = mint_sized(&self.secret, &issue.session, issue.serial, least);
                let elements = issued(issue, &credentials, self.partition());
                success(action.name(), &elements, request_id)
            }
            Reply::WebIdentity(claims) => {
                let elements = web_identity(token.unwrap_or_default(), claims.expires_unix);
                success(action.name(), &elements, request_id)
            }
            reply => success(action.name(), &told(reply), request_id),
        }
    }
}
