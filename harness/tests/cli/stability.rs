//! `stability` where the answer is known beforehand: who never retries leaves
//! nothing behind, and who asks for ever at a provider without room does.

use std::fs;

use harness::tune::map::{Mapped, StabilityResult};

use crate::support::{Folder, SMALL, assert_refused, stampede};

/// A provider that serves one fetch at a time, a second each; no key is cached.
fn narrow() -> Folder {
    let text = SMALL
        .replace("\"cacheable-keys\"", "\"github-2021\"")
        .replace("concurrency = 100, latency.fixed = \"10ms\"", "concurrency = 1, latency.fixed = \"1s\"")
        .replace("tools-per-job = 2", "tools-per-job = 1")
        .replace("hosts = 1", "hosts = 24")
        .replace(
            "[contenders.cached]\nstrategy.cached = { store = \"environment\" }",
            "[contenders.stubborn]\nstrategy.naive = {}\npolicy.fixed = { wait = \"1s\", retries = 10000 }",
        )
        .replace("\"cached.sts-calls-per-job\" = \"<= 1\"", "");
    Folder::with(&text)
}

#[test]
fn who_never_asks_again_recovers_at_once_and_who_never_stops_may_never() {
    let folder = narrow();
    let arguments = [
        "stability",
        "small.toml",
        "--loads",
        "12/m,40/m",
        "--lengths",
        "10s,2m",
        "--watch",
        "5m",
        "--seeds",
        "1..3",
        "-o",
        "csv=map.csv",
        "-o",
        "svg=map.svg",
    ];
    let mapped = stampede(&folder, &arguments);
    assert_eq!(mapped.code, Some(0), "{}", mapped.stderr);
    let csv = fs::read_to_string(folder.join("map.csv")).expect("written");
    for cell in ["naive,12/m,2m,stable,3,0,0,1.0000", "stubborn,40/m,2m,metastable,3,"] {
        assert!(csv.contains(cell), "{cell} is missing in: {csv}");
    }
    assert!(mapped.stdout.contains("never in "), "{}", mapped.stdout);
    assert_eq!(csv.lines().count(), 1 + 2 * 2 * 2);
    let svg = fs::read_to_string(folder.join("map.svg")).expect("written");
    assert!(svg.contains("runs that never recover, %") && svg.contains("stubborn"));
}

#[test]
fn what_has_no_map_is_refused_before_it_starts() {
    let folder = narrow();
    for (rest, says) in [
        (["--loads", "10s"], "is no value for this"),
        (["--loads", "40/s"], "write it like 40/m"),
        (["--lengths", "30"], "write it like 30s"),
        (["--lengths", "2m,1"], "same unit"),
        (["--watch", "10s"], "expected 3m to 24h"),
        (["--trigger", "storm"], "possible values: outage, key-outage"),
        (["--contender", "naiv"], "did you mean `naive`?"),
    ] {
        let ended = stampede(&folder, &[&["stability", "small.toml"][..], &rest].concat());
        assert_refused(&ended, &[says]);
    }
}

/// The same map in the file for programs, read back.
#[test]
fn the_map_is_a_result_file_too() {
    let folder = narrow();
    let arguments = [
        &["stability", "small.toml", "--loads", "12/m,40/m", "--lengths", "10s,2m"][..],
        &["--watch", "5m", "--seeds", "1..3", "-o", "json=map.json", "-o", "csv=map.csv", "-q"],
    ];
    let mapped = stampede(&folder, &arguments.concat());
    assert_eq!((mapped.code, mapped.stdout.as_str()), (Some(0), ""), "{}", mapped.stderr);
    let text = fs::read_to_string(folder.join("map.json")).expect("written");
    let result: StabilityResult = serde_json::from_str(&text).expect("a map");
    assert_eq!((result.kind.as_str(), result.format_version), ("stampede-stability", 1));
    assert_eq!((result.loads, result.lengths), (own(&["12/m", "40/m"]), own(&["10s", "2m"])));
    assert_eq!((result.watch_s, result.seeds), (300, vec![1, 2, 3]));
    let csv = fs::read_to_string(folder.join("map.csv")).expect("written");
    let rows: Vec<String> = result
        .cells
        .iter()
        .map(|Mapped { cell, region, never }| {
            let lost = (never * cell.recovery_s.len() as f64).round();
            let (contender, load, length) = (&cell.contender, &cell.load, &cell.length);
            format!("{contender},{load},{length},{},3,{lost},", region.name())
        })
        .collect();
    assert_eq!(rows.len(), 8);
    for (row, line) in rows.iter().zip(csv.lines().skip(1)) {
        assert!(line.starts_with(row), "{line} is not {row}");
    }
}

fn own(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}
