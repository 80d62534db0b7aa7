//! Header names as STS writes them (captured: `x-amzn-RequestId`, `Content-Type`), which clients may
//! print and scripts match. HTTP has no case in names, and `http` keeps them in lower case; hyper writes
//! them as it once read them, from an extension whose type it keeps to itself. So an answer is read once
//! from memory, and what hyper noted about it goes with each answer that is written.

use std::io;
use std::pin::{Pin, pin};
use std::sync::LazyLock;
use std::task::{Context, Poll, Waker};

use axum::http::{Extensions, Request};
use axum::response::Response;
use bytes::Bytes;
use http_body_util::Empty;
use hyper::client::conn::http1;
use hyper::rt::{Read, ReadBufCursor, Write};

/// Names that are not in lower case; all others are. That of `Retry-After` is assumed: STS sends none.
const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\n\
    x-amzn-RequestId: 0\r\n\
    Content-Type: 0\r\n\
    Content-Length: 0\r\n\
    Date: 0\r\n\
    Location: 0\r\n\
    Retry-After: 0\r\n\
    Allow: 0\r\n\r\n";
/// More than the steps in which a request is written and an answer in memory is read.
const STEPS: u32 = 64;

static NAMES: LazyLock<Extensions> = LazyLock::new(|| read().unwrap_or_default());

/// Has the names of its headers written as STS does.
pub(super) fn as_sts(response: &mut Response) {
    // A map of a few names: cloning it costs less than the lookups it is for.
    response.extensions_mut().extend(NAMES.clone());
}

/// What hyper notes about [`ANSWER`]; nothing if it should ever note nothing.
fn read() -> Option<Extensions> {
    let mut context = Context::from_waker(Waker::noop());
    let mut builder = http1::Builder::new();
    let handshake =
        builder.preserve_header_case(true).handshake(Canned { asked: false, rest: ANSWER });
    let Poll::Ready(Ok((mut sender, connection))) = pin!(handshake).poll(&mut context) else {
        return None;
    };
    let mut connection = pin!(connection);
    let request = Request::new(Empty::<Bytes>::new());
    let mut answer = pin!(sender.send_request(request));
    for _ in 0..STEPS {
        // Its end is not of interest: what it read comes by `answer`.
        let _ = connection.as_mut().poll(&mut context);
        if let Poll::Ready(answer) = answer.as_mut().poll(&mut context) {
            return answer.ok().map(|answer| answer.into_parts().0.extensions);
        }
    }
    None
}

/// A connection that takes anything and then has one answer: hyper takes what comes unasked for an
/// error.
struct Canned {
    asked: bool,
    rest: &'static [u8],
}

impl Read for Canned {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        mut buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.asked {
            return Poll::Pending;
        }
        let (now, later) = self.rest.split_at(self.rest.len().min(buffer.remaining()));
        buffer.put_slice(now);
        self.rest = later;
        Poll::Ready(Ok(()))
    }
}

impl Write for Canned {
    fn poll_write(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.asked = true;
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hyper_notes_how_names_were_written() {
        assert_eq!(read().map(|noted| noted.len()), Some(1));
    }
}
