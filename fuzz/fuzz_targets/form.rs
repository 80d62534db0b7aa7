//! A form or a query string, to the end: read, checked, decided, answered.

#![no_main]

use std::sync::{Arc, LazyLock};

use axum::body::Body;
use axum::http::{Request, Uri};
use libfuzzer_sys::fuzz_target;
use mock_sts::http::Mock;
use stampede_fuzz::{ask, mocks};

const FORM: &str = "application/x-www-form-urlencoded";

static MOCKS: LazyLock<[Arc<Mock>; 2]> = LazyLock::new(mocks);

// The first byte says who is asked and how.
fuzz_target!(|bytes: &[u8]| {
    let Some((how, bytes)) = bytes.split_first() else { return };
    let mock = &MOCKS[usize::from(how & 1)];
    let signed = "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20211027/us-east-1/sts/aws4_request, \
                  SignedHeaders=host, Signature=00";
    let request = if how & 2 == 0 {
        Request::post("/").header("content-type", FORM)
    } else {
        let Ok(target) = Uri::try_from([b"/?", bytes].concat()) else { return };
        Request::get(target)
    };
    let request = request.header("authorization", signed).header("x-amz-date", "20211027T000000Z");
    let Ok(request) = request.body(Body::from(bytes.to_vec())) else { return };
    ask(mock, request);
});
