//! What AWS's own clients do is kept in `docs/census/`, a file a client, as
//! `stampede census` wrote it, and shown in `docs/census.md`.

use std::collections::BTreeSet;
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{LazyLock, mpsc};
use std::thread;
use std::time::Duration;

use harness::census::{CASES, CensusResult, Row};

use crate::clients::CLIENTS;
use crate::folder::Folder;
use crate::stampede;

/// Longer than any client that has a patience at all waits for silence.
const TIMEOUT: &str = "7m";
/// How long a client is measured with nobody beside it: that long it starts
/// programs. Later it mostly waits for silence.
const ALONE: Duration = Duration::from_secs(120);
/// Quick where clients do not try again, and telling.
const QUICK: [&str; 4] =
    ["idp-communication-error", "invalid-identity-token", "reset-after", "truncated"];

/// A client of the tables.
struct Measured {
    name: String,
    /// Program and arguments; nothing when it cannot be set up, which is tried when somebody looks.
    command: LazyLock<Option<Vec<String>>, SetUp>,
}

type SetUp = Box<dyn FnOnce() -> Option<Vec<String>> + Send>;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a workspace").to_owned()
}

/// The test suite's clients, and a loop that many have in their scripts. The CLI
/// that reads no `AWS_ENDPOINT_URL_STS` cannot be told of a run's mock: it has no
/// census.
fn measured() -> Vec<Measured> {
    let of_suite = CLIENTS.iter().filter(|client| client.name != "AWS CLI 2.9.19");
    let of_suite = of_suite.map(|client| {
        let set_up = || client.command("implicit").map(|command| words(&command));
        Measured { name: client.name.into(), command: LazyLock::new(Box::new(set_up)) }
    });
    of_suite.chain([shell_loop()]).collect()
}

fn words(command: &Command) -> Vec<String> {
    let text = |word: &std::ffi::OsStr| word.to_str().expect("UTF-8").to_owned();
    let set = command
        .get_envs()
        .filter_map(|(name, value)| Some(format!("{}={}", text(name), text(value?))));
    let set: Vec<String> = set.collect();
    let env = if set.is_empty() { vec![] } else { [vec!["env".to_owned()], set].concat() };
    let program = std::iter::once(command.get_program()).chain(command.get_args());
    env.into_iter().chain(program.map(text)).collect()
}

/// The same, set up one after the other, since some share what they need.
fn set_up() -> Vec<Measured> {
    let clients = measured();
    for client in &clients {
        LazyLock::force(&client.command);
    }
    clients
}

/// The one that the scenario `real-tools` runs.
fn shell_loop() -> Measured {
    let command = LazyLock::new(Box::new(shell_command) as SetUp);
    Measured { name: "shell loop with curl".into(), command }
}

fn shell_command() -> Option<Vec<String>> {
    let text = fs::read_to_string(root().join("scenarios/real-tools.toml")).expect("a scenario");
    let scenario: toml::Table = text.parse().expect("TOML");
    let command = scenario["contenders"]["shell-loop"]["command"].as_array().expect("words");
    let command = command.iter().map(|word| word.as_str().expect("text").to_owned()).collect();
    let has_curl = Command::new("curl").arg("--version").output().is_ok();
    has_curl.then_some(command)
}

impl Measured {
    /// `docs/census/boto3-1.44.5-standard.json`
    fn file(&self) -> PathBuf {
        let allowed = |c: char| c.is_ascii_alphanumeric() || c == '.';
        let parts = self.name.split(|c| !allowed(c)).filter(|part| !part.is_empty());
        let name = parts.collect::<Vec<_>>().join("-").to_lowercase();
        root().join("docs/census").join(name + ".json")
    }

    fn kept(&self) -> Option<CensusResult> {
        let text = fs::read_to_string(self.file()).ok()?;
        Some(serde_json::from_str(&text).expect("a result of a census"))
    }

    /// Its census over these errors; nothing when it cannot be set up.
    fn census(&self, only: &[&str], repeats: &str) -> Option<CensusResult> {
        let command = self.command.as_ref()?;
        let folder = Folder::new();
        let mut arguments = vec!["census", "-q", "--save", "now.json", "--name", &self.name];
        arguments.extend(["--timeout", TIMEOUT, "--repeats", repeats]);
        arguments.extend(only.iter().flat_map(|case| ["--only", case]));
        arguments.push("--");
        arguments.extend(command.iter().map(String::as_str));
        let output = stampede(&folder, &arguments);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{}: {said}", self.name);
        let text = fs::read_to_string(folder.join("now.json")).expect("a result");
        // Where the workspace is, is nobody's business.
        let root = root().display().to_string();
        let text =
            text.replace(&format!("{root}/harness/../"), "").replace(&format!("{root}/"), "");
        Some(serde_json::from_str(&text).expect("a result of a census"))
    }

    /// Measures it against the errors that its file lacks.
    fn complete(&self) {
        let kept = self.kept();
        let has = |case: &str| kept.iter().flat_map(|kept| &kept.rows).any(|row| row.case == case);
        let lacking = CASES.iter().map(|case| case.name).filter(|case| !has(case));
        let lacking: Vec<&str> = lacking.collect();
        if lacking.is_empty() {
            return;
        }
        let Some(mut now) = self.census(&lacking, "6") else { return };
        now.rows.retain(|row| !has(&row.case));
        now.rows.extend(kept.into_iter().flat_map(|kept| kept.rows));
        now.rows.sort_by_key(|row| CASES.iter().position(|case| case.name == row.case));
        fs::write(self.file(), written(&now)).expect("written");
    }
}

/// As JSON, a line a row: so a change is seen as the change of an error.
fn written(result: &CensusResult) -> String {
    let head = CensusResult { rows: Vec::new(), ..result.clone() };
    let head = serde_json::to_string_pretty(&head).expect("JSON");
    let row = |row: &Row| format!("    {}", serde_json::to_string(row).expect("JSON"));
    let rows: Vec<String> = result.rows.iter().map(row).collect();
    head.replace("\"rows\": []", &format!("\"rows\": [\n{}\n  ]", rows.join(",\n"))) + "\n"
}

/// Where the page shows tables, and the arguments of the commands that print
/// them.
fn tables(page: &str) -> Vec<(Vec<String>, Range<usize>)> {
    let commands = page.match_indices("\n$ stampede census --table docs/census/");
    let table = |(at, _): (usize, &str)| {
        let line = page[at + 1..].lines().next().unwrap_or_default();
        let arguments = line.split(' ').skip(2).map(str::to_owned).collect();
        let fence = "\n```\n\n";
        let from = at + page[at..].find(fence).expect("the end of the command") + fence.len();
        let to = page[from..].find("\n\n").map_or(page.len(), |end| from + end + 1);
        (arguments, from..to)
    };
    commands.map(table).collect()
}

fn printed(arguments: &[String]) -> String {
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let output = stampede(&root(), &arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

const REMEDY: &str = "`cargo test -p stampede --test census measure -- --ignored` mends it";

#[test]
fn the_page_shows_what_is_kept() {
    let page = fs::read_to_string(root().join("docs/census.md")).expect("a page");
    let mut shown = BTreeSet::new();
    for (arguments, range) in tables(&page) {
        let now = printed(&arguments);
        assert!(page[range] == now, "docs/census.md is out of date: {REMEDY}\n{now}");
        shown.extend(arguments.iter().skip(2).map(|file| root().join(file)));
    }
    let measured = measured();
    let clients: BTreeSet<PathBuf> = measured.iter().map(Measured::file).collect();
    assert_eq!(shown, clients, "every client has a column, and every column is a client's");
    let folder = fs::read_dir(root().join("docs/census")).expect("a folder");
    let files: BTreeSet<PathBuf> = folder.map(|file| file.expect("a file").path()).collect();
    assert_eq!(shown, files, "docs/census has what the page shows");
    for client in measured {
        let kept = client.kept().expect("it is kept");
        let cases: Vec<&str> = kept.rows.iter().map(|row| row.case.as_str()).collect();
        let all: Vec<&str> = CASES.iter().map(|case| case.name).collect();
        assert_eq!((cases, kept.complete), (all, true), "{}: {REMEDY}", client.name);
    }
}

/// What can be counted, and does not depend on how busy the machine is.
#[test]
fn clients_do_what_is_kept() {
    let check = |client: &Measured| {
        let Some(now) = client.census(&QUICK, "1") else { return 0 };
        let kept = client.kept().expect("it is kept");
        let facts = |row: &Row| (row.nested, row.token, row.recovers, row.exit);
        for row in &now.rows {
            let same = kept.rows.iter().find(|kept| kept.case == row.case);
            let kept = same.expect("it is kept");
            let tries = kept.tries.0 <= row.tries.0 && row.tries.1 <= kept.tries.1;
            let same = tries && facts(kept) == facts(row);
            assert!(same, "{}: kept is {kept:?}, and now it is {row:?}", client.name);
        }
        now.rows.len()
    };
    let clients = set_up();
    let rows: usize = thread::scope(|scope| {
        let running: Vec<_> = clients.iter().map(|one| scope.spawn(move || check(one))).collect();
        running.into_iter().map(|one| one.join().expect("it is as kept")).sum()
    });
    let there = clients.iter().filter(|client| client.command.is_some()).count();
    assert_eq!(rows, there * (QUICK.len() + 1));
}

/// For who changes a client or adds an error: what is missing is measured, and the
/// page is written again. To measure a client anew, delete its file first.
#[test]
#[ignore = "takes most of an hour where every client is missing"]
fn measure() {
    fs::create_dir_all(root().join("docs/census")).expect("a folder");
    let clients = set_up();
    thread::scope(|scope| {
        for client in &clients {
            let (done, is_done) = mpsc::channel::<()>();
            scope.spawn(move || {
                client.complete();
                drop(done);
            });
            // Both ends of it, and the end of its time, let the next one start.
            let _ = is_done.recv_timeout(ALONE);
        }
    });
    let path = root().join("docs/census.md");
    let mut page = fs::read_to_string(&path).expect("a page");
    for (arguments, range) in tables(&page).into_iter().rev() {
        page.replace_range(range, &printed(&arguments));
    }
    fs::write(path, page).expect("written");
}
