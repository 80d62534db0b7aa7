//! The protocol's frame: methods, forms, redirects, validation, limits.

use axum::body::Body;
use axum::http::Request;

use crate::support::{FORM, WHO_AM_I, assume, get, mock, post, send, token};

const WEB_PAGE: &str = "https://aws.amazon.com/iam";

#[tokio::test]
async fn get_and_post_are_answered_alike_on_any_path() {
    let mock = mock();
    let token = token(&mock, "stampede-job-1", "sts.amazonaws.com").await;
    let form = assume(&token);
    let bare_post = Request::post(format!("/?{form}")).body(Body::empty()).unwrap();
    let answers = [
        post(&mock, &form).await,
        get(&mock, &format!("/?{form}")).await,
        get(&mock, &format!("/some/prefix?{form}")).await,
        send(&mock, bare_post).await,
    ];
    for answer in answers {
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert_eq!(answer.header("content-type"), "text/xml");
        assert_eq!(answer.header("content-length"), answer.body.len().to_string());
        assert_eq!(answer.header("x-amzn-requestid"), answer.element("RequestId"));
        assert_eq!(answer.header("connection"), "");
        assert_eq!(answer.element("Audience"), "sts.amazonaws.com");
        assert_eq!(
            answer.element("Provider"),
            "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"
        );
        assert_eq!(
            answer.element("SubjectFromWebIdentityToken"),
            "repo:octo-org/app:ref:refs/heads/main"
        );
    }
    assert_eq!(mock.ledger().granted(), 4);
}

#[tokio::test]
async fn whoever_does_not_speak_the_protocol_is_redirected() {
    let mock = mock();
    let json = Request::post("/").header("content-type", "application/json");
    let json = json.body(Body::from("{}")).unwrap();
    let untyped = Request::post("/").body(Body::from(WHO_AM_I)).unwrap();
    let table = [
        (get(&mock, "/").await, WEB_PAGE),
        (get(&mock, "/?a=b").await, "https://aws.amazon.com/iam?a=b"),
        (post(&mock, "Version=2011-06-15").await, WEB_PAGE),
        (send(&mock, json).await, WEB_PAGE),
        (send(&mock, untyped).await, WEB_PAGE),
    ];
    for (answer, address) in table {
        assert_eq!((answer.status.as_u16(), answer.header("location")), (302, address));
        assert_eq!(answer.body, "");
    }
    assert_eq!(mock.ledger().requests(), 0);
}

#[tokio::test]
async fn unknown_operations_are_refused_in_front_of_sts() {
    let mock = mock();
    let answer = post(&mock, "Action=%3CDance%3E").await;
    assert_eq!(
        answer.error(),
        (
            400,
            "InvalidAction",
            "Could not find operation &lt;Dance&gt; for version NO_VERSION_SPECIFIED"
        )
    );
    assert!(answer.body.contains("\"http://webservices.amazon.com/AWSFault/2005-15-09\""));
    assert_eq!(answer.header("connection"), "close");
    assert_eq!(answer.header("x-amzn-requestid"), answer.element("RequestId"));
}

#[tokio::test]
async fn parameters_are_validated_by_the_service() {
    let mock = mock();
    let answer = post(&mock, "Action=AssumeRoleWithWebIdentity&Version=2011-06-15").await;
    let (status, code, message) = answer.error();
    assert_eq!((status, code), (400, "ValidationError"));
    assert!(message.starts_with("3 validation errors detected: Value null at '"), "{message}");
    assert_eq!(answer.header("connection"), "close");

    let form = format!("{}&DurationSeconds=", assume("a.b.c"));
    let empty = post(&mock, &form).await;
    assert_eq!(empty.error(), (400, "MalformedInput", "missing value for decimal type"));
    let decimal = post(&mock, &format!("{form}1.5")).await;
    assert_eq!(decimal.error(), (400, "MalformedInput", ""));
    assert!(!decimal.body.contains("<Message>"));
}

#[tokio::test]
async fn a_duplicated_parameters_first_value_wins() {
    let mock = mock();
    let token = token(&mock, "stampede-job-1", "sts.amazonaws.com").await;
    let form = format!("RoleSessionName=first&{}&Unknown=1", assume(&token));
    let answer = post(&mock, &form).await;
    assert_eq!(answer.element("Arn"), "arn:aws:sts::123456789012:assumed-role/ci/first");
}

#[tokio::test]
async fn too_large_a_body_is_refused_unread() {
    let mock = mock();
    let form = format!("{WHO_AM_I}&Padding={}", "x".repeat(320 * 1024));
    let largest = &form[..320 * 1024];
    assert_eq!(post(&mock, largest).await.element("Code"), "MissingAuthenticationToken");
    let answer = post(&mock, &form[..=320 * 1024]).await;
    assert_eq!((answer.status.as_u16(), answer.header("connection")), (413, "close"));
    assert_eq!(mock.ledger().requests(), 1);
}

#[tokio::test]
async fn other_methods_are_not_allowed() {
    let mock = mock();
    for method in ["PUT", "DELETE", "PATCH", "OPTIONS"] {
        let request = Request::builder().method(method).uri("/").header("content-type", FORM);
        let answer = send(&mock, request.body(Body::from(WHO_AM_I)).unwrap()).await;
        assert_eq!((answer.status.as_u16(), answer.header("allow")), (405, "GET, POST"));
    }
}
