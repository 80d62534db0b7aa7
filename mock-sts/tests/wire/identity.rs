//! From a job's token to the identity its credentials prove.

use axum::body::Body;
use axum::http::Request;
use mock_sts::http::credentials::{Credentials, mint};
use mock_sts::session::{Principal, Session};

use crate::support::{
    Answer, Signing, WHO_AM_I, assume, credentials, get, mock, post, send, token, who_am_i,
};

const ROLE_SESSION: &str = "arn:aws:sts::123456789012:assumed-role/ci/GitHubActions";

fn ci() -> Principal {
    Principal::Role {
        name: "ci".into(),
        id: "AROAEXAMPLEEXAMPLEABC".into(),
        session: "GitHubActions".into(),
    }
}

async fn ask(mock: &std::sync::Arc<mock_sts::http::Mock>, signing: &Signing<'_>) -> Answer {
    send(mock, signing.sign(who_am_i()).map(Body::from)).await
}

#[tokio::test]
async fn issued_credentials_prove_the_assumed_role() {
    let mock = mock();
    let token = token(&mock, "stampede-job-1", "sts.amazonaws.com").await;
    let granted = post(&mock, &assume(&token)).await;
    assert_eq!(granted.element("Arn"), ROLE_SESSION);
    let credentials = credentials(&granted);
    let answer = ask(&mock, &Signing::now(&credentials)).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.element("Arn"), ROLE_SESSION);
    assert_eq!(answer.element("UserId"), granted.element("AssumedRoleId"));
    assert_eq!(answer.element("Account"), "123456789012");
    let ledger = mock.ledger();
    assert_eq!((ledger.requests(), ledger.granted(), ledger.identified()), (2, 1, 1));
}

#[tokio::test]
async fn credentials_of_two_grants_are_not_interchangeable() {
    let mock = mock();
    let token = token(&mock, "stampede-job-1", "sts.amazonaws.com").await;
    let one = credentials(&post(&mock, &assume(&token)).await);
    let two = credentials(&post(&mock, &assume(&token)).await);
    let mixed = Credentials { session_token: two.session_token.clone(), ..one.clone() };
    assert_eq!(ask(&mock, &Signing::now(&mixed)).await.element("Code"), "InvalidClientTokenId");
    let mixed = Credentials { secret_access_key: two.secret_access_key, ..one };
    assert_eq!(ask(&mock, &Signing::now(&mixed)).await.element("Code"), "SignatureDoesNotMatch");
}

#[tokio::test]
async fn bad_credentials_are_told_apart() {
    let mock = mock();
    let session = |expires_unix| Session::new("123456789012", ci(), expires_unix);
    let expired = mint(mock.secret(), &session(mock.now_unix()), 1);
    assert_eq!(
        ask(&mock, &Signing::now(&expired)).await.error(),
        (403, "ExpiredToken", "The security token included in the request is expired")
    );
    let stranger = crate::support::mock();
    let foreign = mint(stranger.secret(), &session(u64::MAX), 1);
    assert_eq!(
        ask(&mock, &Signing::now(&foreign)).await.error(),
        (403, "InvalidClientTokenId", "The security token included in the request is invalid.")
    );
    let valid = mint(mock.secret(), &session(u64::MAX), 1);
    let wrong = Credentials { secret_access_key: "x".repeat(40), ..valid };
    let answer = ask(&mock, &Signing::now(&wrong)).await;
    assert_eq!((answer.status.as_u16(), answer.element("Code")), (403, "SignatureDoesNotMatch"));
    assert!(answer.element("Message").starts_with("The request signature we calculated does not"));
}

#[tokio::test]
async fn requests_without_a_whole_signature_are_told_what_lacks() {
    let mock = mock();
    let unsigned = get(&mock, &format!("/?{WHO_AM_I}")).await;
    assert_eq!(
        unsigned.error(),
        (403, "MissingAuthenticationToken", "Request is missing Authentication Token")
    );
    let request = Request::get(format!("/?{WHO_AM_I}"))
        .header("authorization", "AWS4-HMAC-SHA256 Credential=a/b/c/d/e, SignedHeaders=host");
    let answer = send(&mock, request.body(Body::empty()).unwrap()).await;
    assert_eq!(
        answer.error(),
        (
            400,
            "IncompleteSignature",
            "Authorization header requires 'Signature' parameter. Authorization header requires \
             existence of either a 'X-Amz-Date' or a 'Date' header. Authorization=AWS4-HMAC-SHA256"
        )
    );
}
