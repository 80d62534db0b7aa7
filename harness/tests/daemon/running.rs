//! A daemon that runs as a process, and what is asked of it.

#[path = "../common/folder.rs"]
mod folder;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::{fs, thread};

use mock_sts::Embedded;

pub(crate) use self::folder::Folder;

pub(crate) struct Daemon {
    pub(crate) url: String,
    pub(crate) authorization_file: PathBuf,
    pub(crate) token_file: PathBuf,
    process: Child,
    _folder: Option<Folder>,
}

impl Daemon {
    /// For the mock's first role, with a token of a job.
    pub(crate) fn start(sts: &Embedded, more: &[&str]) -> Self {
        let folder = Folder::new();
        let token_file = folder.join("token");
        fs::write(&token_file, sts.token("stampede-job-1").unwrap()).unwrap();
        let files = (token_file, folder.join("authorization"));
        let role = if more.contains(&"--role") { vec![] } else { vec!["--role", sts.role_arn()] };
        let mut daemon = Self::run(&sts.url(), files, &[&role[..], more].concat());
        daemon._folder = Some(folder);
        daemon
    }

    /// Where another one was killed, with its files.
    pub(crate) fn again(sts: &Embedded, killed: &Self) -> Self {
        let files = (killed.token_file.clone(), killed.authorization_file.clone());
        Self::run(&sts.url(), files, &["--role", sts.role_arn()])
    }

    /// For an STS that may not be there.
    pub(crate) fn at(url: &str, token_file: &Path, more: &[&str]) -> Self {
        let folder = Folder::new();
        let files = (token_file.to_owned(), folder.join("authorization"));
        let role = ["--role", "arn:aws:iam::123456789012:role/ci"];
        let mut daemon = Self::run(url, files, &[&role[..], more].concat());
        daemon._folder = Some(folder);
        daemon
    }

    fn run(url: &str, (token_file, authorization_file): (PathBuf, PathBuf), more: &[&str]) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_stampede"))
            .args(["daemon", "--endpoint", url, "--token-file"])
            .arg(&token_file)
            .arg("--authorization-file")
            .arg(&authorization_file)
            .args(more)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut first = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut first).unwrap();
        let url = first.trim().strip_prefix("listening on ").unwrap().to_owned();
        Self { url, authorization_file, token_file, process, _folder: None }
    }

    /// `ADDR:PORT`.
    pub(crate) fn host(&self) -> &str {
        self.url.trim_start_matches("http://").trim_end_matches('/')
    }

    /// Status and body of `GET /PATH` with the daemon's own token.
    pub(crate) fn get(&self, path: &str) -> (u16, String) {
        let secret = fs::read_to_string(&self.authorization_file).unwrap();
        ask(self.host(), self.host(), &format!("/{path}"), &secret)
    }

    /// The first answer that `is_it`; there is no other way to wait for what the
    /// daemon hears.
    pub(crate) fn get_until(&self, is_it: impl Fn(&(u16, String)) -> bool) -> (u16, String) {
        let mut answers = std::iter::repeat_with(|| self.get(""));
        answers.by_ref().take(100_000).find(is_it).unwrap()
    }

    pub(crate) fn wait_until_ready(&self) {
        self.get_until(|(status, _)| *status == 200);
    }

    /// As `kill -9` does.
    pub(crate) fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// Ends it in good order and gives what it logged.
    pub(crate) fn end(&mut self) -> String {
        let pid = self.process.id().to_string();
        assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
        self.process.wait().unwrap();
        let mut log = String::new();
        self.process.stderr.take().unwrap().read_to_string(&mut log).unwrap();
        log
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Status and body of a `GET`; `authorization` is left out where it is empty.
pub(crate) fn ask(address: &str, host: &str, path: &str, authorization: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    let authorization = match authorization {
        "" => String::new(),
        text => format!("authorization: {text}\r\n"),
    };
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nhost: {host}\r\n{authorization}connection: close\r\n\r\n"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    thread::yield_now();
    (status, body.to_owned())
}
