//! Lines of who calls several regions, or goes on to roles of its own: run by bash with an `aws` that
//! notes what it is asked and where.

use std::fs;
use std::process::Command;

use crate::search::{Folder, POLICIES, lines_in};
use crate::succeeded;

const REGIONS: &str = "other-regions = [\"us-west-2\", \"eu-west-1\"]\n";

const ROLES: &str = "roles = [{ arn = \"arn:aws:iam::123456789012:role/ci\", subjects = [\"*\"] }, \
    { arn = \"arn:aws:iam::123456789012:role/deploy\", trusts = [\"arn:aws:iam::123456789012:role/ci\"] }]\n";

/// An `aws` that fails until it was called so often.
fn noted(script: &str, job: &str, until: u32, then: &str) -> String {
    let folder = Folder::new();
    let text = format!(
        "sleep() {{ :; }}\n\
         aws() {{\n  echo \"${{AWS_REGION-home}} $2 ${{AWS_ACCESS_KEY_ID-}}\" >>\"$STATE\"\n  \
         n=$(wc -l <\"$STATE\"); ((n >= {until})) && printf 'AKIA%s\\tsecret\\ttoken\\n' \"$n\"\n}}\n\
         {script}\n{then}\n"
    );
    let state = folder.with("state", "");
    let output = Command::new("bash")
        .args(["-eu", "-c", &text])
        .env_remove("AWS_REGION")
        .env_remove("CI_NODE_INDEX")
        .envs([("JOB_INDEX", job), ("AWS_WEB_IDENTITY_TOKEN_FILE", "/nowhere")])
        .envs([("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/ci"), ("GITHUB_RUN_ID", "7")])
        .env("STATE", &state)
        .output()
        .unwrap();
    succeeded(&text, &output);
    fs::read_to_string(state).unwrap()
}

fn spread(how: &str, tool: &str) -> String {
    let strategy = format!("cached = {{ store = \"environment\" }}\nregions = \"{how}\"");
    lines_in(REGIONS, POLICIES[0], &strategy, tool)
}

#[test]
fn a_loop_goes_where_the_winner_goes() {
    let call = |region: &str| format!("{region} assume-role-with-web-identity \n");
    for (how, regions) in [
        ("by-job", ["us-west-2", "us-west-2", "us-west-2"]),
        ("failover", ["us-east-1", "us-west-2", "eu-west-1"]),
        ("by-job-failover", ["us-west-2", "eu-west-1", "us-east-1"]),
    ] {
        let expected: String = regions.iter().map(|region| call(region)).collect();
        assert_eq!(noted(&spread(how, "shell"), "4", 3, ""), expected, "{how}");
    }
    assert!(!lines_in(REGIONS, POLICIES[0], "naive = {}", "shell").contains("region"));
}

#[test]
fn a_tool_that_can_be_told_its_region_is() {
    let text = spread("by-job", "sdk-rust");
    let (exported, _) = text.split_once("\n\n").unwrap();
    let script = format!("{exported}\naws sts get-caller-identity");
    assert_eq!(noted(&script, "2", 1, ""), "eu-west-1 get-caller-identity \n");
    assert!(!spread("failover", "sdk-rust").contains("region"), "it cannot move on");
    // The action's step chooses in bash, since expressions know no remainder.
    let text = spread("by-job", "action");
    let (_, run) = text.split_once("  run: |\n").unwrap();
    let run: String = run
        .lines()
        .take_while(|line| line.starts_with("    "))
        .map(|line| format!("{}\n", line.trim_start()))
        .collect();
    let script = format!("GITHUB_OUTPUT=$STATE\n{run}");
    assert_eq!(noted(&script, "3", 1, ""), "name=us-east-1\n");
    assert!(text.contains("aws-region: ${{ steps.region.outputs.name }}"), "{text}");
}

#[test]
fn a_loop_goes_on_to_a_role_of_each_tools_own() {
    let script = lines_in(ROLES, POLICIES[0], "role-chaining = {}", "shell");
    let then = "own_role arn:aws:iam::123456789012:role/deploy aws sts get-caller-identity";
    // The first call fails; then the job's keys, the tool's own, and the tool with those.
    let expected = "home assume-role-with-web-identity \nhome assume-role-with-web-identity \n\
                    home assume-role AKIA2\nhome get-caller-identity AKIA3\n";
    assert_eq!(noted(&script, "0", 2, then), expected);
    let profiles = lines_in(ROLES, POLICIES[0], "role-chaining = {}", "botocore");
    assert!(profiles.contains("source_profile = job"), "{profiles}");
    let steps = lines_in(ROLES, POLICIES[0], "role-chaining = {}", "action");
    assert_eq!(
        (steps.matches("- uses:").count(), steps.matches("role-chaining: true").count()),
        (2, 1)
    );
}
