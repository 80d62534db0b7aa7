//! Connections that break, lead nowhere or stay silent.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::thread::JoinHandle;
use std::time::Duration;

use harness::record::Failure;
use harness::world::Clock as _;

use crate::support::{call, in_local_set, said, world};

/// A server that reads one request and answers with these bytes, then closes.
fn raw(answer: &'static [u8]) -> (String, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let serving = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a connection");
        let mut request = [0; 4096];
        let length = stream.read(&mut request).expect("a request");
        assert!(request[..length].starts_with(b"POST / HTTP/1.1\r\n"));
        stream.write_all(answer).expect("written");
    });
    (url, serving)
}

#[test]
fn connections_that_end_early_are_resets_and_other_protocols_are_unreadable() {
    let table: [(&[u8], Failure); 6] = [
        (b"", Failure::Reset),
        (b"HTTP/1.1 200", Failure::Reset),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n<Assume", Failure::Reset),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n<Assu", Failure::Reset),
        (b"SSH-2.0-OpenSSH_9.6\r\n\r\n", Failure::Unreadable),
        (b"HTTP/1.1 99999 ?\r\n\r\n", Failure::Unreadable),
    ];
    for (answer, failure) in table {
        let (url, serving) = raw(answer);
        let error = in_local_set(call(&url)).expect_err("no whole answer");
        serving.join().expect("served");
        let shown = String::from_utf8_lossy(answer);
        assert_eq!(error.failure, failure, "{shown:?}: {}", error.message());
        assert!(!error.message().is_empty());
    }
}

#[test]
fn nobody_there_is_unreachable() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    drop(listener);
    let words = said(in_local_set(call(&url)));
    assert!(words.starts_with(&format!("Unreachable: {url}: ")), "{words}");
}

#[test]
fn an_answer_that_never_comes_is_a_timeout_after_a_minute() {
    // Connections are made by the system as long as nobody accepts them.
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let waited = in_local_set(async {
        tokio::time::pause();
        let began = tokio::time::Instant::now();
        assert_eq!(said(call(&url).await), "Timeout: no answer within 60s");
        began.elapsed()
    });
    assert!(waited >= Duration::from_secs(60) && waited < Duration::from_secs(61), "{waited:?}");
}

#[test]
fn waiting_ends_when_it_should() {
    in_local_set(async {
        tokio::time::pause();
        let world = world("http://127.0.0.1:1");
        let at = world.now() + Duration::from_secs(5);
        world.sleep_until(at).await;
        let late = world.now().since(at);
        assert!(late < Duration::from_millis(2), "{late:?} late");
        world.sleep_until(at).await;
        assert_eq!(world.now().since(at), late, "what has passed is not waited for");
    });
}
