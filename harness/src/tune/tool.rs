//! Tools as their users meet them: what each can be told, and so which part of
//! the space is open to it.

use std::str::FromStr;

use mock_sts::config::unit::did_you_mean;

use super::space::HOME;

/// A tool that somebody is bound to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tool {
    /// aws-actions/configure-aws-credentials.
    Action,
    /// boto3 and botocore.
    Botocore,
    /// AWS CLI v2.
    AwsCli,
    /// AWS SDK for Go v2.
    SdkGo,
    /// AWS SDK for JavaScript v3.
    SdkJs,
    /// AWS SDK for Rust.
    SdkRust,
    /// AWS SDK for Java v2.
    SdkJava,
    /// The AWS provider of Terraform and OpenTofu.
    Terraform,
    /// A loop in a shell script, once a job or around every tool.
    Shell,
    /// `stampede daemon`.
    Daemon,
}

impl Tool {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Action,
        Self::Botocore,
        Self::AwsCli,
        Self::SdkGo,
        Self::SdkJs,
        Self::SdkRust,
        Self::SdkJava,
        Self::Terraform,
        Self::Shell,
        Self::Daemon,
    ];

    /// What `--only-tool` calls it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Action => "action",
            Self::Botocore => "botocore",
            Self::AwsCli => "aws-cli",
            Self::SdkGo => "sdk-go",
            Self::SdkJs => "sdk-js",
            Self::SdkRust => "sdk-rust",
            Self::SdkJava => "sdk-java",
            Self::Terraform => "terraform",
            Self::Shell => "shell",
            Self::Daemon => "daemon",
        }
    }

    /// The strategies it can follow, by their short names in the space.
    #[must_use]
    pub const fn ways(self) -> &'static [&'static str] {
        match self {
            Self::Action => &["env"],
            Self::Shell => &["each", "env", "chained"],
            Self::Daemon => &["broker-job", "broker-fleet"],
            _ => &["each"],
        }
    }

    /// Where it can send its calls, as the space names it. All can be told a region; none but a loop
    /// of its user's own takes another after a failure.
    #[must_use]
    pub const fn regions(self) -> &'static [&'static str] {
        match self {
            Self::Shell => &[HOME, "by-job", "failover", "by-job-failover"],
            _ => &[HOME, "by-job"],
        }
    }

    /// Whether its user writes the waiting down, and so can write any.
    #[must_use]
    pub const fn takes_any_policy(self) -> bool {
        matches!(self, Self::Shell)
    }

    /// Whether it cannot be told how often to try.
    #[must_use]
    pub const fn is_deaf(self) -> bool {
        matches!(self, Self::Terraform | Self::Daemon)
    }

    /// The clients there are, by tool and preset. The daemon takes a client's
    /// behaviour as a whole, and Terraform's is fixed.
    pub const CLIENTS: [(Self, &'static str); 12] = [
        (Self::Action, "configure-aws-credentials@6.2.3"),
        (Self::Botocore, "botocore-legacy"),
        (Self::Botocore, "botocore-1.44"),
        (Self::AwsCli, "aws-cli-2"),
        (Self::SdkGo, "sdk-go-v2-web-identity"),
        (Self::SdkGo, "sdk-go-v2-web-identity@1.48"),
        (Self::SdkJs, "sdk-js-3"),
        (Self::SdkRust, "sdk-rust"),
        (Self::SdkJava, "sdk-java-2"),
        (Self::Terraform, "terraform-provider"),
        (Self::Daemon, "configure-aws-credentials@6.2.3"),
        (Self::Daemon, "sdk-2026"),
    ];
}

impl FromStr for Tool {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|tool| tool.name() == text).ok_or_else(|| {
            let names = Self::ALL.map(Self::name);
            match did_you_mean(text, names) {
                Some(meant) => format!("there is no tool `{text}`, did you mean `{meant}`?"),
                None => format!("there is no tool `{text}`: expected {}", names.join(", ")),
            }
        })
    }
}
