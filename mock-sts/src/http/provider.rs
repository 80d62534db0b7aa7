//! The identity providers' three addresses.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::{AUTHORIZATION, HOST};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;
use serde::Serialize;

use super::answer;
use super::router::Mock;
use crate::config::IdpConfig;
use crate::idp::{Issuer, TokenAnswer, issue, jwks};

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

/// Where a discovery document is, under its issuer (OpenID Connect Discovery 1.0 §4).
pub(super) const DISCOVERY_PATH: &str = "/.well-known/openid-configuration";

/// One of the mock's identity providers.
#[derive(Clone)]
pub(super) struct Provider {
    pub(super) mock: Arc<Mock>,
    /// Among [`crate::config::MockConfig::providers`].
    pub(super) index: usize,
    pub(super) issuer: Arc<Issuer>,
}

impl Provider {
    fn config(&self) -> &IdpConfig {
        let config = self.mock.config();
        self.index.checked_sub(1).map_or(&config.idp, |index| &config.idps[index])
    }
}

/// `GET /.well-known/openid-configuration`: the configured issuer, with its
/// keys at the address the request came to.
pub(super) async fn discovery(State(provider): State<Provider>, headers: HeaderMap) -> Response {
    let idp = provider.config();
    let base = match headers.get(HOST).and_then(|host| host.to_str().ok()) {
        Some(host) if idp.name.is_empty() => format!("http://{host}"),
        Some(host) => format!("http://{host}/{}", idp.name),
        None => idp.issuer.trim_end_matches('/').to_owned(),
    };
    let document = jwks::discovery(
        &idp.issuer,
        &format!("{base}/.well-known/jwks"),
        idp.preset.claim_names(),
        idp.algorithm,
    );
    document.map_or_else(
        |_| answer::empty(StatusCode::INTERNAL_SERVER_ERROR),
        |document| answer::json(StatusCode::OK, &idp.cache_control, document),
    )
}

/// `GET /.well-known/jwks`, with the configured `Cache-Control`.
pub(super) async fn jwks(State(provider): State<Provider>) -> Response {
    let (issuer, now) = (Arc::clone(&provider.issuer), provider.mock.now());
    // The first request after a change of keys makes the new one.
    match tokio::task::spawn_blocking(move || issuer.jwks_at(now)).await {
        Ok(Ok(keys)) => answer::json(StatusCode::OK, &provider.config().cache_control, keys),
        _ => answer::empty(StatusCode::INTERNAL_SERVER_ERROR),
    }
}

/// `GET /token?…&audience=…` with a bearer token that names the job.
pub(super) async fn token(
    State(provider): State<Provider>,
    headers: HeaderMap,
    uri: Uri,
) -> Response {
    let (mock, idp) = (&provider.mock, provider.config());
    let Some(job) = bearer(&headers) else {
        let message = "the Authorization header must be: Bearer REQUEST_TOKEN, \
                       with stampede-job-<N> or any other name of a job";
        return document(StatusCode::UNAUTHORIZED, &Refused { message });
    };
    let (arrived, latency) = match mock.ask_for_token(provider.index, job) {
        (arrived, TokenAnswer::Issue(after)) => (arrived, after),
        (arrived, TokenAnswer::Refuse(refusal, after)) => {
            mock.wait(arrived, after).await;
            let status = StatusCode::from_u16(refusal.status());
            let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            return document(status, &Refused { message: refusal.message() });
        }
        (_, TokenAnswer::Hang) => return std::future::pending().await,
    };
    let asked = audience(uri.query().unwrap_or_default());
    let audience = asked.as_deref().unwrap_or(&idp.default_audience);
    let claims = issue(idp, job, audience, mock.now_unix());
    let issuer = Arc::clone(&provider.issuer);
    let signed = tokio::task::spawn_blocking(move || issuer.sign_at(arrived, &claims)).await;
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
