//! `stampede token` against a mock that runs in the test.

use std::net::SocketAddr;

use mock_sts::config::check::load;
use mock_sts::http::{Mock, bind, serve};
use tokio::sync::oneshot;

use crate::support::{Ended, Folder, assert_refused, stampede};

const TWO: &str = r#"
[idp]
token-latency.fixed = "0s"

[[idps]]
name = "gitlab"
preset = "gitlab"
algorithm = "ES256"
token-latency.fixed = "0s"
"#;

/// What `ask` comes to while a mock of this file is served.
fn with_mock<T>(file: &str, ask: impl FnOnce(&str) -> T) -> T {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let config = load("mock.toml", file).expect("nothing is wrong");
    let mock = Mock::new(config, 1).expect("randomness");
    let any = SocketAddr::from(([127, 0, 0, 1], 0));
    let listener = runtime.block_on(bind(any, false)).expect("loopback");
    let url = format!("http://{}", listener.local_addr().expect("bound"));
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = runtime.spawn(serve(listener, mock, async { drop(stopped.await) }));
    let outcome = ask(&url);
    drop(stop);
    runtime.block_on(serving).expect("no panic").expect("served");
    outcome
}

fn token(url: &str, arguments: &[&str]) -> Ended {
    let arguments = [&["token", "--endpoint", url], arguments].concat();
    stampede(&Folder::new(), &arguments)
}

fn claims(ended: &Ended) -> serde_json::Value {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let part = ended.stdout.trim_end().split('.').nth(1).expect("a JWT");
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).expect("base64")).expect("claims")
}

#[test]
fn a_token_of_each_provider_is_printed() {
    with_mock(TWO, |url| {
        let github = claims(&token(url, &["--job", "7"]));
        assert_eq!(
            (&github["run_number"], &github["aud"]),
            (&"7".into(), &"sts.amazonaws.com".into())
        );
        let github = claims(&token(url, &["--preset", "github", "--audience", "a b&c"]));
        assert_eq!(github["aud"], "a b&c");
        let gitlab = claims(&token(url, &["--preset", "gitlab"]));
        assert_eq!(
            (&gitlab["iss"], &gitlab["aud"]),
            (&"https://gitlab.com".into(), &gitlab["iss"])
        );
        assert_eq!(claims(&token(url, &["--idp", "gitlab"]))["iss"], "https://gitlab.com");
    });
}

#[test]
fn what_the_mock_does_not_issue_is_said_with_its_remedy() {
    with_mock(TWO, |url| {
        for preset in ["eks", "github-immutable"] {
            let ended = token(url, &["--preset", preset]);
            assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), ""));
            let remedy = format!("[[idps]] name = \"{preset}\", preset = \"{preset}\"");
            assert!(ended.stderr.contains(&remedy), "{}", ended.stderr);
        }
        let ended = token(url, &["--idp", "nobody"]);
        assert_eq!(ended.code, Some(1));
        assert!(ended.stderr.contains("HTTP 302"), "{}", ended.stderr);
    });
}

#[test]
fn only_this_machine_is_asked() {
    let ended = token("http://192.0.2.1:80", &[]);
    assert_refused(&ended, &["192.0.2.1", "--allow-remote 192.0.2.1"]);
    assert_refused(&token("http://sts.amazonaws.com", &[]), &["belongs to AWS"]);
    assert_refused(&token("http://127.0.0.1", &["--preset", "jenkins"]), &["github-immutable"]);
}

#[test]
fn nobody_there_is_one_sentence() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("loopback");
    let url = format!("http://{}", free.local_addr().expect("bound"));
    drop(free);
    let ended = token(&url, &[]);
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), ""));
    assert!(ended.stderr.starts_with("error: no token from http://127.0.0.1:"), "{}", ended.stderr);
    assert!(ended.stderr.contains("is `mock-sts serve` running there?"), "{}", ended.stderr);
}
