//! Where a fuzzer puts in bytes: one test for each thing that reads what a
//! stranger wrote. `cargo test` replays the corpus under `__fuzz__` and adds
//! a second of inputs at random; `docs/mock.md` says how to fuzz for longer.

use std::sync::{Arc, LazyLock};

use axum::body::Body;
use axum::http::{HeaderValue, Request as HttpRequest, Uri};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bolero::check;
use mock_sts::clock::Instant;
use mock_sts::config::MockConfig;
use mock_sts::config::check::load;
use mock_sts::http::elements::{Element, success};
use mock_sts::http::query::Parameters;
use mock_sts::http::{Mock, router};
use mock_sts::request::{Caller, Operation, Request, Token, TokenSignature, WebIdentity};
use mock_sts::service::Service;
use serde_json::{Map, Value};
use tokio::runtime::Runtime;

use crate::support::{Answer, FORM, assume, mock, receive};
use crate::unlocked::{STS, open_mock, right_claims, written};

/// How long an input may be, in bytes.
const LONGEST: usize = 4096;

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());
static STRICT: LazyLock<axum::Router> = LazyLock::new(|| router(mock()));
static OPEN_MOCK: LazyLock<Arc<Mock>> = LazyLock::new(open_mock);
static OPEN: LazyLock<axum::Router> = LazyLock::new(|| router(Arc::clone(&OPEN_MOCK)));

/// One of the statuses that the server means, in the form it means.
fn ask(router: &axum::Router, request: HttpRequest<Body>) -> Answer {
    let answer = RUNTIME.block_on(receive(router.clone(), request));
    answer.must_be_meant();
    answer
}

fn post(router: &axum::Router, body: Vec<u8>) -> Answer {
    let request = HttpRequest::post("/").header("content-type", FORM);
    ask(router, request.body(Body::from(body)).unwrap())
}

#[test]
fn form() {
    check!().with_max_len(LONGEST).for_each(|body: &[u8]| {
        post(&STRICT, body.to_vec());
        post(&OPEN, body.to_vec());
    });
}

/// Path and query string, which may hold a presigned request.
#[test]
fn target() {
    check!().with_max_len(LONGEST).for_each(|bytes: &[u8]| {
        let Ok(target) = Uri::try_from([b"/", bytes].concat()) else { return };
        ask(&STRICT, HttpRequest::get(target).body(Body::empty()).unwrap());
    });
}

/// The lines of the input are `Authorization`, `x-amz-date`,
/// `x-amz-security-token` and the body.
#[test]
fn signature() {
    const HEADERS: [&str; 3] = ["authorization", "x-amz-date", "x-amz-security-token"];
    check!().with_max_len(LONGEST).for_each(|bytes: &[u8]| {
        let mut lines = bytes.splitn(4, |byte| *byte == b'\n');
        let mut request = HttpRequest::post("/").header("content-type", FORM).header("host", "m");
        for (name, line) in HEADERS.into_iter().zip(&mut lines) {
            let Ok(value) = HeaderValue::from_bytes(line) else { return };
            request = request.header(name, value);
        }
        let body = lines.next().unwrap_or(b"Action=GetCallerIdentity&Version=2011-06-15");
        ask(&STRICT, request.body(Body::from(body.to_vec())).unwrap());
    });
}

/// A token as it is, and the lines of the input as the parts of one.
#[test]
fn token() {
    check!().with_max_len(LONGEST).for_each(|bytes: &[u8]| {
        let parts: Vec<String> =
            bytes.split(|byte| *byte == b'\n').map(|part| URL_SAFE_NO_PAD.encode(part)).collect();
        let whole: String = form_urlencoded::byte_serialize(bytes).collect();
        for token in [whole, parts.join(".")] {
            let answer = post(&STRICT, assume(&token).into_bytes());
            assert_ne!(answer.status.as_u16(), 200, "nobody can sign by chance");
        }
    });
}

/// Claims that are signed and believed: the input's, and the right ones where it
/// has none.
#[test]
fn claims() {
    check!().with_max_len(LONGEST).for_each(|bytes: &[u8]| {
        let Ok(mut claims) = serde_json::from_slice::<Map<String, Value>>(bytes) else { return };
        for (name, right) in right_claims(&OPEN_MOCK) {
            claims.entry(name).or_insert(right);
        }
        let token = OPEN_MOCK.issuer().sign(&claims).unwrap();
        post(&OPEN, assume(&token).into_bytes());
    });
}

/// What the answers' writer makes of a text, as another parser reads it.
#[test]
fn xml() {
    check!().with_max_len(LONGEST).for_each(|bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes);
        let elements = [Element::Text("Value", text.as_ref().into())];
        let answer = success("Any", &elements, "id");
        let document = roxmltree::Document::parse(&answer).expect("well-formed XML");
        let value = document.descendants().find(|node| node.has_tag_name((STS, "Value")));
        let read = value.expect("the element").text().unwrap_or_default();
        assert_eq!(read, written(&text));
    });
}

/// A configuration is refused with a message, or a service can live by it.
#[test]
fn configuration() {
    check!().with_max_len(LONGEST).for_each(|bytes: &[u8]| {
        let Ok(text) = std::str::from_utf8(bytes) else { return };
        match load("any.toml", text) {
            Ok(config) => live_by(&config),
            Err(invalid) => {
                assert!(!invalid.problems.is_empty(), "refused without a reason");
                assert!(!invalid.render(true).is_empty(), "a message");
            }
        }
    });
}

/// Eighteen requests, at times from the first moment to centuries later.
fn live_by(config: &MockConfig) {
    let identity = WebIdentity {
        others: [].into(),
        length: 1200,
        issuer: config.idp.issuer.clone(),
        audiences: config.idp.audiences.clone(),
        subject: Some("s".into()),
        expires_unix: Some(u64::MAX),
        not_before_unix: None,
        signature: TokenSignature::Unchecked,
    };
    let role = config.service.roles.first().map(|role| &*role.arn);
    let parameters = Parameters { role_arn: role.map(Into::into), ..Parameters::default() };
    let mut service = Service::new(config, 1);
    let times = [0, 1, 1_000_000, 30_000_000_000, 3_600_000_000_000, u64::MAX / 2];
    for (attempt, nanos) in (1..).zip(times.into_iter().flat_map(|at| [at; 3])) {
        let mut call = parameters.operation(Some(&identity));
        (call.role_session_name, call.token) = (Some("one"), Some(Token::Jwt(&identity)));
        let caller = Caller { key: 1, attempt, source: 1, region: 0 };
        let operation = Operation::AssumeRoleWithWebIdentity(call);
        service.handle(Instant::from_nanos(nanos), &Request { caller, operation });
    }
}
