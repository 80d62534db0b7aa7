//! One listener stands for all regions: whoever watches it is told which was asked.

use std::fs;
use std::sync::Arc;

use axum::body::Body;
use axum::http::Request;
use mock_sts::http::watch::{AccessLog, ThrottledEvents, Trail, Watchers};
use mock_sts::http::{Mock, control};
use serde_json::{Value, json};

use crate::standing::{TOKEN, ask, place, records, request};
use crate::support::{FORM, assume, instant_config, send, token};

/// The hosts of four calls; the last names no region that there is.
const HOSTS: [&str; 4] = [
    "sts.eu-west-1.localhost:1",
    "127.0.0.1:1",
    "sts.eu-west-1.amazonaws.com",
    "sts.eu-west-9.localhost:1",
];

const ASKED: [&str; 4] = ["eu-west-1", "us-east-1", "eu-west-1", "us-east-1"];

async fn called(other_regions: &[&str], watchers: Watchers) -> Arc<Mock> {
    let mut config = instant_config();
    config.service.other_regions = other_regions.iter().map(|it| (*it).to_owned()).collect();
    let mock = Mock::new(config, 1).unwrap();
    mock.watched_by(watchers);
    let token = token(&mock, "stampede-job-1", "sts.amazonaws.com").await;
    for host in HOSTS {
        let request = Request::post("/").header("content-type", FORM).header("host", host);
        let request = request.body(Body::from(assume(&token))).unwrap();
        assert_eq!(send(&mock, request).await.status, 200, "{host}");
    }
    mock
}

#[tokio::test]
async fn the_logs_tell_the_region_of_each_call() {
    let place = place("regions");
    let path = place.join("access.jsonl");
    let log = AccessLog::open(path.to_str().unwrap()).unwrap();
    let trail = Trail::open(&place, ThrottledEvents::LeftOut).unwrap();
    drop(called(&["eu-west-1"], Watchers::new(Some(log), Some(trail))).await);

    let text = fs::read_to_string(&path).unwrap();
    let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let told: Vec<Value> = lines.filter(|line| line.get("action").is_some()).collect();
    let told: Vec<_> = told.iter().map(|line| line["region"].as_str().unwrap()).collect();
    assert_eq!(told, ASKED);

    for region in ["us-east-1", "eu-west-1"] {
        let folder = place.join("AWSLogs/123456789012/CloudTrail").join(region);
        assert_eq!(records(&folder).len(), 2, "{region}");
    }
    fs::remove_dir_all(place).unwrap();
}

#[tokio::test]
async fn the_control_listener_counts_by_region_where_there_are_several() {
    let mock = called(&["eu-west-1", "ap-south-1"], Watchers::default()).await;
    let control = control(mock, TOKEN);
    let (_, metrics) = ask(&control, request("GET", "/metrics", "")).await;
    for line in [
        "mock_sts_region_requests_total{region=\"us-east-1\"} 2",
        "mock_sts_region_requests_total{region=\"eu-west-1\"} 2",
        "mock_sts_region_requests_total{region=\"ap-south-1\"} 0",
        "mock_sts_region_throttled_total{region=\"eu-west-1\"} 0",
        "mock_sts_region_key_fetches_total{region=\"ap-south-1\"} 0",
        // What was read before there were regions is as it was.
        "mock_sts_answers_total{action=\"AssumeRoleWithWebIdentity\",code=\"\"} 4",
    ] {
        assert!(metrics.lines().any(|told| told == line), "{line} is not in\n{metrics}");
    }
    let (_, state) = ask(&control, request("GET", "/state", "")).await;
    let state: Value = serde_json::from_str(&state).unwrap();
    let requests = state["regions"].as_array().unwrap().iter();
    let requests: Vec<_> =
        requests.map(|it| (it["region"].as_str().unwrap(), &it["requests"])).collect();
    let expected = [("us-east-1", &json!(2)), ("eu-west-1", &json!(2)), ("ap-south-1", &json!(0))];
    assert_eq!(requests, expected);
}

#[tokio::test]
async fn a_mock_of_one_region_tells_none() {
    let place = place("one-region");
    let path = place.join("access.jsonl");
    let log = AccessLog::open(path.to_str().unwrap()).unwrap();
    let mock = called(&[], Watchers::new(Some(log), None)).await;
    let control = control(mock, TOKEN);
    let (_, metrics) = ask(&control, request("GET", "/metrics", "")).await;
    let (_, state) = ask(&control, request("GET", "/state", "")).await;
    assert!(!metrics.contains("region=") && !state.contains("\"regions\""), "{metrics}{state}");
    drop(control);
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains("AssumeRoleWithWebIdentity") && !text.contains("region"), "{text}");
    fs::remove_dir_all(place).unwrap();
}
