//! The README shows what the commands print: its numbers are run again here.

use std::path::Path;
use std::process::Command;

/// Stands for lines that the README leaves out.
const CUT: &str = "…";

struct Shown {
    arguments: Vec<String>,
    excerpts: Vec<String>,
}

/// The blocks that open with `$ stampede simulate` and show what it prints.
fn shown(readme: &str) -> Vec<Shown> {
    let blocks = readme.split("```console\n").skip(1);
    let blocks = blocks.filter_map(|rest| rest.split_once("\n```").map(|(block, _)| block));
    blocks
        .filter_map(|block| {
            let (command, output) = block.split_once('\n')?;
            let arguments = command.strip_prefix("$ stampede ")?;
            let excerpts = format!("\n{output}\n")
                .split(&format!("\n{CUT}\n"))
                .map(|excerpt| excerpt.trim_matches('\n').to_owned())
                .filter(|excerpt| !excerpt.is_empty())
                .collect();
            let arguments = arguments.split(' ').map(str::to_owned).collect();
            Some(Shown { arguments, excerpts })
        })
        .collect()
}

#[test]
fn every_output_in_the_readme_is_what_its_command_prints() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../README.md");
    let readme = std::fs::read_to_string(path).unwrap();
    let shown = shown(&readme);
    assert!(shown.len() >= 4, "only {} outputs found", shown.len());
    for Shown { arguments, excerpts } in shown {
        let output = command(&arguments).output().unwrap();
        let printed = String::from_utf8(output.stdout).unwrap();
        for excerpt in excerpts {
            assert!(
                printed.contains(&excerpt),
                "`stampede {}` no longer prints this part of the README:\n{excerpt}\nbut:\n{printed}",
                arguments.join(" ")
            );
        }
    }
}

/// It takes minutes unoptimised: `.ci/run` makes it again with the release build.
const LARGE: &str = "cached-or-broker-large";

/// Each study is one command, run in the study's folder.
#[test]
fn every_published_study_is_what_its_command_makes() {
    let published = Path::new(env!("CARGO_MANIFEST_DIR")).join("../reports/published");
    let folders = std::fs::read_dir(&published).unwrap().map(|entry| entry.unwrap().path());
    let folders: Vec<_> = folders.filter(|path| path.is_dir()).collect();
    assert!(folders.len() >= 6, "only {} studies found", folders.len());
    let scratch = Path::new(env!("CARGO_TARGET_TMPDIR")).join("studies");
    let ci = std::fs::read_to_string(published.join("../../.ci/run")).unwrap();
    assert!(ci.contains(&format!("step remake {LARGE}")), "nobody would make {LARGE} again");
    for folder in folders.iter().filter(|folder| !folder.ends_with(LARGE)) {
        let page = std::fs::read_to_string(folder.join("README.md")).unwrap();
        let study = shown(&page);
        assert_eq!(study.len(), 1, "{}: one command", folder.display());
        let made = scratch.join(folder.file_name().unwrap());
        std::fs::create_dir_all(&made).unwrap();
        if folder.join("scenario.toml").exists() {
            std::fs::copy(folder.join("scenario.toml"), made.join("scenario.toml")).unwrap();
        }
        let output = command(&study[0].arguments).current_dir(&made).output().unwrap();
        let printed = String::from_utf8(output.stdout).unwrap();
        assert!(printed.contains(&study[0].excerpts[0]), "{} now: {printed}", folder.display());
        for file in ["study.csv", "study.svg"] {
            let read = |folder: &Path| std::fs::read_to_string(folder.join(file)).unwrap();
            assert!(read(&made) == read(folder), "{} has another {file}", folder.display());
        }
    }
}

/// Whoever tests in a step of a workflow does not want these reports in its summary.
fn command(arguments: &[String]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_stampede"));
    command.args(arguments).env_remove("GITHUB_ACTIONS").env_remove("GITHUB_STEP_SUMMARY");
    command
}
