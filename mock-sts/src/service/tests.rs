use super::*;
use crate::config::{LimitRule, Refill, profile};
use crate::reply::Shape;
use crate::request::DurationSeconds;
use crate::session::{Principal, Session};

const UNIX: u64 = 1_635_292_800;
const ISSUER: &str = "https://token.actions.githubusercontent.com";

fn identity() -> WebIdentity {
    WebIdentity {
        length: 1200,
        issuer: ISSUER.into(),
        audiences: vec!["sts.amazonaws.com".into()],
        subject: Some("repo:octo-org/app:ref:refs/heads/main".into()),
        expires_unix: Some(UNIX + 300),
        others: [].into(),
        not_before_unix: Some(UNIX - 600),
        signature: TokenSignature::Valid,
    }
}

fn call(identity: &WebIdentity) -> AssumeRoleWithWebIdentity<'_> {
    AssumeRoleWithWebIdentity {
        role_arn: Some("arn:aws:iam::123456789012:role/ci"),
        role_session_name: Some("job-1"),
        token: Some(Token::Jwt(identity)),
        duration: DurationSeconds::Default,
        provider_id: None,
        policy: None,
        session: None,
    }
}

fn service() -> Service {
    let config = profile("github-2021").map(crate::config::Profile::config);
    Service::new(&config.expect("a built-in profile"), 1)
}

fn decide(service: &mut Service, now_s: u64, operation: Operation<'_>) -> Decision {
    let request =
        Request { caller: Caller { key: 1, attempt: 1, source: 1, region: 0 }, operation };
    service.handle(Instant::from_nanos(now_s * 1_000_000_000), &request)
}

fn refusal_of(call: AssumeRoleWithWebIdentity<'_>) -> String {
    match decide(&mut service(), 0, Operation::AssumeRoleWithWebIdentity(call)).verdict {
        Verdict::Refused(refusal) => refusal.to_string(),
        granted => format!("{granted:?}"),
    }
}

#[test]
fn a_good_token_is_granted_a_session_of_one_hour() {
    let identity = identity();
    let mut service = service();
    let decision = decide(&mut service, 2, Operation::AssumeRoleWithWebIdentity(call(&identity)));
    let expires_unix = UNIX + 2 + 3600;
    let expires_at = Instant::from_nanos(3602 * 1_000_000_000);
    let grant =
        Grant { serial: 1, role: Some(0), expires_at, expires_unix, shape: Shape::default() };
    assert_eq!(decision.verdict, Verdict::Granted(grant));
    assert_eq!(decision.delivery, Delivery::KeepAlive);
    assert!(decision.respond_after > Duration::from_millis(100), "a key was fetched");
    assert_eq!(service.ledger().keys().started, 1);
}

#[test]
fn each_bad_token_gets_its_own_literal_message() {
    let good = identity();
    let table: [(WebIdentity, &str); 8] = [
        (
            WebIdentity { issuer: "https://evil.example".into(), ..good.clone() },
            "InvalidIdentityToken: No OpenIDConnect provider found in your account for https://evil.example",
        ),
        (
            WebIdentity { audiences: vec!["https://github.com/octo-org".into()], ..good.clone() },
            "InvalidIdentityToken: Incorrect token audience",
        ),
        (
            WebIdentity { audiences: vec![], ..good.clone() },
            "InvalidIdentityToken: Missing a required claim: aud",
        ),
        (
            WebIdentity { subject: None, ..good.clone() },
            "InvalidIdentityToken: Missing a required claim: sub",
        ),
        (
            WebIdentity { expires_unix: Some(UNIX), ..good.clone() },
            "ExpiredTokenException: Token expired: current date/time 1635292800 must be before the expiration date/time 1635292800",
        ),
        (
            WebIdentity { subject: Some("repo:evil-org/app:ref:x".into()), ..good.clone() },
            "AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity",
        ),
        (
            WebIdentity { signature: TokenSignature::UnknownKey, ..good.clone() },
            "InvalidIdentityToken: Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements",
        ),
        (
            WebIdentity { signature: TokenSignature::Invalid, ..good.clone() },
            "InvalidIdentityToken: The web identity token's signature could not be verified",
        ),
    ];
    for (identity, expected) in table {
        assert_eq!(refusal_of(call(&identity)), expected);
    }
}

#[test]
fn parameters_are_validated_in_stss_grammar_before_any_look_up() {
    let identity = identity();
    let good = call(&identity);
    let table = [
        (
            AssumeRoleWithWebIdentity { role_session_name: Some("a b"), ..good.clone() },
            r"ValidationError: 1 validation error detected: Value 'a b' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w+=,.@-]*",
        ),
        (
            AssumeRoleWithWebIdentity {
                role_session_name: Some("!"),
                role_arn: None,
                ..good.clone()
            },
            r"ValidationError: 3 validation errors detected: Value '!' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w+=,.@-]*; Value null at 'roleArn' failed to satisfy constraint: Member must not be null; Value '!' at 'roleSessionName' failed to satisfy constraint: Member must have length greater than or equal to 2",
        ),
        (
            AssumeRoleWithWebIdentity { role_arn: Some("definitely not an arn"), ..good.clone() },
            "ValidationError: definitely not an arn is invalid",
        ),
        (
            AssumeRoleWithWebIdentity { duration: DurationSeconds::Seconds(899), ..good.clone() },
            "ValidationError: 1 validation error detected: Value '899' at 'durationSeconds' failed to satisfy constraint: Member must have value greater than or equal to 900",
        ),
        (
            AssumeRoleWithWebIdentity { duration: DurationSeconds::NotANumber, ..good.clone() },
            "MalformedInput",
        ),
        (
            AssumeRoleWithWebIdentity { duration: DurationSeconds::Empty, ..good.clone() },
            "MalformedInput: missing value for decimal type",
        ),
        (
            AssumeRoleWithWebIdentity {
                role_arn: Some("arn:aws:iam::123456789012:role/other"),
                ..good.clone()
            },
            "AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity",
        ),
    ];
    for (call, expected) in table {
        assert_eq!(refusal_of(call), expected);
    }
}

#[test]
fn a_session_longer_than_the_role_allows_is_refused() {
    let identity = identity();
    let mut config = profile("github-2021").map(crate::config::Profile::config).expect("built in");
    config.service.roles[0].max_session = Duration::from_secs(3600);
    let mut service = Service::new(&config, 1);
    let call =
        AssumeRoleWithWebIdentity { duration: DurationSeconds::Seconds(3601), ..call(&identity) };
    let decision = decide(&mut service, 0, Operation::AssumeRoleWithWebIdentity(call));
    assert_eq!(decision.verdict, Verdict::Refused(Refusal::DurationExceedsRole));
}

#[test]
fn the_limit_refuses_with_400_and_closes_and_fetches_no_key() {
    let identity = identity();
    let mut config = profile("throttled").map(crate::config::Profile::config).expect("built in");
    config.service.limits[0].rule =
        LimitRule::TokenBucket { rate_per_s: 1, burst: 1, refill: Refill::EachSecond };
    let mut service = Service::new(&config, 1);
    let operation = || Operation::AssumeRoleWithWebIdentity(call(&identity));
    assert!(matches!(decide(&mut service, 0, operation()).verdict, Verdict::Granted(_)));
    let refused = decide(&mut service, 0, operation());
    assert_eq!(refused.verdict, Verdict::Refused(Refusal::Throttled { limit: 0 }));
    assert_eq!(refused.delivery, Delivery::Close);
    assert_eq!(service.ledger().throttled(), [1]);
    assert_eq!(service.ledger().keys().started, 1);
}

#[test]
fn signers_are_identified_or_told_what_is_wrong() {
    let session = Session::new("123456789012", Principal::Root, UNIX + 10);
    let mut service = service();
    let mut answer =
        |now_s, signed| decide(&mut service, now_s, Operation::GetCallerIdentity(signed)).verdict;
    assert_eq!(answer(9, Signed::Valid(&session)), Verdict::Identified);
    assert_eq!(answer(10, Signed::Valid(&session)), Verdict::Refused(Refusal::ExpiredCredentials));
    assert_eq!(answer(10, Signed::Missing), Verdict::Refused(Refusal::MissingAuthenticationToken));
    assert_eq!(answer(10, Signed::UnknownKey), Verdict::Refused(Refusal::InvalidClientTokenId));
    assert_eq!(answer(10, Signed::Invalid), Verdict::Refused(Refusal::SignatureDoesNotMatch));
}

#[test]
fn equal_calls_get_equal_answers() {
    let identity = identity();
    let run = || -> Vec<Decision> {
        let mut service = service();
        let operation = || Operation::AssumeRoleWithWebIdentity(call(&identity));
        (0..50)
            .map(|key| {
                let request = Request {
                    caller: Caller { key, attempt: 1, source: key, region: 0 },
                    operation: operation(),
                };
                service.handle(Instant::from_nanos(key * 1000), &request)
            })
            .collect()
    };
    assert_eq!(run(), run());
}
