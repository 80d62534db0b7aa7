//! Clients that mean ill, or know no better: each ends its own connection only.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream as Blocking};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use std::{fs, thread};

use mock_sts::http::Mock;
use mock_sts::latency::Latency;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::binary::{Running, program};
use crate::sockets::{UNSIGNED, read_answer, start};
use crate::support::{instant_config, mock};

/// Sends `request` whole and reads until the connection ends.
async fn answer_to(address: SocketAddr, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    // The server may answer, and close, before it has everything.
    let _ = stream.write_all(request).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8(answer).unwrap()
}

#[tokio::test]
async fn too_much_is_refused_and_the_connection_closed() {
    let running = start(&mock()).await;
    let one_long = format!("GET / HTTP/1.1\r\nhost: m\r\nx: {}\r\n\r\n", "a".repeat(1 << 20));
    let many = format!("GET / HTTP/1.1\r\nhost: m\r\n{}\r\n", "x: y\r\n".repeat(200));
    let long_target = format!("GET /?{} HTTP/1.1\r\nhost: m\r\n\r\n", "a".repeat(1 << 17));
    let form = "content-type: application/x-www-form-urlencoded";
    let body = format!("POST / HTTP/1.1\r\nhost: m\r\n{form}\r\ncontent-length: 330000\r\n\r\n");
    let body = body + &"a".repeat(330_000);
    let chunk = format!("50910\r\n{}\r\n0\r\n\r\n", "a".repeat(330_000));
    let chunked =
        format!("POST / HTTP/1.1\r\nhost: m\r\n{form}\r\ntransfer-encoding: chunked\r\n\r\n");
    let table = [
        ("431", one_long),
        ("431", many),
        ("414", long_target),
        ("413", body),
        ("413", chunked + &chunk),
    ];
    for (status, request) in table {
        let answer = answer_to(running.address, request.as_bytes()).await;
        let told = answer.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3));
        assert_eq!(told, Some(status), "{:?} of {:?}", answer, &request[..40]);
        assert!(answer.contains("connection: close\r\n"), "{answer}");
    }
}

/// Ten seconds are what a head, a body and the next request may each take.
#[tokio::test]
async fn whoever_dawdles_is_cut_off_and_holds_up_nobody() {
    let running = start(&mock()).await;
    let address = running.address;
    let began = now();
    let dribble = |request: &'static [u8]| {
        tokio::spawn(async move {
            let stream = TcpStream::connect(address).await.unwrap();
            let (mut reader, mut writer) = stream.into_split();
            let writing = tokio::spawn(async move {
                for byte in request.chunks(1) {
                    if writer.write_all(byte).await.is_err() {
                        break;
                    }
                    pause(Duration::from_millis(250)).await;
                }
                writer
            });
            let mut answer = String::new();
            let _ = reader.read_to_string(&mut answer).await;
            writing.abort();
            (answer, began.elapsed())
        })
    };
    let head = dribble(b"GET / HTTP/1.1\r\nhost: a-host-with-a-very-long-name.example.com\r\n\r\n");
    let silent = dribble(b"");
    let slow_body = tokio::spawn(async move {
        let request = b"POST / HTTP/1.1\r\nhost: m\r\ncontent-length: 9\r\n\r\nActi";
        (answer_to(address, request).await, began.elapsed())
    });
    pause(Duration::from_secs(5)).await;
    let mut good = TcpStream::connect(address).await.unwrap();
    good.write_all(UNSIGNED).await.unwrap();
    assert!(read_answer(&mut good).await.starts_with("HTTP/1.1 403"));
    for (name, dawdler) in [("head", head), ("silence", silent), ("body", slow_body)] {
        let (answer, after) = dawdler.await.unwrap();
        assert!((9.5..20.0).contains(&after.as_secs_f64()), "{name}: cut off after {after:?}");
        let told = if name == "body" { "HTTP/1.1 408 " } else { "" };
        assert!(answer.starts_with(told), "{name}: {answer}");
        assert!(!answer.starts_with("HTTP/1.1 2"), "{name}: {answer}");
    }
}

/// A client that closes its half before the answer is taken to have gone.
#[tokio::test]
async fn a_half_closed_connection_is_let_go() {
    let mut config = instant_config();
    config.service.latency = Latency::Fixed(Duration::from_secs(3600));
    let mock = Mock::new(config, 1).unwrap();
    let running = start(&mock).await;
    for request in [UNSIGNED, b"", b"GET / HT", b"POST / HTTP/1.1\r\ncontent-length: 9\r\n\r\nA"] {
        let mut stream = TcpStream::connect(running.address).await.unwrap();
        stream.write_all(request).await.unwrap();
        stream.shutdown().await.unwrap();
        let mut answer = String::new();
        let _ = stream.read_to_string(&mut answer).await;
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 400 "), "{answer}");
    }
    // It would wait for an hour for an answer that is still under way.
    let began = now();
    running.stop.send(()).unwrap();
    running.ended.await.unwrap().unwrap();
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
}

/// With no file left to open, accepting waits instead of spinning or ending.
#[cfg(target_os = "linux")]
#[test]
fn more_connections_than_open_files_are_survived() {
    let mut limited = Command::new("sh");
    limited.args(["-c", "ulimit -n 48; exec \"$0\" \"$@\""]).arg(program().get_program());
    limited.args(["serve", "--bind", "127.0.0.1:0"]).stdout(Stdio::piped());
    let mut running = Running(limited.spawn().unwrap());
    let mut lines = BufReader::new(running.0.stdout.take().unwrap()).lines();
    let first = lines.next().unwrap().unwrap();
    let address: SocketAddr = first.strip_prefix("listening on http://").unwrap().parse().unwrap();

    let began = now();
    let held: Vec<Blocking> = (0..300).map(|_| Blocking::connect(address).unwrap()).collect();
    // All find room to wait in; where they do not, being tried again takes them 40 s.
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    let files = || fs::read_dir(format!("/proc/{}/fd", running.0.id())).unwrap().count();
    let deadline = now() + Duration::from_secs(5);
    while files() < 48 && now() < deadline {
        thread::yield_now();
    }
    assert!(files() >= 48, "the limit is reached: {} are open", files());
    let busy = || {
        let stat = fs::read_to_string(format!("/proc/{}/stat", running.0.id())).unwrap();
        let fields = stat.rsplit_once(") ").unwrap().1.split(' ');
        fields.skip(11).take(2).map(|ticks| ticks.parse::<u64>().unwrap()).sum::<u64>()
    };
    let before = busy();
    wait(Duration::from_secs(1));
    let ticks = busy() - before;
    assert!(ticks < 30, "{ticks} hundredths of a second of processor time in one second");

    drop(held);
    let mut stream = Blocking::connect(address).unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 302 Found\r\n"), "{answer}");
}

#[expect(clippy::disallowed_methods, reason = "sockets live in real time")]
fn now() -> Instant {
    Instant::now()
}

#[expect(clippy::disallowed_methods, reason = "sockets live in real time")]
async fn pause(duration: Duration) {
    tokio::time::sleep(duration).await;
}

#[expect(clippy::disallowed_methods, reason = "the kernel needs its time")]
fn wait(duration: Duration) {
    thread::sleep(duration);
}
