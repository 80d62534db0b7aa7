//! Every preset against what its client was measured to do.

use std::time::Duration;

use mock_sts::dice::Purpose;
use mock_sts::error_code::ErrorCode::{
    AccessDenied, ExpiredTokenException, IdpCommunicationError, IdpRejectedClaim, InternalFailure,
    InvalidIdentityToken, ServiceUnavailable, SlowDown, Throttling, TooManyRequests,
};

use super::*;
use crate::census::CensusResult;

/// Requests made when every call fails alike, as measured on the wire: columns
/// are Throttling, InvalidIdentityToken, IDPCommunicationError,
/// IDPRejectedClaim, ExpiredTokenException, AccessDenied, InternalFailure,
/// ServiceUnavailable, a reset, a call that is never answered, a 503 whose code
/// is a throttle's, and a bare 429, which some have by assumption.
const MEASURED: &[(&str, [u32; 12])] = &[
    ("configure-aws-credentials@1.6.1", [48, 12, 12, 12, 12, 12, 48, 48, 48, 48, 48, 48]),
    ("configure-aws-credentials@3.0", [36, 12, 12, 12, 12, 12, 36, 36, 36, 36, 36, 36]),
    ("configure-aws-credentials@4", [36, 12, 12, 12, 12, 12, 36, 36, 36, 36, 36, 36]),
    ("configure-aws-credentials@5", [36, 12, 12, 12, 12, 12, 36, 36, 36, 36, 36, 36]),
    ("configure-aws-credentials@6.2.3", [36, 12, 36, 12, 12, 12, 36, 36, 36, 36, 36, 36]),
    ("botocore-legacy", [5, 1, 5, 1, 1, 1, 5, 5, 5, 5, 5, 1]),
    ("botocore-standard", [3, 1, 3, 1, 1, 1, 3, 3, 3, 3, 3, 1]),
    ("botocore-1.44", [3, 1, 3, 1, 1, 1, 3, 3, 3, 3, 3, 1]),
    ("aws-cli-1", [5, 1, 5, 1, 1, 1, 5, 5, 5, 5, 5, 1]),
    ("aws-cli-2", [3, 1, 3, 1, 1, 1, 3, 3, 3, 3, 3, 1]),
    ("sdk-go-v1", [4, 4, 4, 1, 4, 1, 4, 4, 1, 4, 4, 4]),
    ("sdk-go-v2-web-identity", [9, 3, 1, 1, 1, 1, 9, 9, 9, 9, 9, 9]),
    ("sdk-go-v2-web-identity@1.48", [9, 3, 9, 1, 1, 1, 9, 9, 9, 9, 9, 9]),
    ("sdk-js-3", [3, 1, 3, 1, 1, 1, 3, 3, 3, 3, 3, 3]),
    ("sdk-rust", [3, 1, 3, 1, 1, 1, 3, 3, 3, 3, 3, 1]),
    ("sdk-java-2", [4, 1, 4, 1, 1, 1, 4, 4, 4, 4, 4, 4]),
    ("sdk-adaptive", [3, 1, 3, 1, 1, 1, 3, 3, 3, 3, 3, 1]),
    ("sdk-2026", [3, 1, 3, 1, 1, 1, 3, 3, 3, 3, 3, 3]),
    ("terraform-provider", [3, 3, 1, 1, 1, 1, 3, 3, 3, 3, 3, 3]),
    ("article-shell-loop", [6; 12]),
];

const FAILURES: [Failure; 12] = [
    Failure::Refused(Throttling),
    Failure::Refused(InvalidIdentityToken),
    Failure::Refused(IdpCommunicationError),
    Failure::Refused(IdpRejectedClaim),
    Failure::Refused(ExpiredTokenException),
    Failure::Refused(AccessDenied),
    Failure::Refused(InternalFailure),
    Failure::Refused(ServiceUnavailable),
    Failure::Reset,
    Failure::Timeout,
    Failure::Refused(SlowDown),
    Failure::Refused(TooManyRequests),
];

#[test]
fn requests_per_failure_are_those_measured_on_the_wire() {
    for (name, expected) in MEASURED {
        let client = preset(name).unwrap();
        let requests = FAILURES.map(|failed| client.course(failed).attempts.unwrap());
        assert_eq!(requests, *expected, "{name}");
    }
    let endless = PRESETS.iter().filter(|client| client.inner.attempts == u32::MAX).count();
    assert_eq!(MEASURED.len() + endless, PRESETS.len(), "a preset is not held against anything");
}

/// All waits of one acquisition that never succeeds, and its last sleep.
fn waits(name: &str, failed: Failure, seed: u64) -> (Vec<Duration>, Duration) {
    let policy = Preset(preset(name).unwrap());
    let (mut tries, mut waits) = (Tries::default(), Vec::new());
    loop {
        tries.failed += 1;
        let mut dice = Dice::keyed(seed, u64::from(tries.failed), Purpose::Policy);
        match policy.after(&mut tries, failed, &mut dice) {
            Next::RetryAfter(wait) if waits.len() < 50 => {
                tries.last_wait = wait;
                waits.push(wait);
            }
            Next::RetryAfter(_) => return (waits, Duration::ZERO),
            Next::GiveUp { after } => return (waits, after),
        }
    }
}

/// Of two loops: two waits of the inner one, one of the outer one, and so on.
const GO_2_48: [(f64, f64); 8] = [
    (0.0, 1.0),
    (0.0, 2.0),
    (0.0, 1.0),
    (0.0, 1.0),
    (0.0, 2.0),
    (0.0, 2.0),
    (0.0, 1.0),
    (0.0, 2.0),
];

/// The bounds that the measured delays fit, in seconds.
#[test]
fn waits_after_a_throttle_are_within_the_measured_fits() {
    let table: &[(&str, &[(f64, f64)])] = &[
        ("botocore-legacy", &[(0.0, 1.0), (0.0, 2.0), (0.0, 4.0), (0.0, 8.0)]),
        ("botocore-standard", &[(0.0, 1.0), (0.0, 2.0)]),
        ("botocore-1.44", &[(0.0, 1.0), (0.0, 2.0)]),
        ("sdk-js-3", &[(0.0, 1.0), (0.0, 2.0)]),
        ("sdk-rust", &[(0.0, 1.0), (0.0, 2.0)]),
        ("aws-cli-2", &[(0.0, 1.0), (0.0, 2.0)]),
        ("sdk-adaptive", &[(2.0, 2.0), (2.0, 2.0)]),
        ("sdk-go-v1", &[(0.5, 1.0), (1.0, 2.0), (2.0, 4.0)]),
        ("terraform-provider", &[(0.0, 2.0), (0.0, 4.0)]),
        ("sdk-go-v2-web-identity@1.48", &GO_2_48),
    ];
    for (name, bounds) in table {
        let mut longest = vec![0.0_f64; bounds.len()];
        for seed in 0..500 {
            let (waits, after) = waits(name, Failure::Refused(Throttling), seed);
            assert_eq!((waits.len(), after), (bounds.len(), Duration::ZERO), "{name}");
            for ((wait, (least, most)), longest) in waits.iter().zip(*bounds).zip(&mut longest) {
                let seconds = wait.as_secs_f64();
                assert!(seconds >= *least && seconds <= *most, "{name}: {seconds}");
                *longest = longest.max(seconds);
            }
        }
        for (longest, (_, most)) in longest.iter().zip(*bounds) {
            assert!(*longest > most * 0.95, "{name} never waits {most} s, {longest} at the most");
        }
    }
}

#[test]
fn transient_errors_come_back_within_two_tenths_of_a_second_by_the_rules_of_2026() {
    for name in ["botocore-1.44", "sdk-js-3", "sdk-2026"] {
        for failed in [Failure::Reset, Failure::Refused(InternalFailure)] {
            let worst = preset(name).unwrap().course(failed).worst_sleep;
            assert_eq!(worst, Duration::from_millis(150), "{name}");
        }
    }
}

#[test]
fn each_sleep_of_the_action_is_below_fifty_milliseconds_times_a_power_of_two() {
    let failed = Failure::Refused(InvalidIdentityToken);
    for seed in 0..200 {
        let (waits, last) = waits("configure-aws-credentials@6.2.3", failed, seed);
        for (k, wait) in waits.iter().enumerate() {
            assert!(*wait <= Duration::from_millis(50) * (1 << k), "sleep {k} of seed {seed}");
        }
        assert!(last <= Duration::from_millis(102_400));
    }
}

#[test]
fn the_action_sleeps_a_hundred_seconds_on_average_of_which_half_is_wasted() {
    let course = preset("configure-aws-credentials@6.2.3")
        .unwrap()
        .course(Failure::Refused(InvalidIdentityToken));
    assert_eq!(course.worst_sleep, Duration::from_millis(204_750));
    assert_eq!(course.wasted, Duration::from_millis(102_400));
    let mean = course.mean_sleep.as_secs_f64();
    assert!((mean - 102.375).abs() < 2.0, "{mean}");
}

#[test]
fn before_version_3_the_token_is_fetched_outside_the_loop() {
    let calls = |name| preset(name).unwrap().course(Failure::TokenRefused).attempts;
    assert_eq!(calls("configure-aws-credentials@1.6.1"), Some(1));
    assert_eq!(calls("configure-aws-credentials@6.2.3"), Some(12));
}

#[test]
fn decorrelated_jitter_stays_between_its_base_and_its_cap() {
    let (base, cap) = (Duration::from_millis(5), Duration::from_secs(2));
    let mut longest = Duration::ZERO;
    for seed in 0..200 {
        let (waits, _) = waits("aws-blog-decorrelated-jitter", FAILURES[0], seed);
        let mut last = base;
        for wait in waits {
            assert!(wait >= base && wait <= cap.min(last * 3), "{wait:?} after {last:?}");
            last = wait;
            longest = longest.max(wait);
        }
    }
    assert_eq!(longest, cap);
}

#[test]
fn explanations_and_differences_read_well() {
    insta::assert_snapshot!(
        "explained",
        preset("configure-aws-credentials@6.2.3").unwrap().explain()
    );
    let (old, new) = (preset("botocore-standard").unwrap(), preset("botocore-1.44").unwrap());
    insta::assert_snapshot!("differs", old.diff(new));
    let (old_go, new_go) =
        (preset("sdk-go-v2-web-identity").unwrap(), preset("sdk-go-v2-web-identity@1.48").unwrap());
    insta::assert_snapshot!("go_differs", old_go.diff(new_go));
    assert!(new.diff(new).ends_with("  no difference\n"));
}

#[test]
fn a_misspelt_preset_is_guessed() {
    assert_eq!(preset("sdk-rusty").unwrap_err(), "did you mean \"sdk-rust\"?");
    assert!(preset("nothing-like-it").unwrap_err().starts_with("the presets are \"configure-aws"));
}

/// The page's table, one row a preset.
fn table() -> String {
    let names = FAILURES.map(|failed| failed.name().to_owned()).join(" | ");
    let mut text = format!("| preset | {names} |\n|---|{}\n", "---|".repeat(FAILURES.len()));
    for client in PRESETS {
        let calls = FAILURES.map(|failed| {
            client.course(failed).attempts.map_or("no end".into(), |calls| calls.to_string())
        });
        text += &format!("| `{}` | {} |\n", client.name, calls.join(" | "));
    }
    text
}

#[test]
fn the_page_has_the_table_of_the_presets() {
    let page = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/policies.md");
    let page = std::fs::read_to_string(page).unwrap();
    assert!(page.contains(&table()), "docs/policies.md should have this table:\n{}", table());
}

/// The census of that version: its attempts and waits as they were on the wire.
#[test]
fn go_at_1_48_is_what_its_census_says() {
    let file = "../docs/census/aws-sdk-for-go-v2-1.48.0.json";
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    let census: CensusResult = serde_json::from_reader(std::fs::File::open(file).unwrap()).unwrap();
    let client = preset("sdk-go-v2-web-identity@1.48").unwrap();
    let mut compared = 0;
    for row in &census.rows {
        let failed = match row.case.as_str() {
            "throttling" => Failure::Refused(Throttling),
            "slow-down" => Failure::Refused(SlowDown),
            "bare-429" => Failure::Refused(TooManyRequests),
            "idp-communication-error" => Failure::Refused(IdpCommunicationError),
            "invalid-identity-token" => Failure::Refused(InvalidIdentityToken),
            "idp-rejected-claim" => Failure::Refused(IdpRejectedClaim),
            "expired-token" => Failure::Refused(ExpiredTokenException),
            "access-denied" => Failure::Refused(AccessDenied),
            "internal-failure" => Failure::Refused(InternalFailure),
            "service-unavailable" => Failure::Refused(ServiceUnavailable),
            "reset" => Failure::Reset,
            _ => continue,
        };
        let attempts = client.course(failed).attempts.unwrap();
        assert_eq!(row.tries, (attempts, attempts), "{}", row.case);
        // The waits of six runs have the mean of the preset's, give or take their spread and what
        // the client's own work and a busy machine add: up to 0.1 s a wait.
        let measured: f64 =
            row.waits_ms.iter().flatten().sum::<f64>() / row.waits_ms.len() as f64 / 1000.0;
        let mean = client.course(failed).mean_sleep.as_secs_f64();
        let added = 0.1 * f64::from(attempts - 1);
        assert!(
            (mean * 0.75 - 0.05..=mean * 1.3 + added).contains(&measured),
            "{}: {measured} s, and by the preset {mean} s",
            row.case
        );
        compared += 1;
    }
    assert_eq!(compared, 11);
}
