//! The harness as a load generator, beside `wrk` and, where there is one, `oha`: the same calls to
//! the same mock, 64 at once, each on a connection of its own as a process that has just started
//! makes it, by turns. The harness records all it ever records.
//!
//! `cargo build --release && cargo run --release -p stampede-benches --example harness_ratio`
//! (Linux; needs `wrk`)

use std::error::Error;
use std::future::pending;
use std::io::{BufRead as _, BufReader};
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;
use std::{env, fs, process};

use mock_sts::http::{Mock, bind, serve};
use mock_sts::idp::issue;
use mock_sts::latency::Latency;
use stampede_benches::{cached_keys, form, wrk};
use tokio::runtime::Builder;

type Failed = Box<dyn Error>;

const ROUNDS: usize = 5;
const SECONDS_A_ROUND: u32 = 3;
/// At once, each with a token of its own.
const JOBS: usize = 64;
const CALLS_A_JOB: usize = 140;

fn main() -> Result<(), Failed> {
    if env::args().nth(1).as_deref() == Some("serve") {
        return serve_mock();
    }
    let work = env::temp_dir().join(format!("stampede-harness-{}", process::id()));
    fs::create_dir_all(&work)?;
    let measured = measure(&work);
    fs::remove_dir_all(&work)?;
    measured
}

/// The mock on one thread; prints its address and a token a line.
fn serve_mock() -> Result<(), Failed> {
    let mut config = cached_keys();
    config.service.latency = Latency::ZERO;
    config.idp.token_latency = Latency::ZERO;
    config.idp.token_lifetime = Duration::from_secs(3_600);
    let mock = Mock::new(config, 1)?;
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let listener = runtime.block_on(bind((Ipv4Addr::LOCALHOST, 0).into(), false))?;
    println!("{}", listener.local_addr()?);
    for job in 0..JOBS {
        let job = format!("stampede-job-{job}");
        let claims = issue(&mock.config().idp, &job, "sts.amazonaws.com", mock.now_unix());
        println!("{}", mock.issuer().sign(&claims)?);
    }
    Ok(runtime.block_on(serve(listener, mock, pending()))?)
}

/// A process with a mock in it, ended when this is dropped.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Calls a second, and processor time of the client for each, in microseconds.
type Rate = (f64, f64);

fn measure(work: &Path) -> Result<(), Failed> {
    let mut server =
        Command::new(env::current_exe()?).arg("serve").stdout(Stdio::piped()).spawn()?;
    let output = server.stdout.take().ok_or("the mock says nothing")?;
    let _server = Server(server);
    let mut lines = BufReader::new(output).lines();
    let url = format!("http://{}", lines.next().ok_or("no address")??);
    let tokens = lines.take(JOBS).collect::<Result<Vec<_>, _>>()?;
    let (script, body) = (wrk::script(work, "closing", &tokens, true)?, work.join("body.txt"));
    fs::write(&body, form(&tokens[0]))?;
    let scenario = scenario(work)?;

    let mut rounds: Vec<[Option<Rate>; 3]> = Vec::new();
    for _ in 0..ROUNDS {
        let ours = stampede(&url, &scenario, work)?;
        rounds.push([Some(by_wrk(&url, &script)?), oha(&url, &body)?, Some(ours)]);
    }
    for (index, name) in ["wrk", "oha", "stampede run"].into_iter().enumerate() {
        let measured: Vec<(Rate, f64)> =
            rounds.iter().filter_map(|round| Some((round[index]?, round[0]?.0))).collect();
        if measured.is_empty() {
            println!("{name:<13} is not there");
            continue;
        }
        println!(
            "{name:<13} {:>8.0} calls/s   {:>4.2} of wrk   {:>6.1} µs of processor time a call",
            median(measured.iter().map(|((rate, _), _)| *rate)),
            median(measured.iter().map(|((rate, _), wrk)| rate / wrk)),
            median(measured.iter().map(|((_, cost), _)| *cost)),
        );
    }
    Ok(())
}

fn median(numbers: impl Iterator<Item = f64>) -> f64 {
    let mut numbers: Vec<f64> = numbers.collect();
    numbers.sort_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}

/// A fleet whose tools queue for their turn, so that 64 calls are always under way.
fn scenario(work: &Path) -> Result<PathBuf, Failed> {
    let path = work.join("closed.toml");
    let text = format!(
        "# How many calls a second does the harness make?\n\
         name = \"closed\"\n\
         question = \"How many calls a second does the harness make?\"\n\
         horizon = \"2m\"\n\
         seeds = [1]\n\
         fleet = {{ jobs = {JOBS}, tools-per-job = {CALLS_A_JOB}, arrivals.burst = {{ at = \"0s\" }} }}\n\
         network.hop.fixed = \"0s\"\n\
         [service]\n\
         profile = \"cacheable-keys\"\n\
         [contenders.closed]\n\
         strategy.naive = {{}}\n\
         admission.semaphore = {{ permits = {JOBS} }}\n"
    );
    fs::write(&path, text)?;
    Ok(path)
}

fn by_wrk(url: &str, script: &Path) -> Result<Rate, Failed> {
    let (output, busy_s) = timed(&mut wrk::command(url, script, SECONDS_A_ROUND))
        .map_err(|error| format!("cannot run wrk, which this needs: {error}"))?;
    let (calls, rate) = wrk::told(&output)?;
    Ok((rate, busy_s / calls * 1e6))
}

/// None where there is no `oha`.
fn oha(url: &str, body: &Path) -> Result<Option<Rate>, Failed> {
    let seconds = format!("{SECONDS_A_ROUND}s");
    let mut command = Command::new("oha");
    command
        .args(["--no-tui", "--output-format", "json", "--disable-keepalive", "-c", "64", "-z"])
        .args([&seconds, "-m", "POST", "-T", "application/x-www-form-urlencoded", "-D"])
        .arg(body)
        .arg(url);
    let Ok((output, busy_s)) = timed(&mut command) else { return Ok(None) };
    let told: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    let calls = told["statusCodeDistribution"]["200"].as_f64().ok_or("oha got no answers")?;
    let rate = told["summary"]["requestsPerSec"].as_f64().ok_or("oha says no rate")?;
    Ok(Some((rate, busy_s / calls * 1e6)))
}

fn stampede(url: &str, scenario: &Path, work: &Path) -> Result<Rate, Failed> {
    let examples = env::current_exe()?;
    let release = examples.parent().and_then(Path::parent).ok_or("no target directory")?;
    let result = work.join("result.json");
    let mut command = Command::new(release.join("stampede"));
    command.arg("run").arg(scenario).args(["-q", "--endpoint", url, "-o"]);
    command.arg(format!("json={}", result.display()));
    let (output, busy_s) = timed(&mut command)
        .map_err(|error| format!("cannot run stampede, build it first: {error}"))?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    let result: serde_json::Value = serde_json::from_slice(&fs::read(result)?)?;
    let calls = result["contenders"][0]["attempts"].as_f64().ok_or("no attempts")?;
    let took_s = result["elapsed_ns"].as_f64().ok_or("no time")? / 1e9;
    assert_eq!(calls as usize, JOBS * CALLS_A_JOB, "every call was made");
    Ok((calls / took_s, busy_s / calls * 1e6))
}

/// Runs a command to its end; its processor time in seconds.
fn timed(command: &mut Command) -> Result<(Output, f64), Failed> {
    let before = children_s()?;
    let output = command.output()?;
    Ok((output, children_s()? - before))
}

/// Processor time of all processes that this one has waited for, in seconds: the kernel counts
/// hundredths.
fn children_s() -> Result<f64, Failed> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    let fields = stat.rsplit_once(") ").ok_or("no fields")?.1.split(' ');
    let ticks: Result<Vec<f64>, _> = fields.skip(13).take(2).map(str::parse).collect();
    Ok(ticks?.iter().sum::<f64>() / 100.0)
}
