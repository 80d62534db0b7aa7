//! `stampede export`: a result file in another program's format.

use std::fs;
use std::io::Write as _;
use std::process::Stdio;

use crate::support::{Ended, Folder, SMALL, assert_refused, command, json, names, stampede};

/// A folder in which `result.json` is the result of a run.
fn after_a_run(scenario: &str) -> Folder {
    let folder = Folder::with(scenario);
    stampede(&folder, &["simulate", "small.toml", "-q", "-o", "json=result.json"]);
    folder
}

#[test]
fn each_format_is_what_report_writes_to_standard_output_and_to_a_file() {
    let folder = after_a_run(SMALL);
    let formats = [
        "json",
        "junit",
        "csv",
        "go-bench",
        "bencher",
        "smaller-is-better",
        "hgrm",
        "hlog",
        "openmetrics",
    ];
    for format in formats {
        let reported =
            stampede(&folder, &["report", "result.json", "-o", &format!("{format}=-")]).stdout;
        assert!(!reported.is_empty());
        let exported = stampede(&folder, &["export", "result.json", format]);
        assert_eq!((exported.code, &*exported.stderr), (Some(0), ""));
        assert_eq!(exported.stdout, reported, "{format}");
        let to_file = stampede(&folder, &["export", "result.json", format, "-o", "made"]);
        assert_eq!((to_file.code, &*to_file.stdout), (Some(0), ""), "{}", to_file.stderr);
        assert_eq!(fs::read_to_string(folder.join("made")).expect("written"), reported, "{format}");
    }
}

#[test]
fn standard_input_is_a_result_file_and_standard_output_can_be_named() {
    let folder = after_a_run(SMALL);
    let mut export = command(&folder, &["export", "-", "json", "-o", "-"]);
    export.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut export = export.spawn().expect("started");
    let text = fs::read_to_string(folder.join("result.json")).expect("the file is there");
    export.stdin.take().expect("piped").write_all(text.as_bytes()).expect("read");
    let ended = Ended::from(export.wait_with_output().expect("ended"));
    assert_eq!((ended.code, ended.stdout), (Some(0), text), "{}", ended.stderr);
    assert!(!folder.join("-").exists(), "no file of that name");
}

#[test]
fn what_cannot_be_exported_is_refused_with_what_can() {
    let folder = after_a_run(SMALL);
    for format in ["html", "text", "ndjson", "xml"] {
        let refused = stampede(&folder, &["export", "result.json", format]);
        assert_refused(&refused, &[&format!("'{format}'"), "json, junit, csv, go-bench"]);
    }
    fs::write(folder.join("foreign"), "{\"benchmarks\": []}").expect("written");
    let foreign = stampede(&folder, &["export", "foreign", "csv", "-o", "made.csv"]);
    assert_refused(&foreign, &["cannot read foreign: not a stampede report"]);
    assert!(!folder.join("made.csv").exists(), "nothing is left of it");
    let nowhere = stampede(&folder, &["export", "result.json", "csv", "-o", "absent/made.csv"]);
    assert_refused(&nowhere, &["absent/made.csv", "No such file"]);
    let nobody = stampede(&folder, &["export", "result.json", "csv", "--contender", "cashed"]);
    assert_refused(&nobody, &["result.json has no contender `cashed`, did you mean `cached`?"]);
}

#[test]
fn one_contender_of_a_failed_run_is_exported_and_no_workflow_is_told() {
    let folder = after_a_run(&SMALL.replace("\"<= 1\"", "\"< 1\""));
    let arguments = ["export", "result.json", "json", "--contender", "naive", "-o", "naive.json"];
    let mut export = command(&folder, &arguments);
    export.env("GITHUB_ACTIONS", "true").env("GITHUB_STEP_SUMMARY", folder.join("summary.md"));
    let ended = Ended::from(export.output().expect("started"));
    assert_eq!(
        (ended.code, &*ended.stdout, &*ended.stderr),
        (Some(0), "", ""),
        "it did what was asked"
    );
    assert_eq!(names(&json(&folder.join("naive.json"))), ["naive"]);
    assert!(!folder.join("summary.md").exists());
}
