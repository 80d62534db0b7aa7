//! Result files that are old, cut off, foreign, from the future, edited, empty or of a run in which
//! all failed: one sentence and exit code 2, or a report that says so.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::support::{Folder, SMALL, assert_refused, stampede};

/// A result as it is.
fn kept() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/kept/result-v1.json");
    fs::read_to_string(path).expect("it is kept")
}

/// Refused by all that read results, with these words.
fn refused_by_all(folder: &Folder, bad: &str, words: &[&str]) {
    for arguments in [
        &["report", bad] as &[&str],
        &["export", bad, "csv"],
        &["compare", bad, "good.json"],
        &["compare", "good.json", bad],
        &["merge", "good.json", bad],
    ] {
        let ended = stampede(folder, arguments);
        assert_refused(&ended, words);
        assert_refused(&ended, &[&format!("cannot read {bad}: ")]);
        assert_eq!(ended.stderr.lines().count(), 1, "one sentence: {}", ended.stderr);
    }
}

#[test]
fn a_file_of_the_first_version_is_read_for_ever() {
    let folder = Folder::new();
    fs::write(folder.join("kept.json"), kept()).expect("written");
    let shown = stampede(&folder, &["report", "kept.json", "-o", "json=copy.json"]);
    assert_eq!(shown.code, Some(0), "{}", shown.stderr);
    assert!(shown.stdout.starts_with("PASS  1 of 1 check"), "{}", shown.stdout);
    let compared = stampede(&folder, &["compare", "kept.json", "copy.json"]);
    assert!(compared.stdout.starts_with("equivalent: 3 seeds"), "{}", compared.stdout);
    // What has come since is added; nothing that was there is lost.
    let copy = fs::read_to_string(folder.join("copy.json")).expect("written");
    let read = |text: &str| serde_json::from_str::<Value>(text).expect("JSON");
    assert!(holds(&read(&copy), &read(&kept())), "{copy}");
}

/// Whether all of `part` is in `whole`.
fn holds(whole: &Value, part: &Value) -> bool {
    match (whole, part) {
        (Value::Object(whole), Value::Object(part)) => {
            part.iter().all(|(key, part)| whole.get(key).is_some_and(|whole| holds(whole, part)))
        }
        (Value::Array(whole), Value::Array(part)) => {
            whole.len() == part.len()
                && whole.iter().zip(part).all(|(whole, part)| holds(whole, part))
        }
        _ => whole == part,
    }
}

#[test]
fn what_is_no_whole_result_is_refused_in_one_sentence() {
    let folder = Folder::new();
    let text = kept();
    fs::write(folder.join("good.json"), &text).expect("written");
    let future = text.replace("\"format_version\": 1", "\"format_version\": 2");
    for (name, bad, words) in [
        ("cut.json", &text[..text.len() / 2], "it is cut off in line "),
        ("empty.json", "", "it is empty"),
        ("foreign.json", "{\"benchmarks\": []}", "not a stampede report: missing field"),
        ("text.json", "PASS", "not a stampede report: expected value"),
        ("future.json", &future, "report has format_version 2, and this program reads 1"),
    ] {
        fs::write(folder.join(name), bad).expect("written");
        refused_by_all(&folder, name, &[words]);
    }
}

#[test]
fn what_contradicts_itself_is_refused() {
    let folder = Folder::new();
    let whole: Value = serde_json::from_str(&kept()).expect("JSON");
    fs::write(folder.join("good.json"), kept()).expect("written");
    for (pointer, value, words) in [
        ("/contenders", json!([]), "it has no contenders"),
        ("/contenders/0/jobs/succeeded", json!(11), "naive: its seeds do not add up"),
        ("/contenders/0/per_seed/0/attempts", json!(7), "naive: its seeds do not add up"),
        ("/contenders/0/runs/most_failed", json!(1), "naive: its seeds do not add up"),
        ("/contenders/0/attempts_by_number/0", json!(1), "naive: its calls by number"),
        ("/contenders/1/time_to_credentials/max_us", json!(1), "cached: its times are not"),
        ("/contenders/1/time_to_credentials/count", json!(1), "cached: its times are not"),
        ("/contenders/1/per_seed/1/seed", json!(99), "cached: its results by seed"),
        ("/contenders/1/digest", json!("0123456789abcdef"), "cached: its digest is not"),
        ("/digest", json!("0123456789abcdef"), "its digest is not that of its contenders"),
        ("/scenario/text", json!("name = 'other'"), "text is not the one of its hash"),
    ] {
        let mut edited = whole.clone();
        *edited.pointer_mut(pointer).expect(pointer) = value;
        fs::write(folder.join("edited.json"), edited.to_string()).expect("written");
        refused_by_all(&folder, "edited.json", &["it contradicts itself", words]);
    }
}

#[test]
fn a_run_in_which_all_failed_says_that_latency_shows_nothing() {
    let all_fail = SMALL.replace("limits = []", "limits = []\nfaults = [{ outage = {} }]").replace(
        "\"cached.sts-calls-per-job\" = \"<= 1\"",
        "\"naive.time-to-credentials.p95\" = \"< 1s\"",
    );
    let folder = Folder::with(&all_fail);
    let outputs = ["-o", "json=a.json", "-o", "html=a.html", "-o", "csv=a.csv"];
    let made = stampede(&folder, &[&["simulate", "small.toml"] as &[&str], &outputs].concat());
    assert_eq!(made.code, Some(99), "{}{}", made.stdout, made.stderr);
    let shown = stampede(&folder, &["report", "a.json"]);
    assert!(shown.stdout.contains("no data"), "{}", shown.stdout);
    let compared = stampede(&folder, &["compare", "a.json", "a.json"]);
    assert!(compared.stdout.starts_with("equivalent"), "{}", compared.stdout);
    for name in ["a.html", "a.csv", "a.json"] {
        let text = fs::read_to_string(folder.join(name)).expect("written");
        assert!(!text.contains("NaN"), "{name}");
    }
}
