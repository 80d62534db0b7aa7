//! The live view as a page on loopback: one document, and a stream of server-sent events.

use std::convert::Infallible;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use axum::routing::get;
use bytes::Bytes;
use http_body_util::channel::Channel;
use mock_sts::http::names_this_machine;
use tokio::sync::watch;

use super::sample::View;

const DOCUMENT: &str = include_str!("page.html");

/// Nothing from elsewhere, and no talk with anybody but this server.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; \
                      connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'";

/// A page that is ready to be served; bound to loopback and to nothing else.
#[derive(Debug)]
pub struct LivePage {
    listener: TcpListener,
    address: SocketAddr,
}

impl LivePage {
    /// Takes a port of this machine; 0 takes any that is free.
    ///
    /// # Errors
    /// When it is taken, or may not be used.
    pub fn bind(port: u16) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        Ok(Self { listener, address })
    }

    /// Where it is to be seen.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves on a thread of its own, which nobody waits for: it ends with the process.
    pub(super) fn serve(self) -> Shown {
        let (show, views) = watch::channel(Bytes::new());
        let serving = move || -> io::Result<()> {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(self.listener)?;
                axum::serve(listener, router(views)).await
            })
        };
        std::thread::spawn(move || {
            if let Err(error) = serving() {
                anstream::eprintln!("warning: the live page has ended: {error}");
            }
        });
        Shown(show)
    }
}

/// Whoever looks sees what is put here.
pub(super) struct Shown(watch::Sender<Bytes>);

impl Shown {
    pub(super) fn show(&self, view: &View) {
        // A view is plain data, which can always be written.
        let Ok(json) = serde_json::to_string(view) else { return };
        self.0.send_replace(Bytes::from(format!("data: {json}\n\n")));
    }
}

fn router(views: watch::Receiver<Bytes>) -> Router {
    Router::new().route("/", get(document)).route("/events", get(events)).with_state(views)
}

async fn document(headers: HeaderMap) -> Response {
    if !names_this_machine(&headers) {
        return refused();
    }
    let policy = HeaderValue::from_static(POLICY);
    answer("text/html; charset=utf-8", Body::from(DOCUMENT), (CONTENT_SECURITY_POLICY, policy))
}

async fn events(State(mut views): State<watch::Receiver<Bytes>>, headers: HeaderMap) -> Response {
    if !names_this_machine(&headers) {
        return refused();
    }
    let (mut sender, body) = Channel::<Bytes, Infallible>::new(1);
    tokio::spawn(async move {
        loop {
            let event = views.borrow_and_update().clone();
            // Who reads slowly misses moments; who is gone is not told.
            if sender.send_data(event).await.is_err() || views.changed().await.is_err() {
                return;
            }
        }
    });
    let fresh = HeaderValue::from_static("no-store");
    answer("text/event-stream", Body::new(body), (CACHE_CONTROL, fresh))
}

fn answer(kind: &'static str, body: Body, (name, value): (HeaderName, HeaderValue)) -> Response {
    let mut response = Response::new(body);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response.headers_mut().insert(name, value);
    response
}

/// A page of elsewhere must not read this one under a name of its own.
fn refused() -> Response {
    let mut response = Response::new(Body::from("the Host header must name loopback\n"));
    *response.status_mut() = StatusCode::FORBIDDEN;
    response
}
