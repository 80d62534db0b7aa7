//! Expectations with evidence: how they end a run, and that every word of it is kept.

use crate::support::{Folder, SMALL, json, stampede};

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
