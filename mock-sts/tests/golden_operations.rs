//! The bytes of the answers to the operations besides the two that every fleet
//! lives on, against files written by hand.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use mock_sts::action::{Action, Assertion};
use mock_sts::call_refusal::CallRefusal;
use mock_sts::http::credentials::Credentials;
use mock_sts::http::elements::{issued, success, told, web_identity};
use mock_sts::http::xml;
use mock_sts::reply::{Ground, Issue, Reply, Shape};
use mock_sts::saml_refusal::SamlRefusal;
use mock_sts::session::{Principal, Session};

const REQUEST_ID: &str = "c6104cbe-af31-11e0-8154-cbc7ccf896c7";

/// The file of each refusal. A new variant does not compile until it has one.
fn file_of(refusal: &CallRefusal) -> &'static str {
    match refusal {
        CallRefusal::NotAuthorized { .. } => "not-authorized",
        CallRefusal::SessionCredentials(_) => "session-credentials",
        CallRefusal::RegionDisabled { .. } => "region-disabled",
        CallRefusal::HalfAnMfa => "half-an-mfa",
        CallRefusal::UnknownMfaDevice => "unknown-mfa-device",
        CallRefusal::WrongMfaCode => "wrong-mfa-code",
        CallRefusal::ChainedTooLong => "chained-too-long",
        CallRefusal::DuplicateTags => "duplicate-tags",
        CallRefusal::TransitiveKeyWithoutTag => "transitive-key-without-tag",
        CallRefusal::InheritedTag => "inherited-tag",
        CallRefusal::PolicyIsNotJson => "policy-is-not-json",
        CallRefusal::PolicySyntax => "policy-syntax",
        CallRefusal::PackedTooLarge { tags: false, .. } => "packed-policy",
        CallRefusal::PackedTooLarge { tags: true, .. } => "packed-tags",
        CallRefusal::AuthorizationMessage => "authorization-message",
        CallRefusal::SamlIsNotBase64 => "saml-is-not-base64",
        CallRefusal::SamlIsNoResponse => "saml-is-no-response",
        CallRefusal::NoSamlProvider => "no-saml-provider",
        CallRefusal::Saml(SamlRefusal::Signature) => "saml-signature",
        CallRefusal::Saml(SamlRefusal::Issuer) => "saml-issuer",
        CallRefusal::Saml(SamlRefusal::TooLate) => "saml-too-late",
        CallRefusal::Saml(SamlRefusal::Audience) => "saml-audience",
        CallRefusal::Saml(SamlRefusal::NoSessionName) => "saml-no-session-name",
        CallRefusal::Saml(SamlRefusal::SessionName) => "saml-session-name",
        CallRefusal::ExpiredTradeInToken => "expired-trade-in-token",
        CallRefusal::OutboundFederationDisabled => "outbound-federation-disabled",
        CallRefusal::OutlivesSession => "outlives-session",
        CallRefusal::PayloadTooLarge => "payload-too-large",
        CallRefusal::NoAccessKey => "no-access-key",
    }
}

fn refusals() -> Vec<(CallRefusal, u16)> {
    let not_authorized = CallRefusal::NotAuthorized {
        caller: "arn:aws:iam::123456789012:user/ada".into(),
        action: Action::AssumeRole,
        resource: "arn:aws:iam::123456789012:role/ci".into(),
    };
    vec![
        (not_authorized, 403),
        (CallRefusal::SessionCredentials(Action::GetFederationToken), 403),
        (CallRefusal::RegionDisabled { account: "123456789012".into() }, 403),
        (CallRefusal::HalfAnMfa, 403),
        (CallRefusal::UnknownMfaDevice, 403),
        (CallRefusal::WrongMfaCode, 403),
        (CallRefusal::ChainedTooLong, 400),
        (CallRefusal::DuplicateTags, 400),
        (CallRefusal::TransitiveKeyWithoutTag, 400),
        (CallRefusal::InheritedTag, 400),
        (CallRefusal::PolicyIsNotJson, 400),
        (CallRefusal::PolicySyntax, 400),
        (CallRefusal::PackedTooLarge { percent: 104, tags: false }, 400),
        (CallRefusal::PackedTooLarge { percent: 104, tags: true }, 400),
        (CallRefusal::AuthorizationMessage, 400),
        (CallRefusal::SamlIsNotBase64, 400),
        (CallRefusal::SamlIsNoResponse, 400),
        (CallRefusal::NoSamlProvider, 400),
        (CallRefusal::Saml(SamlRefusal::Signature), 400),
        (CallRefusal::Saml(SamlRefusal::Issuer), 400),
        (CallRefusal::Saml(SamlRefusal::TooLate), 400),
        (CallRefusal::Saml(SamlRefusal::Audience), 400),
        (CallRefusal::Saml(SamlRefusal::NoSessionName), 400),
        (CallRefusal::Saml(SamlRefusal::SessionName), 400),
        (CallRefusal::ExpiredTradeInToken, 400),
        (CallRefusal::OutboundFederationDisabled, 403),
        (CallRefusal::OutlivesSession, 403),
        (CallRefusal::PayloadTooLarge, 400),
        (CallRefusal::NoAccessKey, 400),
    ]
}

fn golden(name: &str) -> String {
    fs::read_to_string(folder().join(format!("{name}.xml"))).unwrap()
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden_operations")
}

#[test]
fn every_refusal_has_its_bytes_and_its_status() {
    for (refusal, status) in refusals() {
        let name = file_of(&refusal);
        assert_eq!(refusal.code().status(), status, "{name}");
        assert_eq!(xml::refused(&refusal.into(), REQUEST_ID), golden(name), "{name}");
    }
}

#[test]
fn every_answer_has_its_bytes() {
    for (name, written) in answers() {
        assert_eq!(written, golden(name), "{name}");
    }
}

#[test]
fn no_golden_file_is_left_over() {
    let mut used: BTreeSet<String> =
        refusals().iter().map(|(refusal, _)| format!("{}.xml", file_of(refusal))).collect();
    used.extend(answers().iter().map(|(name, _)| format!("{name}.xml")));
    let there: BTreeSet<String> = fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(there, used);
}

/// Every operation's answer, by the name of its file.
fn answers() -> Vec<(&'static str, String)> {
    let role = || Principal::Role {
        name: "ci".into(),
        id: "AROAEXAMPLEEXAMPLEABC".into(),
        session: "one".into(),
    };
    let user = Principal::User { name: "ada".into(), id: "AIDAEXAMPLEEXAMPLEABC".into() };
    let bob = Principal::Federated { name: "bob".into() };
    let measured = Shape { packed_percent: Some(6), token_bytes_min: Some(48) };
    let packed = Shape { packed_percent: Some(6), token_bytes_min: None };
    let plain = Shape::default();
    let traded = Ground::TradeIn { principal: "arn:aws:iam::123456789012:role/ci".into() };
    let mut with_all = issue(role(), measured, Ground::Keys);
    with_all.session.source_identity = Some("ada".into());
    let told = |action: Action, reply: &Reply| success(action.name(), &told(reply), REQUEST_ID);
    let token = web_identity("e30.e30.AA", 1_635_296_400);
    vec![
        ("assume-role", write(Action::AssumeRole, &issue(role(), plain, Ground::Keys))),
        ("assume-role-with-all", write(Action::AssumeRole, &with_all)),
        ("assume-role-with-saml", write(Action::AssumeRoleWithSaml, &issue(role(), plain, saml()))),
        ("assume-root", write(Action::AssumeRoot, &issue(Principal::Root, plain, Ground::Keys))),
        (
            "decode-authorization-message",
            told(
                Action::DecodeAuthorizationMessage,
                &Reply::Decoded(r#"{"allowed":false}"#.into()),
            ),
        ),
        (
            "get-access-key-info",
            told(
                Action::GetAccessKeyInfo,
                &Reply::AccessKeyInfo { account: "123456789012".into() },
            ),
        ),
        (
            "get-delegated-access-token",
            write(Action::GetDelegatedAccessToken, &issue(role(), plain, traded)),
        ),
        (
            "get-federation-token",
            write(Action::GetFederationToken, &issue(bob, packed, Ground::Keys)),
        ),
        ("get-session-token", write(Action::GetSessionToken, &issue(user, plain, Ground::Keys))),
        ("get-web-identity-token", success(Action::GetWebIdentityToken.name(), &token, REQUEST_ID)),
    ]
}

fn issue(principal: Principal, shape: Shape, on: Ground) -> Issue {
    let session = Session::new("123456789012", principal, 1_635_296_400);
    Issue { session, serial: 1, shape, on }
}

fn saml() -> Ground {
    let assertion = Assertion {
        issuer: "https://idp.example?a&b".into(),
        subject: "ada".into(),
        subject_type: "persistent".into(),
        audience: "https://signin.aws.amazon.com/saml".into(),
        ..Assertion::default()
    };
    Ground::Saml {
        assertion: Box::new(assertion),
        name_qualifier: "SbdGOnUkh1i4+EXAMPLExL/jEvs=".into(),
    }
}

fn write(action: Action, issue: &Issue) -> String {
    let credentials = Credentials {
        access_key_id: "ASIAEXAMPLEEXAMPLE23".into(),
        secret_access_key: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYzEXAMPLEKE".into(),
        session_token: "AQoDYXdzEE0a8ANXXXXXXXXNO1ewxE5TijQyp+IEXAMPLE==".into(),
    };
    success(action.name(), &issued(issue, &credentials, "aws"), REQUEST_ID)
}
