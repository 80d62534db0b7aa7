//! A line for each attempt, added up by a program that knows nothing of ours.

use std::path::Path;
use std::process::Command;

use crate::support::{Folder, SMALL, assert_refused, stampede};

/// Retries and a shared broker under a limit that refuses much.
fn scenario() -> String {
    let limit =
        "limits = [{ token-bucket = { per = \"account-region\", rate = \"40/s\", burst = 2 } }]";
    let more = "[contenders.retried]\nstrategy.naive = {}\n\
                policy.fixed = { wait = \"100ms\", retries = 3 }\n\n\
                [contenders.broker]\nstrategy.daemon = { scope = \"fleet\" }\n\n\
                [contenders.hedged]\nstrategy.hedged = { after = \"5ms\" }\n\n";
    let (scenario, _) = SMALL.split_once("[expect]").expect("it expects something");
    format!("{}{more}", scenario.replace("limits = []", limit))
}

/// Adds the lines up and compares them with the result, number by number; says what it compared.
const ADDS_UP: &str = r#"
import collections, json, sys
lines = [json.loads(line) for line in open(sys.argv[1])]
result = json.load(open(sys.argv[2]))
real = result["world"] == "real"
FIELDS = ["contender", "seed", "job", "tool", "acquisition", "attempt", "purpose", "operation",
          "region", "intended_ns", "sent_ns", "ended_ns", "verdict", "code", "request_id"]
for line in lines:
    assert list(line) == FIELDS, line
    assert line["sent_ns"] <= line["ended_ns"], line
    assert (line["verdict"] == "granted") == (line["code"] is None), line
    assert real or line["request_id"] is None, line
    own = [line[name] is None for name in ("tool", "acquisition", "intended_ns")]
    assert len(set(own)) == 1 and own[0] == (line["purpose"] == "broker"), line
    if not own[0]:
        assert line["intended_ns"] <= line["sent_ns"], line
    assert line["operation"] in ("AssumeRoleWithWebIdentity", "AssumeRole"), line
for contender in result["contenders"]:
    mine = [line for line in lines if line["contender"] == contender["name"]]
    assert len(mine) == contender["attempts"], (contender["name"], len(mine))
    for run in contender["per_seed"]:
        seed = [line for line in mine if line["seed"] == run["seed"]]
        assert len(seed) == run["attempts"], (contender["name"], run["seed"])
    errors = collections.Counter(line["code"] for line in mine if line["code"])
    told = collections.Counter()
    for error in contender["errors"]:
        told[error["code"]] += error["count"]
    assert errors == told, (contender["name"], errors, told)
    numbers = collections.Counter(line["attempt"] for line in mine)
    by_number = contender["attempts_by_number"]
    assert [numbers[n + 1] for n in range(len(by_number))] == by_number, contender["name"]
    regions = collections.Counter(line["region"] for line in mine)
    told = {it["region"]: it["requests"] for it in contender["server"]["by_region"]}
    assert not told or regions == collections.Counter(told), (contender["name"], regions, told)
    granted = sum(line["verdict"] == "granted" for line in mine)
    assert granted == contender["service_time"]["count"] - sum(errors.values())
    if real and mine:
        names = [line["request_id"] for line in mine]
        assert all(names) and len(set(names)) == len(names), contender["name"]
    waits = [line["ended_ns"] - line["sent_ns"] for line in mine]
    if waits:
        longest = contender["service_time"]["max_us"] * 1000
        assert abs(max(waits) - longest) <= longest / 500 + 1000, (max(waits), longest)
print(len(lines), *sorted({line["purpose"] for line in lines}))
"#;

fn added_up(folder: &Path) -> String {
    let mut python = Command::new("python3");
    python.args(["-c", ADDS_UP, "attempts.ndjson", "result.json"]).current_dir(folder);
    let ended = python.output().expect("python3 is among what the tests need");
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    String::from_utf8(ended.stdout).expect("text").trim_end().to_owned()
}

const OUTPUTS: [&str; 5] = ["-q", "-o", "ndjson=attempts.ndjson", "-o", "json=result.json"];

#[test]
fn attempts_add_up_to_the_result_in_virtual_time() {
    let folder = Folder::with(&scenario());
    let simulate = ["simulate", "small.toml", "--seeds", "1..30"];
    let ran = stampede(&folder, &[&simulate[..], &OUTPUTS].concat());
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let first = added_up(&folder);
    assert!(first.ends_with(" broker first hedge"), "{first}");
    // The order is that of the threads; the lines are the same.
    let sorted = || {
        let text = std::fs::read_to_string(folder.join("attempts.ndjson")).expect("written");
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    let lines = sorted();
    stampede(&folder, &[&simulate[..], &OUTPUTS].concat());
    assert!(lines == sorted(), "the same seeds leave other lines");
}

#[test]
fn attempts_add_up_to_the_result_over_sockets() {
    let folder = Folder::with(&scenario());
    let ran = stampede(&folder, &[&["run", "small.toml"][..], &OUTPUTS].concat());
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let told = added_up(&folder);
    assert!(told.contains("broker first"), "{told}");
}

#[test]
fn renewals_are_told_from_first_needs() {
    let long = scenario()
        .replace("tools-per-job = 2", "tools-per-job = 2\nwork = \"40m\"\nsession = \"15m\"")
        .replace("limits = [{ token-bucket = { per = \"account-region\", rate = \"40/s\", burst = 2 } }]", "limits = []")
        .replace("seeds = [7]", "seeds = [7]\nhorizon = \"2h\"");
    let folder = Folder::with(&long);
    let contenders = ["--contender", "naive"];
    let simulate = ["simulate", "small.toml"];
    let ran = stampede(&folder, &[&simulate[..], &contenders, &OUTPUTS].concat());
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(added_up(&folder).ends_with(" first renewal"));
}

#[test]
fn attempts_are_of_runs_and_go_to_one_place() {
    let folder = Folder::with(SMALL);
    let twice = ["simulate", "small.toml", "-o", "ndjson=a", "-o", "ndjson=b"];
    assert_refused(&stampede(&folder, &twice), &["attempts are written to one place"]);
    let nowhere = ["simulate", "small.toml", "-o", "ndjson=nowhere/a"];
    assert_refused(&stampede(&folder, &nowhere), &["cannot write the report to nowhere/a"]);
    stampede(&folder, &["simulate", "small.toml", "-q", "-o", "json=r.json"]);
    let later = stampede(&folder, &["report", "r.json", "-o", "ndjson=a"]);
    assert_refused(
        &later,
        &["a result file does not hold single attempts", "`run` and `simulate`"],
    );
    let piped = stampede(&folder, &["simulate", "small.toml", "-o", "ndjson=-"]);
    assert!(piped.stdout.lines().all(|line| line.starts_with("{\"contender\":\"")));
    assert!(piped.stdout.lines().count() > 8, "{}", piped.stdout);
}

/// A service in two regions, and a contender whose tools go on to roles of their own.
fn of_regions() -> String {
    let (scenario, _) = SMALL.split_once("[contenders").expect("it has contenders");
    let roles = "roles = [{ arn = \"arn:aws:iam::123456789012:role/ci\", subjects = [\"*\"] }, \
                 { arn = \"arn:aws:iam::123456789012:role/deploy\", \
                 trusts = [\"arn:aws:iam::123456789012:role/ci\"] }]\n";
    let limits = format!("other-regions = [\"eu-west-1\", \"ap-south-1\"]\n{roles}limits = []");
    let contenders = "[contenders.spread]\nstrategy.naive = {}\nregions = \"by-job\"\n\n\
                      [contenders.chained]\nstrategy.role-chaining = {}\n\n\
                      [contenders.home]\nstrategy.naive = {}\n";
    scenario.replace("limits = []", &limits) + contenders
}

#[test]
fn attempts_tell_what_was_asked_for_and_where() {
    let folder = Folder::with(&of_regions());
    for command in ["simulate", "run"] {
        let ran = stampede(&folder, &[&[command, "small.toml"][..], &OUTPUTS].concat());
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        added_up(&folder);
        let text = std::fs::read_to_string(folder.join("attempts.ndjson")).expect("written");
        let count = |words: [&str; 2]| {
            text.lines().filter(|line| words.iter().all(|word| line.contains(word))).count()
        };
        for region in ["us-east-1", "eu-west-1", "ap-south-1"] {
            let told = format!("\"region\":\"{region}\"");
            assert!(count(["\"spread\"", &told]) > 0, "{text}");
            assert_eq!(count(["\"home\"", &told]) > 0, region == "us-east-1", "{text}");
        }
        let of = |operation| count(["\"chained\"", operation]);
        let chained =
            [of("\"operation\":\"AssumeRoleWithWebIdentity\""), of("\"operation\":\"AssumeRole\"")];
        // One call a job, and one more for each of its two tools.
        assert!(chained[0] > 1 && chained[1] == 2 * chained[0], "{chained:?}");
        assert_eq!(count(["\"spread\"", "\"operation\":\"AssumeRole\""]), 0);
    }
}

#[test]
fn a_story_tells_where_a_call_goes_where_there_are_several_regions() {
    let folder = Folder::with(&of_regions());
    let told = stampede(&folder, &["explain", "small.toml", "1", "--contender", "spread"]);
    assert!(told.stdout.contains("call 1 leaves for eu-west-1\n"), "{}", told.stdout);
    let told = stampede(&folder, &["explain", "small.toml", "1", "--contender", "chained"]);
    assert!(told.stdout.contains("call 1 (AssumeRole) leaves for us-east-1\n"), "{}", told.stdout);
}
