//! PyJWT, which knows nothing of the mock, verifies the tokens of every
//! provider from its discovery document on.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::http::Message;
use crate::mock::Mock;
use crate::stage::Home;
use crate::venv;

/// A token of the provider under `path`.
fn token(mock: &Mock, path: &str, audience: &str) -> String {
    let request = Message {
        head: format!(
            "GET {path}/token?audience={audience} HTTP/1.1\r\nhost: mock\r\n\
             authorization: Bearer stampede-job-1\r\n\r\n"
        ),
        body: Vec::new(),
    };
    let answer = request.ask(mock.address).unwrap();
    let answer: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
    answer["value"].as_str().unwrap().to_owned()
}

/// What PyJWT says to each of these tokens, as a relying party of the provider
/// under `path`; nothing when there is no PyJWT to run.
fn verify(mock: &Mock, path: &str, audience: &str, tokens: &[String]) -> Option<Vec<String>> {
    let mut python = Command::new(venv::pyjwt()?);
    python.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/real_clients/verify_token.py"));
    python.args([&format!("http://{}{path}", mock.address), audience]);
    python.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut process = python.spawn().unwrap();
    process.stdin.take().unwrap().write_all(tokens.join("\n").as_bytes()).unwrap();
    let output = process.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect())
}

#[test]
fn it_verifies_every_algorithm_and_nothing_that_was_tampered_with() {
    if venv::pyjwt().is_none() {
        return;
    }
    let algorithms = ["RS256", "RS384", "RS512", "ES256", "ES384", "ES512"];
    let mut config = String::new();
    for name in algorithms {
        let path = name.to_lowercase();
        write!(
            config,
            "[[idps]]\nname = \"{path}\"\nissuer = \"https://{path}.example\"\nalgorithm = \"{name}\"\n"
        )
        .unwrap();
    }
    let home = Home::new();
    let mock = Mock::serve(&config, home.path());
    for name in algorithms {
        let path = format!("/{}", name.to_lowercase());
        let good = token(&mock, &path, "me");
        let (head, signature) = good.rsplit_once('.').unwrap();
        let (header, claims) = head.split_once('.').unwrap();
        let other = token(&mock, &path, "somebody-else");
        let foreign = other.split('.').nth(1).unwrap();
        let elsewhere = token(&mock, "", "me");
        let tokens = [
            good.clone(),
            format!("{header}.{foreign}.{signature}"),
            format!("{header}.{claims}."),
            other.clone(),
            elsewhere,
        ];
        let told = verify(&mock, &path, "me", &tokens).unwrap();
        let expected = [
            &*format!("{name} repo:octo-org/app:ref:refs/heads/main"),
            "InvalidSignatureError",
            "InvalidSignatureError",
            "InvalidAudienceError",
            "PyJWKClientError",
        ];
        assert_eq!(told, expected, "{name}");
    }
}

#[test]
fn it_verifies_the_tokens_of_every_preset() {
    if venv::pyjwt().is_none() {
        return;
    }
    let presets = [
        ("github-immutable", "RS256 repo:octo-org@65170111/app@74014213:ref:refs/heads/main"),
        ("gitlab", "RS256 project_path:octo-org/app:ref_type:branch:ref:main"),
        ("eks", "RS256 system:serviceaccount:default:app"),
    ];
    for (preset, expected) in presets {
        let home = Home::new();
        let mock = Mock::serve(&format!("[idp]\npreset = \"{preset}\"\n"), home.path());
        let tokens = [token(&mock, "", "me")];
        assert_eq!(verify(&mock, "", "me", &tokens).unwrap(), [expected]);
    }
}
