//! What the mock stands: memory over a million requests, memory of ten thousand
//! idle connections, and twenty thousand connections at once against a limit of
//! 1 024 open files. The mock is a process of its own, and so are the clients.
//!
//! `cargo run --release -p stampede-benches --example load` (Linux; a limit of
//! 11 000 open files, `ulimit -n`)

use std::error::Error;
use std::future::pending;
use std::io::{BufRead as _, BufReader};
use std::net::{Ipv4Addr, SocketAddr};
use std::process::{Child, Command, Stdio};
use std::rc::Rc;
use std::time::{Duration, Instant};
use std::{cell::Cell, env, fs};

use mock_sts::http::{Mock, bind, serve};
use mock_sts::idp::issue;
use mock_sts::latency::Latency;
use stampede_benches::{cached_keys, form};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::runtime::Builder;
use tokio::task::{LocalSet, spawn_local};

type Failed = Box<dyn Error>;

const REQUESTS: u64 = 1_000_000;
const CONNECTIONS: usize = 64;
/// Four times what the mock remembers.
const TOKENS: usize = 4_096;
const IDLE: usize = 10_000;
const AT_ONCE: usize = 20_000;
const OPEN_FILES: usize = 1_024;
const READY: &[u8] = b"GET /_mock/ready HTTP/1.1\r\nhost: mock\r\n\r\n";

fn main() -> Result<(), Failed> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["serve"] => serve_mock(),
        ["connect", address, count] => block_on(connect_many(address.parse()?, count.parse()?)),
        _ => measure(),
    }
}

fn measure() -> Result<(), Failed> {
    let server = Server::start(None)?;
    block_on(a_million_requests(&server))?;
    block_on(idle_connections(&server))?;
    drop(server);
    let server = Server::start(Some(OPEN_FILES))?;
    block_on(more_than_it_may_open(&server))
}

/// On one thread, as the clients are no part of the question.
fn block_on(task: impl Future<Output = Result<(), Failed>>) -> Result<(), Failed> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    LocalSet::new().block_on(&runtime, task)
}

/// The mock as `mock-sts serve` runs it; prints its address and a token a line.
fn serve_mock() -> Result<(), Failed> {
    let mut config = cached_keys();
    config.service.latency = Latency::ZERO;
    config.idp.token_lifetime = Duration::from_secs(3_600);
    let mock = Mock::new(config, 1)?;
    let runtime = Builder::new_multi_thread().enable_all().build()?;
    let listener = runtime.block_on(bind((Ipv4Addr::LOCALHOST, 0).into(), false))?;
    println!("{}", listener.local_addr()?);
    for job in 0..TOKENS {
        let job = format!("stampede-job-{job}");
        let claims = issue(&mock.config().idp, &job, "sts.amazonaws.com", mock.now_unix());
        println!("{}", mock.issuer().sign(&claims)?);
    }
    Ok(runtime.block_on(serve(listener, mock, pending()))?)
}

/// A process with a mock in it, ended when this is dropped.
struct Server {
    process: Child,
    address: SocketAddr,
    tokens: Vec<String>,
}

impl Server {
    fn start(open_files: Option<usize>) -> Result<Self, Failed> {
        let limit = open_files.map_or(String::new(), |most| format!("ulimit -n {most}; "));
        let mut process = Command::new("sh")
            .args(["-c", &format!("{limit}exec \"$0\" serve")])
            .arg(env::current_exe()?)
            .stdout(Stdio::piped())
            .spawn()?;
        let mut lines = BufReader::new(process.stdout.take().ok_or("no output")?).lines();
        let address = lines.next().ok_or("no address")??.parse()?;
        let tokens = lines.take(TOKENS).collect::<Result<_, _>>()?;
        Ok(Self { process, address, tokens })
    }

    /// Resident memory, in MiB.
    fn memory(&self) -> Result<f64, Failed> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|line| line.split_whitespace().next()).ok_or("no VmRSS")?;
        Ok(kib.parse::<f64>()? / 1024.0)
    }

    /// Processor time so far, in seconds: the kernel counts hundredths.
    fn processor(&self) -> Result<f64, Failed> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.process.id()))?;
        let fields = stat.rsplit_once(") ").ok_or("no fields")?.1.split(' ');
        let ticks: Result<Vec<f64>, _> = fields.skip(11).take(2).map(str::parse).collect();
        Ok(ticks?.iter().sum::<f64>() / 100.0)
    }

    fn open_files(&self) -> Result<usize, Failed> {
        Ok(fs::read_dir(format!("/proc/{}/fd", self.process.id()))?.count())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

async fn a_million_requests(server: &Server) -> Result<(), Failed> {
    let form = |token: &String| {
        let body = form(token);
        let length = body.len();
        format!(
            "POST / HTTP/1.1\r\nhost: mock\r\ncontent-length: {length}\r\n\
             content-type: application/x-www-form-urlencoded\r\n\r\n{body}"
        )
    };
    let requests: Rc<[String]> = server.tokens.iter().map(form).collect();
    println!("{:>9} requests {:>6.1} MiB", 0, server.memory()?);
    let (mut done, sent) = (0, Rc::new(Cell::new(0)));
    for until in [10_000, 100_000, 250_000, 500_000, 750_000, REQUESTS] {
        let began = now();
        let asking: Vec<_> = (0..CONNECTIONS)
            .map(|_| {
                spawn_local(ask(server.address, Rc::clone(&requests), Rc::clone(&sent), until))
            })
            .collect();
        for asking in asking {
            asking.await?.map_err(|error| format!("a request failed: {error}"))?;
        }
        let per_s = (until - done) as f64 / began.elapsed().as_secs_f64();
        println!("{until:>9} requests {:>6.1} MiB   {per_s:.0}/s", server.memory()?);
        done = until;
    }
    Ok(())
}

/// Sends requests until `until` have been sent, by everybody together.
async fn ask(
    address: SocketAddr,
    requests: Rc<[String]>,
    sent: Rc<Cell<u64>>,
    until: u64,
) -> Result<(), String> {
    let told = |error: std::io::Error| error.to_string();
    let mut stream = TcpStream::connect(address).await.map_err(told)?;
    let mut answer = Vec::with_capacity(8_192);
    while sent.get() < until {
        let request = &requests[sent.get() as usize % requests.len()];
        sent.set(sent.get() + 1);
        stream.write_all(request.as_bytes()).await.map_err(told)?;
        read_answer(&mut stream, &mut answer).await?;
        if !answer.starts_with(b"HTTP/1.1 200 ") {
            return Err(String::from_utf8_lossy(&answer).into_owned());
        }
    }
    Ok(())
}

/// Reads one answer, whose length is told.
async fn read_answer(stream: &mut TcpStream, answer: &mut Vec<u8>) -> Result<(), String> {
    answer.clear();
    loop {
        let read = stream.read_buf(answer).await.map_err(|error| error.to_string())?;
        let text = std::str::from_utf8(answer).map_err(|error| error.to_string())?;
        let length =
            text.split_once("\r\n\r\n").and_then(|(head, body)| -> Option<(usize, usize)> {
                let told = |line: &str| {
                    let (name, value) = line.split_once(": ")?;
                    name.eq_ignore_ascii_case("content-length").then(|| value.parse().ok())?
                };
                Some((head.lines().find_map(told)?, body.len()))
            });
        match length {
            Some((told, there)) if there >= told => return Ok(()),
            _ if read == 0 => return Err("the connection ended".into()),
            _ => {}
        }
    }
}

async fn idle_connections(server: &Server) -> Result<(), Failed> {
    let before = server.memory()?;
    let began = now();
    let mut held = Vec::with_capacity(IDLE);
    let mut answer = Vec::new();
    for _ in 0..IDLE {
        let mut stream = TcpStream::connect(server.address).await?;
        stream.write_all(READY).await?;
        read_answer(&mut stream, &mut answer).await?;
        held.push(stream);
    }
    let (took, files, with) = (began.elapsed(), server.open_files()?, server.memory()?);
    println!(
        "{IDLE} idle connections, opened in {took:.1?}: {files} open files, {with:.1} MiB, \
         {:.1} KiB each",
        (with - before) * 1024.0 / IDLE as f64
    );
    for mut stream in held {
        let ended = stream.read(&mut [0]).await?;
        assert_eq!(ended, 0, "an idle connection is closed, and nothing is said");
    }
    println!("all closed by the mock {:.1?} after the first was opened", began.elapsed());
    Ok(())
}

async fn more_than_it_may_open(server: &Server) -> Result<(), Failed> {
    let connect = |_| {
        let count = (AT_ONCE / 2).to_string();
        Command::new(env::current_exe()?)
            .args(["connect", &server.address.to_string(), &count])
            .stdout(Stdio::piped())
            .spawn()
    };
    let mut clients = (0..2).map(connect).collect::<Result<Vec<_>, _>>()?;
    pause(Duration::from_secs(2)).await;
    let (files, busy) = (server.open_files()?, server.processor()?);
    pause(Duration::from_secs(3)).await;
    println!(
        "{AT_ONCE} connections at a limit of {OPEN_FILES} open files: {files} open, {:.0} ms of \
         processor time a second, {:.1} MiB",
        (server.processor()? - busy) / 3.0 * 1e3,
        server.memory()?
    );
    for client in &mut clients {
        client.kill()?;
        client.wait()?;
    }
    let began = now();
    let mut stream = TcpStream::connect(server.address).await?;
    stream.write_all(READY).await?;
    read_answer(&mut stream, &mut Vec::new()).await?;
    println!("and when they are gone, an answer after {:.0?}", began.elapsed());
    Ok(())
}

/// Opens this many connections, or tries to, and says nothing on them.
async fn connect_many(address: SocketAddr, count: usize) -> Result<(), Failed> {
    let connecting: Vec<_> = (0..count).map(|_| spawn_local(TcpStream::connect(address))).collect();
    let mut held = Vec::with_capacity(count);
    for connecting in connecting {
        held.push(connecting.await?);
    }
    pending().await
}

#[expect(clippy::disallowed_methods, reason = "a benchmark reads the wall clock")]
fn now() -> Instant {
    Instant::now()
}

#[expect(clippy::disallowed_methods, reason = "the kernel needs its time")]
async fn pause(duration: Duration) {
    tokio::time::sleep(duration).await;
}
