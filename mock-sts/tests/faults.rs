//! Faults as a file writes them: what they do to requests over time, and what a
//! user reads when one is wrong.

use std::time::Duration;

use mock_sts::clock::Instant;
use mock_sts::config::check::load;
use mock_sts::decision::{Decision, Delivery, Verdict};
use mock_sts::dice::key_of;
use mock_sts::error_code::ErrorCode;
use mock_sts::request::{
    AssumeRoleWithWebIdentity, Caller, DurationSeconds, Operation, Request, Token, TokenSignature,
    WebIdentity,
};
use mock_sts::service::Service;

/// A service whose every answer takes 100 ms, whose keys come after another
/// second, and that has these faults.
fn service(faults: &str) -> Service {
    let text = format!(
        "[service]\nlatency.fixed = \"100ms\"\nfaults = [{faults}]\n\
         limits = [{{ token-bucket = {{ per = \"account-region\", rate = \"10/s\", burst = 10 }} }}]\n\
         [service.verification-key]\nhosts = 1\nin-flight = \"separate\"\n\
         provider = {{ concurrency = 1000, latency.fixed = \"1s\" }}\n"
    );
    let config = load("mock.toml", &text).unwrap_or_else(|wrong| panic!("{wrong}"));
    Service::new(&config, 1)
}

fn ask_as(service: &mut Service, name: &str, at_ms: u64) -> Decision {
    let identity = WebIdentity {
        others: [].into(),
        length: 1200,
        issuer: "https://token.actions.githubusercontent.com".into(),
        audiences: vec!["sts.amazonaws.com".into()],
        subject: Some("repo:octo-org/octo-repo:ref:refs/heads/main".into()),
        expires_unix: Some(u64::MAX),
        not_before_unix: None,
        signature: TokenSignature::Unchecked,
    };
    let call = AssumeRoleWithWebIdentity {
        role_arn: Some("arn:aws:iam::123456789012:role/ci"),
        role_session_name: Some("job-1"),
        token: Some(Token::Jwt(&identity)),
        duration: DurationSeconds::Default,
        provider_id: None,
        policy: None,
        session: None,
    };
    let caller = Caller { key: key_of(name), attempt: 1, source: key_of(name), region: 0 };
    let operation = Operation::AssumeRoleWithWebIdentity(call);
    service.handle(Instant::from_nanos(at_ms * 1_000_000), &Request { caller, operation })
}

/// The codes of requests at these times, in milliseconds; none is granted.
fn codes(faults: &str, at_ms: &[u64]) -> Vec<Option<ErrorCode>> {
    let mut service = service(faults);
    at_ms.iter().map(|at| code(&ask_as(&mut service, "job-1", *at))).collect()
}

fn code(decision: &Decision) -> Option<ErrorCode> {
    match &decision.verdict {
        Verdict::Refused(refusal) => Some(refusal.code()),
        _ => None,
    }
}

const DOWN: Option<ErrorCode> = Some(ErrorCode::ServiceUnavailable);

#[test]
fn an_outage_lasts_from_its_first_nanosecond_to_its_last() {
    let outage = "{ outage = { during = \"10s..70s\", code = \"InternalFailure\" } }";
    let broken = Some(ErrorCode::InternalFailure);
    let expected = [None, broken, broken, None];
    assert_eq!(codes(outage, &[9_999, 10_000, 69_999, 70_000]), expected);
    assert_eq!(codes("{ outage = { during = \"10s..\" } }", &[0, 90_000]), [None, DOWN]);
    assert_eq!(codes("{ outage = { during = \"..1s\" } }", &[0, 1_000]), [DOWN, None]);
}

#[test]
fn a_struck_request_takes_no_token_and_fetches_no_key() {
    let mut service = service("{ outage = { during = \"..1s\" } }");
    for _ in 0..50 {
        let struck = ask_as(&mut service, "job-1", 0);
        assert_eq!(struck.respond_after, Duration::from_millis(100));
    }
    assert_eq!((service.ledger().struck(), service.ledger().keys().started), (&[50][..], 0));
    let granted = (0..11).filter(|_| code(&ask_as(&mut service, "job-1", 1000)).is_none()).count();
    assert_eq!(granted, 10, "the bucket was still full");
}

#[test]
fn an_error_rate_is_a_share_of_the_callers_and_each_has_its_own_luck() {
    let struck = |faults: &str| -> Vec<bool> {
        let mut service = service(faults);
        let ask = |caller: u64| code(&ask_as(&mut service, &format!("job-{caller}"), caller * 200));
        (0..2000).map(ask).map(|code| code == Some(ErrorCode::Throttling)).collect()
    };
    let one = struck("{ error-rate = { share = \"20%\", code = \"Throttling\" } }");
    let share = one.iter().filter(|struck| **struck).count();
    assert!((360..440).contains(&share), "{share} of 2000");
    // Another fault before it shifts nobody's luck where it does not strike itself.
    let both = struck(
        "{ error-rate = { during = \"50h..\", share = \"50%\" } }, \
         { error-rate = { share = \"20%\", code = \"Throttling\" } }",
    );
    assert_ne!(one, both, "two faults do not share one draw");
}

#[test]
fn first_requests_fail_and_recovery_follows_the_first() {
    let first = "{ fail-first = { requests = 2 } }";
    assert_eq!(codes(first, &[0, 0, 0, 5000]), [DOWN, DOWN, None, None]);
    let recovery = "{ recover-after = { after = \"2s\" } }";
    assert_eq!(codes(recovery, &[500, 2499, 2500, 9000]), [DOWN, DOWN, None, None]);
}

#[test]
fn a_flapping_service_is_up_first_and_then_by_turns() {
    let flapping = "{ flapping = { mean-up = \"2s\", mean-down = \"1s\" } }";
    let at: Vec<u64> = (0..100).map(|i| i * 1000).collect();
    let states = codes(flapping, &at);
    assert_eq!(states[0], None);
    let turns = states.windows(2).filter(|pair| pair[0] != pair[1]).count();
    let down = states.iter().filter(|state| **state == DOWN).count();
    assert!((20..60).contains(&turns) && (20..50).contains(&down), "{turns} turns, {down} down");
}

#[test]
fn a_brownout_stretches_the_services_own_time_only() {
    let mut service =
        service("{ brownout = { during = \"10s..20s\", peak = 11.0, ramp = \"5s\" } }");
    let mut after = |at_ms| ask_as(&mut service, "job-1", at_ms).respond_after.as_millis();
    assert_eq!([9_999, 12_500, 15_000, 20_000].map(&mut after), [1100, 1600, 2100, 1100]);
}

#[test]
fn a_noisy_neighbour_leaves_what_it_does_not_take() {
    let granted = |appetite: &str| -> usize {
        let mut service = service(&format!("{{ noisy-neighbour = {{ {appetite} }} }}"));
        let mut granted = 0;
        // A minute of twice what the limit lets through.
        for tick in 0..1200 {
            granted += usize::from(code(&ask_as(&mut service, "job-1", tick * 50)).is_none());
        }
        granted
    };
    assert_eq!(granted("share = \"80%\", during = \"1h..\""), 600, "10/s for a minute");
    let left = granted("share = \"80%\"");
    assert!((118..=132).contains(&left), "2/s for a minute and the burst, not {left}");
    assert_eq!(granted("rate = \"8/s\""), left);
    let starved = granted("rate = \"20/s\"");
    assert!(starved < 330, "{starved}");
}

#[test]
fn the_provider_refuses_or_slows_down() {
    let mut service = service(
        "{ key-outage = { during = \"10s..20s\" } }, \
         { key-slowdown = { during = \"30s..40s\", factor = 3.0 } }, \
         { key-slowdown = { during = \"30s..40s\", factor = 2.0 } }",
    );
    let mut ask = |at_ms| {
        let decision = ask_as(&mut service, "job-1", at_ms);
        (code(&decision), decision.respond_after.as_millis())
    };
    let no_key = Some(ErrorCode::InvalidIdentityToken);
    assert_eq!(ask(0), (None, 1100));
    assert_eq!(ask(10_000), (no_key, 100), "refused at once");
    assert_eq!(ask(20_000), (None, 1100));
    assert_eq!(ask(30_000), (no_key, 5100), "six seconds are past the deadline");
}

#[test]
fn the_wire_fails_before_the_service_or_after_it() {
    let decided = |wire: &str| {
        let mut service = service(&format!("{{ outage = {{ wire{wire} }} }}"));
        let decision = ask_as(&mut service, "job-1", 0);
        let after = decision.respond_after.as_millis();
        (decision.delivery, after, service.ledger().granted(), service.ledger().dropped())
    };
    assert_eq!(decided(" = \"reset-before\""), (Delivery::Reset, 0, 0, 1));
    assert_eq!(decided(" = \"reset-after\""), (Delivery::Reset, 1100, 1, 0));
    assert_eq!(decided(" = \"empty\""), (Delivery::Empty, 100, 0, 1));
    assert_eq!(decided(" = \"hang\""), (Delivery::Hang, 100, 0, 1));
    assert_eq!(decided(" = \"truncated\""), (Delivery::Truncated, 1100, 1, 0));
    let slowly = Delivery::SlowBody(Duration::from_secs(30));
    assert_eq!(decided(".slow-body = \"30s\""), (slowly, 1100, 1, 0));
}

#[test]
fn faults_say_what_they_do() {
    let text = "[service]\nfaults = [\n\
        { error-rate = { share = \"2.5%\", code = \"Throttling\" } },\n\
        { outage = { during = \"10s..1m 10s\" } },\n\
        { flapping = { mean-up = \"20s\", mean-down = \"5s\", during = \"1m..\" } },\n\
        { brownout = { during = \"0s..1m\", peak = 20.0 } },\n\
        { fail-first = { requests = 3, during = \"..1m\" } },\n\
        { recover-after = { after = \"30s\" } },\n\
        { noisy-neighbour = { share = \"80%\" } },\n\
        { noisy-neighbour = { limit = 1, rate = \"500/s\" } },\n\
        { key-outage = {} },\n\
        { outage = { wire = \"reset-before\" } },\n\
        { outage = { wire = \"reset-after\" } },\n\
        { outage = { wire = \"empty\" } },\n\
        { outage = { wire = \"hang\" } },\n\
        { outage = { wire = \"truncated\" } },\n\
        { outage = { wire.slow-body = \"30s\" } },\n\
        { key-slowdown = { factor = 8.0 } },\n]\n";
    let config = load("mock.toml", text).expect("nothing is wrong");
    let said: Vec<String> = config.service.faults.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!("what-faults-say", said.join("\n"));
}

/// One list of faults a message; each is its own snapshot, named like the list.
const WRONG: &[(&str, &str)] = &[
    ("unknown-fault", "{ outrage = {} }"),
    ("unknown-key", "{ outage = { druing = \"10s..70s\" } }"),
    ("no-span", "{ outage = { during = \"10s to 70s\" } }"),
    ("no-time", "{ outage = { during = \"10..70\" } }"),
    ("late-span", "{ outage = { during = \"10s..200h\" } }"),
    ("empty-span", "{ outage = { during = \"70s..10s\" } }"),
    ("unknown-code", "{ outage = { code = \"Throtling\" } }"),
    ("code-that-needs-a-request", "{ outage = { code = \"ValidationError\" } }"),
    ("code-and-wire", "{ outage = { code = \"Throttling\", wire = \"hang\" } }"),
    ("unknown-wire-fault", "{ outage = { wire = \"reset\" } }"),
    ("slow-body-without-time", "{ outage = { wire = \"slow-body\" } }"),
    ("instant-slow-body", "{ outage = { wire.slow-body = \"0s\" } }"),
    ("share-without-unit", "{ error-rate = { share = \"0.05\" } }"),
    (
        "share-out-of-range",
        "{ error-rate = { share = \"120%\" } }, { error-rate = { share = \"0%\" } }",
    ),
    ("hectic-flapping", "{ flapping = { mean-up = \"1ms\", mean-down = \"1h\" } }"),
    ("endless-brownout", "{ brownout = { during = \"10s..\", peak = 20.0 } }"),
    ("steep-brownout", "{ brownout = { during = \"10s..20s\", peak = 0.5, ramp = \"6s\" } }"),
    ("no-first-requests", "{ fail-first = { requests = 0 } }"),
    ("instant-recovery", "{ recover-after = { after = \"0s\" } }"),
    ("neighbour-without-appetite", "{ noisy-neighbour = {} }"),
    ("neighbour-of-two-appetites", "{ noisy-neighbour = { share = \"5%\", rate = \"5/s\" } }"),
    ("neighbour-of-no-limit", "{ noisy-neighbour = { share = \"5%\", limit = 2 } }"),
    ("fast-provider", "{ key-slowdown = { factor = 1.0 } }"),
];

#[test]
fn every_mistake_has_its_message() {
    for (name, faults) in WRONG {
        let text = format!("[service]\nfaults = [{faults}]\n");
        let problems = load("mock.toml", &text).expect_err(name).render(false);
        insta::assert_snapshot!(*name, problems, &text);
    }
}
