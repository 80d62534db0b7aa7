//! The page of a run that goes on.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Stdio};

use serde_json::Value;

use crate::support::{Folder, SMALL, assert_refused, command, json, stampede};

/// Jobs spread over two seconds, so that there is something to see.
fn slow() -> String {
    SMALL.replace("jobs = 4", "jobs = 40").replace("spread = \"20ms\"", "spread = \"2s\"")
}

/// Starts the run and reads from standard error where its page is.
fn watched(folder: &Folder) -> (Child, String) {
    let arguments = ["run", "small.toml", "-q", "--live", "0", "-o", "json=r.json"];
    let mut run = command(folder, &arguments);
    let mut run = run.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("started");
    let mut told = BufReader::new(run.stderr.take().expect("piped"));
    let mut line = String::new();
    told.read_line(&mut line).expect("a line");
    let address = line.strip_prefix("live: http://").expect("where it is").trim_end();
    (run, address.trim_end_matches('/').to_owned())
}

fn ask(address: &str, path: &str, host: &str) -> BufReader<TcpStream> {
    let mut stream = TcpStream::connect(address).expect("it listens");
    write!(stream, "GET {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n")
        .expect("sent");
    BufReader::new(stream)
}

#[test]
fn a_run_can_be_watched_as_it_goes() {
    let folder = Folder::with(&slow());
    let (mut run, address) = watched(&folder);
    assert!(address.starts_with("127.0.0.1:"), "{address}");
    let events = ask(&address, "/events", &address);
    let views = events.lines().map_while(Result::ok).filter_map(|line| {
        let view = line.strip_prefix("data: ")?.to_owned();
        Some(serde_json::from_str::<Value>(&view).expect("JSON"))
    });
    let views: Vec<Value> = views.collect();
    let ended = run.wait().expect("it ends by itself");
    assert_eq!(ended.code(), Some(0));
    assert!(views.len() >= 5, "{} moments of two seconds", views.len());
    let naive = |view: &Value, what: &str| view["contenders"][0][what].as_u64().expect("a count");
    for pair in views.windows(2) {
        for what in ["started", "succeeded", "sent", "granted"] {
            assert!(naive(&pair[0], what) <= naive(&pair[1], what), "{what} falls");
        }
        assert!(pair[0]["elapsed_ms"].as_u64() < pair[1]["elapsed_ms"].as_u64());
        assert_eq!(pair[0]["done"], false, "nothing comes after the end");
    }
    let partly = |view: &&Value| (1..40).contains(&naive(view, "succeeded"));
    let partly = views.iter().find(partly).expect("it was seen on its way");
    let success = &partly["contenders"][0]["success"];
    assert!(success["low"].as_f64() < success["percent"].as_f64(), "{success}");
    let last = views.last().expect("a moment");
    assert_eq!(last["done"], true);
    let result = json(&folder.join("r.json"));
    for (index, told) in result["contenders"].as_array().expect("a list").iter().enumerate() {
        let shown = &last["contenders"][index];
        assert_eq!(shown["succeeded"], told["jobs"]["succeeded"], "{shown}");
        assert_eq!(shown["sent"], told["attempts"], "{shown}");
        let herd: u64 =
            shown["herd"].as_array().expect("a list").iter().filter_map(Value::as_u64).sum();
        assert_eq!(Some(herd), told["attempts"].as_u64(), "all calls are in the strip");
    }
}

#[test]
fn the_page_is_for_this_machine_and_asks_nobody_else() {
    let folder = Folder::with(&slow());
    let (mut run, address) = watched(&folder);
    let read = |path: &str, host: &str| {
        let mut text = String::new();
        ask(&address, path, host).read_to_string(&mut text).expect("text");
        text
    };
    let page = read("/", "localhost");
    assert!(page.starts_with("HTTP/1.1 200 "), "{page}");
    assert!(page.contains("default-src 'none'"), "{page}");
    for outside in ["http:", "https:", "//cdn", "@import", " src="] {
        let body = page.replace("http://www.w3.org/2000/svg", "");
        assert!(!body.contains(outside), "{outside}");
    }
    for path in ["/", "/events"] {
        let refused = read(path, "stampede.example");
        assert!(refused.starts_with("HTTP/1.1 403 "), "{path}: {refused}");
    }
    assert_eq!(run.wait().expect("it ends").code(), Some(0));
}

#[test]
fn a_port_that_is_taken_is_said_before_the_run() {
    let folder = Folder::with(SMALL);
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("an address").port().to_string();
    let ended = stampede(&folder, &["run", "small.toml", "--live", &port, "-o", "json=r.json"]);
    assert_refused(&ended, &["cannot show the run at port", &port, "nothing was run"]);
    assert!(!folder.join("r.json").exists(), "it has run");
    let elsewhere = stampede(&folder, &["run", "small.toml", "--live", "0.0.0.0:80"]);
    assert_eq!(elsewhere.code, Some(2), "{}", elsewhere.stderr);
}
