//! The token endpoint, and a tool that needs both it and STS.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use harness::policy::fixed::Fixed;
use harness::record::{CallError, Failure, Recorder};
use harness::scenario::RetryOn;
use harness::tool::{Job, Shared, Tool};
use harness::world::real::RealWorld;
use harness::world::{Instant, JobName, StsApi as _, WebToken};
use wiremock::matchers::{header, method, path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::{FAR_AWAY, TOOL, granted, in_local_set, said, status, world};

/// What a fetch of job 3's token makes of this answer.
fn token(answer: ResponseTemplate) -> Result<WebToken, CallError> {
    in_local_set(async {
        let server = MockServer::start().await;
        Mock::given(method("GET"))
            .and(path("/token"))
            .and(query_param("audience", "sts.amazonaws.com"))
            .and(header("authorization", "Bearer stampede-job-3"))
            .respond_with(answer)
            .mount(&server)
            .await;
        world(&server.uri()).fetch_token(&JobName(3)).await
    })
}

#[test]
fn a_token_endpoint_that_has_no_token_is_unreadable() {
    let no_token = |text: &str| format!("{{\"value\": \"{text}\"}}");
    let table = [
        (status(503, "<html>busy</html>"), "HTTP 503, no token"),
        (status(302, ""), "HTTP 302, no token"),
        (status(200, "<html>log in first</html>"), "HTTP 200, no `value` in the answer"),
        (status(200, "{\"count\": 1}"), "HTTP 200, no `value` in the answer"),
        (status(200, ""), "HTTP 200, no `value` in the answer"),
        (status(200, &no_token("opaque")), "HTTP 200, the token is not a JWT that expires"),
        (status(200, &no_token("a.%%%.c")), "HTTP 200, the token is not a JWT that expires"),
        // {"sub":"x"}: it never expires.
        (
            status(200, &no_token("a.eyJzdWIiOiJ4In0.c")),
            "HTTP 200, the token is not a JWT that expires",
        ),
    ];
    for (answer, words) in table {
        assert_eq!(said(token(answer)), format!("Unreadable: the token endpoint: {words}"));
    }
    let refused = said(token(status(403, "{\"message\": \"no\"}")));
    assert_eq!(refused, "TokenRefused: the token endpoint: HTTP 403, no");
}

#[test]
fn a_token_tells_when_it_expires() {
    // {"exp":4102444800}, the first second of 2100.
    let answer = status(200, r#"{"count": 1, "value": "a.eyJleHAiOjQxMDI0NDQ4MDB9.c"}"#);
    let token = token(answer).expect("a token");
    assert_eq!(&*token.text, "a.eyJleHAiOjQxMDI0NDQ4MDB9.c");
    assert!(token.expires_at > Instant::ZERO + Duration::from_secs(365 * 86_400));
}

/// A tool of the real world under three immediate retries.
fn tool(world: RealWorld) -> (Rc<Shared>, Tool<RealWorld>) {
    let shared = Rc::new(Shared {
        seed: 1,
        policy: Box::new(Fixed { wait: Duration::ZERO, retries: 3 }),
        retry_on: RetryOn::Everything,
        renew_token: None,
        session_s: 3600,
        regions: harness::regions::Regions::HOME,
        admission: None,
        fallback: None,
        restrained: None,
        recorder: RefCell::new(Recorder::default()),
    });
    let job = Rc::new(Job::new(TOOL.job));
    (Rc::clone(&shared), Tool::new(Rc::new(world), shared, job, TOOL.tool))
}

#[test]
fn a_tool_gets_through_a_bad_gateway_when_it_retries() {
    in_local_set(async {
        let server = MockServer::start().await;
        let token = status(200, r#"{"value": "a.eyJleHAiOjQxMDI0NDQ4MDB9.c"}"#);
        Mock::given(path("/token")).respond_with(token).expect(1).mount(&server).await;
        let bad = status(502, "<html>Bad Gateway</html>");
        Mock::given(path("/")).respond_with(bad).up_to_n_times(2).mount(&server).await;
        let good = status(200, &granted("ci", FAR_AWAY));
        Mock::given(path("/")).respond_with(good).expect(1).mount(&server).await;
        let (shared, mut tool) = tool(world(&server.uri()));
        let credentials = tool.obtain().await.expect("the third call is good");
        assert!(credentials.expires_at > tool.now());
        let recorder = shared.recorder.take();
        assert_eq!((recorder.calls, recorder.attempts, recorder.granted), (3, 3, 1));
        let errors = recorder.errors.sorted();
        assert_eq!((errors.len(), errors[0].failure, errors[0].count), (1, Failure::Unreadable, 2));
    });
}

#[test]
fn without_a_token_nothing_is_sent_to_sts() {
    in_local_set(async {
        let server = MockServer::start().await;
        Mock::given(path("/token")).respond_with(status(503, "")).expect(4).mount(&server).await;
        Mock::given(path("/")).respond_with(status(500, "")).expect(0).mount(&server).await;
        let (shared, mut tool) = tool(world(&server.uri()));
        let gave_up = tool.obtain().await.expect_err("there is no token");
        assert_eq!(gave_up.failure, Failure::Unreadable);
        let recorder = shared.recorder.take();
        assert_eq!((recorder.calls, recorder.tokens_fetched, recorder.errors.total()), (0, 0, 4));
    });
}
