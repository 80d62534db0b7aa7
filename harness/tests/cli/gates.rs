//! Expectations with evidence: how they end a run, and that every word of it is kept.

use std::fs;

use crate::support::{Folder, SMALL, assert_refused, json, stampede};

/// The small scenario under a limit that lets a job through here and there.
fn under_a_limit(expect: &str) -> String {
    let limit =
        "limits = [{ token-bucket = { per = \"account-region\", rate = \"300/s\", burst = 1 } }]";
    let (scenario, _) = SMALL.split_once("[expect]").expect("it expects something");
    format!("{}{expect}", scenario.replace("limits = []", limit))
}

#[test]
fn thin_evidence_passes_unless_it_must_not() {
    let folder = Folder::with(&under_a_limit(
        "[expect]\n\"cached.success\" = \">= naive @95%\"\n\
         [warn]\n\"naive.success\" = \"== 100%\"\n",
    ));
    let few = ["simulate", "small.toml", "--seeds", "1..3"];
    let passed = stampede(&folder, &few);
    assert_eq!(passed.code, Some(0), "{}{}", passed.stdout, passed.stderr);
    assert!(passed.stdout.starts_with("INCONCLUSIVE  0 of 1 check, 1 inconclusive, 1 warning"));
    assert!(passed.stdout.contains("it needs at least 3 more seeds"), "{}", passed.stdout);
    let strict = stampede(&folder, &[&few[..], &["--strict-evidence"]].concat());
    assert_eq!(strict.code, Some(97), "{}", strict.stdout);

    let many =
        ["simulate", "small.toml", "--seeds", "1..40", "--strict-evidence", "-o", "json=r.json"];
    let sure = stampede(&folder, &many);
    assert_eq!(sure.code, Some(0), "{}{}", sure.stdout, sure.stderr);
    let first = &json(&folder.join("r.json"))["expectations"][0];
    assert_eq!(first["verdict"], "pass", "{first}");
    assert!(
        first["evidence"]
            .as_str()
            .is_some_and(|text| text.starts_with("95% sure of a difference of at least +"))
    );

    let again = stampede(&folder, &["report", "r.json", "--exit-code"]);
    assert_eq!((again.code, &again.stdout), (Some(0), &sure.stdout));
}

#[test]
fn evidence_against_fails_strictly_or_not() {
    let folder = Folder::with(&under_a_limit(
        "[expect]\n\"naive.success\" = \">= 99% @95%\"\n\
         \"cached.time-with-failures.p95\" = \"<= 1ms @95%\"\n",
    ));
    let failed = stampede(&folder, &["simulate", "small.toml", "--seeds", "1..20"]);
    assert_eq!(failed.code, Some(99), "{}{}", failed.stdout, failed.stderr);
    assert_eq!(failed.stdout.matches("95% sure of at").count(), 2, "{}", failed.stdout);
}

#[test]
fn a_baseline_is_kept_compared_with_and_refused_where_it_does_not_belong() {
    let expect = "[expect]\n\"naive.success\" = \">= baseline - 1 pp @95%\"\n";
    let folder = Folder::with(&SMALL.replace("[expect]\n", expect));
    let simulate = |scenario: &str, more: &[&str]| {
        let all = [&["simulate", scenario, "--seeds", "1..20", "--no-color"], more].concat();
        stampede(&folder, &all)
    };
    let first = simulate("small.toml", &["--save-baseline", "base.json"]);
    assert_eq!(first.code, Some(0), "{}{}", first.stdout, first.stderr);
    assert!(first.stdout.contains("not judged, as there is no baseline"), "{}", first.stdout);

    let again =
        simulate("small.toml", &["--baseline", "base.json", "--save-baseline", "base.json"]);
    assert_eq!(again.code, Some(0), "{}{}", again.stdout, again.stderr);
    assert!(again.stdout.contains("against the baseline: equivalent: 20 seeds, same scenario"));
    assert!(again.stdout.contains("naive.success >= baseline - 1 pp @95%"), "{}", again.stdout);

    let limit =
        "limits = [{ token-bucket = { per = \"account-region\", rate = \"300/s\", burst = 1 } }]";
    let (worse, _) = SMALL.split_once("[expect]").expect("it expects something");
    fs::write(folder.join("worse.toml"), worse.replace("limits = []", limit)).expect("written");
    assert_refused(
        &simulate("worse.toml", &["--baseline", "base.json"]),
        &["--allow-different-scenario"],
    );
    let before = fs::read(folder.join("base.json")).expect("it is there");
    let told =
        ["--baseline", "base.json", "--allow-different-scenario", "--save-baseline", "base.json"];
    let worse = simulate("worse.toml", &told);
    assert_eq!(worse.code, Some(98), "{}{}", worse.stdout, worse.stderr);
    assert!(worse.stderr.contains("no baseline was saved to base.json: the run is worse"));
    assert_eq!(fs::read(folder.join("base.json")).expect("still there"), before);
    let parted = "first difference: contender naive, seed 1: BASE 0.";
    assert!(worse.stdout.contains(parted), "{}", worse.stdout);
    assert!(worse.stdout.contains("a call failed, Throttling"), "{}", worse.stdout);
    assert!(worse.stdout.contains("was lost"), "{}", worse.stdout);

    let real = stampede(&folder, &["run", "small.toml", "--baseline", "base.json"]);
    assert_refused(&real, &["it is of the other world"]);
}

/// Pairs of runs, never one number against another: what is worse is found, what may be noise is not.
#[test]
fn a_baseline_of_runs_over_sockets_is_judged_in_pairs() {
    let only_naive = SMALL.split_once("[contenders.cached]").expect("it is there").0;
    let folder = Folder::with(only_naive);
    let slow =
        only_naive.replace("latency.fixed = \"10ms\"\nlimits", "latency.fixed = \"310ms\"\nlimits");
    assert_ne!(slow, only_naive);
    fs::write(folder.join("slow.toml"), slow).expect("written");
    let run = |scenario: &str, seeds: &str, more: &[&str]| {
        let all = [&["run", scenario, "--seeds", seeds, "--no-color"], more].concat();
        stampede(&folder, &all)
    };
    let first = run("small.toml", "1..8", &["--save-baseline", "base.json"]);
    assert_eq!(first.code, Some(0), "{}{}", first.stdout, first.stderr);

    let same = ["--baseline", "base.json", "--strict-evidence"];
    let open = run("small.toml", "1..8", &same);
    assert_eq!(open.code, Some(97), "{}{}", open.stdout, open.stderr);
    let told = "against the baseline: inconclusive: 8 seeds, runs over sockets paired by seed";
    assert!(open.stdout.contains(told), "{}", open.stdout);
    assert!(open.stdout.contains("more seeds in both would decide"), "{}", open.stdout);
    assert_eq!(run("small.toml", "1..2", &same[..2]).code, Some(0), "two runs prove nothing");

    let changed =
        [&same[..2], &["--allow-different-scenario", "--save-baseline", "base.json"]].concat();
    let before = fs::read(folder.join("base.json")).expect("it is there");
    let worse = run("slow.toml", "1..8", &changed);
    assert_eq!(worse.code, Some(98), "{}{}", worse.stdout, worse.stderr);
    assert!(
        worse.stdout.contains("worse         naive  time with failures, ms"),
        "{}",
        worse.stdout
    );
    assert!(worse.stderr.contains("no baseline was saved to base.json: the run is worse"));
    assert_eq!(fs::read(folder.join("base.json")).expect("still there"), before);

    // All that is refused is refused before anything runs.
    let refused = |scenario: &str, seeds: &str, more: &[&str], words: &str| {
        let ended = run(scenario, seeds, &[&same[..2], more, &["-o", "json=ran.json"]].concat());
        assert_refused(&ended, &["cannot compare with base.json: ", words]);
        assert!(!folder.join("ran.json").exists(), "it has run");
    };
    refused("slow.toml", "1..8", &[], "--allow-different-scenario");
    refused("small.toml", "9..10", &[], "it ran seeds 1–8, and none of these is run");
    fs::write(folder.join("both.toml"), SMALL).expect("written");
    run("both.toml", "1", &["--save-baseline", "base.json"]);
    refused(
        "both.toml",
        "1",
        &["--contender", "naive"],
        "it has contender cached, which is not run",
    );
    stampede(&folder, &["simulate", "both.toml", "-q", "-o", "json=base.json"]);
    refused("both.toml", "7", &[], "it is of the other world");
}

#[test]
fn a_selfcheck_finds_what_is_there_and_nothing_else() {
    let folder = Folder::with(&SMALL.replace(
        "limits = []",
        "limits = [{ token-bucket = { per = \"account-region\", rate = \"300/s\", burst = 1 } }]",
    ));
    let check = ["selfcheck", "small.toml", "--pairs", "20", "--seeds", "12"];
    let large = "fleet.tools-per-job=8";
    let ended = stampede(&folder, &[&check[..], &["--change", large]].concat());
    assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
    let (same, other) = ended.stdout.split_once(large).expect("both are told");
    let few = |text: &str| {
        let (_, rest) = text.split_once("): ").expect("a count");
        rest.split(' ').next().and_then(|count| count.parse::<u32>().ok()).expect("a number")
    };
    assert!(few(same) <= 3, "{}", ended.stdout);
    assert_eq!(few(other), 20, "{}", ended.stdout);
    let refused = stampede(&folder, &[&check[..], &["--change", "fleet.hops=1"]].concat());
    assert_refused(&refused, &["--change fleet.hops=1"]);
}

/// Nobody gets the keys in time, and nobody retries.
fn hopeless(expect: &str) -> String {
    let (scenario, _) = SMALL.split_once("[expect]").expect("it expects something");
    let fault = "limits = []\nfaults = [{ key-outage = { during = \"0s..1h\" } }]";
    let slow =
        scenario.replace("spread = \"20ms\"", "spread = \"20s\"").replace("jobs = 4", "jobs = 40");
    format!("{}{expect}", slow.replace("limits = []", fault))
}

#[test]
fn a_run_that_cannot_pass_any_more_ends_early_in_virtual_time() {
    let expect = "[expect]\n\"naive.success\" = \">= 90% abort-on-fail\"\n\
                  \"cached.sts-calls-per-job\" = \"<= 1\"\n";
    let folder = Folder::with(&hopeless(expect));
    let many = ["simulate", "small.toml", "--seeds", "1..50", "-o", "json=r.json"];
    let ended = stampede(&folder, &many);
    assert_eq!(ended.code, Some(99), "{}{}", ended.stdout, ended.stderr);
    assert!(ended.stdout.starts_with("FAIL  0 of 2 checks, 1 without data, ended early"));
    // A tenth of 2000 jobs may fail; all 40 of a seed do, so the sixth is one too many.
    let report = json(&folder.join("r.json"));
    assert_eq!(report["seeds"], serde_json::json!([1, 2, 3, 4, 5, 6]));
    assert_eq!(report["complete"], false);
    let why = report["ended_early"].as_str().expect("a reason");
    let told =
        "naive.success >= 90% abort-on-fail can no longer be met (0 ok and 240 failed of 2000 jobs";
    assert!(why.starts_with(told), "{why}");
    assert_eq!(report["contenders"][1]["per_seed"].as_array().map(Vec::len), Some(6));
    let verdicts = ["fail", "no_data"];
    for (expectation, verdict) in
        report["expectations"].as_array().expect("two").iter().zip(verdicts)
    {
        assert_eq!(expectation["verdict"], verdict, "{expectation}");
    }
    assert!(ended.stdout.contains("44 of 50 seeds were not run"), "{}", ended.stdout);
    let again = stampede(&folder, &["report", "r.json", "--exit-code"]);
    assert_eq!((again.code, &again.stdout), (Some(99), &ended.stdout));
    // What is met until the end changes nothing.
    let met = hopeless("[expect]\n\"naive.success\" = \"<= 10% abort-on-fail\"\n");
    std::fs::write(folder.join("met.toml"), met).expect("written");
    let whole =
        stampede(&folder, &["simulate", "met.toml", "--seeds", "1..5", "-o", "json=m.json"]);
    assert_eq!(whole.code, Some(0), "{}", whole.stdout);
    assert_eq!(json(&folder.join("m.json"))["complete"], true);
}

#[test]
fn a_run_that_cannot_pass_any_more_ends_early_over_sockets() {
    let expect = "[expect]\n\"naive.success\" = \"== 100% abort-on-fail\"\n";
    let folder = Folder::with(&hopeless(expect));
    let ended = stampede(&folder, &["run", "small.toml", "-o", "json=r.json"]);
    assert_eq!(ended.code, Some(99), "{}{}", ended.stdout, ended.stderr);
    let report = json(&folder.join("r.json"));
    let why = report["ended_early"].as_str().expect("a reason");
    assert!(why.contains("can no longer be met"), "{why}");
    let jobs = &report["contenders"][0]["jobs"];
    assert_eq!(jobs["total"], 40, "all that were planned");
    let attempts = report["contenders"][0]["attempts"].as_u64().expect("a count");
    assert!(attempts < 40, "{attempts} calls: the whole fleet was run");
    assert!(ended.stdout.contains("jobs that had not ended count as failed"), "{}", ended.stdout);
}

/// One job of twenty gets through in each run, or a few, and of sixty 24 may fail: the second run is the last,
/// though runs are shorter than the time between two looks at them.
#[test]
fn runs_that_cannot_pass_any_more_end_early_over_sockets() {
    let (scenario, _) = SMALL.split_once("[contenders.cached]").expect("it is there");
    let limit =
        "limits = [{ token-bucket = { per = \"account-region\", rate = \"1/s\", burst = 1 } }]";
    let fleet = scenario.replace("jobs = 4\ntools-per-job = 2", "jobs = 20\ntools-per-job = 1");
    let expect = "[expect]\n\"naive.success\" = \">= 60% abort-on-fail\"\n";
    let folder = Folder::with(&format!("{}{expect}", fleet.replace("limits = []", limit)));
    let run = ["run", "small.toml", "--seeds", "4..6", "-o", "json=r.json"];
    let ended = stampede(&folder, &run);
    assert_eq!(ended.code, Some(99), "{}{}", ended.stdout, ended.stderr);
    assert!(ended.stdout.starts_with("FAIL  0 of 1 check, ended early"), "{}", ended.stdout);
    let report = json(&folder.join("r.json"));
    assert_eq!(
        (&report["seeds"], &report["complete"]),
        (&serde_json::json!([4, 5]), &false.into())
    );
    let why = report["ended_early"].as_str().expect("a reason");
    assert!(why.contains("can no longer be met (") && why.contains(" of 60 jobs"), "{why}");
    let naive = &report["contenders"][0];
    assert_eq!((&naive["jobs"]["total"], &naive["runs"]["total"]), (&40.into(), &2.into()));
    let again = stampede(&folder, &["report", "r.json", "--exit-code"]);
    assert_eq!((again.code, &again.stdout), (Some(99), &ended.stdout));

    // With hope to the end, all runs are made.
    let hopeful = fs::read_to_string(folder.join("small.toml")).expect("read");
    fs::write(folder.join("small.toml"), hopeful.replace(">= 60%", ">= 5%")).expect("written");
    let whole = stampede(&folder, &run);
    assert_eq!(whole.code, Some(0), "{}{}", whole.stdout, whole.stderr);
    assert_eq!(json(&folder.join("r.json"))["seeds"], serde_json::json!([4, 5, 6]));
}

#[test]
fn only_what_can_be_certain_early_ends_a_run() {
    let table = [
        ("[expect]\n\"naive.success\" = \">= 9% @95% abort-on-fail\"\n", "known at the end only"),
        ("[expect]\n\"naive.success\" = \">= cached abort-on-fail\"\n", "known at the end only"),
        (
            "[expect]\n\"naive.time-to-credentials.p50\" = \"< 1s abort-on-fail\"\n",
            "known at the end",
        ),
        ("[warn]\n\"naive.success\" = \">= 9% abort-on-fail\"\n", "a warning ends no run"),
    ];
    for (expect, words) in table {
        let folder = Folder::with(&hopeless(expect));
        let ended = stampede(&folder, &["check", "small.toml"]);
        assert_refused(&ended, &[words, "leave `abort-on-fail` out"]);
    }
}
