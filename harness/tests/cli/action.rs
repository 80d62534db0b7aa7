//! The action's steps, run as a runner runs them: its own shell, its variables and its files.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::support::{Ended, Folder, SMALL, json};

/// The script of the action's step of that name.
fn script(step: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../action.yml");
    let action = fs::read_to_string(path).expect("there is an action");
    let (_, rest) = action.split_once(&format!("- name: {step}\n")).expect("it has the step");
    let (_, rest) = rest.split_once("      run: |\n").expect("the step runs something");
    let lines = rest.lines().take_while(|line| line.starts_with("        "));
    lines.map(|line| format!("{}\n", line.trim_start_matches("        "))).collect()
}

/// Runs the simulation's step with these inputs, as `shell: bash` does.
fn step(folder: &Folder, inputs: &[(&str, &str)]) -> Ended {
    fs::write(folder.join("step.sh"), script("Simulate")).expect("written");
    let mut command = Command::new("bash");
    command.args(["--noprofile", "--norc", "-eo", "pipefail", "step.sh"]).current_dir(&**folder);
    command.env("STAMPEDE_BINARY", env!("CARGO_BIN_EXE_stampede"));
    command.env("GITHUB_ACTIONS", "true");
    command.env("GITHUB_OUTPUT", folder.join("output"));
    command.env("GITHUB_STEP_SUMMARY", folder.join("summary.md"));
    let defaults = [("SEEDS", "1..20"), ("BASELINE", ""), ("ARGUMENTS", ""), ("REPORT", "r.json")];
    command.envs(defaults).envs(inputs.iter().copied());
    command.output().expect("bash is there").into()
}

#[test]
fn a_pull_request_is_held_against_the_committed_baseline() {
    let folder = Folder::with(SMALL);
    let text = |name: &str| fs::read_to_string(folder.join(name)).expect("the file is there");
    let inputs = [("SCENARIO", "small.toml"), ("BASELINE", "baseline.json")];
    let first = step(&folder, &inputs);
    assert_eq!(first.code, Some(0), "{}{}", first.stdout, first.stderr);
    assert!(first.stdout.contains("::notice::there is no baseline at baseline.json yet"));
    assert_eq!(text("output"), "exit-code=0\nreport=r.json\n");
    fs::rename(folder.join("r.json"), folder.join("baseline.json")).expect("kept");

    // The retry settings that the pull request breaks: every call but one a second is refused.
    let limit =
        "limits = [{ token-bucket = { per = \"account-region\", rate = \"1/s\", burst = 1 } }]";
    let broken = SMALL.replace("limits = []", limit).replace("\"<= 1\"", "\"<= 2\"");
    fs::write(folder.join("small.toml"), broken).expect("written");
    let told = [&inputs[..], &[("ARGUMENTS", "--quiet --allow-different-scenario")]].concat();
    let worse = step(&folder, &told);
    assert_eq!(worse.code, Some(98), "{}{}", worse.stdout, worse.stderr);
    assert!(text("output").ends_with("exit-code=98\nreport=r.json\n"), "{}", text("output"));
    assert!(text("summary.md").contains("against the baseline: worse: 20 seeds"));
    assert_eq!(json(&folder.join("r.json"))["seeds"].as_array().map(Vec::len), Some(20));
}

#[test]
fn a_missed_expectation_fails_the_step_and_is_annotated() {
    let folder = Folder::with(&SMALL.replace("\"<= 1\"", "\"< 1\""));
    let failed = step(&folder, &[("SCENARIO", "small.toml")]);
    assert_eq!(failed.code, Some(99), "{}{}", failed.stdout, failed.stderr);
    assert!(
        failed.stdout.contains("::error title=stampede%3A small::cached.sts-calls-per-job < 1")
    );
}

#[test]
fn the_build_step_is_what_cargo_understands() {
    let build = script("Build stampede");
    assert!(build.contains("cargo build --release --locked --package stampede"), "{build}");
    let syntax = Command::new("bash").args(["-n", "-c", &build]).output().expect("bash is there");
    assert!(syntax.status.success(), "{}", String::from_utf8_lossy(&syntax.stderr));
}
