//! Prometheus's own parser reads what the control listener tells.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, Command, Stdio};

use crate::http::Message;
use crate::stage::Home;
use crate::venv;

const READ: &str = "import sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families
for family in text_string_to_metric_families(sys.stdin.read()):
    total = sum(s.value for s in family.samples if s.name.endswith(('_total', '_count')))
    print(family.name, family.type, int(total))
";

/// Ends the program even when the test fails before it does.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn the_metrics_are_read_by_prometheus() {
    let Some(python) = venv::prometheus() else { return };
    let home = Home::new();
    let token = home.path().join("control-token");
    let mut program = Command::new(env!("CARGO_BIN_EXE_mock-sts"));
    program.args(["serve", "--bind", "127.0.0.1:0", "--control", "127.0.0.1:0"]);
    program.arg("--control-token-file").arg(&token).stdout(Stdio::piped());
    let mut running = Running(program.spawn().unwrap());
    let lines = BufReader::new(running.0.stdout.take().unwrap()).lines();
    let lines: Vec<String> = lines.take(6).map(Result::unwrap).collect();
    let address =
        |line: &str| line.split("http://").nth(1).unwrap().split(' ').next().unwrap().to_owned();
    let (sts, control) = (address(&lines[0]), address(&lines[5]));

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
