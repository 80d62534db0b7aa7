//! `stampede report`: what a run left behind, shown again.

use std::fs;
use std::io::Write as _;
use std::process::Stdio;

use serde_json::Value;

use crate::support::{Ended, Folder, SMALL, assert_refused, command, json, names, stampede};

/// A folder in which `report.json` is the result of a run, and what the run printed.
fn after_a_run(scenario: &str) -> (Folder, Ended) {
    let folder = Folder::with(scenario);
    let ended = stampede(&folder, &["simulate", "small.toml", "-o", "json=report.json"]);
    (folder, ended)
}

#[test]
fn a_result_file_shows_what_the_run_showed() {
    let (folder, run) = after_a_run(SMALL);
    let again = stampede(&folder, &["report", "report.json", "-o", "json=copy.json"]);
    assert_eq!((again.code, &again.stdout), (Some(0), &run.stdout), "{}", again.stderr);
    let bytes = |name| fs::read(folder.join(name)).expect("the file is there");
    assert!(bytes("report.json") == bytes("copy.json"), "the same file");

    let quiet = stampede(&folder, &["report", "report.json", "-q"]);
    assert_eq!((quiet.code, quiet.stdout.as_str()), (Some(0), ""));
}

#[test]
fn standard_input_is_a_result_file_too() {
    let (folder, run) = after_a_run(SMALL);
    let mut report = command(&folder, &["report", "-"]);
    report.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut report = report.spawn().expect("started");
    let text = fs::read(folder.join("report.json")).expect("the file is there");
    report.stdin.take().expect("piped").write_all(&text).expect("read");
    let ended = Ended::from(report.wait_with_output().expect("ended"));
    assert_eq!((ended.code, ended.stdout), (Some(0), run.stdout), "{}", ended.stderr);

    let nothing = stampede(&folder, &["report", "-"]);
    assert_refused(&nothing, &["cannot read standard input: it is empty"]);
}

#[test]
fn several_files_are_shown_in_turn() {
    let (folder, run) = after_a_run(SMALL);
    let twice = stampede(&folder, &["report", "report.json", "report.json"]);
    assert_eq!(twice.stdout, run.stdout.repeat(2), "{}", twice.stderr);
    let shared = stampede(&folder, &["report", "report.json", "report.json", "-o", "text=both"]);
    assert_refused(&shared, &["both can hold one report and there are 2", "standard output"]);
    assert!(!folder.join("both").exists());
}

#[test]
fn showing_a_failed_run_is_no_failure_unless_asked() {
    let (folder, run) = after_a_run(&SMALL.replace("\"<= 1\"", "\"< 1\""));
    assert_eq!(run.code, Some(99));
    let shown = stampede(&folder, &["report", "report.json"]);
    assert_eq!((shown.code, shown.stdout), (Some(0), run.stdout));
    let judged = stampede(&folder, &["report", "report.json", "--exit-code"]);
    assert_eq!(judged.code, Some(99));
}

#[test]
fn every_format_is_written_by_a_run_and_from_its_result_file() {
    let formats = [
        ("text", "PASS  "),
        ("json", "{\n"),
        ("markdown", "### PASS: "),
        ("junit", "<?xml "),
        ("csv", "scenario,"),
        ("go-bench", "scenario: small\n"),
        ("bencher", "{\n  \"small/cached\""),
        ("smaller-is-better", "[\n"),
        ("hgrm", "#[naive: "),
        ("hlog", "#time to credentials"),
        ("openmetrics", "# HELP stampede_run_passed "),
    ];
    let outputs = |suffix: &str| -> Vec<String> {
        let output =
            |(format, _): &(&str, &str)| ["-o".into(), format!("{format}={format}{suffix}")];
        formats.iter().flat_map(output).collect()
    };
    let folder = Folder::with(SMALL);
    let write = |arguments: &[&str], suffix| {
        let outputs = outputs(suffix);
        let arguments: Vec<&str> =
            arguments.iter().copied().chain(outputs.iter().map(String::as_str)).collect();
        let ended = stampede(&folder, &arguments);
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    };
    write(&["simulate", "small.toml"], "");
    write(&["report", "json"], "-again");
    for (format, begins) in formats {
        let text = |name: &str| fs::read_to_string(folder.join(name)).expect("the file is there");
        let written = text(format);
        assert!(written.starts_with(begins), "{format} begins with: {written}");
        assert_eq!(written, text(&format!("{format}-again")));
    }
}

#[test]
fn one_contender_can_be_shown() {
    let (folder, _) = after_a_run(SMALL);
    let naive = ["report", "report.json", "--contender", "naive", "-o", "json=-"];
    let report: Value = serde_json::from_str(&stampede(&folder, &naive).stdout).expect("JSON");
    assert_eq!((names(&report), &report["expectations"]), (vec!["naive"], &serde_json::json!([])));
    let unknown = stampede(&folder, &["report", "report.json", "--contender", "cashed"]);
    assert_refused(&unknown, &["report.json has no contender `cashed`, did you mean `cached`?"]);
}

#[test]
fn what_is_no_result_file_is_refused_before_anything_is_shown() {
    let (folder, _) = after_a_run(SMALL);
    let text = fs::read_to_string(folder.join("report.json")).expect("the file is there");
    let newer = text.replacen("\"format_version\": 1", "\"format_version\": 99", 1);
    for (name, bytes) in [
        ("newer", newer.as_bytes()),
        ("cut", &text.as_bytes()[..text.len() / 2]),
        ("empty", b""),
        ("foreign", b"{\"results\": []}"),
        ("binary", b"\x00\xff\xfe"),
    ] {
        fs::write(folder.join(name), bytes).expect("written");
    }
    for (name, words) in [
        ("newer", ["format_version 99", "read it with the version named in its"]),
        ("cut", ["it is cut off in line ", "take a whole copy"]),
        ("empty", ["it is empty", "written with `-o json=PATH`"]),
        ("foreign", ["missing field `format_version`", "written with `-o json=PATH`"]),
        ("binary", ["UTF-8", "cannot read binary: "]),
        ("absent", ["No such file", "cannot read absent: "]),
        (".", ["s a directory", "cannot read .: "]),
    ] {
        let ended = stampede(&folder, &["report", "report.json", name]);
        assert_refused(&ended, &words);
        assert!(ended.stderr.contains(&format!("cannot read {name}: ")), "{}", ended.stderr);
    }
    assert_eq!(json(&folder.join("report.json"))["format_version"], 1, "left as it was");
}
