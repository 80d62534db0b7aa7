//! The lines that `tune` gives to paste, given to the tools that they are for: botocore reads its
//! settings, bash runs the loop against the mock, Node.js tries as often as they say, and the compilers of Go,
//! Java and Rust compile theirs against the SDKs.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

#[allow(dead_code, reason = "what is compiled here needs no start")]
#[path = "../../../mock-sts/tests/real_clients/clients.rs"]
mod clients;
mod regions;
mod search;
#[path = "../../../mock-sts/tests/real_clients/toolchain.rs"]
mod toolchain;
#[allow(dead_code, reason = "the mock's tests set up more than these")]
#[path = "../../../mock-sts/tests/real_clients/venv.rs"]
mod venv;

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use mock_sts::Embedded;
use mock_sts::clock::Instant;
use mock_sts::config::{Effect, FaultConfig, FaultKind, Window, profile};
use mock_sts::error_code::ErrorCode;

use crate::search::{Folder, POLICIES, lines};

/// What botocore understood: the mode, and the attempts in all.
fn understood(python: &Path, folder: &Folder, how: &str, text: &str) -> String {
    let file = folder.with("lines", text);
    let check = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lines/understood.py");
    // What is exported is exported by the shell, as its user would do it.
    let script = match how {
        "environment" => ". \"$LINES\"; exec \"$PYTHON\" \"$CHECK\" environment",
        _ => "exec \"$PYTHON\" \"$CHECK\" \"$HOW\" \"$LINES\"",
    };
    let output = Command::new("bash")
        .args(["-eu", "-c", script])
        .env_clear()
        .envs([("HOW", how), ("AWS_DEFAULT_REGION", "us-east-1")])
        .envs([("PYTHON", python), ("CHECK", &check), ("LINES", &file), ("HOME", &**folder)])
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .output()
        .unwrap();
    succeeded(&format!("botocore, {how}: {text}"), &output)
}

/// What it printed; its errors where it did not succeed.
fn succeeded(what: &str, output: &Output) -> String {
    let said = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    let why = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{what}\n{said}{why}");
    said
}

#[test]
fn botocore_reads_its_lines_as_they_are_meant() {
    let Some(python) = venv::boto3() else { return };
    let folder = Folder::new();
    for (tool, modes) in [("botocore", ["legacy", "legacy"]), ("aws-cli", ["standard", "standard"])]
    {
        for (policy, mode) in [POLICIES[0], POLICIES[3]].into_iter().zip(modes) {
            let text = lines(policy, "naive = {}", tool);
            let (exported, rest) = text.split_once("\n# or in ~/.aws/config\n").unwrap();
            let (config, code) = rest.split_once("\n# or in Python\n").unwrap_or((rest, ""));
            let expected = format!("{mode} 3");
            assert_eq!(understood(python, &folder, "environment", exported), expected);
            assert_eq!(understood(python, &folder, "config", config), expected);
            if tool == "botocore" {
                assert_eq!(understood(python, &folder, "python", code), expected);
            }
        }
    }
}

#[test]
fn bash_runs_the_loop_against_a_mock_that_fails_at_first() {
    for policy in POLICIES {
        let script = lines(policy, "naive = {}", "shell");
        let parsed = Command::new("bash").args(["-n", "-c", &script]).output().unwrap();
        succeeded(&script, &parsed);
    }
    let Some(python) = venv::aws_cli() else { return };
    let sts = failing(1);
    let folder = Folder::new();
    let token = folder.with("token", &sts.token("stampede-job-1").unwrap());
    let script = lines(POLICIES[1], "cached = { store = \"environment\" }", "shell");
    let all = format!(
        "aws() {{ \"$PYTHON\" -m awscli \"$@\"; }}\n{script}\n\
         aws sts get-caller-identity --query Arn --output text\n"
    );
    let output = Command::new("bash")
        .args(["-eu", "-c", &all])
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", &*folder)
        .env("PYTHON", python)
        .env("AWS_DEFAULT_REGION", "us-east-1")
        .env("AWS_ENDPOINT_URL_STS", sts.url())
        .env("AWS_ROLE_ARN", sts.role_arn())
        .env("AWS_WEB_IDENTITY_TOKEN_FILE", &token)
        .env("GITHUB_RUN_ID", "7")
        .output()
        .unwrap();
    let said = succeeded(&all, &output);
    assert_eq!(said, "arn:aws:sts::123456789012:assumed-role/ci/ci-7");
    let ledger = sts.ledger();
    assert_eq!(
        (ledger.requests(), ledger.granted()),
        (3, 1),
        "refused, granted, and asked who it is"
    );
}

/// A mock whose first requests are refused.
fn failing(requests: u64) -> Embedded {
    let mut config = profile("github-2021").unwrap().config();
    let effect = Effect::Refuse(ErrorCode::ServiceUnavailable);
    config.service.faults.push(FaultConfig {
        during: Window { from: Instant::ZERO, until: Instant::MAX },
        kind: FaultKind::FailFirst { requests, effect },
    });
    Embedded::with(config, 1).unwrap()
}

#[test]
fn node_tries_as_often_as_its_lines_say() {
    let Some(home) = clients::JAVASCRIPT.made() else { return };
    let folder = Folder::new();
    for (number, policy) in POLICIES.into_iter().enumerate() {
        let sts = failing(1000);
        let token = folder.with("token", &sts.token("stampede-job-1").unwrap());
        // Beside node_modules, where imports are looked for.
        let file = home.join(format!("lines-{number}.mjs"));
        let text = lines(policy, "naive = {}", "sdk-js");
        let used = "await credentials().catch((error) => console.log(error.name));\n";
        fs::write(&file, format!("{text}{used}")).unwrap();
        let output = Command::new("node")
            .arg(&file)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("AWS_REGION", "us-east-1")
            .env("AWS_ENDPOINT_URL_STS", sts.url())
            .env("AWS_ROLE_ARN", sts.role_arn())
            .env("AWS_WEB_IDENTITY_TOKEN_FILE", &token)
            .output()
            .unwrap();
        assert_eq!(succeeded(&text, &output), "ServiceUnavailable");
        assert_eq!(sts.ledger().requests(), 3, "{text}");
    }
}

/// The lines for every policy, each made a function by `function`.
fn functions(tool: &str, function: impl Fn(usize, &str) -> String) -> String {
    let every = POLICIES.into_iter().enumerate();
    every.map(|(number, policy)| function(number, &lines(policy, "naive = {}", tool))).collect()
}

#[test]
fn go_compiles_its_lines() {
    let Some(home) = clients::GO_2.made() else { return };
    let functions = functions("sdk-go", |number, text| {
        format!(
            "func lines{number}(ctx context.Context) (aws.Config, error) {{\n{text}return cfg, err\n}}\n"
        )
    });
    let folder = home.join("lines");
    fs::create_dir_all(&folder).unwrap();
    let program = format!(
        "// Package lines is what tune gives to paste.\npackage lines\n\nimport (\n\"context\"\n\"math\"\n\
         \"math/rand\"\n\"time\"\n\n\"github.com/aws/aws-sdk-go-v2/aws\"\n\
         \"github.com/aws/aws-sdk-go-v2/aws/retry\"\n\"github.com/aws/aws-sdk-go-v2/config\"\n)\n\n{functions}"
    );
    fs::write(folder.join("lines.go"), &program).unwrap();
    let output = Command::new("go").args(["build", "./lines"]).current_dir(&home).output().unwrap();
    succeeded(&program, &output);
}

#[test]
fn java_compiles_its_lines() {
    let Some(home) = clients::JAVA.made() else { return };
    let methods = functions("sdk-java", |number, text| {
        format!("static StsClient lines{number}() {{\n{text}return sts;\n}}\n")
    });
    let program = format!(
        "import java.time.Duration;\nimport software.amazon.awssdk.awscore.retry.AwsRetryStrategy;\n\
         import software.amazon.awssdk.retries.api.BackoffStrategy;\n\
         import software.amazon.awssdk.retries.api.RetryStrategy;\n\
         import software.amazon.awssdk.services.sts.StsClient;\n\nfinal class Lines {{\n{methods}}}\n"
    );
    let folder = Folder::new();
    let file = folder.with("Lines.java", &program);
    let output = Command::new("javac")
        .args(["-cp", "lib/*", "-d"])
        .args([&*folder, &file])
        .current_dir(&home)
        .output()
        .unwrap();
    succeeded(&program, &output);
}

#[test]
fn rust_compiles_its_lines() {
    let Some(home) = clients::RUST.made() else { return };
    let functions = functions("sdk-rust", |number, text| {
        format!("pub async fn lines_{number}() -> aws_config::SdkConfig {{\n{text}config\n}}\n")
    });
    let program = format!(
        "use std::time::Duration;\n\nuse aws_config::BehaviorVersion;\n\
         use aws_config::retry::RetryConfig;\n\n{functions}\nfn main() {{}}\n"
    );
    fs::create_dir_all(home.join("examples")).unwrap();
    fs::write(home.join("examples/lines.rs"), &program).unwrap();
    let output = Command::new("cargo")
        .args(["build", "--locked", "--example", "lines"])
        .current_dir(&home)
        .env_remove("CARGO_TARGET_DIR")
        .output()
        .unwrap();
    succeeded(&program, &output);
}
