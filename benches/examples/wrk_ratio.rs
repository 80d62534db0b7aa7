//! The mock against a bare axum handler that parses the same form and returns
//! the same bytes, by turns under `wrk` with 64 keep-alive connections: what
//! being STS costs.
//!
//! `cargo run --release -p stampede-benches --example wrk_ratio` (needs `wrk`)

use std::collections::BTreeMap;
use std::error::Error;
use std::future::pending;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use std::{env, fs, process, thread};

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::post;
use bytes::Bytes;
use mock_sts::http::token::Verifier;
use mock_sts::http::{Mock, bind, serve};
use mock_sts::idp::{Issuer, issue};
use mock_sts::latency::Latency;
use mock_sts::request::TokenSignature;
use stampede_benches::{cached_keys, form, wrk};
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};

type Failed = Box<dyn Error>;

const ROUNDS: usize = 5;
const SECONDS_A_ROUND: u32 = 3;
/// More than the mock remembers, so that each is new whenever it comes round.
const NEW_TOKENS: usize = 8_192;

fn main() -> Result<(), Failed> {
    let work = env::temp_dir().join(format!("stampede-wrk-{}", process::id()));
    fs::create_dir_all(&work)?;
    let measured = measure(&work);
    fs::remove_dir_all(&work)?;
    measured
}

fn measure(work: &Path) -> Result<(), Failed> {
    let (mock, sts) = spawn_mock()?;
    let jobs = 0..NEW_TOKENS;
    let tokens: Vec<String> =
        jobs.map(|job| token(&mock, mock.issuer(), job)).collect::<Result<_, _>>()?;
    let one = wrk::script(work, "one", &tokens[..1], false)?;
    let each_new = wrk::script(work, "each-new", &tokens, false)?;
    let answer = answer_of(sts, &tokens[0])?;
    println!("a token of {} bytes, an answer of {} bytes", tokens[0].len(), answer.len());
    let bare = spawn_bare(answer)?;

    let mut rounds: Vec<[f64; 3]> = Vec::new();
    for _ in 0..ROUNDS {
        let handler = requests_per_s(bare, &one)?;
        rounds.push([handler, requests_per_s(sts, &one)?, requests_per_s(sts, &each_new)?]);
    }
    let median = |rate: &dyn Fn(&[f64; 3]) -> f64| {
        let mut rates: Vec<f64> = rounds.iter().map(rate).collect();
        rates.sort_by(f64::total_cmp);
        rates[ROUNDS / 2]
    };
    let verify = verify_seconds(&mock)?;
    println!("bare axum handler        {:>9.0} requests/s", median(&|round| round[0]));
    println!(
        "mock, the same token     {:>9.0} requests/s   {:.2} of the handler",
        median(&|round| round[1]),
        median(&|round| round[1] / round[0]),
    );
    println!(
        "mock, every token new    {:>9.0} requests/s   {:.2} of 1/(verify + handler), verify = {:.1} µs",
        median(&|round| round[2]),
        median(&|round| round[2] * (verify + 1.0 / round[0])),
        verify * 1e6,
    );
    Ok(())
}

fn runtime() -> Result<Runtime, Failed> {
    Ok(Builder::new_current_thread().enable_all().build()?)
}

/// A mock that answers at once, on one thread of its own.
fn spawn_mock() -> Result<(Arc<Mock>, SocketAddr), Failed> {
    let mut config = cached_keys();
    config.service.latency = Latency::ZERO;
    config.idp.token_lifetime = Duration::from_secs(3_600);
    let mock = Mock::new(config, 1)?;
    let runtime = runtime()?;
    let listener = runtime.block_on(bind((Ipv4Addr::LOCALHOST, 0).into(), false))?;
    let address = listener.local_addr()?;
    let serving = Arc::clone(&mock);
    thread::spawn(move || runtime.block_on(serve(listener, serving, pending())));
    Ok((mock, address))
}

/// What a server costs that knows nothing of STS.
fn spawn_bare(answer: Bytes) -> Result<SocketAddr, Failed> {
    let handler = move |body: Bytes| async move {
        let fields: BTreeMap<_, _> = form_urlencoded::parse(&body).into_owned().collect();
        assert_eq!(fields.len(), 6, "the whole form");
        ([(CONTENT_TYPE, "text/xml")], answer.clone())
    };
    let router = Router::new().route("/", post(handler));
    let runtime = runtime()?;
    let listener = runtime.block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))?;
    let address = listener.local_addr()?;
    thread::spawn(move || runtime.block_on(async { axum::serve(listener, router).await }));
    Ok(address)
}

/// A token of a job of its own, so that no two are alike.
fn token(mock: &Mock, issuer: &Issuer, job: usize) -> Result<String, Failed> {
    let job = format!("stampede-job-{job}");
    Ok(issuer.sign(&issue(&mock.config().idp, &job, "sts.amazonaws.com", mock.now_unix()))?)
}

/// The body of the mock's own answer.
fn answer_of(address: SocketAddr, token: &str) -> Result<Bytes, Failed> {
    use std::io::{Read as _, Write as _};
    let body = form(token);
    let mut stream = std::net::TcpStream::connect(address)?;
    write!(
        stream,
        "POST / HTTP/1.1\r\nhost: mock\r\nconnection: close\r\ncontent-length: {}\r\n\
         content-type: application/x-www-form-urlencoded\r\n\r\n{body}",
        body.len()
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").ok_or("no answer")?;
    if !head.starts_with("HTTP/1.1 200") {
        return Err(format!("the mock refuses: {body}").into());
    }
    Ok(body.to_owned().into())
}

/// Requests a second that were answered with 200.
fn requests_per_s(address: SocketAddr, script: &Path) -> Result<f64, Failed> {
    let output = wrk::command(&format!("http://{address}/"), script, SECONDS_A_ROUND)
        .output()
        .map_err(|error| format!("cannot run wrk, which this needs: {error}"))?;
    Ok(wrk::told(&output)?.1)
}

/// Seconds that reading and verifying one token takes, the issuer's key at hand.
#[expect(clippy::disallowed_methods, reason = "a benchmark reads the wall clock")]
fn verify_seconds(mock: &Mock) -> Result<f64, Failed> {
    let issuer = Arc::new(Issuer::generate()?);
    let tokens: Vec<String> =
        (0..1_000).map(|job| token(mock, &issuer, job)).collect::<Result<_, _>>()?;
    let verifier = Verifier::new(vec![(mock.config().idp.issuer.clone(), issuer)]);
    let began = Instant::now();
    for token in &tokens {
        let read = verifier.read(mock.now(), token).ok_or("a token cannot be read")?;
        assert_eq!(read.signature, TokenSignature::Valid);
    }
    Ok(began.elapsed().as_secs_f64() / tokens.len() as f64)
}
