//! The simulator against SimPy, by turns: the same herd, which `herd.py` has a
//! far simpler STS for.
//!
//! `cargo run --release -p stampede-benches --example simpy_ratio [JOBS...]`
//! (needs `python3`; sets SimPy up under `target/`)

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;
use std::{env, io};

use stampede_benches::Herd;

type Failed = Box<dyn Error>;

const SIMPY: &str = "simpy==4.1.1";
const ROUNDS: usize = 3;
/// Events of one round and engine, about.
const EVENTS: u32 = 2_000_000;
/// What a job comes to, about.
const EVENTS_A_JOB: u32 = 19;

fn main() -> Result<(), Failed> {
    let asked: Vec<u32> = env::args().skip(1).map(|jobs| jobs.parse()).collect::<Result<_, _>>()?;
    let sizes = if asked.is_empty() { vec![1_000, 100_000] } else { asked };
    let python = python()?;
    println!("{:>9}  {:>12}  {:>12}  {:>6}", "jobs", "simulator/s", "SimPy/s", "ratio");
    for jobs in sizes {
        let runs = (EVENTS / EVENTS_A_JOB / jobs).max(1);
        let herd = Herd::new(jobs);
        let mut rounds = Vec::new();
        for _ in 0..ROUNDS {
            let ours = simulated(&herd, runs);
            rounds.push((ours, simpy(&python, jobs, runs)?));
        }
        rounds.sort_by(|a, b| (a.0 / a.1).total_cmp(&(b.0 / b.1)));
        let (ours, theirs) = rounds[ROUNDS / 2];
        let (ours_m, theirs_m) = (ours / 1e6, theirs / 1e6);
        println!("{jobs:>9}  {ours_m:>10.2} M  {theirs_m:>10.3} M  {:>6.1}", ours / theirs);
    }
    Ok(())
}

/// Events a second of this many runs on the simulator.
#[expect(clippy::disallowed_methods, reason = "a benchmark reads the wall clock")]
fn simulated(herd: &Herd, runs: u32) -> f64 {
    let began = Instant::now();
    let events: u64 = (0..u64::from(runs)).map(|seed| herd.simulated(seed).events).sum();
    events as f64 / began.elapsed().as_secs_f64()
}

/// Events a second of this many runs on SimPy.
fn simpy(python: &Path, jobs: u32, runs: u32) -> Result<f64, Failed> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/herd.py");
    let output =
        Command::new(python).arg(script).args([jobs.to_string(), runs.to_string()]).output()?;
    let printed = String::from_utf8(output.stdout)?;
    let (events, seconds) = printed
        .trim()
        .split_once(' ')
        .ok_or_else(|| format!("herd.py: {}", String::from_utf8_lossy(&output.stderr)))?;
    Ok(events.parse::<f64>()? / seconds.parse::<f64>()?)
}

/// A Python that has SimPy.
fn python() -> Result<PathBuf, Failed> {
    let place = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/clients/simpy-4.1.1");
    let python = place.join("bin/python");
    if !succeeds(Command::new(&python).args(["-c", "import simpy"])).unwrap_or(false) {
        let made = succeeds(Command::new("python3").args(["-m", "venv"]).arg(&place))?
            && succeeds(Command::new(&python).args(["-m", "pip", "install", "-q", SIMPY]))?;
        if !made {
            return Err(format!("cannot set up {SIMPY}: is python3 with venv there?").into());
        }
    }
    Ok(python)
}

fn succeeds(command: &mut Command) -> io::Result<bool> {
    Ok(command.output()?.status.success())
}
