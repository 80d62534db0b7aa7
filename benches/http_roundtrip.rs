//! One `AssumeRoleWithWebIdentity` over loopback on a connection that stays
//! open, to a mock that answers at once: what both ends cost together.

use std::future::pending;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread;

use bytes::Bytes;
use criterion::{Criterion, criterion_group, criterion_main};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::TokioIo;
use mock_sts::http::{Mock, bind, serve};
use mock_sts::latency::Latency;
use stampede_benches::{cached_keys, form};
use tokio::net::TcpStream;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Mutex;

type Sender = SendRequest<Full<Bytes>>;

fn http_roundtrip(criterion: &mut Criterion) {
    let runtime = runtime();
    let mut sender = runtime.block_on(connect(spawn_mock()));
    let token = runtime.block_on(token(&mut sender));
    let form = Bytes::from(form(&token));
    let sender = Mutex::new(sender);
    criterion.bench_function("http_roundtrip", |bencher| {
        bencher.to_async(&runtime).iter(|| async {
            let request = Request::post("/")
                .header("host", "127.0.0.1")
                .header("content-type", "application/x-www-form-urlencoded")
                .body(Full::new(form.clone()))
                .expect("a legal request");
            let (status, _) = exchange(&mut *sender.lock().await, request).await;
            assert_eq!(status, StatusCode::OK);
        });
    });
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().expect("a runtime")
}

/// A mock on a thread and a runtime of its own, for as long as the process lives.
fn spawn_mock() -> SocketAddr {
    let mut config = cached_keys();
    config.service.latency = Latency::ZERO;
    config.idp.token_latency = Latency::ZERO;
    let mock = Mock::new(config, 1).expect("a mock");
    let runtime = runtime();
    let any_port = SocketAddr::from(([127, 0, 0, 1], 0));
    let listener = runtime.block_on(bind(any_port, false)).expect("a port");
    let address = listener.local_addr().expect("an address");
    thread::spawn(move || runtime.block_on(serve(listener, Arc::clone(&mock), pending())));
    address
}

async fn connect(address: SocketAddr) -> Sender {
    let stream = TcpStream::connect(address).await.expect("the mock listens");
    stream.set_nodelay(true).expect("a socket");
    let (sender, connection) = handshake(TokioIo::new(stream)).await.expect("the mock speaks HTTP");
    tokio::spawn(connection);
    sender
}

/// A token that is good for five minutes, which is longer than this bench.
async fn token(sender: &mut Sender) -> String {
    let request = Request::builder()
        .method(Method::GET)
        .uri("/token?audience=sts.amazonaws.com")
        .header("host", "127.0.0.1")
        .header("authorization", "Bearer stampede-job-1")
        .body(Full::default())
        .expect("a legal request");
    let (status, body) = exchange(sender, request).await;
    assert_eq!(status, StatusCode::OK);
    let answer: serde_json::Value = serde_json::from_slice(&body).expect("JSON");
    answer["value"].as_str().expect("a token").to_owned()
}

async fn exchange(sender: &mut Sender, request: Request<Full<Bytes>>) -> (StatusCode, Bytes) {
    sender.ready().await.expect("the connection stays open");
    let answer = sender.send_request(request).await.expect("an answer");
    let status = answer.status();
    (status, answer.into_body().collect().await.expect("a whole answer").to_bytes())
}

criterion_group!(benches, http_roundtrip);
criterion_main!(benches);
