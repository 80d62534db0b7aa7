//! The identity provider's three addresses.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::{AUTHORIZATION, HOST};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;
use serde::Serialize;

use super::answer;
use super::router::Mock;
use crate::dice::{Dice, Purpose, key_of};
use crate::idp::{issue, jwks};

/// What the token endpoint answers.
#[derive(Serialize)]
struct Issued<'a> {
    /// The token's length, as GitHub's endpoint has it.
    count: usize,
    value: &'a str,
}

#[derive(Serialize)]
struct Refused<'a> {
    message: &'a str,
}

/// `GET /.well-known/openid-configuration`: the configured issuer, with its
/// keys at the address the request came to.
pub(super) async fn discovery(State(mock): State<Arc<Mock>>, headers: HeaderMap) -> Response {
    let issuer = &mock.config.idp.issuer;
    let base = match headers.get(HOST).and_then(|host| host.to_str().ok()) {
        Some(host) => format!("http://{host}"),
        None => issuer.trim_end_matches('/').to_owned(),
    };
    let document = jwks::discovery(
        issuer,
        &format!("{base}/.well-known/jwks"),
        mock.config.idp.preset.claim_names(),
        mock.config.idp.algorithm,
    );
    document.map_or_else(
        |_| answer::empty(StatusCode::INTERNAL_SERVER_ERROR),
        |document| answer::json(StatusCode::OK, &mock.config.idp.cache_control, document),
    )
}

/// `GET /.well-known/jwks`, with the configured `Cache-Control`.
pub(super) async fn jwks(State(mock): State<Arc<Mock>>) -> Response {
    let (provider, now) = (Arc::clone(&mock), mock.now());
    // The first request after a change of keys makes the new one.
    match tokio::task::spawn_blocking(move || provider.issuer.jwks_at(now)).await {
        Ok(Ok(keys)) => answer::json(StatusCode::OK, &mock.config.idp.cache_control, keys),
        _ => answer::empty(StatusCode::INTERNAL_SERVER_ERROR),
    }
}

/// `GET /token?…&audience=…` with a bearer token that names the job.
pub(super) async fn token(State(mock): State<Arc<Mock>>, headers: HeaderMap, uri: Uri) -> Response {
    let arrived = mock.now();
    let Some(job) = bearer(&headers) else {
        let message = "the Authorization header must be: Bearer REQUEST_TOKEN, \
                       with stampede-job-<N> or any other name of a job";
        return document(StatusCode::UNAUTHORIZED, &Refused { message });
    };
    let mut dice = Dice::keyed(mock.seed, key_of(job), Purpose::TokenLatency);
    let latency = mock.config.idp.token_latency.sample(&mut dice);
    let asked = audience(uri.query().unwrap_or_default());
    let audience = asked.as_deref().unwrap_or(&mock.config.idp.default_audience);
    let claims = issue(&mock.config.idp, job, audience, mock.now_unix());
    let signer = Arc::clone(&mock);
    let signed = tokio::task::spawn_blocking(move || signer.issuer.sign_at(arrived, &claims)).await;
    mock.wait(arrived, latency).await;
    match signed {
        Ok(Ok(token)) => document(StatusCode::OK, &Issued { count: token.len(), value: &token }),
        Ok(Err(error)) => {
            let message = &error.to_string();
            document(StatusCode::INTERNAL_SERVER_ERROR, &Refused { message })
        }
        Err(_) => answer::empty(StatusCode::INTERNAL_SERVER_ERROR),
    }
}

fn document(status: StatusCode, body: &impl Serialize) -> Response {
    serde_json::to_string(body).map_or_else(
        |_| answer::empty(StatusCode::INTERNAL_SERVER_ERROR),
        |body| answer::json(status, "no-store", body),
    )
}

/// The request token: a bearer token's text.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

/// The first `audience` that is not empty.
fn audience(query: &str) -> Option<String> {
    form_urlencoded::parse(query.as_bytes())
        .find(|(name, value)| name == "audience" && !value.is_empty())
        .map(|(_, value)| value.into_owned())
}
