//! The mock on its own: what it logs, what it counts, and who may change it.

use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use flate2::read::GzDecoder;
use mock_sts::Embedded;
use mock_sts::http::watch::{AccessLog, ThrottledEvents, Trail, Watchers};
use mock_sts::http::{Mock, control, router};
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::support::{FORM, Signing, assume, credentials, instant_config, who_am_i};

pub(crate) const TOKEN: &str = "control-token-of-a-test";

/// A directory of this test's own.
pub(crate) fn place(name: &str) -> PathBuf {
    let place =
        Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
    let _ = fs::remove_dir_all(&place);
    fs::create_dir_all(&place).unwrap();
    place
}

fn watched(watchers: Watchers) -> Arc<Mock> {
    let mock = Mock::new(instant_config(), 1).unwrap();
    mock.watched_by(watchers);
    mock
}

async fn token(mock: &Arc<Mock>) -> String {
    crate::support::token(mock, "stampede-job-1", "sts.amazonaws.com").await
}

async fn post(mock: &Arc<Mock>, body: String) -> crate::support::Answer {
    let request = Request::post("/")
        .header("host", "sts.us-east-1.amazonaws.com")
        .header("content-type", FORM)
        .header("user-agent", "Boto3/1.44.5")
        .header("amz-sdk-invocation-id", "an-invocation")
        .header("amz-sdk-request", "attempt=1; max=3")
        .body(Body::from(body))
        .unwrap();
    crate::support::send(mock, request).await
}

/// A grant, a denial, an expired role, a call signed with what was granted, a
/// missing verification key and garbage, in that order.
async fn traffic(mock: &Arc<Mock>) -> Vec<crate::support::Answer> {
    let token = token(mock).await;
    let granted = post(mock, assume(&token)).await;
    let denied = post(mock, assume(&token).replace("role/ci", "role/nobody")).await;
    let own = credentials(&granted);
    let signed = Signing::now(&own).sign(who_am_i());
    let identified = crate::support::send(mock, signed.map(Body::from)).await;
    let (head, _) = token.rsplit_once('.').unwrap();
    let bad = post(mock, assume(&format!("{head}.AAAA"))).await;
    let unknown = post(mock, "Action=Nonsense&Version=2011-06-15".into()).await;
    vec![granted, denied, identified, bad, unknown]
}

#[tokio::test]
async fn the_access_log_has_a_line_for_each_request_and_no_secret() {
    let place = place("access-log");
    let path = place.join("access.jsonl");
    let access_log = Some(AccessLog::open(path.to_str().unwrap()).unwrap());
    let mock = watched(Watchers::new(access_log, None));
    let answers = traffic(&mock).await;
    let token = token(&mock).await;
    drop(mock);
    let text = fs::read_to_string(&path).unwrap();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let told: Vec<_> = lines
        .iter()
        .map(|line| {
            (line["action"].as_str(), line["status"].as_u64().unwrap(), line["code"].as_str())
        })
        .collect();
    let expected = [
        (None, 200, None),
        (Some("AssumeRoleWithWebIdentity"), 200, None),
        (Some("AssumeRoleWithWebIdentity"), 403, Some("AccessDenied")),
        (Some("GetCallerIdentity"), 200, None),
        (Some("AssumeRoleWithWebIdentity"), 400, Some("InvalidIdentityToken")),
        (Some("Nonsense"), 400, Some("InvalidAction")),
        (None, 200, None),
    ];
    assert_eq!(told, expected);
    let granted = &lines[1];
    assert_eq!(granted["caller"], "GitHubActions");
    assert_eq!(granted["sdk_invocation"], "an-invocation");
    assert_eq!(granted["sdk_request"], "attempt=1; max=3");
    assert_eq!(granted["request_id"], answers[0].header("x-amzn-requestid"));
    assert_eq!(granted["bytes"], answers[0].body.len());
    assert!(lines[3]["caller"].as_str().unwrap().starts_with("ASIA"));
    let secrets = [
        answers[0].element("SecretAccessKey"),
        answers[0].element("SessionToken"),
        token.rsplit('.').next().unwrap(),
    ];
    for secret in secrets {
        assert!(!text.contains(secret), "{secret}");
    }
    fs::remove_dir_all(place).unwrap();
}

/// Every record in every file below `directory`, of which each is in its region's folder.
pub(crate) fn records(directory: &Path) -> Vec<Value> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(records(&path));
            continue;
        }
        let name = path.file_name().unwrap().to_str().unwrap();
        let region = ["us-east-1", "eu-west-1"].into_iter().find(|region| {
            let folder = path.parent().unwrap().to_str().unwrap();
            folder.contains(&format!("/CloudTrail/{region}/"))
        });
        let region = region.expect("a region's folder");
        assert!(name.starts_with(&format!("123456789012_CloudTrail_{region}_20")), "{name}");
        assert!(name.ends_with(".json.gz"), "{name}");
        let mut text = String::new();
        GzDecoder::new(File::open(path).unwrap()).read_to_string(&mut text).unwrap();
        let file: Value = serde_json::from_str(&text).unwrap();
        for record in file["Records"].as_array().unwrap() {
            assert_eq!(record["awsRegion"], region);
        }
        found.extend(file["Records"].as_array().unwrap().iter().cloned());
    }
    found
}

#[tokio::test]
async fn cloudtrail_has_what_cloudtrail_has() {
    let place = place("cloudtrail");
    let trail = Some(Trail::open(&place, ThrottledEvents::LeftOut).unwrap());
    let mock = watched(Watchers::new(None, trail));
    let answers = traffic(&mock).await;
    drop(mock);
    let records = records(&place.join("AWSLogs/123456789012/CloudTrail/us-east-1"));
    let names: Vec<_> = records
        .iter()
        .map(|event| (event["eventName"].as_str().unwrap(), event["errorCode"].as_str()))
        .collect();
    // A call that is no operation is no event.
    let expected = [
        ("AssumeRoleWithWebIdentity", None),
        ("AssumeRoleWithWebIdentity", Some("AccessDenied")),
        ("GetCallerIdentity", None),
        ("AssumeRoleWithWebIdentity", Some("InvalidIdentityToken")),
    ];
    assert_eq!(names, expected);
    let granted = &records[0];
    let provider = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com";
    let subject = "repo:octo-org/app:ref:refs/heads/main";
    assert_eq!(
        granted["userIdentity"],
        json!({
            "type": "WebIdentityUser",
            "principalId": format!("{provider}:sts.amazonaws.com:{subject}"),
            "userName": subject,
            "identityProvider": provider,
        })
    );
    let elements = &granted["responseElements"];
    assert_eq!(elements["credentials"]["accessKeyId"], answers[0].element("AccessKeyId"));
    assert_eq!(elements["credentials"].get("secretAccessKey"), None);
    assert_eq!(elements["subjectFromWebIdentityToken"], subject);
    let expiration = elements["credentials"]["expiration"].as_str().unwrap();
    assert!(expiration.ends_with(" AM") || expiration.ends_with(" PM"), "{expiration}");
    assert_eq!(granted["requestParameters"].get("webIdentityToken"), None);
    assert_eq!(granted["requestID"], answers[0].header("x-amzn-requestid"));
    let denied = &records[1];
    assert_eq!(denied["errorMessage"], "An unknown error occurred");
    assert_eq!(denied["responseElements"], Value::Null);
    let identified = &records[2]["userIdentity"];
    assert_eq!(identified["type"], "AssumedRole");
    assert_eq!(identified["arn"], "arn:aws:sts::123456789012:assumed-role/ci/GitHubActions");
    fs::remove_dir_all(place).unwrap();
}

#[tokio::test]
async fn cloudtrail_leaves_out_what_cloudtrail_leaves_out() {
    for (throttled, expected) in [(ThrottledEvents::LeftOut, 1), (ThrottledEvents::Kept, 2)] {
        let place = place(&format!("cloudtrail-{throttled:?}"));
        let trail = Some(Trail::open(&place, throttled).unwrap());
        let mock = watched(Watchers::new(None, trail));
        let token = token(&mock).await;
        change(
            &mock,
            "limits = [{ token-bucket = { per = \"account-region\", rate = \"1/s\", burst = 1 } }]",
        )
        .await;
        assert_eq!(post(&mock, assume(&token)).await.status, StatusCode::OK);
        while post(&mock, assume(&token)).await.status == StatusCode::OK {}
        change(&mock, "limits = []\nfaults = [{ key-outage = {} }]").await;
        let failed = post(&mock, assume(&token)).await;
        assert_eq!(failed.element("Code"), "InvalidIdentityToken");
        drop(mock);
        let events = records(&place.join("AWSLogs"));
        let codes: Vec<_> = events.iter().filter_map(|event| event["errorCode"].as_str()).collect();
        assert_eq!(codes.len() + 1, expected, "{codes:?}");
        fs::remove_dir_all(place).unwrap();
    }
}

pub(crate) async fn ask(control: &Router, request: Request<Body>) -> (StatusCode, String) {
    let answer = control.clone().oneshot(request).await.unwrap();
    let status = answer.status();
    let body = to_bytes(answer.into_body(), 1 << 20).await.unwrap();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

pub(crate) fn request(method: &str, path: &str, body: &str) -> Request<Body> {
    Request::builder()
        .method(method)
        .uri(path)
        .header("host", "127.0.0.1:4600")
        .header("authorization", format!("Bearer {TOKEN}"))
        .body(Body::from(body.to_owned()))
        .unwrap()
}

/// Changes what is in force, which must be accepted.
async fn change(mock: &Arc<Mock>, body: &str) {
    let (status, told) =
        ask(&control(Arc::clone(mock), TOKEN), request("PUT", "/service", body)).await;
    assert_eq!(status, StatusCode::OK, "{told}");
}

#[tokio::test]
async fn the_control_listener_admits_only_who_has_the_token_and_names_this_machine() {
    let mock = watched(Watchers::default());
    let control = control(mock, TOKEN);
    for path in ["/state", "/ledger", "/metrics"] {
        assert_eq!(ask(&control, request("GET", path, "")).await.0, StatusCode::OK, "{path}");
        for wrong in ["", "Bearer ", "Bearer control-token-of-a-tesu", TOKEN] {
            let mut request = request("GET", path, "");
            request.headers_mut().insert("authorization", wrong.parse().unwrap());
            let (status, told) = ask(&control, request).await;
            assert_eq!(status, StatusCode::UNAUTHORIZED, "{path} {wrong}");
            assert!(!told.contains(TOKEN));
        }
        let hosts = [("localhost:1", 200), ("[::1]:1", 200), ("evil.example", 403), ("", 403)];
        for (host, expected) in hosts {
            let mut request = request("GET", path, "");
            request.headers_mut().insert("host", host.parse().unwrap());
            assert_eq!(ask(&control, request).await.0.as_u16(), expected, "{path} {host}");
        }
    }
    let open = Request::get("/ready").body(Body::empty()).unwrap();
    assert_eq!(ask(&control, open).await, (StatusCode::OK, "ready\n".into()));
}

#[tokio::test]
async fn limits_and_faults_change_all_at_once_or_not_at_all() {
    let mock = watched(Watchers::default());
    let token = token(&mock).await;
    let control = control(Arc::clone(&mock), TOKEN);
    assert_eq!(post(&mock, assume(&token)).await.status, StatusCode::OK);
    change(&mock, "faults = [{ outage = { code = \"InternalFailure\" } }]").await;
    assert_eq!(post(&mock, assume(&token)).await.element("Code"), "InternalFailure");

    let wrong = "limits = []\nfaults = [{ outage = { code = \"Nope\" } }, { outrage = {} }]";
    let (status, told) = ask(&control, request("PUT", "/service", wrong)).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(told.contains("STS has no error code `Nope`"), "{told}");
    assert!(told.contains("did you mean `outage`?"), "{told}");
    assert_eq!(post(&mock, assume(&token)).await.element("Code"), "InternalFailure");

    let (_, state) = ask(&control, request("GET", "/state", "")).await;
    let state: Value = serde_json::from_str(&state).unwrap();
    assert_eq!(state["faults"][0]["struck"], 2);
    assert_eq!(state["requests"], 3);
    let (_, ledger) = ask(&control, request("GET", "/ledger?by=action", "")).await;
    let ledger: Value = serde_json::from_str(&ledger).unwrap();
    assert_eq!(ledger["AssumeRoleWithWebIdentity"]["refused"]["InternalFailure"], 2);
    let (status, told) = ask(&control, request("GET", "/ledger?by=luck", "")).await;
    assert_eq!((status, told.contains("by=job")), (StatusCode::BAD_REQUEST, true));

    change(&mock, "faults = []").await;
    let (_, state) = ask(&control, request("POST", "/reset", "")).await;
    let state: Value = serde_json::from_str(&state).unwrap();
    assert_eq!((&state["requests"], &state["faults"]), (&json!(0), &json!([])));
    let (_, ledger) = ask(&control, request("GET", "/ledger", "")).await;
    assert_eq!(ledger, "{}\n");
    assert_eq!(post(&mock, assume(&token)).await.status, StatusCode::OK);
}

#[tokio::test]
async fn the_mock_says_when_it_is_ready() {
    let mock = Mock::new(instant_config(), 1).unwrap();
    let request = Request::get("/_mock/ready").body(Body::empty()).unwrap();
    assert_eq!(ask(&router(mock), request).await, (StatusCode::OK, "ready\n".into()));
}

#[test]
fn an_embedded_mock_starts_in_a_line_and_stops_at_its_end() {
    let sts = Embedded::start().unwrap();
    let address = sts.url().strip_prefix("http://").unwrap().to_owned();
    assert_eq!(sts.role_arn(), crate::support::ROLE);
    assert!(std::net::TcpStream::connect(&address).is_ok());
    drop(sts);
    assert!(std::net::TcpStream::connect(&address).is_err());
}
