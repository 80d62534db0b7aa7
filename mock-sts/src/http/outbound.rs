//! Web identity tokens that STS issues, and where their keys are to be had. The
//! issuer is an address of this server, so that a verifier finds its way from
//! the token to the keys.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::header::HOST;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde_json::{Map, Value, json};

use super::answer;
use super::router::Mock;
use super::sts::header;
use super::xml::timestamp;
use crate::arn::is_account;
use crate::idp::jwks::outbound_discovery;
use crate::reply::WebIdentityClaims;

/// What is said about the keys; AWS's own header is not public.
const CACHE_CONTROL: &str = "public, max-age=3600";

/// The issuer of an account's tokens, at the address a request came to.
fn issuer(headers: &HeaderMap, account: &str) -> String {
    let host = header(headers, HOST.as_str());
    format!("http://{host}/outbound/{account}")
}

/// `GET /outbound/ACCOUNT/.well-known/openid-configuration`.
pub(super) async fn discovery(Path(account): Path<String>, headers: HeaderMap) -> Response {
    if !is_account(&account) {
        return answer::empty(StatusCode::NOT_FOUND);
    }
    let issuer = issuer(&headers, &account);
    outbound_discovery(&issuer, &format!("{issuer}/.well-known/jwks.json")).map_or_else(
        |_| answer::empty(StatusCode::INTERNAL_SERVER_ERROR),
        |document| answer::json(StatusCode::OK, CACHE_CONTROL, document),
    )
}

/// `GET /outbound/ACCOUNT/.well-known/jwks.json`: the same keys for every account.
pub(super) async fn jwks(State(mock): State<Arc<Mock>>) -> Response {
    let made = tokio::task::spawn_blocking(move || {
        let keys = mock.outbound_keys().as_ref().ok();
        keys.map(|keys| keys.jwks().to_owned())
    });
    match made.await {
        Ok(Some(keys)) => answer::json(StatusCode::OK, CACHE_CONTROL, keys),
        _ => answer::empty(StatusCode::INTERNAL_SERVER_ERROR),
    }
}

/// The token of these claims, with a `jti` of its own; nothing when it cannot be
/// signed.
pub(super) async fn sign(
    mock: &Arc<Mock>,
    claims: &WebIdentityClaims,
    headers: &HeaderMap,
) -> Option<String> {
    let payload = payload(mock, claims, headers);
    let (mock, algorithm) = (Arc::clone(mock), claims.algorithm);
    let signed = tokio::task::spawn_blocking(move || {
        mock.outbound_keys().as_ref().ok()?.sign(algorithm, &payload).ok()
    });
    signed.await.ok().flatten()
}

/// The claims as AWS documents them.
fn payload(mock: &Mock, claims: &WebIdentityClaims, headers: &HeaderMap) -> Value {
    let mut about = Map::new();
    about.insert("aws_account".into(), json!(claims.account));
    about.insert("source_region".into(), json!(claims.region));
    about.insert("principal_id".into(), json!(claims.subject));
    if let Some(ends) = claims.session_expires_unix {
        about.insert("original_session_exp".into(), json!(timestamp(ends).to_string()));
    }
    if !claims.tags.is_empty() {
        let tags = claims.tags.iter().map(|(key, value)| (key.clone(), json!(value)));
        about.insert("request_tags".into(), Value::Object(tags.collect()));
    }
    let audience = match &claims.audiences[..] {
        [one] => json!(one),
        several => json!(several),
    };
    json!({
        "iss": issuer(headers, &claims.account),
        "aud": audience,
        "sub": claims.subject,
        "iat": claims.issued_unix,
        "exp": claims.expires_unix,
        "jti": mock.request_ids.next(),
        "https://sts.amazonaws.com/": about,
    })
}
