//! The recipe of Terraform and OpenTofu, run as its user runs it, where one of them is.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;
use std::process::Command;

use crate::support::{Folder, json, stampede};

/// Whether what the recipe needs is there; what is missing is said by name.
fn is_here() -> bool {
    let here = |program: &str| Command::new(program).arg("--version").output().is_ok();
    let lacks = match (here("terraform") || here("tofu"), here("python3")) {
        (true, true) => return true,
        (false, _) => "neither terraform nor tofu is in the PATH",
        (true, false) => "its bucket needs python3, which is not in the PATH",
    };
    // Not by eprintln!, whose text the test runner keeps to itself.
    let _ = writeln!(io::stderr(), "skipped: Terraform as a contender: {lacks}");
    false
}

/// The recipe with three jobs, before an STS that is quick and refuses nobody.
fn quick() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios/real-terraform.toml");
    let recipe = fs::read_to_string(path).expect("a scenario");
    let quick = "profile = \"cacheable-keys\"\nlatency.fixed = \"5ms\"\nlimits = []\n\
                 verification-key.provider = { concurrency = 100, latency.fixed = \"5ms\" }";
    recipe.replace("jobs = 20", "jobs = 3").replace("profile = \"github-2021\"", quick)
}

#[test]
fn a_backend_in_s3_is_a_fleet_member() {
    if !is_here() {
        return;
    }
    let folder = Folder::with(&quick());
    let run = ["run", "small.toml", "-q", "-o", "json=result.json", "--contender", "backend"];
    let ran = stampede(&folder, &run);
    assert_eq!(ran.code, Some(0), "{}{}", ran.stdout, ran.stderr);
    let result = json(&folder.join("result.json"));
    let backend = &result["contenders"][0];
    assert_eq!(backend["jobs"]["succeeded"], 3, "{backend}");
    assert_eq!(backend["attempts"], 6, "two AssumeRoleWithWebIdentity calls an `init`");
}

#[test]
fn without_a_provider_each_job_says_what_it_lacks_and_asks_no_registry() {
    if !is_here() {
        return;
    }
    let folder = Folder::with(&quick());
    let run = ["run", "small.toml", "--contender", "provider"];
    let mut command = crate::support::command(&folder, &run);
    let ran = command.env_remove("TF_CLI_CONFIG_FILE").output().expect("started");
    let told = String::from_utf8(ran.stdout).expect("text");
    assert_eq!(ran.status.code(), Some(0), "{told}");
    assert!(told.contains("no provider is here: TF_CLI_CONFIG_FILE names no CLI"), "{told}");
}
