//! No input makes the server panic or answer anything but HTTP it means.

use std::sync::{Arc, LazyLock};

use axum::body::Body;
use axum::http::{HeaderValue, Request, Uri};
use mock_sts::http::Mock;
use proptest::prelude::*;
use tokio::runtime::Runtime;

use crate::support::{Answer, FORM, assume, mock, send};

static MOCK: LazyLock<Arc<Mock>> = LazyLock::new(mock);

/// One of the statuses the server means, never a 500.
fn answered(request: Request<Body>) -> Answer {
    let runtime = Runtime::new().unwrap();
    let answer = runtime.block_on(send(&MOCK, request));
    assert!([200, 302, 400, 401, 403, 405, 413].contains(&answer.status.as_u16()), "{answer:?}");
    answer
}

/// Text that gets past the first checks more often than noise does.
fn near_miss() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        Just("Action=AssumeRoleWithWebIdentity".to_owned()),
        Just("Action=GetCallerIdentity".to_owned()),
        Just("Version=2011-06-15".to_owned()),
        Just("RoleArn=arn:aws:iam::123456789012:role/ci".to_owned()),
        Just("RoleSessionName=ci".to_owned()),
        Just("X-Amz-Algorithm=AWS4-HMAC-SHA256".to_owned()),
        Just("X-Amz-Credential=a/20211027/b/sts/aws4_request".to_owned()),
        Just("X-Amz-SignedHeaders=host".to_owned()),
        "(WebIdentityToken|DurationSeconds|Policy|X-Amz-Date|X-Amz-Expires|X-Amz-Signature)=[ -~]{0,40}",
        "[A-Za-z]{0,8}=(%[0-9A-Fa-fg]{2}|[a-z+.])*",
    ];
    prop::collection::vec(word, 0..8).prop_map(|words| words.join("&"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn any_body_is_answered(body in prop_oneof![
        prop::collection::vec(any::<u8>(), 0..512),
        near_miss().prop_map(String::into_bytes),
    ]) {
        let request = Request::post("/").header("content-type", FORM);
        answered(request.body(Body::from(body)).unwrap());
    }

    #[test]
    fn any_query_string_is_answered(query in near_miss(), path in "(/|/[a-z%.]{0,9})") {
        let uri = format!("{path}?{}", query.replace(' ', "+"));
        prop_assume!(uri.parse::<Uri>().is_ok());
        answered(Request::get(uri).body(Body::empty()).unwrap());
    }

    #[test]
    fn any_token_is_answered(token in "[A-Za-z0-9_-]{0,40}(\\.[A-Za-z0-9_-]{0,40}){0,4}") {
        let request = Request::post("/").header("content-type", FORM);
        let answer = answered(request.body(Body::from(assume(&token))).unwrap());
        prop_assert_ne!(answer.status.as_u16(), 200);
    }

    #[test]
    fn any_authorization_is_answered(
        authorization in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..200),
            "AWS4-HMAC-SHA256 (Credential=[a-z/]{0,20}|SignedHeaders=[a-z;]{0,9}|Signature=[0-9a-f]{0,9}|[,= ]){0,6}"
                .prop_map(String::into_bytes),
        ],
        path in prop_oneof![Just("/?Action=GetCallerIdentity&Version=2011-06-15"), Just("/token")],
    ) {
        let Ok(value) = HeaderValue::from_bytes(&authorization) else { return Ok(()) };
        let request = Request::get(path).header("authorization", value);
        answered(request.header("x-amz-date", "20211027T000000Z").body(Body::empty()).unwrap());
    }
}
