//! Users with keys of their own, and how strict the account is.

use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use mock_sts::config::{
    Condition, LimitConfig, LimitRule, MockConfig, Mode, Operator, RoleConfig, Scope, Signatures,
};
use mock_sts::http::Mock;
use mock_sts::http::credentials::Credentials;

use crate::operations::ask;
use crate::support::{
    FORM, ROLE, Signing, assume, credentials, deploy, instant_config, mock, post, send, token,
    who_am_i,
};

#[tokio::test]
async fn a_user_signs_with_static_keys() {
    let mock = mock();
    let signed = Signing::now(&deploy()).sign(who_am_i());
    let answer = send(&mock, signed.map(Body::from)).await;
    assert_eq!(answer.element("Arn"), "arn:aws:iam::123456789012:user/deploy");
    assert_eq!(answer.element("UserId"), "AIDAA63DEN6YF22BOPDPI");
    let wrong = Credentials { secret_access_key: "x".repeat(40), ..deploy() };
    let signed = Signing::now(&wrong).sign(who_am_i());
    let answer = send(&mock, signed.map(Body::from)).await;
    assert_eq!(answer.element("Code"), "SignatureDoesNotMatch");
    let mixed = Credentials { session_token: "AAAA".into(), ..deploy() };
    let signed = Signing::now(&mixed).sign(who_am_i());
    let answer = send(&mock, signed.map(Body::from)).await;
    assert_eq!(answer.element("Code"), "InvalidClientTokenId");
}

#[tokio::test]
async fn unchecked_signatures_are_anybodys() {
    let mut config = instant_config();
    config.service.identities.signatures = Signatures::Unchecked;
    let mock = Mock::new(config, 1).unwrap();
    let unknown = Credentials { access_key_id: "AKIAEXAMPLEEXAMPLE23".into(), ..deploy() };
    let wrong = Credentials { secret_access_key: "x".repeat(40), ..deploy() };
    for (keys, arn) in [
        (unknown, "arn:aws:iam::123456789012:user/unchecked"),
        (wrong, "arn:aws:iam::123456789012:user/deploy"),
    ] {
        let signed = Signing::now(&keys).sign(who_am_i());
        let answer = send(&mock, signed.map(Body::from)).await;
        assert_eq!(answer.element("Arn"), arn, "{}", answer.body);
    }
    let unsigned = send(&mock, who_am_i().map(Body::from)).await;
    assert_eq!(unsigned.element("Code"), "MissingAuthenticationToken");
}

#[tokio::test]
async fn in_permissive_mode_every_well_formed_role_trusts_everybody() {
    let mut config = instant_config();
    config.service.roles[0].subjects = vec!["repo:elsewhere/*".into()];
    config.service.identities.mode = Mode::Permissive;
    let mock = Mock::new(config, 1).unwrap();
    let token = token(&mock, "stampede-job-1", "sts.amazonaws.com").await;
    for (role, arn) in [
        ("123456789012:role/ci", "arn:aws:sts::123456789012:assumed-role/ci/GitHubActions"),
        (
            "210987654321:role/a/deploy",
            "arn:aws:sts::210987654321:assumed-role/deploy/GitHubActions",
        ),
    ] {
        let form = assume(&token).replace("123456789012:role/ci", role);
        let granted = post(&mock, &form).await;
        assert_eq!(granted.element("Arn"), arn, "{}", granted.body);
        let signed = Signing::now(&credentials(&granted)).sign(who_am_i());
        assert_eq!(send(&mock, signed.map(Body::from)).await.element("Arn"), arn);
    }
    let no_role = assume(&token).replace(":role/ci", ":user/ci");
    assert_eq!(post(&mock, &no_role).await.element("Code"), "AccessDenied");
    let unreadable = post(&mock, &assume("abcdef")).await;
    assert_eq!(unreadable.element("Code"), "InvalidIdentityToken");
}

#[tokio::test]
async fn conditions_look_at_any_claim_of_the_token() {
    let condition = |operator, claim: &str, values: &[&str]| Condition {
        operator,
        claim: claim.into(),
        values: values.iter().map(|&value| value.to_owned()).collect(),
    };
    let (equals, like) = (Operator::StringEquals, Operator::StringLike);
    let workflows = "octo-org/app/.github/workflows/*";
    let table = [
        (vec![condition(equals, "event_name", &["pull_request", "push"])], true),
        (vec![condition(equals, "event_name", &["pu*"])], false),
        (vec![condition(like, "job_workflow_ref", &[workflows])], true),
        (vec![condition(like, "environment", &["*"])], false),
        (vec![condition(like, "aud", &["sts.*"]), condition(equals, "actor", &["mallory"])], false),
        (vec![condition(equals, "sub", &["repo:octo-org/app:ref:refs/heads/main"])], true),
    ];
    for (conditions, granted) in table {
        let mut config = instant_config();
        config.service.roles[0].conditions = conditions.clone();
        assert_eq!(code(config).await, if granted { "" } else { "AccessDenied" }, "{conditions:?}");
    }
}

/// The session of a user with a code knows of it; those of roles and federated users never do.
#[tokio::test]
async fn a_role_that_demands_mfa_is_refused_to_sessions_without() {
    const CODE: &str = "&SerialNumber=arn:aws:iam::123456789012:mfa/deploy&TokenCode=123456";
    let mut config = instant_config();
    let open = config.service.roles[0].clone();
    config.service.roles[0].mfa.present = Some(true);
    let other = "arn:aws:iam::123456789012:role/other";
    config.service.roles.push(RoleConfig { arn: other.into(), name: "other".into(), ..open });
    let mock = Mock::new(config, 1).unwrap();
    let session = async |action: &str, rest: &str| {
        let answer = ask(&mock, &deploy(), action, rest).await;
        assert_eq!(answer.status, 200, "{action}: {}", answer.body);
        credentials(&answer)
    };
    let as_other = format!("&RoleArn={other}&RoleSessionName=one{CODE}");
    for (keys, code, granted) in [
        (deploy(), "", false),
        (deploy(), CODE, true),
        (session("GetSessionToken", "").await, "", false),
        (session("GetSessionToken", CODE).await, "", true),
        (session("AssumeRole", &as_other).await, "", false),
        (session("GetFederationToken", &format!("&Name=bob{CODE}")).await, "", false),
    ] {
        let form = format!("&RoleArn={ROLE}&RoleSessionName=one{code}");
        let answer = ask(&mock, &keys, "AssumeRole", &form).await;
        let expected = if granted { (200, "") } else { (403, "AccessDenied") };
        assert_eq!((answer.status.as_u16(), answer.element("Code")), expected, "{}", answer.body);
        let role = format!("sts:AssumeRole on resource: {ROLE}");
        assert!(granted || answer.element("Message").ends_with(&role), "{}", answer.body);
    }
    // Federated users assume no role at all.
    let bob = session("GetFederationToken", "&Name=bob").await;
    let answer = ask(&mock, &bob, "AssumeRole", &as_other.replace(CODE, "")).await;
    assert_eq!(answer.element("Code"), "AccessDenied", "{}", answer.body);
}

/// The tests sign for eu-west-1, and the mock is one of us-east-1.
#[tokio::test]
async fn where_sts_is_not_activated_it_issues_nothing() {
    let disabled = |region: &str| {
        let mut config = instant_config();
        config.service.identities.disabled_regions = vec![region.into()];
        config
    };
    for (region, signed, unsigned) in
        [("eu-west-1", "RegionDisabledException", ""), ("us-east-1", "", "RegionDisabledException")]
    {
        let mock = Mock::new(disabled(region), 1).unwrap();
        let answer = ask(&mock, &deploy(), "GetSessionToken", "").await;
        assert_eq!(answer.element("Code"), signed, "{region}");
        let key = "&AccessKeyId=AKIAIOSFODNN7EXAMPLE";
        let answer = ask(&mock, &deploy(), "GetAccessKeyInfo", key).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert_eq!(code(disabled(region)).await, unsigned, "{region}");
    }
}

/// One listener stands for all regions; the `Host` header says which.
#[tokio::test]
async fn a_regional_host_leads_to_that_regions_limit() {
    let mut config = instant_config();
    config.service.other_regions = vec!["eu-west-1".into()];
    config.service.identities.disabled_regions = vec!["eu-west-1".into()];
    let one = LimitRule::SlidingWindow { requests: 1, window: Duration::from_secs(3600) };
    config.service.limits = vec![LimitConfig { per: Scope::AccountRegion, rule: one }];
    let mock = Mock::new(config, 1).unwrap();
    let token = token(&mock, "stampede-job-1", "sts.amazonaws.com").await;
    let mut codes = Vec::new();
    for host in [
        "127.0.0.1:1",
        "sts.us-east-1.amazonaws.com",
        "sts.eu-west-1.localhost:1",
        // No region that there is: the mock's own.
        "sts.eu-west-9.localhost:1",
    ] {
        let request = Request::post("/").header("content-type", FORM).header("host", host);
        let request = request.body(Body::from(assume(&token))).unwrap();
        codes.push(send(&mock, request).await.element("Code").to_owned());
    }
    assert_eq!(codes, ["", "Throttling", "RegionDisabledException", "Throttling"]);
    let requests: Vec<u64> = mock.ledger().regions().iter().map(|it| it.requests).collect();
    assert_eq!(requests, [3, 1]);
}

#[tokio::test]
async fn a_changed_certificate_is_refused_by_its_thumbprint() {
    let shown = |registered: &[&str]| {
        let mut config = instant_config();
        config.idp.certificate_thumbprint = Some("b".repeat(40));
        config.idp.thumbprints = registered.iter().map(|byte| byte.repeat(40)).collect();
        config
    };
    assert_eq!(code(shown(&["a"])).await, "InvalidIdentityToken");
    assert_eq!(code(shown(&["a", "b"])).await, "");
}

/// What a job's token is answered with: the error's code, or nothing.
async fn code(config: MockConfig) -> String {
    let mock = Mock::new(config, 1).unwrap();
    let token = token(&mock, "stampede-job-1", "sts.amazonaws.com").await;
    post(&mock, &assume(&token)).await.element("Code").to_owned()
}
