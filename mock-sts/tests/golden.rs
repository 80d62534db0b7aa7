//! The bytes of every answer, against files written by hand from captures.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use mock_sts::action::Action;
use mock_sts::call_refusal::CallRefusal;
use mock_sts::decision::{Refusal, injected_message};
use mock_sts::error_code::ErrorCode;
use mock_sts::http::credentials::Credentials;
use mock_sts::http::xml;
use mock_sts::reply::Shape;
use mock_sts::session::{Principal, Session};

const REQUEST_ID: &str = "c6104cbe-af31-11e0-8154-cbc7ccf896c7";

/// The file of each refusal. A new variant does not compile until it has one.
fn file_of(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::Validation(violations) if violations.len() == 1 => "validation-one",
        Refusal::Validation(_) => "validation-two",
        Refusal::Invalid(_) => "invalid-arn",
        Refusal::MalformedInput(Some(_)) => "malformed-input-empty",
        Refusal::MalformedInput(None) => "malformed-input",
        Refusal::InvalidAction { version: Some(_), .. } => "invalid-action",
        Refusal::InvalidAction { version: None, .. } => "invalid-action-no-version",
        Refusal::Throttled { .. } => "throttling",
        Refusal::NoOpenIdConnectProvider { .. } => "no-openid-connect-provider",
        Refusal::Thumbprint => "thumbprint",
        Refusal::VerificationKey => "verification-key",
        Refusal::UnreadableToken => "unreadable-token",
        Refusal::TokenSignature => "token-signature",
        Refusal::MissingClaim(_) => "missing-claim",
        Refusal::IncorrectAudience => "incorrect-audience",
        Refusal::ExpiredToken { .. } => "expired-token",
        Refusal::NotYetValidToken { .. } => "not-yet-valid-token",
        Refusal::AccessDenied => "access-denied",
        Refusal::DurationExceedsRole => "duration-exceeds-role",
        Refusal::MissingAuthenticationToken => "missing-authentication-token",
        Refusal::IncompleteSignature(_) => "incomplete-signature",
        Refusal::InvalidClientTokenId => "invalid-client-token-id",
        Refusal::SignatureDoesNotMatch => "signature-does-not-match",
        Refusal::WrongSignature(_) => "wrong-signature",
        Refusal::ExpiredCredentials => "expired-credentials",
        Refusal::AccessDeniedTo(_) => "access-denied-to-saml",
        Refusal::Call(_) => "session-credentials",
        Refusal::Injected(code) => file_of_fault(*code),
    }
}

/// A fault says what the service itself would say, where it would say it.
fn file_of_fault(code: ErrorCode) -> &'static str {
    match code {
        ErrorCode::AccessDenied => "access-denied",
        ErrorCode::ExpiredToken => "expired-credentials",
        ErrorCode::IdpCommunicationError => "idp-communication-error",
        ErrorCode::IdpRejectedClaim => "idp-rejected-claim",
        ErrorCode::InternalFailure => "internal-failure",
        ErrorCode::InvalidClientTokenId => "invalid-client-token-id",
        ErrorCode::InvalidIdentityToken => "verification-key",
        ErrorCode::ServiceUnavailable => "service-unavailable",
        ErrorCode::SlowDown => "slow-down",
        ErrorCode::Throttling => "throttling",
        other => panic!("no fault answers {other}"),
    }
}

/// Every code that a fault can answer in XML.
fn faults() -> impl Iterator<Item = (Refusal, u16)> {
    let codes = ErrorCode::ALL.iter().filter(|code| injected_message(**code).is_some());
    let codes = codes.filter(|code| !code.is_bare());
    codes.map(|code| (Refusal::Injected(*code), code.status()))
}

fn refusals() -> Vec<(Refusal, u16)> {
    let null = |field: &str| {
        format!("Value null at '{field}' failed to satisfy constraint: Member must not be null")
    };
    let pattern = "Value '<&' at 'roleSessionName' failed to satisfy constraint: \
                   Member must satisfy regular expression pattern: [\\w+=,.@-]*";
    let dance = |version: Option<&str>| Refusal::InvalidAction {
        action: "Dance".into(),
        version: version.map(Into::into),
    };
    let issuer = "https://token.actions.githubusercontent.com".into();
    let incomplete = "Authorization header requires 'Signature' parameter. \
                      Authorization=AWS4-HMAC-SHA256";
    vec![
        (Refusal::Validation(vec![null("roleArn")]), 400),
        (Refusal::Validation(vec![pattern.into(), null("webIdentityToken")]), 400),
        (Refusal::Invalid("arn-that-is-long-enough is invalid".into()), 400),
        (Refusal::MalformedInput(Some("missing value for decimal type")), 400),
        (Refusal::MalformedInput(None), 400),
        (dance(Some("2011-06-15")), 400),
        (dance(None), 400),
        (Refusal::Throttled { limit: 0 }, 400),
        (Refusal::NoOpenIdConnectProvider { issuer }, 400),
        (Refusal::Thumbprint, 400),
        (Refusal::VerificationKey, 400),
        (Refusal::UnreadableToken, 400),
        (Refusal::TokenSignature, 400),
        (Refusal::MissingClaim("aud"), 400),
        (Refusal::IncorrectAudience, 400),
        (Refusal::ExpiredToken { now_unix: 1_731_098_245, expires_unix: 1_731_095_240 }, 400),
        (
            Refusal::NotYetValidToken { now_unix: 1_731_095_240, not_before_unix: 1_731_098_245 },
            400,
        ),
        (Refusal::AccessDenied, 403),
        (Refusal::DurationExceedsRole, 400),
        (Refusal::MissingAuthenticationToken, 403),
        (Refusal::IncompleteSignature(incomplete.into()), 400),
        (Refusal::InvalidClientTokenId, 403),
        (Refusal::SignatureDoesNotMatch, 403),
        (
            Refusal::WrongSignature(
                "Signature expired: 20211027T000000Z is now earlier than 20211027T001501Z \
                 (20211027T003001Z - 15 min.)"
                    .into(),
            ),
            403,
        ),
        (Refusal::ExpiredCredentials, 403),
        (Refusal::AccessDeniedTo(Action::AssumeRoleWithSaml), 403),
        (CallRefusal::SessionCredentials(Action::GetSessionToken).into(), 403),
    ]
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

fn golden(name: &str) -> String {
    fs::read_to_string(folder().join(format!("{name}.xml"))).unwrap()
}

fn ci() -> Principal {
    Principal::Role {
        name: "ci".into(),
        id: "AROAEXAMPLEEXAMPLEABC".into(),
        session: "GitHubActions".into(),
    }
}

fn session() -> Session {
    Session::new("123456789012", ci(), 1_635_296_400)
}

#[test]
fn every_refusal_has_its_bytes_and_its_status() {
    for (refusal, status) in refusals().into_iter().chain(faults()) {
        let name = file_of(&refusal);
        assert_eq!(xml::refused(&refusal, REQUEST_ID), golden(name), "{name}");
        assert_eq!(refusal.code().status(), status, "{name}");
    }
}

#[test]
fn no_golden_file_is_left_over() {
    let mut used: BTreeSet<String> = refusals()
        .into_iter()
        .chain(faults())
        .map(|(refusal, _)| format!("{}.xml", file_of(&refusal)))
        .collect();
    used.insert("assume-role-with-web-identity.xml".into());
    used.insert("get-caller-identity.xml".into());
    let there: BTreeSet<String> = fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(there, used);
}

/// Lengths counted on captured answers with a request id of 36 characters.
#[test]
fn lengths_are_those_of_captures() {
    let table = [
        ("verification-key", 390),
        ("no-openid-connect-provider", 347),
        ("throttling", 255),
        ("access-denied", 299),
    ];
    for (name, bytes) in table {
        assert_eq!(golden(name).len(), bytes, "{name}");
    }
}

#[test]
fn granted_credentials_have_their_bytes() {
    let credentials = Credentials {
        access_key_id: "ASIAEXAMPLEEXAMPLE23".into(),
        secret_access_key: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYzEXAMPLEKE".into(),
        session_token: "AQoDYXdzEE0a8ANXXXXXXXXNO1ewxE5TijQyp+IEXAMPLE==".into(),
    };
    let granted = xml::Granted {
        audience: "sts.amazonaws.com",
        provider: "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com",
        subject: "repo:octo-org/app:ref:refs/heads/a&b",
        partition: "aws",
        session: &session(),
        credentials: &credentials,
        shape: Shape::default(),
    };
    assert_eq!(xml::granted(&granted, REQUEST_ID), golden("assume-role-with-web-identity"));
}

#[test]
fn a_caller_identity_has_its_bytes() {
    let written = xml::identified(&session(), "aws-cn", REQUEST_ID);
    assert_eq!(written, golden("get-caller-identity"));
}
