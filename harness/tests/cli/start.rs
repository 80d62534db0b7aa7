//! What helps to begin: a scenario, completions, manual pages, and lines while a
//! run goes on.

use crate::support::{Folder, assert_refused, stampede};

#[test]
fn a_first_scenario_is_written_once_and_holds() {
    let folder = Folder::new();
    let written = stampede(&folder, &["init"]);
    assert_eq!((written.code, written.stderr.as_str()), (Some(0), ""));
    assert!(written.stdout.starts_with("wrote scenario.toml; next: "), "{}", written.stdout);
    assert_refused(&stampede(&folder, &["init"]), &["cannot write scenario.toml", "another file"]);
    let printed = stampede(&folder, &["init", "-"]);
    let file = std::fs::read_to_string(folder.join("scenario.toml")).expect("written");
    assert_eq!(printed.stdout, file);
    let ran = stampede(&folder, &["simulate", "scenario.toml"]);
    assert_eq!(ran.code, Some(0), "{}{}", ran.stdout, ran.stderr);
}

#[test]
fn shells_and_man_know_every_subcommand() {
    let folder = Folder::new();
    let bash = stampede(&folder, &["completions", "bash"]);
    let man = stampede(&folder, &["man"]);
    for word in ["run", "simulate", "census", "explain", "init"] {
        assert!(bash.stdout.contains(&format!("stampede__subcmd__{word}")), "{word}");
        assert!(man.stdout.contains(&format!("stampede\\-{word}(1)")), "{word}");
    }
    let run = stampede(&folder, &["man", "run"]);
    assert!(run.stdout.contains(".TH stampede-run 1"), "{}", run.stdout);
    let wrong = stampede(&folder, &["man", "rum"]);
    assert_refused(&wrong, &["there is no subcommand `rum`", "run"]);
}

/// Jobs that start after five seconds, and no terminal: one line about both contenders.
#[test]
fn a_long_run_says_how_far_it_is() {
    let text = crate::support::SMALL.replace("spread = \"20ms\"", "at = \"5500ms\"");
    let folder = Folder::with(&text);
    let ran = stampede(&folder, &["run", "small.toml"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let lines: Vec<&str> = ran.stderr.lines().collect();
    assert_eq!(lines, ["5 s  naive 0/4 jobs, 0 running · cached 0/4 jobs, 0 running"]);
}
