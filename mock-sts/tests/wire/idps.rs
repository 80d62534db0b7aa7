//! Several identity providers of one account, each under its own path.

use axum::body::Body;
use axum::http::Request;
use mock_sts::config::check::load;
use mock_sts::config::{Condition, Operator};
use mock_sts::http::Mock;
use mock_sts::idp::issue;
use serde_json::Value;

use crate::presets::{instant, mock_of};
use crate::support::{assume, get, post, send};

const TWO_MORE: &str = r#"
[[idps]]
name = "gitlab"
preset = "gitlab"
algorithm = "ES256"

[[idps]]
name = "cluster"
preset = "eks"
"#;

#[tokio::test]
async fn each_has_its_documents_its_keys_and_its_tokens() {
    let mock = mock_of(TWO_MORE);
    let table = [
        ("", "https://token.actions.githubusercontent.com", "RS256", "no-cache"),
        (
            "/gitlab",
            "https://gitlab.com",
            "ES256",
            "max-age=86400, public, must-revalidate, no-transform",
        ),
        (
            "/cluster",
            "https://oidc.eks.us-east-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE",
            "RS256",
            "max-age=86400, public",
        ),
    ];
    for ((path, issuer, algorithm, cached), idp) in table.into_iter().zip(mock.config().providers())
    {
        let document = get(&mock, &format!("{path}/.well-known/openid-configuration")).await;
        let document: Value = serde_json::from_str(&document.body).unwrap();
        assert_eq!(document["issuer"], issuer);
        assert_eq!(document["jwks_uri"], format!("http://mock.test:1{path}/.well-known/jwks"));
        let keys = get(&mock, &format!("{path}/.well-known/jwks")).await;
        assert_eq!(keys.header("cache-control"), cached);
        let keys: Value = serde_json::from_str(&keys.body).unwrap();
        assert_eq!(keys["keys"][0]["alg"], algorithm);
        let audience = &idp.audiences[0];
        let request = Request::get(format!("{path}/token?audience={audience}"))
            .header("authorization", "Bearer stampede-job-1");
        let answer = send(&mock, request.body(Body::empty()).unwrap()).await;
        let answer: Value = serde_json::from_str(&answer.body).unwrap();
        let granted = post(&mock, &assume(answer["value"].as_str().unwrap())).await;
        assert_eq!(granted.status, 200, "{}", granted.body);
        let arn = issuer.replace("https://", "arn:aws:iam::123456789012:oidc-provider/");
        assert_eq!(granted.element("Provider"), arn);
        assert_eq!(granted.element("Audience"), audience);
    }
    // Every issuer's keys were fetched for it alone.
    assert_eq!(mock.ledger().keys().started, 3);
}

#[tokio::test]
async fn one_providers_key_signs_nothing_for_another() {
    let mock = mock_of(TWO_MORE);
    let gitlab = &mock.config().idps[0];
    let claims = issue(gitlab, "stampede-job-1", "https://gitlab.com", mock.now_unix());
    let forged = mock.issuer().sign(&claims).unwrap();
    let answer = post(&mock, &assume(&forged)).await;
    let (status, code, message) = answer.error();
    assert_eq!((status, code), (400, "InvalidIdentityToken"));
    assert!(message.starts_with("Couldn't retrieve verification key"), "{message}");
}

#[tokio::test]
async fn an_audience_is_registered_with_one_provider_only() {
    let mock = mock_of(TWO_MORE);
    let request = Request::get("/gitlab/token?audience=sts.amazonaws.com")
        .header("authorization", "Bearer stampede-job-1");
    let answer = send(&mock, request.body(Body::empty()).unwrap()).await;
    let answer: Value = serde_json::from_str(&answer.body).unwrap();
    let answer = post(&mock, &assume(answer["value"].as_str().unwrap())).await;
    assert_eq!(answer.error(), (400, "InvalidIdentityToken", "Incorrect token audience"));
}

#[tokio::test]
async fn thumbprints_are_those_of_one_provider() {
    let mut config = instant(load("mock.toml", TWO_MORE).unwrap());
    config.idps[0].certificate_thumbprint = Some("69".repeat(20));
    let mock = Mock::new(config, 1).unwrap();
    let codes = ["", "InvalidIdentityToken", ""];
    for (index, (idp, code)) in mock.config().providers().zip(codes).enumerate() {
        let path = ["", "/gitlab", "/cluster"][index];
        let request = Request::get(format!("{path}/token?audience={}", idp.audiences[0]))
            .header("authorization", "Bearer stampede-job-1");
        let answer = send(&mock, request.body(Body::empty()).unwrap()).await;
        let answer: Value = serde_json::from_str(&answer.body).unwrap();
        let answer = post(&mock, &assume(answer["value"].as_str().unwrap())).await;
        let refused = if answer.status == 200 { "" } else { answer.error().1 };
        assert_eq!(refused, code, "{path}");
    }
}

#[tokio::test]
async fn conditions_look_at_the_claims_of_every_provider() {
    for (project, status) in [("octo-org/app", 200), ("octo-org/other", 403)] {
        let mut config = instant(load("mock.toml", TWO_MORE).unwrap());
        config.service.roles[0].conditions = vec![Condition {
            operator: Operator::StringEquals,
            claim: "project_path".into(),
            values: vec![project.into()],
        }];
        let mock = Mock::new(config, 1).unwrap();
        let request = Request::get("/gitlab/token?audience=https://gitlab.com")
            .header("authorization", "Bearer stampede-job-1");
        let answer = send(&mock, request.body(Body::empty()).unwrap()).await;
        let answer: Value = serde_json::from_str(&answer.body).unwrap();
        let answer = post(&mock, &assume(answer["value"].as_str().unwrap())).await;
        assert_eq!(answer.status, status, "{}", answer.body);
    }
}

#[tokio::test]
async fn paths_that_no_provider_has_are_those_of_sts() {
    let mock = mock_of(TWO_MORE);
    assert_eq!(get(&mock, "/github/.well-known/jwks").await.status, 302);
    assert!(mock.how_to_use("http://x").ends_with("http://x/cluster/token"));
}
