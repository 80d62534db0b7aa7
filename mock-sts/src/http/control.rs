//! The control listener: what a running mock counts, and changes to it, on a
//! loopback address of its own and only for who has the token.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{get, post, put};
use serde::Serialize;
use std::sync::Arc;

use super::metrics;
use super::router::Mock;
use super::watch::By;
use crate::config::{ServiceConfig, check};
use crate::service::Ledger;

/// What the control listener serves.
#[derive(Clone)]
struct Control {
    mock: Arc<Mock>,
    token: Arc<str>,
}

/// The paths of the control listener. `token` is the bearer token that all of
/// them but `/ready` demand.
pub fn control(mock: Arc<Mock>, token: &str) -> Router {
    let control = Control { mock, token: token.into() };
    Router::new()
        .route("/state", get(state))
        .route("/service", put(change))
        .route("/reset", post(reset))
        .route("/ledger", get(ledger))
        .route("/metrics", get(scrape))
        .layer(middleware::from_fn_with_state(control.clone(), admit))
        .route("/ready", get(ready))
        .with_state(control)
}

/// 200: whoever can ask is answered, because the mock's keys are made before it
/// listens.
pub(super) async fn ready() -> Response {
    text(StatusCode::OK, "ready\n")
}

/// Lets in who has the token and names this machine as the host: a page in a
/// browser on this machine can send requests here, but not with these.
async fn admit(State(control): State<Control>, request: Request, next: Next) -> Response {
    if !names_this_machine(request.headers()) {
        let why = "the Host header must name this machine: 127.0.0.1, [::1] or localhost\n";
        return text(StatusCode::FORBIDDEN, why);
    }
    let sent = request.headers().get(AUTHORIZATION).map_or(&b""[..], HeaderValue::as_bytes);
    let sent = sent.strip_prefix(b"Bearer ").unwrap_or_default();
    if verify_slices_are_equal(sent, control.token.as_bytes()).is_err() {
        let why = "send the control token: Authorization: Bearer TOKEN\n";
        return text(StatusCode::UNAUTHORIZED, why);
    }
    next.run(request).await
}

/// Whether the `Host` header is a loopback address or `localhost`: a page in a
/// browser cannot make it so, whatever name it has resolved to this machine.
#[must_use]
pub fn names_this_machine(headers: &HeaderMap) -> bool {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    name.eq_ignore_ascii_case("localhost")
        || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[derive(Serialize)]
struct Told {
    profile: &'static str,
    seed: u64,
    account: String,
    region: String,
    up_ms: u64,
    in_flight: u64,
    requests: u64,
    granted: u64,
    peak_requests_per_s: u64,
    /// Where there are several.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    regions: Vec<Region>,
    refused: Vec<Refused>,
    limits: Vec<Limit>,
    faults: Vec<Fault>,
    key_fetches: u64,
    key_fetches_failed: u64,
}

#[derive(Serialize)]
struct Region {
    region: String,
    requests: u64,
    throttled: u64,
    key_fetches: u64,
}

#[derive(Serialize)]
struct Refused {
    code: &'static str,
    count: u64,
}

#[derive(Serialize)]
struct Limit {
    limit: String,
    throttled: u64,
}

#[derive(Serialize)]
struct Fault {
    fault: String,
    struck: u64,
}

async fn state(State(control): State<Control>) -> Response {
    json(StatusCode::OK, &told(&control.mock))
}

fn told(mock: &Mock) -> Told {
    let ledger = mock.ledger();
    let service = &mock.config().service;
    let counts = |counts: &[u64], index: usize| counts.get(index).copied().unwrap_or_default();
    Told {
        profile: mock.config().profile,
        seed: mock.seed,
        account: service.account.clone(),
        region: service.region.clone(),
        up_ms: mock.now().as_nanos() / 1_000_000,
        in_flight: mock.watchers().map_or(0, super::watch::Watchers::in_flight),
        requests: ledger.requests(),
        granted: ledger.granted(),
        peak_requests_per_s: ledger.peak_per_s().0,
        regions: regions(service, &ledger),
        refused: ledger
            .refused()
            .map(|(code, count)| Refused { code: code.as_str(), count })
            .collect(),
        limits: (mock.limits().iter().enumerate())
            .map(|(index, limit)| Limit {
                limit: limit.to_string(),
                throttled: counts(ledger.throttled(), index),
            })
            .collect(),
        faults: (mock.faults().iter().enumerate())
            .map(|(index, fault)| Fault {
                fault: fault.to_string(),
                struck: counts(ledger.struck(), index),
            })
            .collect(),
        key_fetches: ledger.keys().started,
        key_fetches_failed: ledger.keys().failed,
    }
}

/// What each region was asked, where there are several.
fn regions(service: &ServiceConfig, ledger: &Ledger) -> Vec<Region> {
    if service.other_regions.is_empty() {
        return Vec::new();
    }
    let asked = |number: u16| {
        let counts = ledger.of_region(number);
        Region {
            region: service.region_name(number).to_owned(),
            requests: counts.requests,
            throttled: counts.throttled,
            key_fetches: counts.key_fetches,
        }
    };
    (0..service.regions()).map(asked).collect()
}

/// `PUT /service`: `limits` and `faults` as a configuration file has them under
/// `[service]`; what the body leaves out stays as it is. Nothing changes unless
/// all of it is right.
async fn change(State(control): State<Control>, body: String) -> Response {
    let (limits, faults) = (control.mock.limits(), control.mock.faults());
    match check::changed("the request's body", &body, &limits, &faults) {
        Ok((limits, faults)) => {
            control.mock.change(limits, faults);
            json(StatusCode::OK, &told(&control.mock))
        }
        Err(invalid) => text(StatusCode::UNPROCESSABLE_ENTITY, invalid.render(false) + "\n"),
    }
}

/// Full buckets, no cached keys, all counts at zero. The clock goes on, and so
/// do faults that have a time.
async fn reset(State(control): State<Control>) -> Response {
    control.mock.reset();
    json(StatusCode::OK, &told(&control.mock))
}

async fn ledger(State(control): State<Control>, uri: Uri) -> Response {
    let mut asked = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    let by = match asked.find(|(name, _)| name == "by").map(|(_, by)| by).as_deref() {
        None | Some("caller") => By::Caller,
        Some("job") => By::Job,
        Some("action") => By::Action,
        Some(_) => {
            let why = "the ledger is kept by=caller, by=job (the jti of its token) and by=action\n";
            return text(StatusCode::BAD_REQUEST, why);
        }
    };
    let table = control.mock.watchers().map(|watchers| watchers.counts.table(by));
    json(StatusCode::OK, &table.unwrap_or_default())
}

async fn scrape(State(control): State<Control>) -> Response {
    let scraped = control.mock.watchers().map(|seen| metrics::metrics(&control.mock, seen));
    match scraped {
        Some(Ok(body)) => with_type(StatusCode::OK, metrics::CONTENT_TYPE, body),
        _ => text(StatusCode::INTERNAL_SERVER_ERROR, "nothing is counted here\n"),
    }
}

fn json(status: StatusCode, value: &impl Serialize) -> Response {
    match serde_json::to_string_pretty(value) {
        Ok(body) => with_type(status, "application/json", body + "\n"),
        Err(_) => text(StatusCode::INTERNAL_SERVER_ERROR, "this has no JSON form\n"),
    }
}

fn text(status: StatusCode, body: impl Into<Body>) -> Response {
    with_type(status, "text/plain; charset=utf-8", body)
}

fn with_type(status: StatusCode, kind: &'static str, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}
