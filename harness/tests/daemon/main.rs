//! `stampede daemon` and `stampede exec` as programs, with AWS's own SDKs as
//! their clients.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

#[path = "../../../mock-sts/tests/wire/certificates.rs"]
mod certificates;
#[allow(dead_code, reason = "the mock's tests also run clients that need telling where STS is")]
#[path = "../../../mock-sts/tests/real_clients/clients.rs"]
mod clients;
mod https;
mod running;
#[path = "../../../mock-sts/tests/real_clients/toolchain.rs"]
mod toolchain;
#[allow(dead_code, reason = "the mock's tests set up more than these")]
#[path = "../../../mock-sts/tests/real_clients/venv.rs"]
mod venv;

use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::Duration;

use mock_sts::Embedded;
use mock_sts::config::{MockConfig, profile};
use mock_sts::latency::Latency;

use crate::clients::CLIENTS;
use crate::running::{Daemon, Folder, ask};

/// A mock that answers at once.
fn instant() -> MockConfig {
    let mut config = profile("github-2021").unwrap().config();
    config.service.latency = Latency::ZERO;
    config.service.verification_key.provider.latency = Latency::ZERO;
    config
}

#[test]
fn every_sdk_reads_it_and_all_of_them_cost_one_call() {
    let sts = Embedded::with(instant(), 1).unwrap();
    let daemon = Daemon::start(&sts, &[]);
    daemon.wait_until_ready();
    let run = |client: &clients::Client| {
        let Some(mut command) = client.command("implicit") else { return };
        let home = Folder::new();
        command
            .current_dir(&*home)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", &*home)
            .env("AWS_REGION", "us-east-1")
            .env("AWS_DEFAULT_REGION", "us-east-1")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("AWS_ENDPOINT_URL_STS", sts.url())
            .env("AWS_CONTAINER_CREDENTIALS_FULL_URI", &daemon.url)
            .env("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", &daemon.authorization_file);
        let output = command.output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        let why = String::from_utf8_lossy(&output.stderr);
        let arn = "arn:aws:sts::123456789012:assumed-role/ci/stampede-daemon";
        assert!(said.contains(arn), "{}: {said}{why}", client.name);
    };
    thread::scope(|scope| {
        // AWS CLI 2.9 is older than the file that the authorization is read from.
        for client in CLIENTS.iter().filter(|client| client.name != "AWS CLI 2.9.19") {
            scope.spawn(move || run(client));
        }
    });
    assert_eq!(sts.ledger().granted(), 1);
}

#[test]
fn any_number_of_clients_cost_one_call_each_role() {
    let mut config = instant();
    let second = mock_sts::config::RoleConfig {
        arn: "arn:aws:iam::123456789012:role/deploy".into(),
        ..config.service.roles[0].clone()
    };
    config.service.roles.push(second);
    config.service.latency = Latency::Fixed(Duration::from_millis(300));
    let sts = Embedded::with(config, 1).unwrap();
    let roles = ["--role", sts.role_arn(), "--role", "arn:aws:iam::123456789012:role/deploy"];
    let daemon = Daemon::start(&sts, &roles);
    // Before there are any, and all at once: those who come first wait a little.
    thread::scope(|scope| {
        for client in 0..200 {
            let daemon = &daemon;
            scope.spawn(move || {
                let path = if client % 2 == 0 { "" } else { "role/deploy" };
                let (status, body) = daemon.get(path);
                assert_eq!(status, 200, "{body}");
                let name = if client % 2 == 0 { "role/ci" } else { "role/deploy" };
                assert!(body.contains(name), "{body}");
            });
        }
    });
    assert_eq!(sts.ledger().granted(), 2);
    assert_eq!(daemon.get("role/nobody").0, 404);
}

#[test]
fn only_who_has_the_token_and_names_this_machine_is_answered() {
    let sts = Embedded::with(instant(), 1).unwrap();
    let daemon = Daemon::start(&sts, &[]);
    daemon.wait_until_ready();
    let secret = fs::read_to_string(&daemon.authorization_file).unwrap();
    let host = daemon.host().to_owned();
    let (_, good) = ask(&host, &host, "/", &secret);
    assert!(good.contains("SecretAccessKey"), "{good}");
    for wrong in ["", "x", &secret[1..], &format!("Bearer {secret}")] {
        let (status, body) = ask(&host, &host, "/", wrong);
        assert_eq!(status, 401, "{wrong}");
        assert!(!body.contains(&*secret) && !body.contains("AccessKeyId"), "{body}");
    }
    assert_eq!(ask(&host, "evil.example", "/", &secret).0, 403);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(&daemon.authorization_file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[test]
fn what_is_valid_is_served_while_sts_is_down_and_nothing_is_when_it_never_came() {
    let sts = Embedded::with(instant(), 1).unwrap();
    let url = sts.url();
    let daemon = Daemon::start(&sts, &["--refresh-ahead", "12h", "--jitter", "0s"]);
    daemon.wait_until_ready();
    drop(sts);
    let (status, body) = daemon.get("");
    assert_eq!(status, 200, "{body}");
    // Another one that starts now has nothing, and says why, so that clients ask again.
    let late = Daemon::at(&url, &daemon.token_file, &["--preset", "botocore-1.44"]);
    let (status, body) = late.get_until(|(_, body)| body.contains("Unreachable"));
    assert_eq!(status, 503, "{body}");
    assert!(!body.contains("AccessKeyId"), "{body}");
}

#[test]
fn after_a_kill_it_starts_again_and_asks_again() {
    let sts = Embedded::with(instant(), 1).unwrap();
    let mut first = Daemon::start(&sts, &[]);
    first.wait_until_ready();
    first.kill();
    // The token file that it left is no obstacle, and no longer good.
    let stale = fs::read_to_string(&first.authorization_file).unwrap();
    let second = Daemon::again(&sts, &first);
    second.wait_until_ready();
    let fresh = fs::read_to_string(&second.authorization_file).unwrap();
    assert_ne!(stale, fresh);
    assert_eq!(ask(second.host(), second.host(), "/", &stale).0, 401);
    assert_eq!(second.get("").0, 200);
    assert_eq!(sts.ledger().granted(), 2);
}

#[test]
fn its_log_has_no_secret() {
    let sts = Embedded::with(instant(), 1).unwrap();
    let mut daemon = Daemon::start(&sts, &[]);
    daemon.wait_until_ready();
    let (_, body) = daemon.get("");
    let held: serde_json::Value = serde_json::from_str(&body).unwrap();
    let secret = fs::read_to_string(&daemon.authorization_file).unwrap();
    let log = daemon.end();
    assert!(log.contains("role/ci: credentials for 3"), "{log}");
    for hidden in [held["SecretAccessKey"].as_str(), held["Token"].as_str(), Some(&secret)] {
        assert!(!log.contains(hidden.unwrap()), "{log}");
    }
    // It takes its file with it.
    assert!(!daemon.authorization_file.exists());
}

#[test]
fn exec_gives_a_command_the_daemon_and_nothing_that_comes_before_it() {
    let sts = Embedded::with(instant(), 1).unwrap();
    let folder = Folder::new();
    let token_file = folder.join("token");
    fs::write(&token_file, sts.token("stampede-job-1").unwrap()).unwrap();
    let run = |script: &str| {
        let mut stampede = Command::new(env!("CARGO_BIN_EXE_stampede"));
        stampede
            .args(["exec", "--role", sts.role_arn(), "--endpoint", &sts.url(), "--token-file"])
            .arg(&token_file)
            .env("AWS_ACCESS_KEY_ID", "ASIAOTHER")
            .env("AWS_WEB_IDENTITY_TOKEN_FILE", "elsewhere")
            .args(["--", "sh", "-c", script]);
        stampede.output().unwrap()
    };
    let script = "[ -z \"$AWS_ACCESS_KEY_ID$AWS_WEB_IDENTITY_TOKEN_FILE\" ] || exit 3
case $AWS_CONTAINER_CREDENTIALS_FULL_URI in http://127.0.0.1:*/) ;; *) exit 4;; esac
[ -n \"$AWS_CONTAINER_AUTHORIZATION_TOKEN\" ] || exit 5
exit 7";
    let ended = run(script);
    assert_eq!(ended.status.code(), Some(7));
    let told = String::from_utf8_lossy(&ended.stderr);
    let removed = "not passed on: AWS_ACCESS_KEY_ID, AWS_WEB_IDENTITY_TOKEN_FILE\n";
    assert!(told.contains(removed) && !told.contains("ASIAOTHER"), "{told}");
    assert_eq!(run("kill -TERM $$").status.code(), Some(128 + 15));
    let table = [
        (vec!["exec", "--", "true"], "error: no role to hold"),
        (vec!["exec", "--role", "x", "--", "true"], "error: no STS to call"),
        (
            vec!["exec", "--role", "a:role/ci", "--role", "b:role/ci", "--", "true"],
            "a:role/ci has the same: run a daemon for each",
        ),
        (
            vec![
                "exec",
                "--role",
                "x",
                "--endpoint",
                "https://sts.amazonaws.com",
                "--token-file",
                "t",
                "--",
                "true",
            ],
            "repeat its name with --allow-remote sts.amazonaws.com",
        ),
        (
            vec![
                "exec",
                "--role",
                "x",
                "--endpoint",
                "http://sts.amazonaws.com",
                "--allow-remote",
                "sts.amazonaws.com",
                "--token-file",
                "t",
                "--",
                "true",
            ],
            "the daemon calls it over https only",
        ),
        (
            vec![
                "exec",
                "--role",
                "x",
                "--endpoint",
                "https://127.0.0.1:1",
                "--ca-file",
                "nowhere.pem",
                "--token-file",
                "t",
                "--",
                "true",
            ],
            "cannot read the certificates of `ca-file` nowhere.pem",
        ),
        (
            vec![
                "daemon",
                "--role",
                "x",
                "--endpoint",
                "http://127.0.0.1:1",
                "--token-file",
                "t",
                "--authorization-file",
                "a",
                "--listen",
                "0.0.0.0:0",
            ],
            "the daemon listens on loopback only",
        ),
    ];
    for (arguments, expected) in table {
        let mut stampede = Command::new(env!("CARGO_BIN_EXE_stampede"));
        let refused = stampede.current_dir(&*folder).args(arguments).output().unwrap();
        let told = String::from_utf8_lossy(&refused.stderr);
        assert_eq!(refused.status.code(), Some(2), "{told}");
        assert!(told.contains(expected), "{told}");
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a real process takes real time to start")]
fn exec_passes_on_what_tells_it_to_stop() {
    let sts = Embedded::with(instant(), 1).unwrap();
    let folder = Folder::new();
    let token_file = folder.join("token");
    fs::write(&token_file, sts.token("stampede-job-1").unwrap()).unwrap();
    let started = folder.join("started");
    let script = "trap 'exit 9' TERM; : > \"$0\"; while :; do sleep 0.05; done";
    let mut stampede = Command::new(env!("CARGO_BIN_EXE_stampede"))
        .args(["exec", "--role", sts.role_arn(), "--endpoint", &sts.url(), "--token-file"])
        .arg(&token_file)
        .args(["--", "sh", "-c", script])
        .arg(&started)
        .spawn()
        .unwrap();
    while !started.exists() {
        thread::sleep(Duration::from_millis(10));
    }
    let told = Command::new("kill").args(["-TERM", &stampede.id().to_string()]).status().unwrap();
    assert!(told.success());
    assert_eq!(stampede.wait().unwrap().code(), Some(9), "the command's own end");
}

#[test]
fn a_credential_process_prints_what_the_daemon_holds() {
    let sts = Embedded::with(instant(), 1).unwrap();
    let daemon = Daemon::start(&sts, &[]);
    let ask = |url: &str, file: &Path, more: &[&str]| {
        let mut stampede = Command::new(env!("CARGO_BIN_EXE_stampede"));
        stampede.args(["credentials", "--url", url, "--authorization-file"]).arg(file).args(more);
        stampede.output().unwrap()
    };
    let printed = ask(&daemon.url, &daemon.authorization_file, &[]);
    let told = String::from_utf8_lossy(&printed.stderr);
    assert!(printed.status.success(), "{told}");
    let printed: serde_json::Value = serde_json::from_slice(&printed.stdout).unwrap();
    assert_eq!(printed["Version"], 1);
    assert!(printed["AccessKeyId"].as_str().unwrap().starts_with("ASIA"));
    for field in ["SecretAccessKey", "SessionToken", "Expiration"] {
        assert!(!printed[field].as_str().unwrap().is_empty(), "{field}");
    }
    let refused = |url: &str, file: &Path, more: &[&str], code: i32, expected: &str| {
        let output = ask(url, file, more);
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{told}");
        assert!(told.contains(expected), "{told}");
        assert!(output.stdout.is_empty());
    };
    let file = &daemon.authorization_file;
    refused(
        &daemon.url,
        &daemon.token_file,
        &[],
        1,
        "Authorization header must be the daemon's token",
    );
    refused(&daemon.url, file, &["--role-name", "other"], 1, "no role of that name is held here");
    refused(&daemon.url, file, &["--role-name", "a/b"], 2, "the last part of a role's ARN");
    refused("http://127.0.0.1:1", file, &[], 1, "is it running?");
    refused(&sts.url(), file, &[], 1, "is that a daemon of stampede?");
    refused(&daemon.url, Path::new("nowhere"), &[], 1, "cannot read the authorization token");
}
