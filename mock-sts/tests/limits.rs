//! Limits as a file writes them, and what a user reads when one is wrong.

use std::time::Duration;

use mock_sts::config::check::load;
use mock_sts::config::{LimitConfig, LimitRule, Scope};

#[test]
fn every_kind_and_scope_arrives() {
    let text = "[service]\nlimits = [\n\
        { fixed-window = { per = \"issuer\", requests = 100, window = \"1m\" } },\n\
        { sliding-window = { per = \"source\", requests = 5, window = \"10s\" } },\n\
        { concurrency = { per = \"role\", at-once = 8, queue = 20, max-wait = \"5s\" } },\n\
        { concurrency = { per = \"account-region\", at-once = 1 } },\n]\n";
    let limits = load("mock.toml", text).expect("nothing is wrong").service.limits;
    let (minute, day) = (Duration::from_secs(60), Duration::from_secs(86_400));
    let expected = [
        (Scope::Issuer, LimitRule::FixedWindow { requests: 100, window: minute }),
        (Scope::Source, LimitRule::SlidingWindow { requests: 5, window: minute / 6 }),
        (Scope::Role, LimitRule::Concurrency { at_once: 8, queue: 20, max_wait: minute / 12 }),
        (Scope::AccountRegion, LimitRule::Concurrency { at_once: 1, queue: 0, max_wait: day }),
    ];
    assert_eq!(limits, expected.map(|(per, rule)| LimitConfig { per, rule }));
    let said: Vec<String> = limits.iter().map(ToString::to_string).collect();
    let expected = [
        "100 in each 1m, per issuer",
        "5 in any 10s, per source",
        "8 at once, 20 waiting, per role",
        "1 at once, 0 waiting, per account-region",
    ];
    assert_eq!(said, expected);
}

/// One list of limits a message; each is its own snapshot, named like the list.
const WRONG: &[(&str, &str)] = &[
    ("unknown-limit", "limits = [{ leaky-bucket = {} }]"),
    (
        "unknown-scope",
        "limits = [{ token-bucket = { per = \"tool\", rate = \"1/s\", burst = 1 } }]",
    ),
    (
        "empty-window",
        "limits = [{ fixed-window = { per = \"role\", requests = 0, window = \"0s\" } }]",
    ),
    (
        "long-memory",
        "limits = [{ sliding-window = { per = \"role\", requests = 2000000, window = \"1h\" } }]",
    ),
    ("no-places", "limits = [{ concurrency = { per = \"role\", at-once = 0, queue = -1 } }]"),
    (
        "wait-without-queue",
        "limits = [{ concurrency = { per = \"role\", at-once = 1, max-wait = \"5s\" } }]",
    ),
    (
        "fractional-headers",
        "throttle-headers = { retry-after = \"1500ms\", x-amz-retry-after = \"1us\" }",
    ),
    (
        "neighbour-apart",
        "limits = [{ sliding-window = { per = \"source\", requests = 5, window = \"10s\" } }]\n\
         faults = [{ noisy-neighbour = { share = \"50%\" } }]",
    ),
    (
        "neighbour-of-unknown-duration",
        "limits = [{ concurrency = { per = \"role\", at-once = 5 } }]\n\
         faults = [{ noisy-neighbour = { rate = \"5/s\" } }]",
    ),
];

#[test]
fn every_mistake_has_its_message() {
    for (name, limits) in WRONG {
        let text = format!("[service]\n{limits}\n");
        let problems = load("mock.toml", &text).expect_err(name).render(false);
        insta::assert_snapshot!(*name, problems, &text);
    }
}
