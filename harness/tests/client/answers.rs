//! Whole HTTP answers: those of STS, and those that only look like an answer.

use std::time::Duration;

use harness::record::{CallError, Credentials, Failure};
use harness::world::Instant;
use mock_sts::error_code::ErrorCode;
use wiremock::matchers::{body_string_contains, header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::{FAR_AWAY, call, granted, in_local_set, said, status};

fn error(code: &str, message: &str) -> String {
    format!(
        "<ErrorResponse><Error><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>"
    )
}

/// What a call makes of this answer, and how many requests it took.
fn answered(answer: ResponseTemplate) -> (Result<Credentials, CallError>, usize) {
    in_local_set(async {
        let server = MockServer::start().await;
        Mock::given(method("POST")).respond_with(answer).mount(&server).await;
        let result = call(&server.uri()).await;
        let requests = server.received_requests().await.expect("recorded");
        (result, requests.len())
    })
}

#[test]
fn answers_that_are_not_of_sts_are_unreadable() {
    let html = "<html><head><title>502 Bad Gateway</title></head><body><h1>502</h1></body></html>";
    let whole = granted("ci", FAR_AWAY);
    let table = [
        (status(502, html), "HTTP 502, without an error code"),
        (status(502, "<html><body>Bad Gateway<hr></body></html>"), "HTTP 502, not the XML of STS"),
        (status(503, ""), "HTTP 503, not the XML of STS"),
        (status(200, html), "HTTP 200, credentials are missing from the answer"),
        (status(200, ""), "HTTP 200, not the XML of STS"),
        (status(204, ""), "HTTP 204, not the XML of STS"),
        (status(200, &whole[..whole.len() - 60]), "HTTP 200, not the XML of STS"),
        (status(200, r#"{"Credentials": {}}"#), "HTTP 200, not the XML of STS"),
        (
            status(200, &granted("ci", "Mar 23, 2016, 2:39:51 AM")),
            "HTTP 200, credentials are missing from the answer",
        ),
        (
            status(400, &error("RegionDisabled", "not here")),
            "HTTP 400, unknown code RegionDisabled: not here",
        ),
        (ResponseTemplate::new(200).set_body_bytes(vec![0xff, 0xfe, 0x00]), "HTTP 200, not a text"),
        (
            ResponseTemplate::new(200).set_body_bytes(vec![b' '; (1 << 20) + 1]),
            "the answer is larger than 1 MiB",
        ),
    ];
    for (answer, words) in table {
        let (result, _) = answered(answer);
        assert_eq!(said(result), format!("Unreadable: {words}"));
    }
}

#[test]
fn a_redirect_is_not_followed() {
    let elsewhere = "https://aws.amazon.com/iam";
    let redirect = ResponseTemplate::new(302).insert_header("location", elsewhere);
    let (result, requests) = answered(redirect);
    assert_eq!(said(result), "Unreadable: HTTP 302, not the XML of STS");
    assert_eq!(requests, 1);
    // Nor where it would lead back to the same server.
    let (result, requests) = answered(ResponseTemplate::new(307).insert_header("location", "/"));
    assert_eq!(said(result), "Unreadable: HTTP 307, not the XML of STS");
    assert_eq!(requests, 1);
}

#[test]
fn a_429_is_a_throttle_whoever_it_is_from() {
    for body in ["", "Too Many Requests\n", "<html><h1>429</h1></html>", &error("Slow", "down")] {
        let (result, _) = answered(status(429, body));
        assert_eq!(said(result), "TooManyRequests: Too Many Requests", "{body}");
    }
    let (result, _) = answered(status(429, &error("Throttling", "Rate exceeded")));
    assert_eq!(said(result), "Throttling: Rate exceeded", "a code that is known decides");
}

#[test]
fn errors_of_sts_keep_their_code_and_words() {
    for (code, http) in [
        (ErrorCode::Throttling, 400),
        (ErrorCode::InvalidIdentityToken, 400),
        (ErrorCode::ServiceUnavailable, 503),
        // The code decides, whatever a proxy made of the status.
        (ErrorCode::AccessDenied, 500),
    ] {
        let body = error(code.as_str(), "Couldn&apos;t, sorry");
        let (result, _) = answered(self::status(http, &body));
        let error = result.expect_err("refused");
        assert_eq!(error.failure, Failure::Refused(code));
        assert_eq!(error.message(), "Couldn't, sorry");
    }
}

#[test]
fn an_answer_is_credentials_only_for_the_role_that_was_asked_for() {
    let (result, _) = answered(status(200, &granted("ci", FAR_AWAY)));
    let far_away = result.expect("granted").expires_at;
    assert!(far_away > Instant::ZERO + Duration::from_secs(365 * 86_400));
    let (result, _) = answered(status(200, &granted("admin", FAR_AWAY)));
    assert_eq!(
        said(result),
        "WrongIdentity: asked for arn:aws:iam::123456789012:role/ci, \
         got arn:aws:sts::123456789012:assumed-role/admin/job-3-tool-1"
    );
    // An expiry before the run began is no time at all, not one far in the future.
    let (result, _) = answered(status(200, &granted("ci", "1971-01-01T00:00:00Z")));
    assert_eq!(result.expect("granted").expires_at, Instant::ZERO);
}

#[test]
fn a_slow_answer_is_waited_for() {
    let slow = status(200, &granted("ci", FAR_AWAY)).set_delay(Duration::from_millis(300));
    assert!(answered(slow).0.is_ok());
}

#[test]
fn requests_are_those_of_a_client_of_sts() {
    in_local_set(async {
        let server = MockServer::start().await;
        Mock::given(path("/"))
            .and(header("content-type", "application/x-www-form-urlencoded"))
            .and(header("x-stampede-attempt", "2"))
            .and(body_string_contains("Action=AssumeRoleWithWebIdentity&Version=2011-06-15&"))
            .and(body_string_contains("RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fci&"))
            .and(body_string_contains("RoleSessionName=job-3-tool-1&"))
            .and(body_string_contains("WebIdentityToken=header.claims.signature&"))
            .and(body_string_contains("DurationSeconds=3600"))
            .respond_with(status(200, &granted("ci", FAR_AWAY)))
            .mount(&server)
            .await;
        call(&server.uri()).await.expect("the request is as expected");
    });
}
