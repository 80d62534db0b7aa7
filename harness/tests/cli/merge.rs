//! `stampede merge`: parts of a run are as good as the whole.

use std::fs;

use serde_json::Value;

use crate::support::{Folder, SMALL, assert_refused, stampede};

fn simulate(folder: &Folder, scenario: &str, seeds: &str, output: &str) {
    let output = format!("json={output}");
    let made = stampede(folder, &["simulate", scenario, "--seeds", seeds, "-q", "-o", &output]);
    assert_eq!(made.code, Some(0), "{}", made.stderr);
}

fn result(folder: &Folder, name: &str) -> Value {
    let text = fs::read_to_string(folder.join(name)).expect("written");
    serde_json::from_str(&text).expect("JSON")
}

#[test]
fn parts_are_merged_into_the_very_run_of_all_their_seeds() {
    // Herds, failures, retries and a limit: nothing that is counted stays zero.
    let herd = SMALL
        .replace("jobs = 4", "jobs = 12")
        .replace("\"cacheable-keys\"", "\"github-2021\"")
        .replace("hosts = 1", "hosts = 24")
        .replace("concurrency = 100, latency.fixed = \"10ms\"", "concurrency = 1")
        .replace(
            "[contenders.cached]",
            "[contenders.retried]\nstrategy.naive = {}\n\
             policy.fixed = { wait = \"1s\", retries = 2 }\n\n[contenders.cached]",
        )
        .replace("\"<= 1\"", "\"<= 1 @90%\"");
    let folder = Folder::with(&herd);
    simulate(&folder, "small.toml", "1..14", "whole.json");
    for (seeds, part) in [("1..3", "a.json"), ("4..4", "b.json"), ("5..14", "c.json")] {
        simulate(&folder, "small.toml", seeds, part);
    }
    let merge = ["merge", "c.json", "a.json", "b.json", "-q", "-o", "json=union.json"];
    let merged = stampede(&folder, &merge);
    assert_eq!((merged.code, merged.stdout.as_str()), (Some(0), ""), "{}", merged.stderr);
    let (whole, union) = (result(&folder, "whole.json"), result(&folder, "union.json"));
    assert!(whole["contenders"][0]["failures"][0]["count"].as_u64() > Some(0), "{whole:#}");
    assert_eq!(union, whole);

    // It is a result like any other.
    let same = stampede(&folder, &["compare", "whole.json", "union.json"]);
    assert!(same.stdout.starts_with("equivalent: 14 seeds"), "{}{}", same.stdout, same.stderr);
}

#[test]
fn what_does_not_belong_together_is_refused() {
    let folder = Folder::with(SMALL);
    fs::write(folder.join("other.toml"), SMALL.replace("jobs = 4", "jobs = 5")).expect("written");
    simulate(&folder, "small.toml", "1..3", "a.json");
    simulate(&folder, "small.toml", "3..5", "overlap.json");
    simulate(&folder, "other.toml", "6..7", "other.json");
    stampede(&folder, &["run", "small.toml", "--seed", "9", "-q", "-o", "json=real.json"]);
    let refused = |with: &str, words: &[&str]| {
        assert_refused(&stampede(&folder, &["merge", "a.json", with]), words);
    };
    refused("a.json", &["seed 1 is in a.json and in a.json"]);
    refused("overlap.json", &["seed 3 is in a.json and in overlap.json"]);
    refused("other.json", &["a.json and other.json differ in their scenario"]);
    refused("real.json", &["a.json and real.json differ in their world"]);
    refused("-", &["cannot read standard input: it is empty"]);
    assert_refused(&stampede(&folder, &["merge", "a.json"]), &["2 values required"]);
}

#[test]
fn further_runs_over_sockets_add_up() {
    let folder = Folder::with(SMALL);
    let run = |seeds: &str, output: &str| {
        let made = stampede(&folder, &["run", "small.toml", "--seeds", seeds, "-q", "-o", output]);
        assert_eq!(made.code, Some(0), "{}", made.stderr);
    };
    run("1..2", "json=a.json");
    run("3", "json=b.json");
    let merged = stampede(&folder, &["merge", "a.json", "b.json", "-o", "json=-"]);
    let union: Value = serde_json::from_str(&merged.stdout).expect("JSON");
    assert_eq!(union["seeds"], serde_json::json!([1, 2, 3]));
    let naive = &union["contenders"][0];
    assert_eq!(naive["jobs"]["total"], 12);
    assert_eq!(naive["runs"]["total"], 3);
    assert_eq!(naive["time_to_credentials"]["count"], 24);
    assert_eq!(union["expectations"][0]["verdict"], "pass");
}
