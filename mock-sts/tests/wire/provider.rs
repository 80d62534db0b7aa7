//! The identity provider's documents and its token endpoint.

use axum::body::Body;
use axum::http::Request;
use serde_json::Value;

use crate::presets::mock_of;
use crate::support::{get, mock, send};

#[tokio::test]
async fn discovery_leads_to_the_keys_on_the_same_address() {
    let mock = mock();
    let answer = get(&mock, "/.well-known/openid-configuration").await;
    let document: Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(document["issuer"], "https://token.actions.githubusercontent.com");
    assert_eq!(document["jwks_uri"], "http://mock.test:1/.well-known/jwks");
    assert_eq!(document["id_token_signing_alg_values_supported"][0], "RS256");
    let keys = get(&mock, "/.well-known/jwks").await;
    assert_eq!(keys.header("cache-control"), "no-cache");
    assert_eq!(keys.body, mock.issuer().jwks());
}

#[tokio::test]
async fn tokens_are_for_whoever_names_a_job() {
    let mock = mock();
    let ask = |authorization: Option<&str>, uri: &str| {
        let request = Request::get(uri);
        let request = match authorization {
            Some(authorization) => request.header("authorization", authorization),
            None => request,
        };
        request.body(Body::empty()).unwrap()
    };
    for bad in [None, Some("Bearer"), Some("Bearer  "), Some("Basic x"), Some("")] {
        let answer = send(&mock, ask(bad, "/token?audience=a")).await;
        assert_eq!(answer.status, 401, "{bad:?}");
        let body: Value = serde_json::from_str(&answer.body).unwrap();
        assert!(body["message"].as_str().unwrap().contains("Bearer"), "{bad:?}");
    }
    for good in ["Bearer stampede-job-7", "bearer anything"] {
        let answer = send(&mock, ask(Some(good), "/token?api-version=2.0&audience=a")).await;
        let body: Value = serde_json::from_str(&answer.body).unwrap();
        assert_eq!(body["count"], body["value"].as_str().unwrap().len());
    }
}

#[tokio::test]
async fn tokens_carry_the_jobs_claims_and_the_asked_audience() {
    let mock = mock();
    let claims = async |job: &str, query: &str| -> Value {
        let request = Request::get(format!("/token?x{query}"));
        let request = request.header("authorization", format!("Bearer {job}"));
        let answer = send(&mock, request.body(Body::empty()).unwrap()).await;
        let body: Value = serde_json::from_str(&answer.body).unwrap();
        let token = body["value"].as_str().unwrap();
        jsonwebtoken::dangerous::insecure_decode::<Value>(token).unwrap().claims
    };
    let (one, two) = (
        claims("stampede-job-1", "&audience=sts.amazonaws.com").await,
        claims("stampede-job-2", "&audience=").await,
    );
    assert_eq!(one["aud"], "sts.amazonaws.com");
    assert_eq!(two["aud"], "https://github.com/octo-org");
    assert_eq!((&one["run_number"], &two["run_number"]), (&"1".into(), &"2".into()));
    assert_eq!(one["sub"], two["sub"]);
    assert_ne!(one["jti"], two["jti"]);
    assert_eq!(one["exp"].as_u64().unwrap() - one["iat"].as_u64().unwrap(), 300);
}

#[tokio::test]
async fn a_pending_job_and_a_failing_endpoint_are_told_in_json() {
    let ask = async |faults: &str| {
        let mock = mock_of(&format!("[idp.token-faults]\n{faults}\n"));
        let request = Request::get("/token").header("authorization", "Bearer stampede-job-1");
        let answer = send(&mock, request.body(Body::empty()).unwrap()).await;
        (answer.status.as_u16(), answer.body)
    };
    let pending = "{\"message\":\"Can't issue ID_TOKEN for job in 'Pending' state\"}";
    assert_eq!(ask("pending-for = \"1h\"").await, (403, pending.to_owned()));
    let failed = "{\"message\":\"Internal Server Error\"}";
    assert_eq!(ask("error-rate = \"100%\"").await, (500, failed.to_owned()));
}
