//! One HTTP exchange on a connection of its own, as a process that has just
//! started makes it.

use std::error::Error as _;
use std::io;
use std::pin::pin;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::client::conn::http1;
use hyper::header::HeaderValue;
use hyper::{HeaderMap, Request, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

use super::Endpoint;
use crate::record::{CallError, Failure};
use crate::restraint::Hint;
use crate::world::{Either, race};

/// More than any answer of STS.
const LARGEST_ANSWER: usize = 1 << 20;

/// A whole answer.
pub(crate) struct Exchanged {
    /// Its status.
    pub(crate) status: StatusCode,
    /// What it said about when to come back.
    pub(crate) hint: Hint,
    /// `x-amzn-RequestId`, if it has one.
    pub(crate) request_id: Option<HeaderValue>,
    /// Its body.
    pub(crate) body: Bytes,
}

/// What an answer says about when to come back; a header that is no number says
/// nothing.
fn hint(headers: &HeaderMap) -> Hint {
    let number = |name: &str| headers.get(name)?.to_str().ok()?.trim().parse::<u64>().ok();
    Hint::new(
        number("retry-after").map(Duration::from_secs),
        number("x-amz-retry-after").map(Duration::from_millis),
    )
}

/// Sends `request` to `endpoint` and reads the whole answer. Has no time limit
/// of its own.
pub(crate) async fn exchange(
    endpoint: &Endpoint,
    request: Request<Full<Bytes>>,
) -> Result<Exchanged, CallError> {
    let stream = TcpStream::connect(endpoint.address)
        .await
        .map_err(|error| CallError::new(Failure::Unreachable, format!("{endpoint}: {error}")))?;
    // Requests are small and complete: waiting to fill packets would only delay them.
    drop(stream.set_nodelay(true));
    over(stream, request).await
}

/// The same on a connection that is there, which ends with it.
pub(crate) async fn over(
    stream: impl AsyncRead + AsyncWrite + Unpin + 'static,
    request: Request<Full<Bytes>>,
) -> Result<Exchanged, CallError> {
    let (mut sender, connection) =
        http1::handshake(TokioIo::new(stream)).await.map_err(|error| broken(&error))?;
    let answer = async {
        let answer = sender.send_request(request).await.map_err(|error| broken(&error))?;
        let (status, hint) = (answer.status(), hint(answer.headers()));
        let request_id = answer.headers().get("x-amzn-requestid").cloned();
        let body = Limited::new(answer.into_body(), LARGEST_ANSWER).collect().await;
        let body = body.map_err(|error| match error.downcast::<hyper::Error>() {
            Ok(error) => broken(&error),
            Err(_) => CallError::new(Failure::Unreadable, "the answer is larger than 1 MiB"),
        })?;
        Ok(Exchanged { status, hint, request_id, body: body.to_bytes() })
    };
    let (mut answer, mut connection) = (pin!(answer), pin!(connection));
    match race(answer.as_mut(), connection.as_mut()).await {
        Either::Left(answer) => answer,
        // What it has read of the answer is there, and so is why it ended.
        Either::Right(_) => answer.await,
    }
}

/// A connection that ended before the answer was whole.
fn broken(error: &hyper::Error) -> CallError {
    let cause = error.source().and_then(|cause| cause.downcast_ref::<io::Error>());
    let text = cause.map_or_else(|| error.to_string(), ToString::to_string);
    let failure = if error.is_parse() { Failure::Unreadable } else { Failure::Reset };
    CallError::new(failure, text)
}
