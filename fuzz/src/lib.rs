//! What the targets share: a mock that believes everybody, and the way in to it.

use std::sync::{Arc, LazyLock};

use axum::body::{Body, to_bytes};
use axum::http::Request;
use mock_sts::config::{MockConfig, Mode, Signatures, profile};
use mock_sts::http::{Mock, router};
use mock_sts::idp::Algorithm;
use mock_sts::latency::Latency;
use tokio::runtime::{Builder, Runtime};
use tower::ServiceExt as _;

static RUNTIME: LazyLock<Runtime> =
    LazyLock::new(|| Builder::new_current_thread().enable_all().build().expect("a runtime"));

/// The default profile without latencies and limits, whose tokens are signed quickly.
#[must_use]
pub fn quick() -> MockConfig {
    let mut config = profile("github-2021").expect("it ships").config();
    config.service.latency = Latency::ZERO;
    config.service.verification_key.provider.latency = Latency::ZERO;
    config.service.limits.clear();
    config.idp.token_latency = Latency::ZERO;
    config.idp.algorithm = Algorithm::Es256;
    config
}

/// A mock that is strict, and one that believes everybody.
#[must_use]
pub fn mocks() -> [Arc<Mock>; 2] {
    let mut open = quick();
    open.service.identities.mode = Mode::Permissive;
    open.service.identities.signatures = Signatures::Unchecked;
    [quick(), open].map(|config| Mock::new(config, 1).expect("randomness"))
}

/// Has `mock` answer, and panics unless the answer is one that it means: of a status that it has, and XML
/// that a parser reads which it has no part in.
pub fn ask(mock: &Arc<Mock>, request: Request<Body>) {
    let answer = RUNTIME.block_on(async {
        let (head, body) =
            router(Arc::clone(mock)).oneshot(request).await.expect("an answer").into_parts();
        (head, to_bytes(body, usize::MAX).await.expect("a body"))
    });
    let (head, body) = answer;
    let status = head.status.as_u16();
    assert!([200, 302, 400, 401, 403, 405, 413].contains(&status), "{head:?}");
    if head.headers.get("content-type").is_some_and(|kind| kind == "text/xml") {
        let text = std::str::from_utf8(&body).expect("UTF-8");
        assert!(roxmltree::Document::parse(text).is_ok(), "{text}");
    }
}
