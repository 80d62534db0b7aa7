//! How an answer is put on the wire where a fault spoils it: reset, cut off,
//! held back, trickled or truncated.

use std::convert::Infallible;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::HeaderValue;
use axum::http::header::CONTENT_LENGTH;
use axum::response::Response;
use http_body_util::BodyExt as _;
use hyper::body::{Frame, SizeHint};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::Sleep;

use crate::decision::{Delivery, HANG_ENDS_AFTER};

/// Pieces that a slow body comes in.
const PIECES: u32 = 50;

/// What is to become of one connection; its handler decides, its socket obeys.
#[derive(Clone, Default, Debug)]
pub(super) struct Fate(Arc<AtomicU8>);

const GOES_ON: u8 = 0;
const CLOSES: u8 = 1;
const RESETS: u8 = 2;

impl Fate {
    fn seal(&self, fate: u8) {
        self.0.store(fate, Ordering::Release);
    }

    /// What writing to the socket comes to, if it comes to nothing.
    fn broken(&self, stream: &TcpStream) -> Option<io::Error> {
        match self.0.load(Ordering::Acquire) {
            GOES_ON => None,
            CLOSES => Some(io::ErrorKind::BrokenPipe.into()),
            _ => {
                // The peer gets a reset instead of an end when the socket is dropped.
                let _ = stream.set_zero_linger();
                Some(io::ErrorKind::ConnectionReset.into())
            }
        }
    }
}

/// Delivers `response` as its decision says. Without a connection to seal the
/// fate of, the answer breaks off where it should not have begun.
pub(super) async fn deliver(response: Response, fate: Option<Fate>) -> Response {
    let spoiled = |fate: Option<Fate>, what| match fate {
        Some(fate) => {
            fate.seal(what);
            Response::new(Body::empty())
        }
        None => Response::new(Body::new(BrokenOff)),
    };
    match response.extensions().get::<Delivery>().copied() {
        None | Some(Delivery::KeepAlive | Delivery::Close) => response,
        Some(Delivery::Reset) => spoiled(fate, RESETS),
        Some(Delivery::Empty) => spoiled(fate, CLOSES),
        Some(Delivery::Hang) => {
            #[expect(clippy::disallowed_methods, reason = "silence lasts in real time")]
            tokio::time::sleep(HANG_ENDS_AFTER).await;
            spoiled(fate, CLOSES)
        }
        Some(Delivery::SlowBody(takes)) => {
            let (head, body) = whole(response).await;
            Response::from_parts(head, Body::new(SlowBody::new(body, takes)))
        }
        Some(Delivery::Truncated) => {
            let (mut head, mut body) = whole(response).await;
            body.truncate(body.len() / 2);
            head.headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
            Response::from_parts(head, Body::from(body))
        }
    }
}

async fn whole(response: Response) -> (axum::http::response::Parts, Bytes) {
    let (head, body) = response.into_parts();
    let body = body.collect().await.map(http_body_util::Collected::to_bytes);
    (head, body.unwrap_or_default())
}

/// A body in equal pieces at equal intervals.
struct SlowBody {
    rest: Bytes,
    piece: usize,
    every: Duration,
    next: Pin<Box<Sleep>>,
}

impl SlowBody {
    #[expect(clippy::disallowed_methods, reason = "bytes trickle in real time")]
    fn new(body: Bytes, takes: Duration) -> Self {
        let every = takes / PIECES;
        let next = Box::pin(tokio::time::sleep(every));
        Self { piece: body.len().div_ceil(PIECES as usize).max(1), rest: body, every, next }
    }
}

impl hyper::body::Body for SlowBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if self.rest.is_empty() {
            return Poll::Ready(None);
        }
        ready!(self.next.as_mut().poll(context));
        let next = self.next.deadline() + self.every;
        self.next.as_mut().reset(next);
        let piece = self.piece.min(self.rest.len());
        Poll::Ready(Some(Ok(Frame::data(self.rest.split_to(piece)))))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.rest.len() as u64)
    }
}

/// A body that ends in an error.
struct BrokenOff;

impl hyper::body::Body for BrokenOff {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        Poll::Ready(Some(Err(io::ErrorKind::ConnectionReset.into())))
    }
}

/// A socket that obeys its fate.
pub(super) struct Wire {
    stream: TcpStream,
    fate: Fate,
}

impl Wire {
    pub(super) fn new(stream: TcpStream, fate: Fate) -> Self {
        Self { stream, fate }
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.fate.broken(&self.stream) {
            Some(error) => Poll::Ready(Err(error)),
            None => Pin::new(&mut self.stream).poll_write(context, bytes),
        }
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match self.fate.broken(&self.stream) {
            Some(error) => Poll::Ready(Err(error)),
            None => Pin::new(&mut self.stream).poll_write_vectored(context, slices),
        }
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
