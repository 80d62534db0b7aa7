//! Lines as a user gets them: from the result file of a search whose winner is known.

#[path = "../common/folder.rs"]
mod folder;

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use harness::tune::result::TuneResult;

pub(crate) use self::folder::Folder;

/// Every shape of waiting, three attempts each.
pub(crate) const POLICIES: [&str; 5] = [
    "fixed = { wait = \"200ms\", retries = 2 }",
    "exponential = { base = \"100ms\", cap = \"5s\", attempts = 3 }",
    "equal-jitter = { base = \"150ms\", cap = \"5s\", attempts = 3 }",
    "full-jitter = { base = \"1s\", cap = \"20s\", attempts = 3 }",
    "decorrelated-jitter = { base = \"100ms\", cap = \"5s\", attempts = 3 }",
];

/// What `tune` gives for one tool where this strategy under this policy wins: it is both candidates.
pub(crate) fn lines(policy: &str, strategy: &str, tool: &str) -> String {
    lines_in("", policy, strategy, tool)
}

/// The same where the service has these lines too.
pub(crate) fn lines_in(service: &str, policy: &str, strategy: &str, tool: &str) -> String {
    let folder = Folder::new();
    let contender = |name: &str| {
        format!(
            "[contenders.{name}]\nstrategy.{strategy}\npolicy.{policy}\nattempt-timeout = \"9s\"\n"
        )
    };
    let scenario = format!(
        "name = \"lines\"\nquestion = \"What is there to paste?\"\n[fleet]\njobs = 2\ntools-per-job = 1\n\
         arrivals.burst = {{ spread = \"20ms\" }}\n[service]\nprofile = \"cacheable-keys\"\nlimits = []\n{service}{}",
        contender("mine")
    );
    folder.with("lines.toml", &scenario);
    let output = Command::new(env!("CARGO_BIN_EXE_stampede"))
        .args(["tune", "lines.toml", "--vary", "contenders.mine.attempt-timeout=9s,10s"])
        .args(["--seeds", "1..6", "--held-out-seeds", "11..16", "-q", "-o", "json=lines.json"])
        .current_dir(&*folder)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = fs::read_to_string(folder.join("lines.json")).unwrap();
    let result: TuneResult = serde_json::from_str(&text).unwrap();
    let lines = result.lines.into_iter().find(|lines| lines.tool == tool);
    lines.expect("lines for every tool").text
}

impl Folder {
    /// Writes a file of it.
    pub(crate) fn with(&self, name: &str, text: &str) -> PathBuf {
        let file = self.join(name);
        fs::write(&file, text).unwrap();
        file
    }
}
