//! Tokens that STS issues about its callers, verified the way a stranger would:
//! from the issuer to its keys.

use std::sync::Arc;

use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use mock_sts::http::Mock;
use mock_sts::http::credentials::mint;
use mock_sts::session::{Principal, Session};
use serde_json::Value;

use crate::operations::ask;
use crate::support::{deploy, get, instant_config, mock};

const AUDIENCE: &str = "&Audience.member.1=https://api.example";

fn enabled() -> Arc<Mock> {
    let mut config = instant_config();
    config.service.identities.outbound_federation = true;
    Mock::new(config, 1).unwrap()
}

#[tokio::test]
async fn a_stranger_verifies_the_token_through_discovery() {
    let mock = enabled();
    for (name, algorithm) in [("RS256", Algorithm::RS256), ("ES384", Algorithm::ES384)] {
        let rest = format!(
            "{AUDIENCE}&SigningAlgorithm={name}&Tags.member.1.Key=team&Tags.member.1.Value=a"
        );
        let answer = ask(&mock, &deploy(), "GetWebIdentityToken", &rest).await;
        let token = answer.element("WebIdentityToken");
        let issuer = "http://mock.test:1/outbound/123456789012";
        let path = issuer.strip_prefix("http://mock.test:1").unwrap();
        let discovery = get(&mock, &format!("{path}/.well-known/openid-configuration")).await;
        let discovery: Value = serde_json::from_str(&discovery.body).unwrap();
        assert_eq!(discovery["issuer"], issuer);
        let keys = discovery["jwks_uri"].as_str().unwrap();
        let keys = get(&mock, keys.strip_prefix("http://mock.test:1").unwrap()).await;
        let keys: JwkSet = serde_json::from_str(&keys.body).unwrap();
        let key = keys.find(&decode_header(token).unwrap().kid.unwrap()).unwrap();
        let mut rules = Validation::new(algorithm);
        rules.set_issuer(&[issuer]);
        rules.set_audience(&["https://api.example"]);
        let read = decode::<Value>(token, &DecodingKey::from_jwk(key).unwrap(), &rules).unwrap();
        assert_eq!(read.claims["sub"], "arn:aws:iam::123456789012:user/deploy");
        let lifetime = read.claims["exp"].as_u64().unwrap() - read.claims["iat"].as_u64().unwrap();
        assert_eq!(lifetime, 300);
        let about = &read.claims["https://sts.amazonaws.com/"];
        assert_eq!(about["aws_account"], "123456789012");
        assert_eq!(about["source_region"], "eu-west-1");
        assert_eq!(about["request_tags"]["team"], "a");
        rules.set_audience(&["https://other.example"]);
        assert!(decode::<Value>(token, &DecodingKey::from_jwk(key).unwrap(), &rules).is_err());
    }
}

#[tokio::test]
async fn what_cannot_be_issued_is_told_why() {
    let rest = format!("{AUDIENCE}&SigningAlgorithm=RS256");
    let answer = ask(&mock(), &deploy(), "GetWebIdentityToken", &rest).await;
    assert_eq!(
        (answer.error().0, answer.error().1),
        (403, "OutboundWebIdentityFederationDisabledException")
    );

    let mock = enabled();
    let ends = mock.now_unix() + 900;
    let role = Principal::Role { name: "ci".into(), id: "AROAX".into(), session: "one".into() };
    let keys = mint(mock.secret(), &Session::new("123456789012", role, ends), 1);
    let long = format!("{rest}&DurationSeconds=3600");
    let answer = ask(&mock, &keys, "GetWebIdentityToken", &long).await;
    assert_eq!((answer.error().0, answer.error().1), (403, "SessionDurationEscalationException"));
    let answer = ask(&mock, &keys, "GetWebIdentityToken", &rest).await;
    assert_eq!(answer.status, 200, "{}", answer.body);

    let tags: String = (1..=50)
        .map(|n| format!("&Tags.member.{n}.Key=k{n}&Tags.member.{n}.Value={}", "v".repeat(200)))
        .collect();
    let answer = ask(&mock, &deploy(), "GetWebIdentityToken", &(rest + &tags)).await;
    assert_eq!((answer.error().0, answer.error().1), (400, "JWTPayloadSizeExceededException"));
    assert_eq!(get(&mock, "/outbound/x/.well-known/openid-configuration").await.status, 404);
}
