//! The clients of the compatibility table, and how each is started.

use std::path::Path;
use std::process::Command;

use crate::toolchain::Recipe;
use crate::venv;

/// A client, and what it is started with.
pub(crate) struct Client {
    /// As the table names it: with its version, and its mode where it has one.
    pub(crate) name: &'static str,
    /// How to get and start it.
    kind: Kind,
    /// What is set in its environment beside the job's own.
    env: &'static [(&'static str, &'static str)],
}

enum Kind {
    Boto3,
    AwsCli,
    AwsCli2,
    Made(&'static Recipe, &'static [&'static str]),
}

/// Every client there is, in the order of the table.
pub(crate) const CLIENTS: &[Client] = &[
    Client { name: "boto3 1.44.5, standard", kind: Kind::Boto3, env: &[] },
    Client {
        name: "boto3 1.44.5, legacy",
        kind: Kind::Boto3,
        env: &[("AWS_RETRY_MODE", "legacy")],
    },
    Client {
        name: "boto3 1.44.5, adaptive",
        kind: Kind::Boto3,
        env: &[("AWS_RETRY_MODE", "adaptive")],
    },
    Client { name: "AWS CLI 1.46.3", kind: Kind::AwsCli, env: &[] },
    Client { name: "AWS CLI 2.9.19", kind: Kind::AwsCli2, env: &[("AWS_DATA_PATH", ".")] },
    Client {
        name: "AWS SDK for JavaScript 3.1169.0",
        kind: Kind::Made(&JAVASCRIPT, &["node", "who_am_i.mjs"]),
        env: &[],
    },
    Client {
        name: "AWS SDK for Rust, aws-config 1.13.0",
        kind: Kind::Made(&RUST, &["target/debug/who-am-i"]),
        env: &[],
    },
    Client {
        name: "AWS SDK for Rust, 2026 retries",
        kind: Kind::Made(&RUST, &["target/debug/who-am-i"]),
        env: &[("AWS_NEW_RETRIES_2026", "true")],
    },
    Client { name: "AWS SDK for Go v2 1.48.0", kind: Kind::Made(&GO_2, &["./who-am-i"]), env: &[] },
    Client { name: "AWS SDK for Go v1 1.55.8", kind: Kind::Made(&GO_1, &["./who-am-i"]), env: &[] },
    Client {
        name: "AWS SDK for Java 2.57.8",
        kind: Kind::Made(&JAVA, &["java", "-cp", "lib/*:.", "WhoAmI"]),
        env: &[],
    },
];

pub(crate) const JAVASCRIPT: Recipe = Recipe {
    name: "aws-sdk-js-3.1169.0",
    files: &[
        ("package.json", include_str!("sdks/js/package.json")),
        ("package-lock.json", include_str!("sdks/js/package-lock.json")),
        ("who_am_i.mjs", include_str!("sdks/js/who_am_i.mjs")),
    ],
    steps: &[&["npm", "ci", "--no-audit", "--no-fund"]],
};

pub(crate) const GO_2: Recipe = Recipe {
    name: "aws-sdk-go-v2-1.48.0",
    files: &[
        ("go.mod", include_str!("sdks/go2/go.mod")),
        ("go.sum", include_str!("sdks/go2/go.sum")),
        ("main.go", include_str!("sdks/go2/main.go")),
    ],
    steps: &[&["go", "build", "-o", "who-am-i", "."]],
};

const GO_1: Recipe = Recipe {
    name: "aws-sdk-go-1.55.8",
    files: &[
        ("go.mod", include_str!("sdks/go1/go.mod")),
        ("go.sum", include_str!("sdks/go1/go.sum")),
        ("main.go", include_str!("sdks/go1/main.go")),
    ],
    steps: &[&["go", "build", "-o", "who-am-i", "."]],
};

pub(crate) const JAVA: Recipe = Recipe {
    name: "aws-sdk-java-2.57.8",
    files: &[
        ("pom.xml", include_str!("sdks/java/pom.xml")),
        ("WhoAmI.java", include_str!("sdks/java/WhoAmI.java")),
    ],
    steps: &[
        &["mvn", "-q", "-B", "dependency:copy-dependencies", "-DoutputDirectory=lib"],
        &["javac", "-cp", "lib/*", "WhoAmI.java"],
    ],
};

pub(crate) const RUST: Recipe = Recipe {
    name: "aws-sdk-rust-1.124.0",
    files: &[
        ("Cargo.toml", include_str!("sdks/rust/Cargo.toml")),
        ("Cargo.lock", include_str!("sdks/rust/Cargo.lock")),
        ("src/main.rs", include_str!("sdks/rust/src/main.rs")),
    ],
    steps: &[&["cargo", "build", "--locked"]],
};

/// Debian's packages of AWS CLI v2, and what it imports beyond Python itself;
/// Python is the system's own, for which they were built.
const AWS_CLI_2: Recipe = Recipe {
    name: "aws-cli-2.9.19",
    files: &[],
    steps: &[
        &[
            "sh",
            "-c",
            "apt-get download awscli=2.9.19-1 $(printf 'python3-%s ' awscrt cffi-backend \
           colorama cryptography dateutil distro docutils jmespath prompt-toolkit pyasn1 roman \
           ruamel.yaml ruamel.yaml.clib six urllib3 wcwidth)",
        ],
        &["sh", "-c", "for package in *.deb; do dpkg-deb -x \"$package\" . || exit 1; done"],
        &[
            "env",
            "PYTHONPATH=usr/lib/python3/dist-packages",
            SYSTEM_PYTHON,
            "-m",
            "awscli",
            "--version",
        ],
    ],
};

const SYSTEM_PYTHON: &str = "/usr/bin/python3";

/// Puts into `home`, which is to be the client's directory and its
/// `AWS_DATA_PATH`, what makes STS's endpoint `url` for the CLI of 2023, which
/// does not yet read `AWS_ENDPOINT_URL_STS`.
pub(crate) fn tell_where_sts_is(home: &Path, url: &str) -> std::io::Result<()> {
    let flag = |name: &str, default| {
        format!(
            r#""{name}":{{"builtIn":"AWS::{name}","required":true,"default":{default},
               "type":"Boolean","documentation":""}}"#
        )
    };
    let text = |name: &str, built_in: &str| {
        format!(
            r#""{name}":{{"builtIn":"{built_in}","required":false,"type":"String","documentation":""}}"#
        )
    };
    let parameters = [
        text("Region", "AWS::Region"),
        text("Endpoint", "SDK::Endpoint"),
        flag("UseDualStack", false),
        flag("UseFIPS", false),
        flag("UseGlobalEndpoint", false).replace("AWS::Use", "AWS::STS::Use"),
    ];
    let rules = format!(
        r#"{{"version":"1.0","parameters":{{{}}},"rules":[{{"conditions":[],"type":"endpoint",
           "endpoint":{{"url":"{url}","properties":{{}},"headers":{{}}}}}}]}}"#,
        parameters.join(",")
    );
    let folder = home.join("sts/2011-06-15");
    std::fs::create_dir_all(&folder)?;
    std::fs::write(folder.join("endpoint-rule-set-1.json"), rules)
}

impl Client {
    /// Starts nothing yet; nothing when the client cannot be made ready.
    /// `source` is where its credentials come from: `implicit` or `explicit`.
    pub(crate) fn command(&self, source: &str) -> Option<Command> {
        // Also where the harness runs these clients against its daemon.
        let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("../mock-sts/tests/real_clients");
        let mut command = match &self.kind {
            Kind::Boto3 => {
                let mut python = Command::new(venv::boto3()?);
                python.arg(here.join("who_am_i.py")).arg(source);
                python
            }
            Kind::AwsCli => aws_cli(Command::new(venv::aws_cli()?), source),
            Kind::AwsCli2 => {
                let home = AWS_CLI_2.made_if_it_can_be()?;
                let mut python = Command::new(SYSTEM_PYTHON);
                python.env("PYTHONPATH", home.join("usr/lib/python3/dist-packages"));
                aws_cli(python, source)
            }
            Kind::Made(recipe, start) => {
                let home = recipe.made()?;
                let in_home = |word: &str| match word {
                    "node" | "java" | "-cp" | "WhoAmI" => word.to_owned(),
                    // A class path has several parts.
                    path => path
                        .split(':')
                        .map(|part| home.join(part).display().to_string())
                        .collect::<Vec<_>>()
                        .join(":"),
                };
                let mut words = start.iter().map(|word| in_home(word));
                let mut command = Command::new(words.next()?);
                command.args(words).arg(source);
                command
            }
        };
        command.envs(self.env.iter().copied());
        Some(command)
    }
}

/// The CLI asks for an identity by its own chain, or assumes the role by command.
fn aws_cli(mut aws: Command, source: &str) -> Command {
    // As a module, not by the script that pip makes: that one starts with the
    // path of its interpreter, which the system cuts off when it is long.
    aws.args(["-m", "awscli", "sts"]);
    match source {
        "explicit" => aws.args([
            "assume-role-with-web-identity",
            "--role-arn",
            "arn:aws:iam::123456789012:role/ci",
            "--role-session-name",
            "real-client",
            "--query",
            "AssumedRoleUser.Arn",
            "--web-identity-token",
            "file://token.jwt",
        ]),
        _ => aws.args(["get-caller-identity", "--query", "Arn"]),
    };
    aws.args(["--output", "text"]);
    aws
}
