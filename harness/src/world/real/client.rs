//! One HTTP exchange on a connection of its own, as a process that has just
//! started makes it.

use std::error::Error as _;
use std::io;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::client::conn::http1;
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use super::Endpoint;
use crate::record::{CallError, Failure};

/// More than any answer of STS.
const LARGEST_ANSWER: usize = 1 << 20;

/// Sends `request` to `endpoint` and reads the whole answer. Has no time limit
/// of its own.
pub(crate) async fn exchange(
    endpoint: &Endpoint,
    request: Request<Full<Bytes>>,
) -> Result<(StatusCode, Bytes), CallError> {
    let stream = TcpStream::connect(endpoint.address)
        .await
        .map_err(|error| CallError::new(Failure::Unreachable, format!("{endpoint}: {error}")))?;
    // Requests are small and complete: waiting to fill packets would only delay them.
    drop(stream.set_nodelay(true));
    let (mut sender, connection) =
        http1::handshake(TokioIo::new(stream)).await.map_err(|error| broken(&error))?;
    let connection = tokio::task::spawn_local(connection);
    let answer = async {
        let answer = sender.send_request(request).await.map_err(|error| broken(&error))?;
        let status = answer.status();
        let body = Limited::new(answer.into_body(), LARGEST_ANSWER).collect().await;
        let body = body.map_err(|error| match error.downcast::<hyper::Error>() {
            Ok(error) => broken(&error),
            Err(_) => CallError::new(Failure::Unreadable, "the answer is larger than 1 MiB"),
        })?;
        Ok((status, body.to_bytes()))
    }
    .await;
    connection.abort();
    answer
}

/// A connection that ended before the answer was whole.
fn broken(error: &hyper::Error) -> CallError {
    let cause = error.source().and_then(|cause| cause.downcast_ref::<io::Error>());
    let text = cause.map_or_else(|| error.to_string(), ToString::to_string);
    let failure = if error.is_parse() { Failure::Unreadable } else { Failure::Reset };
    CallError::new(failure, text)
}
