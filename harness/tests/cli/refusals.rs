//! What is refused before anything runs, with which words: always exit code 2.

use serde_json::Value;

use crate::support::{Folder, SMALL, assert_refused, names, stampede};

#[test]
fn an_unknown_scenario_is_answered_with_what_was_meant() {
    for subcommand in ["run", "simulate", "check"] {
        let ended = stampede(&Folder::new(), &[subcommand, "isue-299"]);
        assert_refused(&ended, &["isue-299", "did you mean `issue-299`?"]);
    }
}

#[test]
fn a_bad_scenario_shows_every_problem_at_its_place() {
    let bad = SMALL
        .replace("jobs = 4", "jobs = -1")
        .replace("hosts = 1", "hosts = 0")
        .replace("\"<= 1\"", "\"about 1\"");
    for subcommand in ["run", "simulate", "check"] {
        let ended = stampede(&Folder::with(&bad), &[subcommand, "small.toml"]);
        let places = ["small.toml:6:8", "small.toml:16:9", "small.toml:29:30"];
        assert_refused(&ended, &places);
        assert_refused(&ended, &["3 problems in small.toml; nothing was run"]);
    }
}

#[test]
fn an_unknown_format_is_refused() {
    let ended = stampede(&Folder::with(SMALL), &["simulate", "small.toml", "-o", "pdf=x"]);
    assert_refused(&ended, &["pdf"]);
}

#[test]
fn a_report_that_cannot_be_written_is_found_before_the_run() {
    for (path, why) in
        [("json=nowhere/report.json", "No such file or directory"), ("text=.", "directory")]
    {
        let arguments = ["run", "small.toml", "-o", "json=good.json", "-o", path];
        let folder = Folder::with(SMALL);
        let ended = stampede(&folder, &arguments);
        assert_refused(&ended, &["cannot write the report to", why, "nothing was run"]);
        assert!(!folder.join("good.json").exists(), "no report of a run that was not made");
    }
}

#[test]
fn contenders_are_chosen_by_name() {
    let folder = Folder::with(SMALL);
    let chosen = ["simulate", "small.toml", "--contender", "cached", "-o", "json=-"];
    let report: Value = serde_json::from_str(&stampede(&folder, &chosen).stdout).expect("JSON");
    assert_eq!(names(&report), ["cached"]);
    // The expectation about the other contender is not missed.
    let other = ["simulate", "small.toml", "--contender", "naive", "-o", "json=-"];
    let report: Value = serde_json::from_str(&stampede(&folder, &other).stdout).expect("JSON");
    assert_eq!((names(&report), &report["expectations"]), (vec!["naive"], &serde_json::json!([])));
    for world in ["simulate", "run"] {
        let ended = stampede(&folder, &[world, "small.toml", "--contender", "cashed"]);
        let words = ["small has no contender `cashed`", "did you mean `cached`?", "naive, cached"];
        assert_refused(&ended, &words);
    }
}

#[test]
fn seeds_are_checked() {
    let folder = Folder::with(SMALL);
    let good = ["simulate", "small.toml", "--seeds", "3..5", "-o", "json=-"];
    let report: Value = serde_json::from_str(&stampede(&folder, &good).stdout).expect("JSON");
    assert_eq!(report["seeds"], serde_json::json!([3, 4, 5]));
    for (range, why) in [("5..1", "the range is empty"), ("x", "not a whole number")] {
        let ended = stampede(&folder, &["simulate", "small.toml", "--seeds", range]);
        assert_refused(&ended, &["--seeds", why]);
    }
    let both = ["simulate", "small.toml", "--seeds", "1..2", "--seed", "1"];
    assert_refused(&stampede(&folder, &both), &["cannot be used with"]);
}

#[test]
fn load_goes_to_this_machine_only_and_to_aws_never() {
    let endpoint = |url: &str, more: &[&str]| {
        let arguments = [&["run", "small.toml", "--endpoint", url], more].concat();
        stampede(&Folder::with(SMALL), &arguments)
    };
    let aws = "belongs to AWS";
    assert_refused(&endpoint("http://sts.amazonaws.com", &[]), &["sts.amazonaws.com", aws]);
    let allowed = ["--allow-remote", "sts.amazonaws.com"];
    assert_refused(&endpoint("http://sts.amazonaws.com", &allowed), &[aws]);
    assert_refused(&endpoint("http://192.0.2.1", &[]), &["192.0.2.1", "--allow-remote 192.0.2.1"]);
}
