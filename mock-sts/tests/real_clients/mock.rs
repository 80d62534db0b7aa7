//! `mock-sts serve` as a process, and the tokens of its identity provider.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::{fs, iter};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use crate::http::Message;

/// A configured mock; its process ends with it.
pub(crate) struct Mock {
    pub(crate) address: SocketAddr,
    process: Child,
    /// Kept open, so that the process can write for as long as it runs.
    stdout: BufReader<ChildStdout>,
}

impl Mock {
    /// Started with this text as its configuration file, which is put into `home`.
    pub(crate) fn serve(config: &str, home: &Path) -> Self {
        Self::serve_with(config, home, &[])
    }

    /// The same with more arguments.
    pub(crate) fn serve_with(config: &str, home: &Path, more: &[&str]) -> Self {
        let file = home.join("mock.toml");
        fs::write(&file, config).unwrap();
        let mut program = Command::new(env!("CARGO_BIN_EXE_mock-sts"));
        program.args(["serve", "--bind", "127.0.0.1:0", "--config"]).arg(file).args(more);
        let mut process = program.stdout(Stdio::piped()).spawn().unwrap();
        let mut stdout = BufReader::new(process.stdout.take().unwrap());
        let mut first = String::new();
        stdout.read_line(&mut first).unwrap();
        let address = first.trim().strip_prefix("listening on http://").unwrap();
        Self { address: address.parse().unwrap(), process, stdout }
    }

    /// Where the control listener is, which was asked for.
    pub(crate) fn control(&mut self) -> String {
        let mut line = String::new();
        while !line.contains("# control: http://") {
            line.clear();
            assert_ne!(self.stdout.read_line(&mut line).unwrap(), 0, "it has no control listener");
        }
        let rest = line.split("http://").nth(1).unwrap();
        rest.split(' ').next().unwrap().to_owned()
    }

    /// A token of the identity provider, as a CI job gets it.
    pub(crate) fn token(&self) -> String {
        let request = Message {
            head: "GET /token?audience=sts.amazonaws.com HTTP/1.1\r\nhost: mock\r\n\
                   authorization: Bearer stampede-job-1\r\n\r\n"
                .into(),
            body: Vec::new(),
        };
        let answer = request.ask(self.address).unwrap();
        let answer: Value = serde_json::from_slice(&answer.body).unwrap();
        answer["value"].as_str().unwrap().to_owned()
    }

    /// Asks the mock until it finds the token expired: its clock is the one
    /// that counts.
    pub(crate) fn wait_until_expired(&self, token: &str) {
        let body = form_urlencoded::Serializer::new(String::new())
            .append_pair("Action", "AssumeRoleWithWebIdentity")
            .append_pair("Version", "2011-06-15")
            .append_pair("RoleArn", "arn:aws:iam::123456789012:role/ci")
            .append_pair("RoleSessionName", "waiting")
            .append_pair("WebIdentityToken", token)
            .finish();
        let head = format!(
            "POST / HTTP/1.1\r\nhost: mock\r\ncontent-length: {}\r\n\
             content-type: application/x-www-form-urlencoded\r\n\r\n",
            body.len()
        );
        let request = Message { head, body: body.into() };
        let answers = iter::repeat_with(|| request.ask(self.address).unwrap().body);
        let expired = |body: Vec<u8>| String::from_utf8_lossy(&body).contains("ExpiredToken");
        assert!(answers.take(10_000).any(expired), "a token of one second never expires");
    }
}

impl Drop for Mock {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The `exp` of a token, in seconds since 1970.
pub(crate) fn expiry(token: &str) -> u64 {
    let claims = token.split('.').nth(1).unwrap();
    let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap();
    claims["exp"].as_u64().unwrap()
}
