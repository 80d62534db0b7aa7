//! As a step of a GitHub workflow: summary and annotations; and nothing of them anywhere else.

use std::fs;

use crate::support::{Ended, Folder, SMALL, command};

const MISSED: &str = "::error title=stampede%3A small::cached.sts-calls-per-job < 1: measured 1\n";

/// A run whose expectation is missed.
fn strict() -> Folder {
    Folder::with(&SMALL.replace("\"<= 1\"", "\"< 1\""))
}

fn in_a_step(folder: &Folder, arguments: &[&str]) -> Ended {
    let mut command = command(folder, arguments);
    command.env("GITHUB_ACTIONS", "true").env("GITHUB_STEP_SUMMARY", folder.join("summary.md"));
    command.output().expect("started").into()
}

#[test]
fn a_step_adds_its_report_to_the_summary() {
    let folder = strict();
    fs::write(folder.join("summary.md"), "# of another step\n\n").expect("written");
    let run = in_a_step(&folder, &["run", "small.toml", "-q", "-o", "json=report.json"]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(99), ""));
    let again = in_a_step(&folder, &["report", "report.json", "-q", "-o", "markdown=report.md"]);
    assert_eq!((again.code, again.stderr.as_str()), (Some(0), ""));
    let text = |name: &str| fs::read_to_string(folder.join(name)).expect("the file is there");
    let report = text("report.md");
    assert!(report.starts_with("### FAIL: 0 of 1 check · small · real sockets\n"), "{report}");
    assert_eq!(text("summary.md"), format!("# of another step\n\n{report}\n{report}\n"));
}

#[test]
fn what_failed_is_annotated_after_the_report() {
    let folder = strict();
    let shown = in_a_step(&folder, &["simulate", "small.toml"]);
    assert!(
        shown.stdout.starts_with("FAIL  ") && shown.stdout.ends_with(MISSED),
        "{}",
        shown.stdout
    );
    let quiet = in_a_step(&folder, &["simulate", "small.toml", "-q"]);
    assert_eq!((quiet.stdout.as_str(), quiet.stderr.as_str()), (MISSED, ""));
    let passed = in_a_step(&Folder::with(SMALL), &["simulate", "small.toml", "-q"]);
    assert_eq!((passed.code, passed.stdout.as_str()), (Some(0), ""));
}

#[test]
fn a_report_on_standard_output_stays_whole() {
    let folder = strict();
    let piped = in_a_step(&folder, &["simulate", "small.toml", "-q", "-o", "json=-"]);
    let read: Result<serde_json::Value, _> = serde_json::from_str(&piped.stdout);
    assert!(read.is_ok(), "{}", piped.stdout);
    assert_eq!(piped.stderr, MISSED);
}

#[test]
fn a_summary_that_cannot_be_written_is_no_failure() {
    let folder = Folder::with(SMALL);
    let mut command = command(&folder, &["simulate", "small.toml", "-q"]);
    command.env("GITHUB_STEP_SUMMARY", folder.join("nowhere/summary.md"));
    let ended = Ended::from(command.output().expect("started"));
    assert_eq!(ended.code, Some(0));
    let warning = "warning: cannot add to the job's summary (";
    assert!(ended.stderr.starts_with(warning), "{}", ended.stderr);
}

#[test]
fn elsewhere_nothing_is_said() {
    let folder = strict();
    let mut command = command(&folder, &["simulate", "small.toml", "-q"]);
    command.env("GITHUB_ACTIONS", "false").env("GITHUB_STEP_SUMMARY", "");
    let ended = Ended::from(command.output().expect("started"));
    assert_eq!((ended.code, ended.stdout.as_str(), ended.stderr.as_str()), (Some(99), "", ""));
}
