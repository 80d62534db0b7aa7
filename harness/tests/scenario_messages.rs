//! What a user reads when a scenario is wrong: one snapshot a message.

use harness::scenario::{builtin, parse};

/// A scenario that is right, for mistakes to be made in.
const RIGHT: &str = r#"name = "matrix"
question = "Does a matrix of seven jobs get through?"

[fleet]
jobs = 7
tools-per-job = 2
arrivals.burst = { at = "0s", spread = "200ms" }

[contenders.naive]
strategy.naive = {}

[contenders.daemon]
strategy.daemon = { scope = "fleet" }
policy.fixed = { wait = "3s", retries = 5 }

[expect]
"naive.success" = "< 90%"
"#;

/// Everything that is wrong with `text`, as it is shown.
fn problems(text: &str) -> String {
    match parse("matrix.toml", text) {
        Ok(_) => "nothing is wrong".into(),
        Err(invalid) => invalid.render(false),
    }
}

/// Each is what stands in [`RIGHT`], and what is put in its place.
const MISTAKES: &[(&str, &str, &str)] = &[
    ("syntax", "jobs = 7", "jobs = 7 8"),
    ("name", "\"matrix\"", "\"my matrix\""),
    ("empty-question", "\"Does a matrix of seven jobs get through?\"", "\" \""),
    ("missing-question", "question = \"Does a matrix of seven jobs get through?\"\n", ""),
    ("incident", "\n[fleet]", "incident = \"issue 348\"\n[fleet]"),
    ("horizon", "\n[fleet]", "horizon = \"0s\"\n[fleet]"),
    ("late-arrivals", "at = \"0s\"", "at = \"20m\""),
    (
        "late-arrivals-of-a-rate",
        "burst = { at = \"0s\", spread = \"200ms\" }",
        "rate = { rate = \"6/h\", process = \"even\" }",
    ),
    ("no-seeds", "\n[fleet]", "seeds = []\n[fleet]"),
    ("seeds", "\n[fleet]", "seeds = [1, -2, 1]\n[fleet]"),
    ("unknown-table", "[fleet]", "[fleets]"),
    ("unknown-key", "jobs = 7", "jobs = 7\njob-spacing = \"1s\""),
    ("misspelt-required-key", "tools-per-job", "tool-per-job"),
    ("no-jobs", "jobs = 7", "jobs = 0"),
    ("too-many-tools-in-a-job", "tools-per-job = 2", "tools-per-job = 1001"),
    ("too-many-tools", "jobs = 7\ntools-per-job = 2", "jobs = 1000000\ntools-per-job = 101"),
    ("negative-spread", "spread = \"200ms\"", "spread = \"-200ms\""),
    ("session", "\narrivals", "\nsession = \"10m\"\narrivals"),
    ("session-with-a-fraction", "\narrivals", "\nsession = \"1000.5s\"\narrivals"),
    ("attempt-timeout", "\narrivals", "\nattempt-timeout = \"0s\"\narrivals"),
    ("unknown-arrivals", "arrivals.burst", "arrivals.brust"),
    (
        "two-arrivals",
        "\n[contenders.naive]",
        "arrivals.rate = { rate = \"6/m\", process = \"even\" }\n[contenders.naive]",
    ),
    (
        "rate",
        "burst = { at = \"0s\", spread = \"200ms\" }",
        "rate = { rate = \"6 a minute\", process = \"even\" }",
    ),
    (
        "hop",
        "\n[contenders.naive]",
        "[network]\nhop.uniform = { min = \"9ms\", max = \"1ms\" }\n[contenders.naive]",
    ),
    (
        "unknown-profile",
        "\n[contenders.naive]",
        "[service]\nprofile = \"github\"\n[contenders.naive]",
    ),
    ("contender-name", "[contenders.naive]", "[contenders.\"v1.6.1\"]"),
    (
        "no-contenders",
        "[contenders.naive]\nstrategy.naive = {}\n\n[contenders.daemon]\nstrategy.daemon = { scope = \"fleet\" }\npolicy.fixed = { wait = \"3s\", retries = 5 }\n\n[expect]\n\"naive.success\" = \"< 90%\"\n",
        "[contenders]\n",
    ),
    (
        "garbage-that-nobody-reads",
        "strategy.daemon = { scope = \"fleet\" }",
        "strategy.cached = { store = \"file\", on-garbage = \"ask\" }",
    ),
    ("only-one-region", "strategy.naive = {}", "strategy.naive = {}\nregions = \"by-job\""),
    ("unknown-spread", "strategy.naive = {}", "strategy.naive = {}\nregions = \"by-jop\""),
    (
        "frozen-hub",
        "strategy.naive = {}",
        "strategy.role-chaining = { hub = \"exported\", refresh-before = \"5m\" }",
    ),
    (
        "write-takes",
        "strategy.daemon = { scope = \"fleet\" }",
        "strategy.cached = { store = \"file\", write-takes = \"2m\" }",
    ),
    (
        "writes-of-exported-keys",
        "strategy.daemon = { scope = \"fleet\" }",
        "strategy.cached = { store = \"environment\", write-takes = \"50ms\", on-garbage = \"fail\" }",
    ),
    ("unknown-strategy", "strategy.naive", "strategy.naiv"),
    ("strategy-by-name-only", "strategy.naive = {}", "strategy = \"naive\""),
    ("unknown-policy", "policy.fixed", "policy.fixd"),
    ("no-failures", "policy.fixed", "retry-on = []\npolicy.fixed"),
    ("unknown-failure", "policy.fixed", "retry-on = [\"Throtling\", \"Timeout\"]\npolicy.fixed"),
    ("renew-token", "policy.fixed", "renew-token = \"300s\"\npolicy.fixed"),
    ("own-fleet", "policy.fixed", "fleet = { jobs = 0, tools-per-job = 2 }\npolicy.fixed"),
    (
        "own-fleet-too-large",
        "policy.fixed",
        "fleet = { jobs = 10000000, tools-per-job = 1000 }\npolicy.fixed",
    ),
    ("expectation-unquoted", "\"naive.success\"", "naive.success"),
    ("expectation-without-metric", "\"naive.success\"", "\"naive\""),
    ("expectation-of-nobody", "\"naive.success\"", "\"native.success\""),
    ("unknown-metric", "\"naive.success\"", "\"naive.sucess\""),
    ("unknown-percentile", "\"naive.success\"", "\"naive.time-to-credentials.p98\""),
    ("no-comparison", "\"< 90%\"", "\"90%\""),
    ("share-without-unit", "\"< 90%\"", "\"< 0.9\""),
    ("impossible-share", "\"< 90%\"", "\"> 900%\""),
    (
        "time-without-unit",
        "\"naive.success\" = \"< 90%\"",
        "\"naive.time-to-credentials.p99\" = \"< 30\"",
    ),
    (
        "number-with-unit",
        "\"naive.success\" = \"< 90%\"",
        "\"naive.sts-calls-per-job\" = \"< 30s\"",
    ),
    ("confidence-of-nothing", "\"< 90%\"", "\"< 90% @40%\""),
    ("confidence-of-an-equality", "\"< 90%\"", "\"== 90% @95%\""),
    (
        "confidence-of-an-extreme",
        "\"naive.success\" = \"< 90%\"",
        "\"naive.time-to-credentials.max\" = \"< 30s @95%\"",
    ),
    (
        "confidence-without-failures",
        "\"naive.success\" = \"< 90%\"",
        "\"naive.time-to-credentials.p99\" = \"< daemon @95%\"",
    ),
    ("relative-to-nobody", "\"< 90%\"", "\"< nobody + 20 pp\""),
    ("relative-to-itself", "\"< 90%\"", "\"< naive - 20 pp\""),
    ("relative-share-in-percent", "\"< 90%\"", "\"< daemon - 20%\""),
    ("relative-share-of-a-share", "\"< 90%\"", "\"< 1.2 * daemon\""),
];

#[test]
fn every_mistake_has_its_message() {
    assert_eq!(problems(RIGHT), "nothing is wrong");
    for (name, right, wrong) in MISTAKES {
        let text = RIGHT.replacen(right, wrong, 1);
        assert_ne!(text, RIGHT, "{name} changes nothing");
        insta::assert_snapshot!(*name, problems(&text));
    }
}

#[test]
fn all_mistakes_are_reported_at_once_in_the_order_of_the_file() {
    let text = r#"name = "all wrong"
question = "?"
horizon = "soon"
colour = "red"

[fleet]
jobs = -1
tools-per-job = 2
arrivals.burst = { spread = "2 parsecs" }

[service]
profile = "github-2012"
account = "1"

[service.verification-key]
hosts = 0

[idp]
issuer = "http://example.com"

[contenders.naive]
strategy.naive = {}
retry-on = ["Bad luck"]

[expect]
"naive.success" = "90"
"nobody.success" = "> 1%"
"#;
    insta::assert_snapshot!("everything-at-once", problems(text));
}

/// A mistake in the shape of one table must not hide those in others.
#[test]
fn mistakes_of_shape_do_not_hide_each_other() {
    let text = r#"name = "matrix"
question = 3

[fleet]
jobs = "many"
tool-per-job = 2
arrivals.burst = {}

[contenders.one]
strategy.nave = {}

[contenders.two]
policy.fixed = { wait = "3s", retries = 5 }

[contenders.three]
strategy.daemon = { scope = "galaxy" }
"#;
    insta::assert_snapshot!("shapes-at-once", problems(text));
}

/// Nor must it hide wrong values elsewhere, or accuse what only refers to it.
#[test]
fn mistakes_of_shape_do_not_hide_wrong_values() {
    let text = r#"name = "matrix"
question = "Does it hold?"
horizon = "0s"

[fleet]
jobs = 0
tools-per-job = 0
tool-spacing = 5
arrivals.burst = { at = "0s", spread = "1s" }

[service.verification-key]
hosts = 0
deadline = "5 parsecs"

[contenders.one]
strategy.nave = {}

[contenders.two]
strategy.naive = {}
policy.full-jitter = { base = "2s", cap = "1s", attempts = 0 }

[expect]
"one.success" = ">= 99%"
"two.time-to-credentials.p99" = "< 5%"
"#;
    insta::assert_snapshot!("shapes-and-values-at-once", problems(text));
}

/// Nor must what is missing, or of the wrong type although it is required.
#[test]
fn missing_keys_do_not_hide_wrong_values() {
    let text = r#"name = "matrix"
horizon = "0s"

[fleet]
jobs = "many"
session = "10m"
arrivals.rate = { process = "even" }

[service]
limits = [{ token-bucket = { rate = "600/s", burst = 0 } }]

[service.verification-key]
hosts = 0

[contenders.one]
policy.fixed = { retries = -1 }

[contenders.two]
strategy.daemon = {}
policy.full-jitter = { base = "2s", cap = "1s", attempts = 0 }

[expect]
"one.success" = ">= 900%"
"three.success" = ">= 99%"
"#;
    insta::assert_snapshot!("missing-and-values-at-once", problems(text));
}

/// A file may lack everything.
#[test]
fn missing_tables_are_named() {
    insta::assert_snapshot!("only-a-wrong-horizon", problems("horizon = \"soon\"\n"));
    insta::assert_snapshot!("nothing-at-all", problems(""));
}

/// Whatever is missing: what is said about it has a place in the text.
#[test]
fn a_scenario_without_any_one_of_its_lines_is_right_or_explained() {
    for scenario in builtin() {
        let lines: Vec<&str> = scenario.text.lines().collect();
        for left_out in 0..lines.len() {
            let text = [&lines[..left_out], &lines[left_out + 1..]].concat().join("\n");
            let Err(invalid) = parse(scenario.name, &text) else { continue };
            assert!(!invalid.problems.is_empty(), "{} without line {left_out}", scenario.name);
            for problem in &invalid.problems {
                assert!(problem.span.end <= text.len(), "{}: {}", scenario.name, problem.message);
            }
        }
    }
}

/// A fuzzer puts its bytes in here; `cargo test` replays its corpus.
#[test]
fn any_text_is_a_scenario_or_explained() {
    bolero::check!().with_max_len(4096).for_each(|bytes: &[u8]| {
        let Ok(text) = std::str::from_utf8(bytes) else { return };
        let Err(invalid) = parse("any.toml", text) else { return };
        assert!(!invalid.problems.is_empty(), "refused without a reason");
        assert!(!invalid.render(true).is_empty(), "a message");
    });
}
