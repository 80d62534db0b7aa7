//! Spoiled answers, byte by byte on a real socket.

use std::io::ErrorKind;

use axum::response::Response;
use mock_sts::config::{Effect, FaultConfig, FaultKind, Window, WireFault};
use mock_sts::error_code::ErrorCode;
use mock_sts::http::{Mock, bind, serve};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::instant_config;

const UNSIGNED: &[u8] =
    b"GET /?Action=GetCallerIdentity&Version=2011-06-15 HTTP/1.1\r\nhost: mock.test\r\n\r\n";

/// What a client that asks once reads until the connection ends, and how it
/// ends.
async fn read(fault: WireFault) -> (String, Option<ErrorKind>) {
    let mut config = instant_config();
    let kind = FaultKind::Outage { effect: Effect::Wire(fault) };
    config.service.faults = vec![FaultConfig { during: Window::ALWAYS, kind }];
    let listener = bind("127.0.0.1:0".parse().unwrap(), false).await.unwrap();
    let address = listener.local_addr().unwrap();
    let mock = Mock::new(config, 1).unwrap();
    tokio::spawn(serve(listener, mock, std::future::pending()));
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(UNSIGNED).await.unwrap();
    let mut answer = Vec::new();
    let mut buffer = [0; 4096];
    let end = loop {
        match stream.read(&mut buffer).await {
            Ok(0) => break None,
            Ok(read) => answer.extend_from_slice(&buffer[..read]),
            Err(error) => break Some(error.kind()),
        }
        if answer.ends_with(b"</ErrorResponse>\n") {
            break None;
        }
    };
    (String::from_utf8(answer).unwrap(), end)
}

#[tokio::test]
async fn a_reset_is_a_reset_and_an_empty_answer_ends_in_order() {
    let reset = (String::new(), Some(ErrorKind::ConnectionReset));
    assert_eq!(read(WireFault::ResetBefore).await, reset);
    assert_eq!(read(WireFault::ResetAfter).await, reset);
    assert_eq!(read(WireFault::Empty).await, (String::new(), None));
}

#[tokio::test]
async fn a_slow_body_is_whole_and_has_its_length() {
    let takes = std::time::Duration::from_millis(50);
    let (answer, _) = read(WireFault::SlowBody(takes)).await;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.contains(&format!("\r\nContent-Length: {}", body.len())), "{head}");
    assert!(body.ends_with("</ErrorResponse>\n"), "{body}");
}

/// Read with the end of the input, as the length says that this is all.
#[tokio::test]
async fn a_truncated_answer_claims_to_be_whole() {
    let mut config = instant_config();
    let kind = FaultKind::Outage { effect: Effect::Wire(WireFault::Truncated) };
    config.service.faults = vec![FaultConfig { during: Window::ALWAYS, kind }];
    let mock = Mock::new(config, 1).unwrap();
    let request = axum::http::Request::get("/?Action=GetCallerIdentity&Version=2011-06-15");
    let request = request.body(axum::body::Body::empty()).unwrap();
    let answer = tower::ServiceExt::oneshot(mock_sts::http::router(mock), request).await.unwrap();
    let length = answer.headers()["content-length"].to_str().unwrap().to_owned();
    let body = axum::body::to_bytes(answer.into_body(), 4096).await.unwrap();
    assert_eq!(length, body.len().to_string());
    assert!(body.starts_with(b"<ErrorResponse "), "{body:?}");
    assert!(!body.ends_with(b"</ErrorResponse>\n"), "{body:?}");
}

#[tokio::test]
async fn throttled_answers_say_when_to_come_back_if_they_are_told_to() {
    let text = "[service]\n\
        throttle-headers = { retry-after = \"3s\", x-amz-retry-after = \"1500ms\" }\n\
        faults = [{ fail-first = { requests = 1, code = \"Throttling\" } },\n\
                  { fail-first = { requests = 1, code = \"AccessDenied\" } }]\n";
    let mut config = mock_sts::config::check::load("mock.toml", text).unwrap();
    config.service.latency = mock_sts::latency::Latency::ZERO;
    let router = mock_sts::http::router(Mock::new(config, 1).unwrap());
    let ask = async || {
        let request = axum::http::Request::get("/?Action=GetCallerIdentity&Version=2011-06-15");
        let request = request.body(axum::body::Body::empty()).unwrap();
        tower::ServiceExt::oneshot(router.clone(), request).await.unwrap()
    };
    let (throttled, denied) = (ask().await, ask().await);
    assert_eq!((throttled.status().as_u16(), denied.status().as_u16()), (400, 403));
    assert_eq!(throttled.headers()["retry-after"], "3");
    assert_eq!(throttled.headers()["x-amz-retry-after"], "1500");
    assert!(!denied.headers().contains_key("retry-after"));
}

/// Of a mock that always answers `code`, and says when to come back.
async fn refused(code: ErrorCode) -> (Response, String) {
    let mut config = instant_config();
    let kind = FaultKind::Outage { effect: Effect::Refuse(code) };
    config.service.faults = vec![FaultConfig { during: Window::ALWAYS, kind }];
    config.service.throttle_headers.retry_after = Some(std::time::Duration::from_secs(2));
    let mock = Mock::new(config, 1).unwrap();
    let request = axum::http::Request::get("/?Action=GetCallerIdentity&Version=2011-06-15");
    let request = request.body(axum::body::Body::empty()).unwrap();
    let answer = tower::ServiceExt::oneshot(mock_sts::http::router(mock), request).await.unwrap();
    let (head, body) = answer.into_parts();
    let body = axum::body::to_bytes(body, 4096).await.unwrap();
    let text = String::from_utf8(body.to_vec()).unwrap();
    (Response::from_parts(head, axum::body::Body::empty()), text)
}

/// Not STS's own: S3 has the code of the first, load balancers answer the second.
#[tokio::test]
async fn throttles_come_with_other_statuses_too() {
    let (slow, body) = refused(ErrorCode::SlowDown).await;
    assert_eq!(
        (slow.status().as_u16(), &slow.headers()["content-type"]),
        (503, &"text/xml".parse().unwrap())
    );
    assert!(body.contains("<Code>SlowDown</Code>"), "{body}");
    let (bare, body) = refused(ErrorCode::TooManyRequests).await;
    assert_eq!(
        (bare.status().as_u16(), &bare.headers()["content-type"]),
        (429, &"text/plain".parse().unwrap())
    );
    assert_eq!(body, "Too Many Requests\n");
    assert!(!bare.headers().contains_key("x-amz-sts-extended-request-id"));
    for throttle in [slow, bare] {
        assert_eq!(throttle.headers()["retry-after"], "2");
    }
    let (other, _) = refused(ErrorCode::ServiceUnavailable).await;
    assert!(!other.headers().contains_key("retry-after"), "it is no throttle");
}
