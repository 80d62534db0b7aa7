//! Go benchmark lines as benchstat takes them.

use std::fs;
use std::process::Command;

use reports::render::go_bench::render;

use crate::common::*;
use crate::tool::{said, set_up};

/// Pinned: what is tested is our text, not the newest reader.
const BENCHSTAT: &str = "golang.org/x/perf/cmd/benchstat@v0.0.0-20260908200009-22c9c6c9d4da";

#[test]
fn benchstat_compares_two_results_without_a_warning() {
    let Some(home) = set_up("benchstat-20260908", |home| {
        let mut install = Command::new("go");
        install.args(["install", BENCHSTAT]).env("GOBIN", home);
        vec![install]
    }) else {
        return;
    };
    let mut changed = report();
    changed.contenders[0].time_to_credentials = latency(1_400, 160, 9_800);
    changed.contenders[0].jobs.succeeded = 400;
    let [base, head] = [("base", report()), ("head", changed)].map(|(name, report)| {
        let path = home.join(format!("{}-{name}.txt", std::process::id()));
        fs::write(&path, render(&report)).expect("written");
        path
    });
    let ended =
        Command::new(home.join("benchstat")).args([&base, &head]).output().expect("started");
    for path in [base, head] {
        fs::remove_file(path).expect("it was there");
    }
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
