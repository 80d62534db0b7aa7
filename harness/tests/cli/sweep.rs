//! Sweeps as users run them: results that add up, that can be finished later,
//! and mistakes that are answered before anything runs.

use std::fs;

use serde_json::Value;

use crate::support::{Folder, SMALL, assert_refused, stampede};

const TWO: [&str; 6] = ["sweep", "small.toml", "--vary", "fleet.jobs=2,4", "--seeds", "1..3"];

#[test]
fn a_point_of_a_sweep_is_the_simulation_of_that_scenario() {
    let folder = Folder::with(SMALL);
    let arguments = [&TWO[..], &["-o", "json=sweep.json", "-o", "csv=sweep.csv"]].concat();
    let swept = stampede(&folder, &arguments);
    assert_eq!(swept.code, Some(0), "{}", swept.stderr);
    let whole: Value =
        serde_json::from_slice(&fs::read(folder.join("sweep.json")).expect("kept")).expect("JSON");
    let edited = SMALL.replace("jobs = 4", "jobs = 2");
    fs::write(folder.join("two.toml"), edited).expect("written");
    let simulate = ["simulate", "two.toml", "--seeds", "1..3", "-q", "-o", "json=run.json"];
    assert_eq!(stampede(&folder, &simulate).code, Some(0));
    let run: Value =
        serde_json::from_slice(&fs::read(folder.join("run.json")).expect("kept")).expect("JSON");
    for contender in 0..2 {
        let cell = &whole["points"][0]["cells"][contender];
        assert_eq!(cell["digest"], run["contenders"][contender]["digest"]);
        assert_eq!(cell["calls"], run["contenders"][contender]["attempts"]);
    }
    let csv = fs::read_to_string(folder.join("sweep.csv")).expect("kept");
    assert_eq!(csv.lines().count(), 1 + 2 * 2, "{csv}");
}

#[test]
fn an_unfinished_sweep_is_finished_to_the_same_result() {
    let folder = Folder::with(SMALL);
    let whole = [&TWO[..], &["-q", "-o", "json=whole.json"]].concat();
    assert_eq!(stampede(&folder, &whole).code, Some(0));
    let done = fs::read_to_string(folder.join("whole.json")).expect("kept");
    // As an interrupted sweep leaves it: a point without cells.
    let mut half: Value = serde_json::from_str(&done).expect("JSON");
    half["points"][1]["cells"] = Value::Array(Vec::new());
    fs::write(folder.join("half.json"), half.to_string()).expect("written");
    let finish = [&TWO[..], &["-q", "--resume", "half.json"]].concat();
    assert_eq!(stampede(&folder, &finish).code, Some(0));
    assert_eq!(fs::read_to_string(folder.join("half.json")).expect("kept"), done);
    let other = ["sweep", "small.toml", "--vary", "fleet.jobs=2,8", "--resume", "half.json"];
    assert_refused(
        &stampede(&folder, &other),
        &["half.json", "a parameter (--vary) is not the same"],
    );
}

#[test]
fn a_sample_is_drawn_from_its_seed() {
    let folder = Folder::with(SMALL);
    let sample = |method: &str, seed: &str, file: &str| {
        let json = format!("json={file}");
        let vary = "service.latency.fixed=1ms..100ms:5:log";
        let arguments = [
            "sweep",
            "small.toml",
            "--vary",
            vary,
            "--sample",
            method,
            "--seed",
            seed,
            "--seeds",
            "1",
            "-q",
            "-o",
            &json,
        ];
        let ended = stampede(&folder, &arguments);
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        fs::read_to_string(folder.join(file)).expect("kept")
    };
    for method in ["lhs:6", "sobol:8"] {
        assert_eq!(sample(method, "1", "a.json"), sample(method, "1", "b.json"));
        assert_ne!(sample(method, "1", "a.json"), sample(method, "2", "b.json"));
    }
}

#[test]
fn charts_are_svg_and_name_what_they_show() {
    let folder = Folder::with(SMALL);
    for (vary, contents) in [
        (&["--vary", "fleet.jobs=2,4"][..], "small: STS calls per job"),
        (&["--vary", "fleet.jobs=2,4", "--vary", "fleet.tools-per-job=1,2"][..], "tools-per-job"),
    ] {
        let tail = ["--seeds", "1..2", "--measure", "calls", "-o", "svg=chart.svg"];
        let ended = stampede(&folder, &[&["sweep", "small.toml"][..], vary, &tail[..]].concat());
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        let svg = fs::read_to_string(folder.join("chart.svg")).expect("kept");
        assert!(svg.starts_with("<svg") && svg.contains(contents) && svg.contains("cached"));
    }
    let three = [
        "sweep",
        "small.toml",
        "--vary",
        "fleet.jobs=2,4",
        "--vary",
        "fleet.tools-per-job=1,2",
        "--vary",
        "service.verification-key.hosts=1,2",
        "-o",
        "svg=chart.svg",
    ];
    assert_refused(&stampede(&folder, &three), &["one or two parameters"]);
}

#[test]
fn a_sweep_that_cannot_be_run_is_refused_before_it_starts() {
    let folder = Folder::with(SMALL);
    for (vary, says) in [
        ("fleet.jbos=1,2", "did you mean `fleet.jobs`?"),
        ("fleet.jobs=5", "the space is a single point"),
        ("fleet.jobs=1,0", "expected 1 to 10_000_000"),
        ("fleet.jobs=1s,2s", "is a whole number in small"),
        ("fleet.jobs=9..1", "not below"),
        ("fleet.jobs", "no `=`"),
        ("service.latency.fixed=1..5", "is a duration in small (`10ms`)"),
    ] {
        assert_refused(&stampede(&folder, &["sweep", "small.toml", "--vary", vary]), &[says]);
    }
    let twice = ["sweep", "small.toml", "--vary", "fleet.jobs=1,2", "--vary", "fleet.jobs=3,4"];
    assert_refused(&stampede(&folder, &twice), &["there twice"]);
}
