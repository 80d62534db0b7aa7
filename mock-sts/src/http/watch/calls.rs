//! Every call of every job, for runs whose jobs are programs of their own: what
//! they did is known from the wire, without touching them.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::http::header::AUTHORIZATION;
use serde_json::Value;

use super::exchange::Exchange;
use crate::clock::Instant;
use crate::decision::Delivery;
use crate::token_claims::unverified;

/// Calls that are kept; later ones are only counted.
const MOST: usize = 1_000_000;

/// One call of one job.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WireCall {
    /// `Action`.
    pub action: String,
    /// The region that was asked, as the service numbers them; 0 is its own.
    pub region: u16,
    /// When it was let in to the service, on the mock's clock.
    pub at: Instant,
    /// How long it was held at the starting gate before.
    pub held: Duration,
    /// From being let in to the answer.
    pub took: Duration,
    /// The status of the answer; 0 where there was none.
    pub status: u16,
    /// The error's code; empty in a success.
    pub code: String,
    /// The error's message.
    pub message: String,
    /// `Arn` of the answer: whom the caller is, or has become; empty in an error.
    pub arn: String,
    /// Where the connection came from; equal for calls of one connection.
    pub peer: Option<SocketAddr>,
    /// Whether the connection cannot be used again, whatever the client wants.
    pub closes: bool,
    /// `RequestId` of the answer.
    pub request_id: String,
    /// `jti` of the web identity token; empty where there is none.
    pub token_id: String,
    /// `amz-sdk-invocation-id`, the same in all tries of one SDK call; empty from
    /// clients that send none.
    pub invocation: String,
}

/// The calls of a run by job, joined by the `jti` of the tokens that they were
/// issued and, for signed calls, by the access keys that they were granted.
#[derive(Default)]
pub struct CallLog {
    inner: Mutex<Inner>,
    on_arrival: Option<Arrival>,
}

/// Called when a call has arrived and before it is answered.
type Arrival = Box<dyn Fn() + Send + Sync>;

#[derive(Default)]
struct Inner {
    /// `jti` -> job.
    tokens: BTreeMap<String, String>,
    /// Access key -> job.
    keys: BTreeMap<String, String>,
    calls: BTreeMap<String, Vec<WireCall>>,
    kept: usize,
    /// Job -> tokens that the token endpoint gave it.
    fetched: BTreeMap<String, u32>,
    /// Calls that belong to nobody known, and those beyond [`MOST`].
    unknown: u64,
}

impl CallLog {
    /// An empty log that has `noticed` called for each call to STS, when it has
    /// arrived and before it is answered.
    #[must_use]
    pub fn noticing(noticed: impl Fn() + Send + Sync + 'static) -> Self {
        Self { on_arrival: Some(Box::new(noticed)), ..Self::default() }
    }

    /// How many tokens a job had from the token endpoint.
    #[must_use]
    pub fn fetched(&self, job: &str) -> u32 {
        self.inner().fetched.get(job).copied().unwrap_or(0)
    }

    pub(super) fn arrived(&self) {
        if let Some(noticed) = &self.on_arrival {
            noticed();
        }
    }

    /// Says whose a token is.
    pub fn issued(&self, token: &str, job: &str) {
        if let Some(jti) = jti(token) {
            self.inner().tokens.insert(jti, job.to_owned());
        }
    }

    /// The job that a token was issued to.
    #[must_use]
    pub fn job_of(&self, token: &str) -> Option<String> {
        self.inner().tokens.get(&jti(token)?).cloned()
    }

    /// The calls of each job, in the order of their answers.
    #[must_use]
    pub fn calls(&self) -> BTreeMap<String, Vec<WireCall>> {
        self.inner().calls.clone()
    }

    /// Calls that could be given to no job.
    #[must_use]
    pub fn unknown(&self) -> u64 {
        self.inner().unknown
    }

    pub(super) fn saw(&self, exchange: &Exchange, held: Duration, at: Instant) {
        if exchange.request_id().is_empty() {
            self.saw_a_token(exchange);
            return;
        }
        let mut inner = self.inner();
        let token_id = exchange.claim("jti");
        let by_token = inner.tokens.get(&token_id);
        let job = by_token.or_else(|| inner.keys.get(exchange.access_key_id())).cloned();
        let Some(job) = job.filter(|_| inner.kept < MOST) else {
            inner.unknown += 1;
            return;
        };
        if let Some(key) = exchange.granted_key() {
            inner.keys.insert(key, job.clone());
        }
        inner.kept += 1;
        let code = exchange.code();
        inner.calls.entry(job).or_default().push(WireCall {
            action: exchange.action().into(),
            region: exchange.region,
            at,
            held,
            took: exchange.took,
            status: if exchange.is_answered() { exchange.status } else { 0 },
            arn: exchange.arn(),
            message: if code.is_empty() { String::new() } else { exchange.message() },
            code,
            peer: exchange.peer(),
            closes: exchange.delivery == Delivery::Close || !exchange.is_answered(),
            request_id: exchange.request_id().into(),
            token_id,
            invocation: exchange.header("amz-sdk-invocation-id").into(),
        });
    }

    /// The token endpoint answered: the bearer names the job.
    fn saw_a_token(&self, exchange: &Exchange) {
        let bearer = exchange.header(AUTHORIZATION.as_str());
        let answer: Option<Value> = serde_json::from_slice(&exchange.answer).ok();
        let token = answer.as_ref().and_then(|answer| answer.get("value")?.as_str());
        if let (Some((_, job)), Some(token)) = (bearer.split_once(' '), token) {
            self.issued(token, job.trim());
            *self.inner().fetched.entry(job.trim().to_owned()).or_default() += 1;
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The `jti` of a token, which nobody has verified.
fn jti(token: &str) -> Option<String> {
    Some(unverified(token)?.get("jti")?.as_str()?.to_owned())
}
