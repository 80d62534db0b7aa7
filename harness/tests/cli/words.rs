//! What can be asked for without running anything.

use crate::support::{Ended, Folder, assert_refused, command, stampede};

#[test]
fn list_names_what_there_is() {
    let all = stampede(&Folder::new(), &["list"]);
    assert_eq!(all.code, Some(0));
    for name in [
        "issue-299",
        "steady-trickle",
        "naive",
        "cached",
        "daemon",
        "full-jitter",
        "configure-aws-credentials@6.2.3",
        "github-2021",
    ] {
        assert!(all.stdout.contains(name), "{name} is missing in: {}", all.stdout);
    }
    let policies = stampede(&Folder::new(), &["list", "policies"]);
    insta::assert_snapshot!("list-policies", policies.stdout);
    let strategies = stampede(&Folder::new(), &["list", "strategies"]);
    insta::assert_snapshot!("list-strategies", strategies.stdout);
    let providers = stampede(&Folder::new(), &["list", "providers"]);
    insta::assert_snapshot!("list-providers", providers.stdout);
}

#[test]
fn check_prints_the_plan_and_runs_nothing() {
    let plan = stampede(&Folder::new(), &["check", "issue-299"]);
    assert_eq!((plan.code, plan.stderr.as_str()), (Some(0), ""));
    for word in ["issue-299: ", "naive", "cached", "daemon", "nothing was run"] {
        assert!(plan.stdout.contains(word), "{word} is missing in: {}", plan.stdout);
    }
}

#[test]
fn help_says_what_there_is() {
    for subcommand in ["", "run", "simulate", "report", "export", "check", "list", "token"] {
        let folder = Folder::new();
        let mut help = command(&folder, &[]);
        help.args([subcommand].iter().filter(|name| !name.is_empty())).arg("--help");
        let help = Ended::from(help.output().expect("started"));
        assert_eq!(help.code, Some(0));
        let name = if subcommand.is_empty() { "help" } else { &format!("help-{subcommand}") };
        insta::assert_snapshot!(name, help.stdout);
    }
}

#[test]
fn without_a_subcommand_it_explains_itself() {
    let ended = stampede(&Folder::new(), &[]);
    assert_refused(&ended, &["Usage: stampede", "simulate"]);
}
