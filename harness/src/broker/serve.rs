//! The container-credentials endpoint: `GET /` for the first role, and
//! `GET /role/NAME` for each.

use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use axum::routing::get;
use bytes::Bytes;
use mock_sts::http::names_this_machine;

use super::held::Held;

/// The longest a client is kept waiting for the very first credentials: the
/// least patient SDK (JavaScript's) waits for a second.
const FIRST_WITHIN: Duration = Duration::from_millis(800);

#[derive(Clone)]
struct Served {
    held: Arc<[Arc<Held>]>,
    secret: Arc<str>,
}

pub(super) fn router(held: Vec<Arc<Held>>, secret: Arc<str>) -> Router {
    Router::new()
        .route("/", get(first))
        .route("/role/{name}", get(named))
        .route("/ready", get(ready))
        .with_state(Served { held: held.into(), secret })
}

async fn first(State(served): State<Served>, headers: HeaderMap) -> Response {
    match served.held.first() {
        Some(held) => served.answer(held, &headers).await,
        None => refuse(StatusCode::NOT_FOUND, "NoRole", "no role is held here"),
    }
}

async fn named(
    State(served): State<Served>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Response {
    let found = served.held.iter().find(|held| held.role.rsplit('/').next() == Some(&*name));
    match found {
        Some(held) => served.answer(held, &headers).await,
        None => refuse(StatusCode::NOT_FOUND, "NoRole", "no role of that name is held here"),
    }
}

/// 200 once every role has credentials.
async fn ready(State(served): State<Served>) -> Response {
    let full = served.held.iter().all(|held| held.answer().is_some());
    if full {
        json(StatusCode::OK, Bytes::from_static(b"{\"ready\":true}"))
    } else {
        json(StatusCode::SERVICE_UNAVAILABLE, Bytes::from_static(b"{\"ready\":false}"))
    }
}

impl Served {
    async fn answer(&self, held: &Held, headers: &HeaderMap) -> Response {
        if !names_this_machine(headers) {
            return refuse(
                StatusCode::FORBIDDEN,
                "WrongHost",
                "the Host header must name loopback",
            );
        }
        let sent = headers.get(AUTHORIZATION).map_or(&b""[..], HeaderValue::as_bytes);
        if verify_slices_are_equal(sent, self.secret.as_bytes()).is_err() {
            let why = "the Authorization header must be the daemon's token";
            return refuse(StatusCode::UNAUTHORIZED, "Unauthorized", why);
        }
        if held.is_silent() {
            held.heard(FIRST_WITHIN).await;
        }
        match held.answer() {
            Some(answer) => json(StatusCode::OK, answer),
            // Of all statuses the one that most SDKs ask again after.
            None => json(StatusCode::SERVICE_UNAVAILABLE, held.refusal()),
        }
    }
}

fn refuse(status: StatusCode, code: &str, message: &str) -> Response {
    json(status, format!("{{\"code\":\"{code}\",\"message\":\"{message}\"}}").into())
}

fn json(status: StatusCode, body: Bytes) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
