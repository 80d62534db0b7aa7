//! The server behind real sockets: keeping connections, closing them, ending.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use mock_sts::http::{BindError, Mock, bind, serve};
use mock_sts::latency::Latency;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::support::{instant_config, mock};

pub(crate) const UNSIGNED: &[u8] =
    b"GET /?Action=GetCallerIdentity&Version=2011-06-15 HTTP/1.1\r\nhost: mock.test\r\n\r\n";

pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    pub(crate) stop: oneshot::Sender<()>,
    pub(crate) ended: JoinHandle<std::io::Result<()>>,
}

pub(crate) async fn start(mock: &Arc<Mock>) -> Running {
    let listener = bind("127.0.0.1:0".parse().unwrap(), false).await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel();
    let stopped = async { drop(stopped.await) };
    let ended = tokio::spawn(serve(listener, Arc::clone(mock), stopped));
    Running { address, stop, ended }
}

/// Reads until the first answer, whose body ends with this line, is there.
pub(crate) async fn read_answer(stream: &mut TcpStream) -> String {
    let (mut answer, mut buffer) = (String::new(), [0; 4096]);
    while !answer.ends_with("Response>\n") {
        let read = stream.read(&mut buffer).await.unwrap();
        assert_ne!(read, 0, "the connection ended after {answer:?}");
        answer.push_str(std::str::from_utf8(&buffer[..read]).unwrap());
    }
    answer
}

#[tokio::test]
async fn connections_live_on_after_a_403_and_end_after_a_400() {
    let running = start(&mock()).await;
    let mut stream = TcpStream::connect(running.address).await.unwrap();
    for _ in 0..2 {
        stream.write_all(UNSIGNED).await.unwrap();
        let answer = read_answer(&mut stream).await;
        assert!(answer.starts_with("HTTP/1.1 403 Forbidden\r\n"), "{answer}");
        assert!(answer.contains("\r\nDate: "), "{answer}");
    }
    stream.write_all(b"GET /?Action=Dance HTTP/1.1\r\nhost: mock.test\r\n\r\n").await.unwrap();
    let mut rest = String::new();
    stream.read_to_string(&mut rest).await.unwrap();
    assert!(rest.starts_with("HTTP/1.1 400 Bad Request\r\n"), "{rest}");
    assert!(rest.contains("\r\nconnection: close\r\n"), "{rest}");
}

/// The head of the answer to `request`, with X for what differs from run to run.
async fn head_of(address: SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("{request} HTTP/1.1\r\nhost: mock.test\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let head = answer.split_once("\r\n\r\n").unwrap().0;
    let masked = head.split("\r\n").map(|line| {
        let (name, value) = line.split_once(": ").unwrap_or((line, ""));
        let differs = name.ends_with("Id") || name.ends_with("-id") || name == "Date";
        let value = if differs { "X" } else { value };
        if value.is_empty() { name.to_owned() } else { format!("{name}: {value}") }
    });
    masked.collect::<Vec<_>>().join("\n")
}

/// Byte for byte: names in the case and the order that STS has them in.
#[tokio::test]
async fn heads_are_as_sts_writes_them() {
    let mut config = instant_config();
    config.service.close_on_error = false;
    let running = start(&Mock::new(config, 1).unwrap()).await;
    let address = running.address;
    let unsigned = "GET /?Action=GetCallerIdentity&Version=2011-06-15";
    for path in ["", "/some/path"] {
        let unsigned = unsigned.replace("GET /", &format!("GET {path}/"));
        assert_eq!(
            head_of(address, &unsigned).await,
            "HTTP/1.1 403 Forbidden\nx-amzn-RequestId: X\nx-amz-sts-extended-request-id: X\n\
             Content-Type: text/xml\nContent-Length: 297\nconnection: close\nDate: X",
            "{path}"
        );
    }
    assert_eq!(
        head_of(address, "GET /").await,
        "HTTP/1.1 302 Found\nLocation: https://aws.amazon.com/iam\nconnection: close\n\
         Content-Length: 0\nDate: X"
    );
    assert_eq!(
        head_of(address, "PUT /").await,
        "HTTP/1.1 405 Method Not Allowed\nAllow: GET, POST\nconnection: close\n\
         Content-Length: 0\nDate: X"
    );
}

#[tokio::test]
async fn answers_under_way_are_finished_at_the_end() {
    let mut config = instant_config();
    config.service.latency = Latency::Fixed(Duration::from_millis(200));
    let mock = Mock::new(config, 1).unwrap();
    let running = start(&mock).await;
    let mut busy = TcpStream::connect(running.address).await.unwrap();
    busy.write_all(UNSIGNED).await.unwrap();
    while mock.ledger().requests() == 0 {
        tokio::task::yield_now().await;
    }
    running.stop.send(()).unwrap();
    let answer = read_answer(&mut busy).await;
    assert!(answer.starts_with("HTTP/1.1 403 Forbidden\r\n"), "{answer}");
    running.ended.await.unwrap().unwrap();
    assert!(TcpStream::connect(running.address).await.is_err());
}

/// One after the other on one thread: an answer that was not held back would be
/// there by the time a later request is answered.
#[tokio::test]
async fn answers_wait_as_decided_and_hold_up_nobody_else() {
    let mut config = instant_config();
    config.service.latency = Latency::Fixed(Duration::from_secs(3600));
    let mock = Mock::new(config, 1).unwrap();
    let running = start(&mock).await;
    let invalid = b"GET /?Action=AssumeRoleWithWebIdentity&Version=2011-06-15 HTTP/1.1\r\n\r\n";
    for (at, request) in [(1, UNSIGNED), (2, invalid)] {
        let mut held = TcpStream::connect(running.address).await.unwrap();
        held.write_all(request).await.unwrap();
        while mock.ledger().requests() < at {
            tokio::task::yield_now().await;
        }
        let mut quick = TcpStream::connect(running.address).await.unwrap();
        quick.write_all(b"GET / HTTP/1.1\r\nconnection: close\r\n\r\n").await.unwrap();
        let mut answer = String::new();
        quick.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 302 Found"), "{answer}");
        let nothing = held.try_read(&mut [0; 1]).unwrap_err();
        assert_eq!(nothing.kind(), std::io::ErrorKind::WouldBlock);
    }
}

#[tokio::test]
async fn bytes_that_are_no_http_end_their_connection_only() {
    let running = start(&mock()).await;
    let mut garbage = TcpStream::connect(running.address).await.unwrap();
    garbage.write_all(b"\0\xff\x16\x03 not http at all\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    // Either an HTTP 400 or nothing; what matters is that it ends.
    let _ = garbage.read_to_end(&mut answer).await;
    let mut good = TcpStream::connect(running.address).await.unwrap();
    good.write_all(UNSIGNED).await.unwrap();
    assert!(read_answer(&mut good).await.starts_with("HTTP/1.1 403"));
}

#[tokio::test]
async fn only_loopback_is_bound_without_leave() {
    let everywhere = "0.0.0.0:0".parse().unwrap();
    let refused = bind(everywhere, false).await.unwrap_err();
    assert_eq!(
        refused.to_string(),
        "0.0.0.0:0 is reachable from other machines: bind a loopback address such as 127.0.0.1, \
         or allow it with --allow-remote"
    );
    assert!(bind(everywhere, true).await.is_ok());
}

#[tokio::test]
async fn a_taken_port_is_named() {
    let running = start(&mock()).await;
    let error = bind(running.address, false).await.unwrap_err();
    assert!(matches!(error, BindError::Io { .. }));
    assert_eq!(
        error.to_string(),
        format!(
            "cannot listen on {}: choose another address or port, or 0 for a free port",
            running.address
        )
    );
}
