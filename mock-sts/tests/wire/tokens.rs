//! What is wrong with a web identity token, told by STS in its own words.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use mock_sts::idp::{Claims, Issuer, claims};
use serde_json::json;

use crate::support::{assume, mock, post, token};

const INVALID: &str = "InvalidIdentityToken";

#[tokio::test]
async fn every_flaw_of_a_token_has_its_answer() {
    let mock = mock();
    let good =
        || claims(&mock.config().idp, "stampede-job-1", "sts.amazonaws.com", mock.now_unix());
    let sign = |claims: &Claims| mock.issuer().sign(claims).unwrap();
    let (valid, other) = (sign(&good()), sign(&Claims { actor: "mallory", ..good() }));
    let (valid_head, _) = valid.rsplit_once('.').unwrap();
    let (_, other_signature) = other.rsplit_once('.').unwrap();
    let none = json!({"alg": "none", "kid": mock.issuer().kid()}).to_string();
    let none = format!(
        "{}.{}.",
        URL_SAFE_NO_PAD.encode(none),
        valid.split('.').nth(1).unwrap_or_default()
    );
    let elsewhere = "https://elsewhere.example";
    let table = [
        (sign(&Claims { aud: "other".into(), ..good() }), 400, INVALID, "Incorrect token audience"),
        (
            sign(&Claims { iss: elsewhere.into(), ..good() }),
            400,
            INVALID,
            "No OpenIDConnect provider found in your account for https://elsewhere.example",
        ),
        (
            format!("{valid_head}.{other_signature}"),
            400,
            INVALID,
            "The web identity token's signature could not be verified",
        ),
        (none, 400, INVALID, "The web identity token's signature could not be verified"),
        (
            Issuer::generate().unwrap().sign(&good()).unwrap(),
            400,
            INVALID,
            "Couldn't retrieve verification key from your identity provider,  please reference \
             AssumeRoleWithWebIdentity documentation for requirements",
        ),
        (
            "no-token".into(),
            400,
            INVALID,
            "The ID Token provided is not a valid JWT. (You may see this error if you sent an \
             Access Token)",
        ),
        (
            sign(&Claims { sub: "repo:someone/else".into(), ..good() }),
            403,
            "AccessDenied",
            "Not authorized to perform sts:AssumeRoleWithWebIdentity",
        ),
    ];
    for (token, status, code, message) in table {
        let answer = post(&mock, &assume(&token)).await;
        assert_eq!(answer.error(), (status, code, message));
    }
    assert_eq!(post(&mock, &assume(&valid)).await.status, 200);
}

#[tokio::test]
async fn an_expired_token_is_told_both_times() {
    let mock = mock();
    let issued = mock.now_unix() - 1000;
    let claims = claims(&mock.config().idp, "stampede-job-1", "sts.amazonaws.com", issued);
    let answer = post(&mock, &assume(&mock.issuer().sign(&claims).unwrap())).await;
    let (status, code, message) = answer.error();
    assert_eq!((status, code), (400, "ExpiredTokenException"));
    let expected = format!("must be before the expiration date/time {}", issued + 300);
    assert!(message.starts_with("Token expired: current date/time "), "{message}");
    assert!(message.ends_with(&expected), "{message}");
}

#[tokio::test]
async fn the_default_audience_is_not_one_of_aws() {
    let mock = mock();
    let token = token(&mock, "stampede-job-1", "").await;
    let answer = post(&mock, &assume(&token)).await;
    assert_eq!(answer.error(), (400, INVALID, "Incorrect token audience"));
}
