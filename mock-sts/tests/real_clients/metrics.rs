//! Prometheus's own parser reads what the control listener tells.

use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};

use crate::http::Message;
use crate::mock::Mock;
use crate::stage::Home;
use crate::venv;

const READ: &str = "import sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families
for family in text_string_to_metric_families(sys.stdin.read()):
    total = sum(s.value for s in family.samples if s.name.endswith(('_total', '_count')))
    print(family.name, family.type, int(total))
";

#[test]
fn the_metrics_are_read_by_prometheus() {
    let Some(python) = venv::prometheus() else { return };
    let home = Home::new();
    let token = home.path().join("control-token");
    let arguments = ["--control", "127.0.0.1:0", "--control-token-file", token.to_str().unwrap()];
    let mut mock = Mock::serve_with("", home.path(), &arguments);
    let (sts, control) = (mock.address.to_string(), mock.control());

    let ask = |address: &str, head: String| {
        let head = format!("{head}host: {address}\r\n\r\n");
        Message { head, body: Vec::new() }.ask(address.parse().unwrap()).unwrap()
    };
    for _ in 0..3 {
        ask(&sts, "GET /?Action=GetCallerIdentity&Version=2011-06-15 HTTP/1.1\r\n".into());
    }
    let secret = fs::read_to_string(&token).unwrap();
    let bearer = format!("GET /metrics HTTP/1.1\r\nauthorization: Bearer {}\r\n", secret.trim());
    let scraped = ask(&control, bearer);

    let mut reader = Command::new(python);
    reader.args(["-c", READ]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut reader = reader.spawn().unwrap();
    reader.stdin.take().unwrap().write_all(&scraped.body).unwrap();
    let told = reader.wait_with_output().unwrap();
    assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    let told = String::from_utf8(told.stdout).unwrap();
    let expected = "mock_sts_answers counter 3
mock_sts_throttled counter 0
mock_sts_faults counter 0
mock_sts_key_requests counter 0
mock_sts_in_flight gauge 0
mock_sts_answer_delay_seconds histogram 3
";
    assert_eq!(told, expected);
}
