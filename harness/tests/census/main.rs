//! The census finds out what a client does whose habits are known, and what AWS's
//! own clients do is as the page says.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

#[allow(dead_code, reason = "the mock's tests also run clients that need telling where STS is")]
#[path = "../../../mock-sts/tests/real_clients/clients.rs"]
mod clients;
#[path = "../common/folder.rs"]
mod folder;
mod kept;
#[path = "../../../mock-sts/tests/real_clients/toolchain.rs"]
mod toolchain;
#[allow(dead_code, reason = "the mock's tests set up more than these")]
#[path = "../../../mock-sts/tests/real_clients/venv.rs"]
mod venv;

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use crate::folder::Folder;

impl Folder {
    fn stampede(&self, arguments: &[&str], command: &[&str]) -> Output {
        let dashes: &[&str] = if command.is_empty() { &[] } else { &["--"] };
        stampede(self, &[&["census"], arguments, dashes, command].concat())
    }

    /// The client with these habits; its result, by case.
    fn census(&self, only: &[&str], repeats: u32, habits: &[&str]) -> Value {
        let client = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/census/client.py");
        let repeats = repeats.to_string();
        let mut arguments = vec!["-o", "json=census.json", "-q", "--repeats", &repeats];
        arguments.extend(only.iter().flat_map(|case| ["--only", case]));
        let output = self.stampede(&arguments, &[&["python3", client], habits].concat());
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{said}");
        self.result("census.json")
    }

    fn result(&self, name: &str) -> Value {
        let text = fs::read_to_string(self.join(name)).expect("a result");
        serde_json::from_str(&text).expect("JSON")
    }
}

fn stampede(folder: &Path, arguments: &[&str]) -> Output {
    let mut stampede = Command::new(env!("CARGO_BIN_EXE_stampede"));
    stampede.args(arguments).current_dir(folder).output().expect("started")
}

fn row<'r>(result: &'r Value, case: &str) -> &'r Value {
    let rows = result["rows"].as_array().expect("rows");
    rows.iter().find(|row| row["case"] == case).expect("its row")
}

fn assert_near(value: &Value, expected: f64, share: f64) {
    let value = value.as_f64().expect("a number");
    assert!((value / expected - 1.0).abs() <= share, "{value} is not {expected}");
}

/// Exponential without jitter, four tries of some errors and one of all others.
#[test]
fn tries_waits_and_ends_are_found() {
    let only = ["throttling", "internal-failure", "access-denied", "reset", "empty", "silence"];
    let habits = ["base=0.2", "factor=2", "after=0.6"];
    let result = Folder::new().census(&only, 2, &habits);
    let granted = row(&result, "granted");
    assert_eq!((&granted["tries"], &granted["exit"]["code"]), (&[1, 1].into(), &0.into()));
    for case in ["throttling", "internal-failure", "reset", "empty"] {
        let row = row(&result, case);
        assert_eq!(row["tries"], Value::from([4, 4]), "{row}");
        assert_eq!(
            (&row["waits"]["shape"], &row["waits"]["factor"]),
            (&"none".into(), &2.0.into())
        );
        assert_near(&row["waits"]["base_ms"], 200.0, 0.15);
        assert_eq!((&row["sleeps_after_last"], &row["recovers"]), (&true.into(), &true.into()));
        assert_near(&row["after_last_ms"], 600.0, 0.5);
        assert_eq!(row["exit"]["code"], 1);
    }
    // Its own time-out of a second comes on top of each wait.
    let silence = row(&result, "silence");
    assert_eq!(silence["tries"], Value::from([4, 4]));
    assert!(silence["waits_ms"][0][0].as_f64() > Some(1150.0), "{silence}");
    let denied = row(&result, "access-denied");
    assert_eq!((&denied["tries"], &denied["recovers"]), (&[1, 1].into(), &Value::Null));
    assert!(denied["says"].as_str().expect("text").contains("gave up on AccessDenied"), "{denied}");
}

/// Full jitter, as its arithmetic has it.
#[test]
fn jitter_is_found_with_its_base_and_factor() {
    let habits = ["base=0.25", "factor=2", "shape=full", "tries=5"];
    let result = Folder::new().census(&["throttling"], 10, &habits);
    let waits = &row(&result, "throttling")["waits"];
    assert_eq!((&waits["shape"], &waits["factor"]), (&"full".into(), &2.0.into()), "{waits}");
    assert_near(&waits["base_ms"], 250.0, 0.3);
    assert_eq!(waits["waits"], 40);
}

/// Both hints are sent; this client knows one, if any.
#[test]
fn hints_are_honoured_or_not() {
    let only = ["throttling-x-amz-retry-after", "throttling-retry-after"];
    let habits = ["base=0.1", "tries=2", "hints=honour"];
    let honours = Folder::new().census(&only, 1, &habits);
    assert_eq!(row(&honours, only[0])["hint"], "honoured");
    assert_eq!(row(&honours, only[1])["hint"], "ignored");
    assert_eq!(row(&honours, "throttling")["hint"], Value::Null);
    let ignores = Folder::new().census(&only, 1, &habits[..2]);
    assert_eq!(row(&ignores, only[0])["hint"], "ignored");
}

/// The file is changed after each try; who reads it again shows another token.
#[test]
fn tokens_and_connections_are_followed() {
    let of = |habits: &[&str]| {
        let habits = [&["base=0", "tries=3"], habits].concat();
        let result = Folder::new().census(&["internal-failure"], 1, &habits);
        let row = row(&result, "internal-failure").clone();
        (row["token"].clone(), row["connections"].clone(), row["waits"]["shape"].clone())
    };
    let told = |token: &str, connections: &str| (token.into(), connections.into(), "short".into());
    assert_eq!(of(&[]), told("kept", "new"));
    assert_eq!(of(&["token=read", "alive=yes"]), told("re-read", "reused"));
    assert_eq!(of(&["token=fetch"]).0, "fetched-again");
}

/// Expired tokens are replaced by other expired ones: nothing saves this client.
#[test]
fn every_token_has_expired_where_the_case_says_so() {
    let habits = ["retry=ExpiredTokenException", "base=0.05", "token=read"];
    let result = Folder::new().census(&["expired-token"], 1, &habits);
    let row = row(&result, "expired-token");
    assert_eq!((&row["tries"], &row["token"]), (&[4, 4].into(), &"re-read".into()));
    assert_eq!(row["exit"]["code"], 1);
}

#[test]
fn a_client_that_changed_is_told_with_an_exit_code() {
    let folder = Folder::new();
    let client = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/census/client.py");
    let only = ["--only", "throttling", "--repeats", "4", "-q"];
    let run = |more: &[&str], habits: &[&str]| {
        let output =
            folder.stampede(&[&only, more].concat(), &[&["python3", client], habits].concat());
        (output.status.code(), String::from_utf8(output.stderr).expect("text"))
    };
    let first = run(&["--save", "a.json"], &["base=0.1"]);
    assert_eq!(first, (Some(0), String::new()));
    assert_eq!(run(&["--diff", "a.json"], &["base=0.1"]), (Some(0), "nothing changed\n".into()));
    let (code, said) = run(&["--diff", "a.json"], &["base=0.1", "tries=2"]);
    assert_eq!(code, Some(98));
    assert!(said.contains("changed: throttling: tries: 4 before, 2 now"), "{said}");
    // Four runs against four tell these waits apart.
    let (code, said) = run(&["--diff", "a.json"], &["base=0.3"]);
    assert_eq!(code, Some(98), "{said}");
    assert!(said.contains("changed: throttling: waits: fixed 1"), "{said}");

    let table = folder.stampede(&["--table", "a.json", "a.json"], &[]);
    let table = String::from_utf8(table.stdout).expect("text");
    assert!(table.starts_with("| error | python3 | python3 |\n"), "{table}");
    assert!(table.contains("| throttling | 4; fixed "), "{table}");
}

#[test]
fn what_cannot_be_is_told_in_one_sentence() {
    let folder = Folder::new();
    let failed = |arguments: &[&str], command: &[&str]| {
        let output = folder.stampede(arguments, command);
        let said = String::from_utf8(output.stderr).expect("text");
        (output.status.code().expect("a code"), said)
    };
    let (code, said) = failed(&["--only", "throtling"], &["true"]);
    assert!(
        code == 2 && said.contains("there is no error `throtling`, did you mean `throttling`?")
    );
    let (code, said) = failed(&["--only", "reset"], &["./nowhere"]);
    assert!(code == 1 && said.contains("cannot run ./nowhere"), "{said}");
    let (code, said) = failed(&["--only", "reset"], &["true"]);
    assert!(code == 1 && said.contains("never asked STS for a role"), "{said}");
    let (code, said) = failed(&["--timeout", "0s"], &["true"]);
    assert!(code == 2 && said.contains("--timeout 0s: expected a time above zero"), "{said}");
    fs::write(folder.join("bad.json"), "{\"rows\": 1").expect("written");
    let (code, said) = failed(&["--diff", "bad.json"], &["true"]);
    assert!(code == 2 && said.contains("bad.json is no result of a census"), "{said}");
    let (code, said) = failed(&[], &[]);
    assert!(code == 2 && said.contains("COMMAND"), "{said}");
}
