//! One question to a mock that runs elsewhere, outside of any run.

use std::io;

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{AUTHORIZATION, HOST};
use hyper::{Method, Request};

use super::Endpoint;
use super::client::exchange;
use crate::record::{CallError, Failure};
use crate::world::{ANSWER_WITHIN, timed_out};

/// The status and body that `GET path` is answered with; `authorization`
/// goes into that header. Blocks for 60 s at most.
///
/// # Errors
/// What went wrong on the way; not what the status says.
pub fn ask(
    endpoint: &Endpoint,
    path: &str,
    authorization: Option<&str>,
) -> Result<(u16, Bytes), CallError> {
    let mut request =
        Request::builder().method(Method::GET).uri(path).header(HOST, &endpoint.authority);
    if let Some(authorization) = authorization {
        request = request.header(AUTHORIZATION, authorization);
    }
    let request = request.body(Full::default()).map_err(|error| {
        CallError::new(Failure::Unreadable, format!("the request cannot be written: {error}"))
    })?;
    let lacking = |error: io::Error| CallError::new(Failure::Unreachable, error.to_string());
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(lacking)?;
    let exchanged = async {
        let answer = exchange(endpoint, request).await?;
        Ok((answer.status.as_u16(), answer.body))
    };
    tokio::task::LocalSet::new().block_on(&runtime, async {
        #[expect(clippy::disallowed_methods, reason = "a person waits for this answer")]
        let answer = tokio::time::timeout(ANSWER_WITHIN, exchanged).await;
        answer.unwrap_or_else(|_| Err(timed_out(ANSWER_WITHIN)))
    })
}
