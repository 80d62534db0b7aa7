//! Terraform or OpenTofu whose state is in S3: its backend assumes a role by web
//! identity at the mock, and signs for S3 with what it got.
//!
//! Whichever is found in the `PATH` is run, with no provider, so that nothing has
//! to be fetched.

use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::{env, fs, thread};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use tokio::net::TcpListener;
use tokio::runtime::Builder;

use crate::mock::Mock;
use crate::proxy::{Between, Proxy};
use crate::stage::Home;

const CONFIG: &str =
    "[service]\nlatency.fixed = \"0s\"\nverification-key.provider.latency.fixed = \"0s\"\n";

/// Nothing, by name and reason, where neither program is.
fn tool() -> Option<&'static str> {
    let here = |tool: &&str| Command::new(tool).arg("version").output().is_ok();
    let found = ["tofu", "terraform"].into_iter().find(here);
    if found.is_none() {
        // Not by eprintln!, whose text the test runner keeps to itself.
        let _ =
            writeln!(io::stderr(), "skipped: Terraform: neither tofu nor terraform is in the PATH");
    }
    found
}

#[test]
fn a_backend_in_s3_gets_its_credentials_here() {
    let Some(tool) = tool() else { return };
    let home = Home::new();
    let mock = Mock::serve(CONFIG, home.path());
    let sts = Proxy::start(mock.address, Between::Nothing);
    let s3 = S3::start();
    fs::write(home.path().join("token.jwt"), mock.token()).unwrap();
    fs::write(home.path().join("main.tf"), plan(s3.address, sts.address)).unwrap();

    run(tool, home.path(), &["init"]);
    run(tool, home.path(), &["apply", "-auto-approve"]);

    let asked = sts.requests();
    assert!(asked.iter().any(|request| request == "AssumeRoleWithWebIdentity 1"), "{asked:?}");
    assert!(asked.iter().any(|request| request == "GetCallerIdentity 1"), "{asked:?}");
    let requests = s3.requests.lock().unwrap();
    assert!(requests.iter().any(|request| request.starts_with("PUT /state/plan.tfstate")));
    for request in requests.iter() {
        let issued = "AWS4-HMAC-SHA256 Credential=ASIA";
        assert!(request.contains(issued), "not signed with what the mock issued: {request}");
    }
}

/// A backend, and an output for its state to hold.
fn plan(s3: SocketAddr, sts: SocketAddr) -> String {
    format!(
        r#"
terraform {{
  backend "s3" {{
    bucket                  = "state"
    key                     = "plan.tfstate"
    region                  = "us-east-1"
    use_path_style          = true
    skip_s3_checksum        = true
    skip_metadata_api_check = true
    endpoints               = {{ s3 = "http://{s3}", sts = "http://{sts}" }}
    assume_role_with_web_identity = {{
      role_arn                = "arn:aws:iam::123456789012:role/ci"
      session_name            = "real-client"
      web_identity_token_file = "token.jwt"
    }}
  }}
}}

output "answer" {{ value = 42 }}
"#
    )
}

fn run(tool: &str, home: &Path, arguments: &[&str]) {
    let output = Command::new(tool)
        .args(arguments)
        .args(["-input=false", "-no-color"])
        .current_dir(home)
        .env_clear()
        .env("PATH", env::var_os("PATH").unwrap_or_default())
        .env("HOME", home)
        .env("CHECKPOINT_DISABLE", "1")
        .output()
        .unwrap();
    let told = [output.stdout, output.stderr].concat();
    let told = String::from_utf8_lossy(&told);
    assert!(output.status.success(), "{tool} {arguments:?}: {told}");
}

/// An empty bucket that takes whatever it is given, and forgets it.
struct S3 {
    address: SocketAddr,
    /// Method, target and `Authorization` of each request.
    requests: Arc<Mutex<Vec<String>>>,
}

impl S3 {
    fn start() -> Self {
        let requests = Arc::new(Mutex::new(Vec::new()));
        let router = Router::new().fallback(answer).with_state(Arc::clone(&requests));
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || runtime.block_on(async { axum::serve(listener, router).await }));
        Self { address, requests }
    }
}

async fn answer(
    State(requests): State<Arc<Mutex<Vec<String>>>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    _: Bytes,
) -> (StatusCode, &'static str) {
    let signed = headers.get("authorization").and_then(|value| value.to_str().ok());
    requests.lock().unwrap().push(format!("{method} {uri} {}", signed.unwrap_or_default()));
    match (method, uri.path().trim_end_matches('/')) {
        (Method::PUT, _) => (StatusCode::OK, ""),
        (Method::GET, "/state") => (
            StatusCode::OK,
            "<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
             <Name>state</Name><KeyCount>0</KeyCount><IsTruncated>false</IsTruncated>\
             </ListBucketResult>",
        ),
        _ => (StatusCode::NOT_FOUND, ""),
    }
}
