//! Scenarios are found by name or path, and no text makes the reader panic.

use std::time::Duration;

use harness::record::Failure;
use harness::scenario::{Arrivals, Process, RetryOn, Scenario, builtin, load, parse};
use mock_sts::error_code::ErrorCode;
use proptest::prelude::*;

const SMALL: &str = r#"name = "small"
question = "Does it load?"
seeds = [3, 1]

[fleet]
jobs = 5
tools-per-job = 2
arrivals.rate = { rate = "10/m", process = "even" }

[service.verification-key]
hosts = 3

[contenders.zeta]
strategy.naive = {}
retry-on = ["Throttling", "Timeout"]
renew-token = "30s"
fleet = { tools-per-job = 12 }

[contenders.alpha]
strategy.naive = {}
policy.fixed = { wait = "3s", retries = 5 }

[expect]
"zeta.success" = ">= 10%, < 90%"
"alpha.time-to-credentials.p99" = "< 30s"
"#;

fn small() -> Scenario {
    parse("small.toml", SMALL).expect("the small scenario is right")
}

#[test]
fn every_builtin_scenario_loads_under_its_own_name_and_opens_with_its_question() {
    for found in builtin() {
        let scenario = load(found.name).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(scenario.name, found.name);
        let opening = found.text.lines().next().unwrap_or_default();
        assert_eq!(opening, format!("# {}", scenario.question), "{}", found.name);
        // These two go through every kind of fault, not through an incident.
        let shows_faults = ["sts-fails", "wire-fails"].contains(&found.name);
        assert!(shows_faults || scenario.incident.is_some(), "{} names no incident", found.name);
    }
}

#[test]
fn every_scenario_file_is_built_in() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../scenarios");
    let mut files: Vec<String> = std::fs::read_dir(folder)
        .expect("the folder is there")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    files.sort();
    let mut names: Vec<String> = builtin().map(|found| format!("{}.toml", found.name)).collect();
    names.sort();
    assert_eq!(files, names);
}

#[test]
fn values_and_defaults_arrive() {
    let scenario = small();
    assert_eq!(scenario.horizon, Duration::from_secs(600));
    assert_eq!(scenario.seeds, [3, 1]);
    assert_eq!(scenario.fleet.session, Duration::from_secs(3600));
    assert_eq!(scenario.fleet.work, Duration::ZERO);
    let every_six_s = Duration::from_secs(6);
    assert_eq!(
        scenario.fleet.arrivals,
        Arrivals::Rate { interval: every_six_s, process: Process::Even }
    );
    assert_eq!(scenario.mock.profile, "github-2021");
    assert_eq!(scenario.mock.service.verification_key.hosts, 3);
    assert_eq!(scenario.overridden, ["service.verification-key.hosts"]);
    assert_eq!(scenario.hash.len(), 16);
    assert_eq!(scenario.text, SMALL);
}

#[test]
fn contenders_keep_the_order_of_the_file_and_their_own_numbers() {
    let [zeta, alpha] = &small().contenders[..] else { panic!("two contenders") };
    assert_eq!((&*zeta.name, zeta.jobs, zeta.tools_per_job), ("zeta", 5, 12));
    assert_eq!((&*alpha.name, alpha.jobs, alpha.tools_per_job), ("alpha", 5, 2));
    assert_eq!(
        zeta.retry_on,
        RetryOn::Only(vec![Failure::Refused(ErrorCode::Throttling), Failure::Timeout])
    );
    assert!(!zeta.retry_on.includes(Failure::Refused(ErrorCode::AccessDenied)));
    assert!(alpha.retry_on.includes(Failure::Refused(ErrorCode::AccessDenied)));
    assert_eq!(zeta.renew_token, Some(Duration::from_secs(30)));
    assert_eq!(alpha.renew_token, None);
}

#[test]
fn expectations_keep_the_order_of_the_file() {
    let texts: Vec<String> = small().expectations.iter().map(ToString::to_string).collect();
    assert_eq!(
        texts,
        ["zeta.success >= 10%", "zeta.success < 90%", "alpha.time-to-credentials.p99 < 30s"]
    );
}

#[test]
fn an_unknown_name_is_answered_with_the_names_there_are() {
    let error = load("isue-299").expect_err("there is none").to_string();
    insta::assert_snapshot!(error, @r"
    there is no scenario and no file called `isue-299`, did you mean `issue-299`?
    the scenarios are issue-299, issue-348, pr-350, action-attempts, multi-region, throttled-burst, token-expiry, regional-incident, sts-fails, wire-fails, retry-storm, take-turns, refresh-herd, regional-spread, regional-keys, chained-roles, chained-hours, half-written-cache, spoiled-cache, silent-downgrade, presets-under-299, retry-rules-2026, real-tools, real-action, real-terraform, steady-trickle
    ");
    let error = load("kubernetes").expect_err("there is none").to_string();
    insta::assert_snapshot!(error, @r"
    there is no scenario and no file called `kubernetes`
    the scenarios are issue-299, issue-348, pr-350, action-attempts, multi-region, throttled-burst, token-expiry, regional-incident, sts-fails, wire-fails, retry-storm, take-turns, refresh-herd, regional-spread, regional-keys, chained-roles, chained-hours, half-written-cache, spoiled-cache, silent-downgrade, presets-under-299, retry-rules-2026, real-tools, real-action, real-terraform, steady-trickle
    ");
}

#[test]
fn an_unreadable_file_is_named_with_the_reason() {
    let error = load("./nowhere/matrix.toml").expect_err("there is none").to_string();
    insta::assert_snapshot!(error, @"cannot read the scenario ./nowhere/matrix.toml: No such file or directory (os error 2)");
    let folder = load("./src").expect_err("a folder is no file").to_string();
    assert!(folder.starts_with("cannot read the scenario ./src: "), "{folder}");
}

#[test]
fn a_file_is_loaded_by_its_path() {
    let path = concat!(env!("CARGO_TARGET_TMPDIR"), "/scenario_by_path.toml");
    std::fs::write(path, SMALL).expect("written");
    assert_eq!(load(path).expect("loads").name, "small");
    std::fs::write(path, b"name = \"\xff\"").expect("written");
    let error = load(path).expect_err("not text").to_string();
    assert!(error.contains("UTF-8"), "{error}");
    std::fs::write(path, vec![b'#'; (1 << 20) + 1]).expect("written");
    let error = load(path).expect_err("too large").to_string();
    assert!(error.ends_with("it is larger than 1024 KiB"), "{error}");
}

proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(text in ".{0,200}") {
        if let Err(invalid) = parse("any.toml", &text) {
            prop_assert!(!invalid.problems.is_empty());
            prop_assert!(!invalid.render(true).is_empty());
        }
    }

    /// Bytes of a good scenario, overwritten: much nearer to what is accepted.
    #[test]
    fn no_damage_to_a_good_file_makes_the_reader_panic(
        at in 0..SMALL.len(),
        cut in 0..40_usize,
        with in "[\\PC\\n]{0,8}|[0-9.\"=\\[\\]{}\\-]{0,12}",
    ) {
        let mut text = SMALL.to_owned();
        text.replace_range(at..(at + cut).min(SMALL.len()), &with);
        if let Err(invalid) = parse("damaged.toml", &text) {
            prop_assert!(!invalid.problems.is_empty());
            prop_assert!(!invalid.render(false).is_empty());
        }
    }
}

/// The reference is a scenario itself.
#[test]
fn the_reference_in_the_docs_loads() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/scenarios.md");
    let page = std::fs::read_to_string(path).expect("there is a reference");
    let block = page.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next());
    let loaded = parse("docs/scenarios.md", block.expect("one block"));
    let loaded = loaded.unwrap_or_else(|invalid| panic!("{}", invalid.render(false)));
    assert_eq!(loaded.contenders.len(), 3);
}
