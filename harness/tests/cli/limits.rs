//! `breaking-point` and `plan` where the answer is known beforehand: an outage
//! against a fixed number of retries, a burst against a bucket.

use std::fs;

use crate::support::{Folder, SMALL, assert_refused, json, stampede};

/// Attempts 0, 1, 2 and 3 s after the start: an outage of a little over 3 s is too long.
fn patient() -> Folder {
    let text = SMALL
        .replace("[contenders.cached]", "[contenders.patient]\nstrategy.naive = {}\npolicy.fixed = { wait = \"1s\", retries = 3 }\n\n[contenders.cached]");
    Folder::with(&text)
}

#[test]
fn an_outage_breaks_who_gives_up_within_it_and_the_smallest_scenario_shows_it() {
    let folder = patient();
    let arguments = [
        "breaking-point",
        "small.toml",
        "--contender",
        "patient",
        "--of",
        "outage",
        "--any-failure",
        "10%",
        "--seeds",
        "1..10",
        "-o",
        "json=found.json",
        "-o",
        "scenario=least.toml",
    ];
    let found = stampede(&folder, &arguments);
    assert_eq!(found.code, Some(0), "{}", found.stderr);
    assert!(found.stdout.contains("ServiceUnavailable"), "{}", found.stdout);
    let point = &json(&folder.join("found.json"))["points"][0];
    let level = |end: &str| point[end]["level"].as_f64().expect("a level");
    assert!(level("holds") < level("breaks") && level("breaks") <= level("holds") * 1.02);
    assert!((2.9..3.2).contains(&level("breaks")), "{point}");

    let least = fs::read_to_string(folder.join("least.toml")).expect("written");
    let shown = ["simulate", "least.toml", "-o", "json=run.json"];
    let again = stampede(&folder, &shown);
    assert_eq!(again.code, Some(0), "it expects to fail: {}", again.stdout);
    let run = json(&folder.join("run.json"));
    let digest = run["digest"].as_str().expect("a digest");
    assert!(least.contains(digest), "{least}");
    let jobs = &run["contenders"][0]["jobs"];
    assert!(jobs["succeeded"].as_u64() < jobs["total"].as_u64());
    assert_eq!((run["jobs"].as_u64(), run["tools_per_job"].as_u64()), (Some(1), Some(1)));
    for gone in ["cached", "naive\"", "limits", "token-latency"] {
        assert!(!least.contains(gone), "{gone} is still in: {least}");
    }
    for kept in ["outage", "policy", "contenders.patient"] {
        assert!(least.contains(kept), "{kept} is missing in: {least}");
    }
}

#[test]
fn a_bucket_holds_as_many_as_it_holds() {
    let text = SMALL.replace("tools-per-job = 2", "tools-per-job = 1").replace(
        "limits = []",
        "limits = [{ token-bucket = { per = \"account-region\", rate = \"1/s\", burst = 12 } }]",
    );
    let folder = Folder::with(&text);
    let arguments = [
        "plan",
        "small.toml",
        "--contender",
        "naive",
        "--within",
        "20ms",
        "--any-failure",
        "10%",
        "--seeds",
        "1..10",
        "--minutes",
        "1",
        "--up-to",
        "40",
        "-o",
        "json=plan.json",
        "-o",
        "csv=plan.csv",
        "-o",
        "svg=plan.svg",
    ];
    let planned = stampede(&folder, &arguments);
    assert_eq!(planned.code, Some(0), "{}", planned.stderr);
    let naive = &json(&folder.join("plan.json"))["contenders"][0];
    assert_eq!(naive["at-once"]["holds"]["level"], 12.0);
    assert_eq!(naive["at-once"]["breaks"]["level"], 13.0);
    assert_eq!(naive["at-once"]["breaks"]["runs-with-failures"], 10);
    // Forty a minute are fewer than the bucket takes.
    assert_eq!(naive["per-minute"]["holds"]["level"], 40.0);
    assert!(naive["per-minute"]["breaks"].is_null() && planned.stdout.contains("≥ 40"));
    assert!(planned.stdout.contains("AT ONCE, WITHIN 20MS"), "{}", planned.stdout);
    let csv = fs::read_to_string(folder.join("plan.csv")).expect("written");
    assert!(csv.contains("naive,at-once,12,10,0,") && csv.contains("naive,at-once,13,10,10,"));
    let svg = fs::read_to_string(folder.join("plan.svg")).expect("written");
    assert!(svg.starts_with("<svg") && svg.contains("jobs a minute") && svg.contains("naive"));
}

#[test]
fn what_cannot_be_asked_is_refused_before_it_starts() {
    let folder = Folder::with(SMALL);
    let breaking = ["breaking-point", "small.toml", "--contender"];
    for (rest, says) in [
        (&["naiv"][..], "did you mean `naive`?"),
        (&["naive", "--of", "jbos"], "did you mean `jobs`?"),
        (&["naive", "--seeds", "1..20"], "20 seeds cannot tell"),
        (&["naive", "--any-failure", "5"], "expected a share from 0% to 100%"),
        (&["naive", "-o", "scenario=x.toml"], "say which with --of"),
        (&["naive", "-o", "svg=x.svg"], "there is no format `svg`"),
        (&["naive", "--up-to", "0"], "0 is not in 1..=1000000"),
    ] {
        assert_refused(&stampede(&folder, &[&breaking[..], rest].concat()), &[says]);
    }
    let never = ["naive", "--of", "jobs", "--up-to", "4", "-q", "-o", "scenario=x.toml"];
    let never = stampede(&folder, &[&breaking[..], &never].concat());
    assert_eq!(never.code, Some(1));
    assert!(never.stderr.contains("never breaks under jobs"), "{}", never.stderr);
    assert_refused(&stampede(&folder, &["plan", "small.toml", "--within", "1h"]), &["--within 1h"]);
}
