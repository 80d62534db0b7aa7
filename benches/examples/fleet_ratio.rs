//! The simulator against tokio's paused clock, in one process: the same herd on
//! both, by turns, so that whatever else the machine does hits both alike.
//!
//! `cargo run --release -p stampede-benches --example fleet_ratio`

use std::fs;
use std::time::{Duration, Instant};

use stampede_benches::{Herd, HerdRun};

const ROUNDS: u64 = 7;
const MILLION: u32 = 1_000_000;

fn main() {
    // First, while the process's peak is still that of an empty one.
    million();
    println!();
    println!(
        "{:>9}  {:>10}  {:>12}  {:>12}  {:>6}",
        "jobs", "events", "simulator/s", "tokio/s", "ratio"
    );
    for (jobs, runs_per_round) in [(1_000, 50), (100_000, 1)] {
        duel(jobs, runs_per_round);
    }
}

/// A million jobs at once: does it end, and how much memory does each wait in?
fn million() {
    let herd = Herd::new(MILLION);
    let before = resident_bytes();
    let (took, run) = timed(|| herd.simulated(1));
    let waiting = peak_bytes().saturating_sub(before) / u64::from(MILLION);
    assert_eq!(run.succeeded, u64::from(MILLION), "all jobs get their credentials in the end");
    println!(
        "{MILLION} jobs at once: {} events in {:.2} s, {:.2} M events/s, {waiting} bytes of peak memory per waiting tool",
        run.events,
        took.as_secs_f64(),
        millions_per_s(run.events, took),
    );
}

fn duel(jobs: u32, runs_per_round: u64) {
    let herd = Herd::new(jobs);
    let mut rounds: Vec<(f64, f64)> = (0..ROUNDS)
        .map(|round| {
            let seeds = round * runs_per_round..(round + 1) * runs_per_round;
            let engine = |run: &dyn Fn(u64) -> HerdRun| {
                let (took, events) = timed(|| seeds.clone().map(|seed| run(seed).events).sum());
                millions_per_s(events, took)
            };
            // Who goes first changes from round to round.
            if round % 2 == 0 {
                let ours = engine(&|seed| herd.simulated(seed));
                (ours, engine(&|seed| herd.on_tokio(seed)))
            } else {
                let theirs = engine(&|seed| herd.on_tokio(seed));
                (engine(&|seed| herd.simulated(seed)), theirs)
            }
        })
        .collect();
    rounds.sort_by(|a, b| (a.0 / a.1).total_cmp(&(b.0 / b.1)));
    let (ours, theirs) = rounds[rounds.len() / 2];
    println!(
        "{jobs:>9}  {:>10}  {ours:>10.2} M  {theirs:>10.2} M  {:>6.2}   (median of {ROUNDS} rounds, {:.2} to {:.2})",
        herd.simulated(0).events,
        ours / theirs,
        rounds[0].0 / rounds[0].1,
        rounds[rounds.len() - 1].0 / rounds[rounds.len() - 1].1,
    );
}

#[expect(clippy::disallowed_methods, reason = "a benchmark reads the wall clock")]
fn timed<T>(work: impl FnOnce() -> T) -> (Duration, T) {
    let began = Instant::now();
    let done = work();
    (began.elapsed(), done)
}

fn millions_per_s(events: u64, took: Duration) -> f64 {
    events as f64 / took.as_secs_f64() / 1e6
}

fn resident_bytes() -> u64 {
    status_kib("VmRSS:") * 1024
}

fn peak_bytes() -> u64 {
    status_kib("VmHWM:") * 1024
}

/// A number from Linux's account of this process; 0 elsewhere.
fn status_kib(key: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(key)).unwrap_or_default();
    line.trim().trim_end_matches(" kB").parse().unwrap_or(0)
}
