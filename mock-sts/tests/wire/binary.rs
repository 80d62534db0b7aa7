//! `mock-sts serve` as a program: what it prints and how it ends.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};

use assert_cmd::Command as Checked;

pub(crate) fn program() -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_mock-sts"));
    program.arg("serve");
    program
}

/// Ends the program even when the test fails before it does.
pub(crate) struct Running(pub(crate) Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn it_says_where_it_listens_and_ends_well_on_sigterm() {
    let mut running = program();
    running.args(["--bind", "127.0.0.1:0", "--profile", "cacheable-keys"]).stdout(Stdio::piped());
    let mut running = Running(running.spawn().unwrap());
    let mut lines = BufReader::new(running.0.stdout.take().unwrap()).lines();
    let first = lines.next().unwrap().unwrap();
    let address = first.strip_prefix("listening on http://").unwrap();
    assert_ne!(address, "127.0.0.1:0");
    let second = lines.next().unwrap().unwrap();
    assert_eq!(
        second,
        format!(
            "  export AWS_ENDPOINT_URL_STS=http://{address} \
             AWS_ROLE_ARN=arn:aws:iam::123456789012:role/ci"
        )
    );

    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 302 Found\r\n"), "{answer}");

    let signalled = Command::new("kill").arg(running.0.id().to_string()).status().unwrap();
    assert!(signalled.success());
    assert_eq!(running.0.wait().unwrap().code(), Some(0));
}

#[test]
fn what_cannot_be_opened_is_named_before_it_listens() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let table: [(&[&str], String); 4] = [
        (
            &["--access-log", "/nowhere/access.jsonl"],
            "error: cannot write to /nowhere/access.jsonl: choose a path whose directory exists"
                .into(),
        ),
        (
            &["--cloudtrail", "/dev/null/trail"],
            "error: cannot write to /dev/null/trail: choose a path whose directory exists".into(),
        ),
        (
            &["--control", "127.0.0.1:0", "--control-token-file", "/nowhere/token"],
            "error: cannot write the control token to /nowhere/token".into(),
        ),
        (&["--control", &address], format!("error: cannot listen on {address}")),
    ];
    for (arguments, expected) in table {
        let mut program = Checked::new(env!("CARGO_BIN_EXE_mock-sts"));
        let ended =
            program.args(["serve", "--bind", "127.0.0.1:0"]).args(arguments).assert().code(1);
        let told = String::from_utf8(ended.get_output().stderr.clone()).unwrap();
        assert!(told.starts_with(&expected), "{told}");
        assert_eq!(told.lines().count(), 1, "{told}");
    }
}

#[test]
fn signatures_are_not_checked_where_nobody_wants_them_to_be() {
    let mut running = program();
    running.args(["--bind", "127.0.0.1:0", "--signatures", "unchecked"]).stdout(Stdio::piped());
    let mut running = Running(running.spawn().unwrap());
    let mut lines = BufReader::new(running.0.stdout.take().unwrap()).lines();
    let first = lines.next().unwrap().unwrap();
    let address = first.strip_prefix("listening on http://").unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    let request = "GET /?Action=GetCallerIdentity&Version=2011-06-15 HTTP/1.1\r\nhost: x\r\n\
                   x-amz-date: 20211027T000000Z\r\n\
                   authorization: AWS4-HMAC-SHA256 Credential=x/20211027/y/sts/aws4_request, \
                   SignedHeaders=host, Signature=0\r\nconnection: close\r\n\r\n";
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.contains("<Arn>arn:aws:iam::123456789012:user/unchecked</Arn>"), "{answer}");
}

#[test]
fn a_taken_port_is_told_with_its_address() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let mut program = Checked::from_std(program());
    let ended = program.args(["--bind", &address]).assert().code(1);
    let told = String::from_utf8(ended.get_output().stderr.clone()).unwrap();
    assert!(
        told.starts_with(&format!("error: cannot listen on {address}: choose another")),
        "{told}"
    );
}

#[test]
fn what_cannot_be_meant_is_a_usage_error() {
    let table: [(&[&str], &str); 5] = [
        (&["--bind", "0.0.0.0:0"], "error: 0.0.0.0:0 is reachable from other machines"),
        (&["--profile", "github"], "error: invalid value 'github' for '--profile <NAME>'"),
        (&["--signatures", "maybe"], "error: invalid value 'maybe' for '--signatures <HOW>'"),
        (&["--config", "/nowhere.toml"], "error: cannot read /nowhere.toml: "),
        (&["--config", "/x", "--profile", "throttled"], "error: the argument "),
    ];
    for (arguments, expected) in table {
        let mut program = Checked::from_std(program());
        let ended = program.args(arguments).assert().code(2);
        let told = String::from_utf8(ended.get_output().stderr.clone()).unwrap();
        assert!(told.starts_with(expected), "{told}");
    }
}
