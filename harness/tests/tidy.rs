//! Lints the repository where rustc and clippy cannot: what it promises about
//! its own files. A complaint names the file and the line.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use harness::policy::POLICIES;
use harness::policy::presets::PRESETS;
use harness::scenario::{Contender, builtin, load};
use harness::strategy::STRATEGIES;
use mock_sts::config::PROFILES;

const FILE_LINES: usize = 500;
const FUNCTION_LINES: usize = 70;

/// What the service must not touch: time and chance are arguments, and nothing
/// in it waits.
const IMPURE: [&str; 9] = [
    "std::time::Instant",
    "SystemTime",
    "tokio",
    "rand::rng",
    "rand::random",
    "HashMap",
    "HashSet",
    ".await",
    "async fn",
];

#[test]
fn files_and_functions_are_short() {
    let mut complaints = Vec::new();
    for file in sources() {
        let lines = file.text.lines().count();
        if lines > FILE_LINES {
            complaints.push(format!("{}: {lines} lines, {FILE_LINES} at the most", file.path));
        }
        for function in functions(&file.text) {
            if function.lines > FUNCTION_LINES {
                complaints.push(format!(
                    "{}:{}: a function of {} lines, {FUNCTION_LINES} at the most",
                    file.path, function.first, function.lines
                ));
            }
        }
    }
    none(&complaints);
}

#[test]
fn the_service_is_pure() {
    let service = || sources().into_iter().filter(|f| f.path.starts_with("mock-sts/src/service/"));
    assert!(service().count() >= 6, "the service has moved: tell this test where to");
    none(&occurrences(service(), &IMPURE, is_code));
}

/// A container is built elsewhere; what it copies must at least be here.
#[test]
fn the_container_file_copies_what_there_is() {
    let file = texts().into_iter().find(|file| file.path == "Containerfile");
    let text = file.expect("a container file").text;
    let copied = text.lines().filter_map(|line| line.strip_prefix("COPY "));
    let copied = copied.filter(|sources| !sources.starts_with("--from"));
    let sources: Vec<&str> = copied.flat_map(|line| line.split(' ').rev().skip(1)).collect();
    assert!(sources.len() >= 8, "{sources:?}");
    for source in sources {
        assert!(root().join(source).exists(), "there is no {source}");
    }
    let toolchain = fs::read_to_string(root().join("rust-toolchain.toml")).expect("a toolchain");
    let version = text.split("rust:").nth(1).and_then(|rest| rest.split('-').next());
    assert!(toolchain.contains(version.expect("a version of Rust")), "{version:?}");
}

#[test]
fn nothing_is_left_for_later() {
    let later = [concat!("to", "do!"), concat!("unimpl", "emented!"), concat!("FIX", "ME")];
    none(&occurrences(sources().into_iter(), &later, |_| true));
}

#[test]
fn no_path_of_one_machine_is_left_in() {
    let homes = [concat!("/ho", "me/"), concat!("/Use", "rs/"), concat!("/wo", "rk/")];
    none(&occurrences(texts().into_iter(), &homes, |_| true));
}

#[test]
fn scenarios_open_with_their_question_and_are_built_in() {
    let mut complaints = Vec::new();
    let mut on_disk = BTreeSet::new();
    for file in texts().iter().filter(|file| file.path.starts_with("scenarios/")) {
        let first = file.text.lines().next().unwrap_or_default();
        if !(first.starts_with("# ") && first.ends_with('?')) {
            complaints.push(format!("{}:1: opens with `{first}`, no question", file.path));
        }
        let stem = Path::new(&file.path).file_stem().and_then(|stem| stem.to_str());
        on_disk.extend(stem.map(str::to_owned));
    }
    none(&complaints);
    let embedded: BTreeSet<String> = builtin().map(|scenario| scenario.name.to_owned()).collect();
    assert_eq!(on_disk, embedded, "scenarios/ and the names that `list` shows");
}

#[test]
fn what_is_registered_is_used_by_a_scenario() {
    let scenarios: Vec<_> =
        builtin().map(|scenario| load(scenario.name).expect("it ships, so it loads")).collect();
    let contenders: Vec<&Contender> = scenarios.iter().flat_map(|s| &s.contenders).collect();
    let mut unused = Vec::new();
    for strategy in STRATEGIES {
        if !contenders.iter().any(|contender| contender.strategy.name() == strategy.name) {
            unused.push(format!("strategy {}", strategy.name));
        }
    }
    for policy in POLICIES {
        if !contenders.iter().any(|contender| contender.policy.name() == policy.name) {
            unused.push(format!("policy {}", policy.name));
        }
    }
    let described: Vec<String> =
        contenders.iter().map(|contender| contender.policy.build().describe()).collect();
    for preset in PRESETS {
        if !described.iter().any(|text| text.starts_with(preset.name)) {
            unused.push(format!("preset {}", preset.name));
        }
    }
    for profile in PROFILES {
        if !scenarios.iter().any(|scenario| scenario.mock.profile == profile.name) {
            unused.push(format!("profile {}", profile.name));
        }
    }
    assert!(unused.is_empty(), "no scenario uses {}: add it to one", unused.join(", "));
}

/// Each is a key in a scenario, or the value of one.
#[test]
fn every_fault_is_used_by_a_scenario() {
    let scenarios = builtin().flat_map(|scenario| scenario.text.lines());
    let used: Vec<&str> = scenarios.filter(|line| !line.trim_start().starts_with('#')).collect();
    let mirror = root().join("mock-sts/src/config/file/fault.rs");
    let text = fs::read_to_string(mirror).expect("the mirror of faults");
    let mut unused = Vec::new();
    for name in ["FaultFile", "WireFile"] {
        let keys: Vec<String> = variants(&text, name).map(kebab).collect();
        assert!(keys.len() >= 4, "{name} has moved: tell this test where to");
        let is_used = |key: &String| {
            let (key, value) = (format!("{key} = "), format!("\"{key}\""));
            used.iter().any(|line| line.contains(&key) || line.contains(&value))
        };
        unused.extend(keys.into_iter().filter(|key| !is_used(key)));
    }
    assert!(unused.is_empty(), "no scenario uses {}: add it to one", unused.join(", "));
}

/// The names of the variants of an enum, which stand alone or before what they hold.
fn variants<'a>(text: &'a str, name: &str) -> impl Iterator<Item = &'a str> {
    let (_, body) = text.split_once(&format!("pub enum {name} {{\n")).unwrap_or_default();
    let lines = body.lines().take_while(|line| *line != "}").map(str::trim);
    let lines = lines.filter(|line| line.starts_with(|first: char| first.is_ascii_uppercase()));
    lines.filter_map(|line| line.split(['(', ',']).next())
}

/// `ResetBefore` as files write it: `reset-before`.
fn kebab(name: &str) -> String {
    let dashed = name.chars().map(|c| match c {
        'A'..='Z' => format!("-{}", c.to_ascii_lowercase()),
        c => c.to_string(),
    });
    dashed.collect::<String>().trim_start_matches('-').to_owned()
}

#[test]
fn links_in_documents_lead_somewhere() {
    let mut complaints = Vec::new();
    for file in texts().iter().filter(|file| file.path.ends_with(".md")) {
        let folder = root().join(&file.path).parent().map(Path::to_owned).unwrap_or_default();
        for (number, line) in numbered(&file.text) {
            for target in links(line) {
                if !folder.join(target).exists() {
                    complaints.push(format!("{}:{number}: no file {target}", file.path));
                }
            }
        }
    }
    none(&complaints);
}

#[test]
fn the_measures_of_this_test_measure() {
    let text = "fn short() {\n}\n\nimpl X {\n    pub async fn long(\n        a: u8,\n    ) {\n        {\n        }\n    }\n}\ntrait T {\n    fn none(\n        &self,\n    );\n}\n";
    let found: Vec<_> = functions(text).map(|f| (f.first, f.lines)).collect();
    assert_eq!(found, [(1, 2), (5, 6)]);
    let line = "[a](b.md#c) [d](https://e) ![f](g/h.svg) [i](#j) `[k](l)`";
    assert_eq!(links(line).collect::<Vec<_>>(), ["b.md", "g/h.svg"]);
}

/// A text file of the repository.
struct TextFile {
    /// From the root, with forward slashes.
    path: String,
    text: String,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn sources() -> Vec<TextFile> {
    texts().into_iter().filter(|file| file.path.ends_with(".rs")).collect()
}

/// All text files, but for what is built or git's own.
fn texts() -> Vec<TextFile> {
    let mut found = Vec::new();
    collect(&root(), "", &mut found);
    assert!(found.len() > 100, "this is not the repository");
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

fn collect(folder: &Path, prefix: &str, found: &mut Vec<TextFile>) {
    for entry in fs::read_dir(folder).expect("the repository can be read") {
        let entry = entry.expect("the repository can be read");
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = format!("{prefix}{name}");
        // In a worktree, .git is a file.
        if matches!(path.as_str(), "target" | "fuzz/target" | "fuzz/artifacts" | ".git") {
            continue;
        }
        if entry.file_type().expect("the repository can be read").is_dir() {
            collect(&entry.path(), &format!("{path}/"), found);
        } else if let Ok(text) = fs::read_to_string(entry.path()) {
            found.push(TextFile { path, text });
        }
    }
}

fn occurrences(
    files: impl Iterator<Item = TextFile>,
    needles: &[&str],
    counts: fn(&str) -> bool,
) -> Vec<String> {
    let mut complaints = Vec::new();
    for file in files {
        for (number, line) in numbered(&file.text).filter(|(_, line)| counts(line)) {
            for needle in needles.iter().filter(|needle| line.contains(**needle)) {
                complaints.push(format!("{}:{number}: has `{needle}`", file.path));
            }
        }
    }
    complaints
}

fn is_code(line: &str) -> bool {
    !line.trim_start().starts_with("//")
}

fn numbered(text: &str) -> impl Iterator<Item = (usize, &str)> {
    (1..).zip(text.lines())
}

struct Function {
    first: usize,
    lines: usize,
}

/// The functions that have a body. In formatted code a function ends with the
/// next brace that stands alone at its own depth; one without a body, with a
/// semicolon there.
fn functions(text: &str) -> impl Iterator<Item = Function> {
    let lines: Vec<&str> = text.lines().collect();
    (0..lines.len()).filter_map(move |first| {
        let code = lines[first].trim_start();
        let is_function = code.starts_with("fn ") || code.contains(" fn ");
        if !is_function || !is_code(code) || code.ends_with([';', '}']) {
            return None;
        }
        let indent = &lines[first][..lines[first].len() - code.len()];
        let ends = |line: &str| {
            let at_depth = line.strip_prefix(indent).filter(|rest| !rest.starts_with(' '));
            at_depth.is_some_and(|rest| rest == "}" || rest.ends_with(';'))
        };
        let last = (first + 1..lines.len()).find(|&last| ends(lines[last]))?;
        lines[last].ends_with('}').then_some(Function { first: first + 1, lines: last - first + 1 })
    })
}

/// The files that a line of Markdown links to, outside of code.
fn links(line: &str) -> impl Iterator<Item = &str> {
    let prose = line.split('`').step_by(2);
    let targets = prose.flat_map(|text| text.split("](").skip(1));
    targets
        .filter_map(|rest| rest.split([')', '#', ' ']).next())
        .filter(|target| !target.is_empty() && !target.contains(':'))
}

fn none(complaints: &[String]) {
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}
