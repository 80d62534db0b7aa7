//! The binary, started in a folder of the test's own.

#[path = "../common/folder.rs"]
mod folder;

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

pub(crate) use self::folder::Folder;

/// Small, quick in both worlds, and all is well.
pub(crate) const SMALL: &str = r#"name = "small"
question = "Does the command line work?"
seeds = [7]

[fleet]
jobs = 4
tools-per-job = 2
arrivals.burst = { spread = "20ms" }

[service]
profile = "cacheable-keys"
latency.fixed = "10ms"
limits = []

[service.verification-key]
hosts = 1
provider = { concurrency = 100, latency.fixed = "10ms" }

[idp]
token-latency.fixed = "5ms"

[contenders.naive]
strategy.naive = {}

[contenders.cached]
strategy.cached = { store = "environment" }

[expect]
"cached.sts-calls-per-job" = "<= 1"
"#;

impl Folder {
    /// A folder with a file `small.toml` of this text.
    pub(crate) fn with(text: &str) -> Self {
        let folder = Self::new();
        fs::write(folder.join("small.toml"), text).expect("written");
        folder
    }
}

/// `stampede` with these arguments in `folder`, not yet started.
pub(crate) fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_stampede"));
    command.args(arguments).current_dir(folder);
    for variable in
        ["NO_COLOR", "CLICOLOR_FORCE", "COLUMNS", "GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY"]
    {
        command.env_remove(variable);
    }
    command
}

/// How a command ended.
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("text");
        Self {
            code: output.status.code(),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }
}

pub(crate) fn stampede(folder: &Path, arguments: &[&str]) -> Ended {
    command(folder, arguments).output().expect("started").into()
}

/// Refused for usage: nothing on standard output, and these words.
pub(crate) fn assert_refused(ended: &Ended, words: &[&str]) {
    assert_eq!(ended.code, Some(2), "{}", ended.stderr);
    assert_eq!(ended.stdout, "");
    for word in words {
        assert!(ended.stderr.contains(word), "`{word}` is missing in: {}", ended.stderr);
    }
}

pub(crate) fn json(path: &Path) -> Value {
    let text = fs::read_to_string(path).expect("the report is there");
    serde_json::from_str(&text).expect("JSON")
}

pub(crate) fn names(report: &Value) -> Vec<&str> {
    let contenders = report["contenders"].as_array().expect("a list");
    contenders.iter().map(|contender| contender["name"].as_str().expect("a name")).collect()
}
