//! Go benchmark lines as their real reader takes them: benchstat itself, where there is Go.

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use common::*;
use reports::render::go_bench::render;

/// Pinned: what is tested is our text, not the newest reader.
const BENCHSTAT: &str = "golang.org/x/perf/cmd/benchstat@v0.0.0-20260908200009-22c9c6c9d4da";

#[test]
fn benchstat_compares_two_results_without_a_warning() {
    let Some(benchstat) = benchstat() else { return };
    let mut changed = report();
    changed.contenders[0].time_to_credentials = latency(1_400, 160, 9_800);
    changed.contenders[0].jobs.succeeded = 400;
    let [base, head] = [("base", report()), ("head", changed)].map(|(name, report)| {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("benchstat-{name}.txt"));
        fs::write(&path, render(&report)).expect("written");
        path
    });
    let ended = Command::new(benchstat).args([&base, &head]).output().expect("started");
    let (out, err) = (said(&ended.stdout), said(&ended.stderr));
    assert!(ended.status.success(), "{err}");
    assert_eq!(err, "", "nothing to complain about");
    // One sample each: without `assume=exact` there would be no comparison but a footnote.
    let row = |name: &str, has: &str| {
        let name = format!("Stampede/contender={name} ");
        let found = out.lines().any(|line| line.starts_with(&name) && line.contains(has));
        assert!(found, "{name}with {has} in:\n{out}");
    };
    row("naive", "38.40 ± 0%");
    row("naive", "20.00 ± 0%  -47.92% (n=1)");
    row("naive", "4.706 ± 0%");
    row("naive", "9.413 ± 0%  +100.00% (n=1)");
    row("cached", "1.040 ± 0%   0.00% (n=1)");
    for shown in ["scenario: issue-299", "world: simulated", "time-to-credentials-p99-sec"] {
        assert!(out.contains(shown), "{shown} in:\n{out}");
    }
}

/// The program, built once. None, with the reason, where it cannot be had; only in CI is that a
/// failure, and only when there is Go.
fn benchstat() -> Option<PathBuf> {
    let bin = Path::new(env!("CARGO_TARGET_TMPDIR")).join("go-bin");
    let install = Command::new("go").args(["install", BENCHSTAT]).env("GOBIN", &bin).output();
    let why = match install {
        Ok(Output { status, .. }) if status.success() => return Some(bin.join("benchstat")),
        Ok(ended) => format!("cannot be installed: {}", said(&ended.stderr)),
        Err(error) => {
            eprintln!("skipped: benchstat needs Go: {error}");
            return None;
        }
    };
    let in_ci = std::env::var_os("CI").is_some_and(|ci| ci == "true");
    assert!(!in_ci, "benchstat {why}");
    eprintln!("skipped: benchstat {why}");
    None
}

fn said(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
