//! Other algorithms than RS256, and keys that change.

use mock_sts::clock::Instant;
use mock_sts::idp::{Algorithm, Issuer, claims};
use serde_json::Value;

use crate::presets::mock_of;
use crate::support::{assume, get, post, token};

#[tokio::test]
async fn every_algorithm_is_announced_published_and_accepted() {
    for algorithm in Algorithm::ALL {
        let mock = mock_of(&format!("[idp]\nalgorithm = {:?}\n", algorithm.name()));
        let document = get(&mock, "/.well-known/openid-configuration").await;
        let document: Value = serde_json::from_str(&document.body).unwrap();
        assert_eq!(document["id_token_signing_alg_values_supported"][0], algorithm.name());
        let keys: Value =
            serde_json::from_str(&get(&mock, "/.well-known/jwks").await.body).unwrap();
        assert_eq!(keys["keys"][0]["alg"], algorithm.name());
        assert_eq!(keys["keys"][0].get("crv").and_then(Value::as_str), algorithm.curve());
        let token = token(&mock, "stampede-job-1", "sts.amazonaws.com").await;
        assert_eq!(post(&mock, &assume(&token)).await.status, 200, "{algorithm}");
    }
}

#[tokio::test]
async fn a_key_of_another_time_is_not_known() {
    let mock = mock_of("[idp]\nalgorithm = \"ES256\"\nrotate-every = \"24h\"\n");
    let now = mock.now_unix();
    let claims = claims(&mock.config().idp, "stampede-job-1", "sts.amazonaws.com", now);
    let tomorrow = Instant::from_nanos(86_400 * 1_000_000_000);
    let early = mock.issuer().sign_at(tomorrow, &claims).unwrap();
    let (status, code, message) = {
        let answer = post(&mock, &assume(&early)).await;
        let (status, code, message) = answer.error();
        (status, code.to_owned(), message.to_owned())
    };
    assert_eq!((status, &*code), (400, "InvalidIdentityToken"));
    assert!(message.starts_with("Couldn't retrieve verification key"), "{message}");
    let today = mock.issuer().sign_at(mock.now(), &claims).unwrap();
    assert_eq!(post(&mock, &assume(&today)).await.status, 200);
    let stranger = Issuer::new(Algorithm::Es256, None).unwrap().sign(&claims).unwrap();
    assert_eq!(post(&mock, &assume(&stranger)).await.status, 400);
}
