//! Who watches what passes over the wire: the access log, the CloudTrail log
//! and the counts behind metrics and ledger.
//!
//! Watchers see requests and answers as they are on the wire and nothing else,
//! so what they say is what a client could have seen, and the service knows
//! nothing of them. A mock that nobody watches does none of this work.

mod access_log;
mod calls;
mod counts;
mod exchange;
mod trail;
mod writer;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::Response;
use http_body_util::BodyExt as _;

pub use self::access_log::AccessLog;
pub use self::calls::{CallLog, WireCall};
pub use self::counts::{By, Counted, Counts, DELAYS_S};
use self::exchange::{Exchange, Read};
pub use self::trail::{ThrottledEvents, Trail};
pub use self::writer::OpenError;
use super::connected::Connection;
use super::router::Mock;
use super::sts;
use crate::decision::Delivery;

/// Who watches a mock.
#[derive(Default)]
pub struct Watchers {
    access_log: Option<AccessLog>,
    trail: Option<Trail>,
    pub(super) counts: Counts,
    calls: Option<Arc<CallLog>>,
    in_flight: AtomicU64,
}

impl Watchers {
    /// Counts, and writes a line for each request to the one and events to the
    /// other.
    #[must_use]
    pub fn new(access_log: Option<AccessLog>, trail: Option<Trail>) -> Self {
        Self { access_log, trail, ..Self::default() }
    }

    /// The same, and keeps every call by its job.
    #[must_use]
    pub fn keeping(self, calls: Arc<CallLog>) -> Self {
        Self { calls: Some(calls), ..self }
    }

    /// The job that a token was issued to, where calls are kept.
    pub(super) fn job_of(&self, token: &str) -> Option<String> {
        self.calls.as_ref()?.job_of(token)
    }

    /// Requests to STS that have arrived and not been answered.
    #[must_use]
    pub fn in_flight(&self) -> u64 {
        self.in_flight.load(Ordering::Relaxed)
    }

    fn saw(&self, mock: &Mock, exchange: &Exchange, timing: Timing) {
        self.counts.count(exchange);
        if let Some(calls) = &self.calls {
            calls.saw(exchange, timing.held, timing.let_in);
        }
        if let Some(log) = &self.access_log {
            log.write(mock, exchange);
        }
        if let Some(trail) = &self.trail {
            trail.write(mock, exchange);
        }
    }
}

/// When a request was let in, and how long it was held before.
#[derive(Clone, Copy)]
struct Timing {
    let_in: crate::clock::Instant,
    held: Duration,
}

/// Counts a request for as long as it is not answered, also when its client
/// goes away before.
struct InFlight<'a>(&'a AtomicU64);

impl<'a> InFlight<'a> {
    fn enter(count: &'a AtomicU64) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// One request to STS and its answer, which has not been delivered yet.
pub(super) async fn sts(
    mock: &Arc<Mock>,
    watchers: &Watchers,
    head: Parts,
    body: Bytes,
) -> Response {
    let _in_flight = InFlight::enter(&watchers.in_flight);
    let reached = mock.now();
    mock.hold(&body).await;
    let let_in = mock.now();
    if let Some(calls) = &watchers.calls {
        calls.arrived();
    }
    let response = sts::respond(mock, &head, &body).await;
    let timing = Timing { let_in, held: let_in.since(reached) };
    finish(mock, watchers, (head, body), timing, response).await
}

/// One request to an identity provider and its answer.
pub(super) async fn provider(
    State(mock): State<Arc<Mock>>,
    request: Request,
    next: Next,
) -> Response {
    let Some(watchers) = mock.watchers() else { return next.run(request).await };
    let timing = Timing { let_in: mock.now(), held: Duration::ZERO };
    let (head, body) = request.into_parts();
    let seen = copy(&head);
    // Nobody reads the body of these requests.
    let response = next.run(Request::from_parts(head, body)).await;
    finish(&mock, watchers, (seen, Bytes::new()), timing, response).await
}

fn copy(head: &Parts) -> Parts {
    let mut copy = Request::new(()).into_parts().0;
    copy.method = head.method.clone();
    copy.uri = head.uri.clone();
    copy.headers = head.headers.clone();
    if let Some(connection) = head.extensions.get::<Connection>() {
        copy.extensions.insert(connection.clone());
    }
    copy
}

async fn finish(
    mock: &Mock,
    watchers: &Watchers,
    (head, body): (Parts, Bytes),
    timing: Timing,
    response: Response,
) -> Response {
    let (answer, answer_body) = response.into_parts();
    let answer_body = answer_body.collect().await.map(http_body_util::Collected::to_bytes);
    let answer_body = answer_body.unwrap_or_default();
    let exchange = Exchange {
        arrived_unix_ms: mock.config().service.epoch_unix * 1000
            + timing.let_in.as_nanos() / 1_000_000,
        region: mock.region(&head.headers),
        took: mock.now().since(timing.let_in),
        head,
        body,
        status: answer.status.as_u16(),
        delivery: answer.extensions.get::<Delivery>().copied().unwrap_or(Delivery::KeepAlive),
        answer_headers: answer.headers.clone(),
        answer: answer_body.clone(),
        read: Read::default(),
    };
    watchers.saw(mock, &exchange, timing);
    Response::from_parts(answer, Body::from(answer_body))
}
