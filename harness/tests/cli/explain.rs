//! One job's story, against the report of the same run.

use std::fs;

use crate::support::{Folder, SMALL, assert_refused, json, stampede};

/// The lines of a contender's story.
fn story<'t>(text: &'t str, contender: &str) -> Vec<&'t str> {
    let after = text.split(&format!("\n{contender}: ")).nth(1).expect("its story");
    after.split("\n\n").next().unwrap_or_default().lines().skip(2).map(str::trim).collect()
}

/// Each call, each wait and the end are there, and agree with what a report of
/// the run counts: over all jobs of the fleet, calls are calls.
#[test]
fn stories_of_all_jobs_hold_what_the_report_counts() {
    let folder = Folder::new();
    let run = ["simulate", "issue-299", "--seed", "1", "-q", "-o", "json=report.json"];
    stampede(&folder, &run);
    let report = json(&folder.join("report.json"));
    let retried = report["contenders"].as_array().expect("a list").iter();
    let retried = retried.into_iter().find(|c| c["name"] == "retried").expect("a contender");
    let (mut calls, mut granted, mut ends) = (0, 0, 0);
    for job in 0..20 {
        let job = job.to_string();
        let arguments = ["explain", "issue-299", &job, "--contender", "retried", "--seed", "1"];
        let told = stampede(&folder, &arguments);
        assert_eq!((told.code, told.stderr.as_str()), (Some(0), ""));
        let lines = story(&told.stdout, "retried");
        let count = |words: &str| lines.iter().filter(|line| line.contains(words)).count() as u64;
        let left = lines.iter().filter(|line| line.ends_with(" leaves")).count() as u64;
        assert_eq!(left, count("reaches STS: "), "{}", told.stdout);
        assert_eq!(left, count("is answered after"));
        assert_eq!(
            count("needs credentials"),
            1 + count("has credentials, ") + count("gives up, ") - 1
        );
        // Every wait but the last, which is in vain, says how it came about.
        assert_eq!(count("asks the token endpoint"), count("has the job's web identity token"));
        calls += left;
        granted += count(": credentials");
        ends += count("ends well");
    }
    let server = &retried["server"];
    assert_eq!(
        (Some(calls), Some(granted)),
        (server["requests"].as_u64(), server["granted"].as_u64())
    );
    assert_eq!(Some(ends), retried["jobs"]["succeeded"].as_u64());
}

#[test]
fn the_arithmetic_of_a_wait_and_the_keys_are_told() {
    let folder = Folder::with(WAITS);
    let told = stampede(&folder, &["explain", "small.toml", "0"]);
    assert_eq!(told.code, Some(0), "{}", told.stderr);
    let lines = story(&told.stdout, "patient");
    let words: Vec<&str> =
        lines.iter().map(|line| line.split_once("  ").map_or(*line, |(_, l)| l)).collect();
    assert_eq!(
        words,
        [
            "tool 0  needs credentials",
            "tool 0  asks the token endpoint",
            "tool 0  has the job's web identity token",
            "tool 0  call 1 leaves",
            "tool 0  reaches STS: no keys are asked for; Throttling in 0.010 s",
            "tool 0  call 1 is answered after 0.010 s: Throttling: Rate exceeded",
            "tool 0  sleeps 1.000 s (t with t = min(4s, 1s × 2^0) = 1s)",
            "tool 0  call 2 leaves",
            "tool 0  reaches STS: a front end fetches the issuer's keys; credentials in 0.110 s",
            "tool 0  call 2 is answered after 0.110 s: credentials",
            "tool 0  has credentials, 1.125 s after it needed them",
            "job     ends well",
        ],
        "{}",
        told.stdout
    );
}

#[test]
fn a_job_that_is_not_there_is_refused() {
    let told = stampede(&Folder::new(), &["explain", "issue-299", "20"]);
    assert_refused(&told, &["there is no job 20: issue-299 has jobs 0 to 19"]);
}

/// A result of virtual time is told as its scenario is, whatever it keeps.
#[test]
fn a_simulated_result_is_told_as_its_run_was() {
    let folder = Folder::new();
    let run = ["simulate", "issue-299", "--seeds", "4..5", "-q", "-o", "json=r.json"];
    stampede(&folder, &run);
    let more = ["3", "--contender", "retried", "--seed", "5"];
    let of = |what| stampede(&folder, &[&["explain", what][..], &more].concat());
    let (result, scenario) = (of("r.json"), of("issue-299"));
    assert_eq!((result.code, result.stderr.as_str()), (Some(0), ""));
    assert_eq!(result.stdout, scenario.stdout);
    assert!(result.stdout.contains("sleeps"), "{}", result.stdout);

    let other = ["explain", "r.json", "3", "--seed", "6"];
    assert_refused(&stampede(&folder, &other), &["r.json has no run of seed 6: it has 4–5"]);
    let typo = ["explain", "r.json", "3", "--contender", "retryed"];
    assert_refused(&stampede(&folder, &typo), &["did you mean `retried`?"]);
    assert_refused(&stampede(&folder, &["explain", "r.json", "20"]), &["jobs 0 to 19"]);
    fs::write(folder.join("cut.json"), "{\"format_version\": 1,").expect("written");
    let cut = stampede(&folder, &["explain", "cut.json", "0"]);
    assert_refused(&cut, &["cannot read cut.json: it is cut off in line 1"]);
}

/// Over sockets no run can be made again: what the file keeps is told, and all of it.
#[test]
fn a_result_over_sockets_is_told_as_far_as_it_keeps_it() {
    let fleet = SMALL.replace("jobs = 4", "jobs = 42").replace("\"20ms\"", "\"200ms\"");
    let expect = fleet.find("[expect]").expect("it expects something");
    let limit =
        "limits = [{ token-bucket = { per = \"account-region\", rate = \"9/s\", burst = 60 } }]";
    let retried = "[contenders.retried]\nstrategy.naive = {}\n\
                   policy.fixed = { wait = \"100ms\", retries = 2 }\n";
    let folder =
        Folder::with(&format!("{}{retried}", fleet[..expect].replace("limits = []", limit)));
    let run = ["run", "small.toml", "--seeds", "7..8", "-q", "-o", "json=r.json"];
    assert_eq!(stampede(&folder, &run).code, Some(0));
    let result = json(&folder.join("r.json"));
    let retried = &result["contenders"][2];
    let (mut calls, mut granted, mut failed, mut ends) = (0, 0, 0, 0);
    for job in 0..40 {
        let job = job.to_string();
        let told = stampede(&folder, &["explain", "r.json", &job, "--contender", "retried"]);
        assert_eq!((told.code, told.stderr.as_str()), (Some(0), ""));
        let lines = story(&told.stdout, "retried");
        let count = |words: &str| lines.iter().filter(|line| line.contains(words)).count();
        let left = lines.iter().filter(|line| line.ends_with(" leaves")).count();
        assert_eq!(left, count("has ended after"), "{}", told.stdout);
        // Each of its two tools may give up, and sleeps no more.
        assert!(count("sleeps 0.100 s") + 2 >= count(": Throttling"), "{}", told.stdout);
        (calls, granted) = (calls + left, granted + count(": credentials"));
        (failed, ends) = (failed + count(": Throttling"), ends + count("job     "));
    }
    assert_eq!((granted + failed, ends), (calls, 40));
    assert!(failed > 40 && granted > 20, "{granted} granted, {failed} failed");
    let whole = retried["per_seed"][0]["attempts"].as_u64().expect("a count");
    assert!((calls as u64..=calls as u64 + 12).contains(&whole), "{calls} of {whole} calls");

    let refused = |arguments: &[&str], words: &str| {
        let told = stampede(&folder, &[&["explain", "r.json"], arguments].concat());
        assert_refused(&told, &["r.json does not tell of job", words]);
    };
    refused(&["41"], "retried: the file keeps jobs 0–39, of seed 7");
    refused(&["3", "--seed", "8"], "naive: the file keeps jobs 0–39, of seed 7");
}

/// One call is throttled; the next waits for the keys.
const WAITS: &str = r#"name = "waits"
question = "What does one job do?"
seeds = [1]

[fleet]
jobs = 1
tools-per-job = 1
arrivals.burst = { spread = "0s" }

[network]
hop.fixed = "0s"

[service]
profile = "cacheable-keys"
latency.fixed = "10ms"
limits = []
faults = [{ fail-first = { requests = 1, code = "Throttling" } }]

[service.verification-key]
hosts = 1
provider = { concurrency = 100, latency.fixed = "100ms" }

[idp]
token-latency.fixed = "5ms"

[contenders.patient]
strategy.naive = {}
policy.exponential = { base = "1s", cap = "4s", attempts = 3 }
"#;
