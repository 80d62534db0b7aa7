//! One client's run against one mock: what it is given and what comes of it.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::{env, fs, process};

use crate::clients::tell_where_sts_is;
use crate::mock::{Mock, expiry};
use crate::proxy::{Between, Proxy};

/// What the mock is like.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Situation {
    /// Everything is granted.
    Fine,
    /// The same to everybody.
    Permissive,
    /// The identity provider never answers in time.
    NoKey,
    /// Somebody always just spent the rate limit.
    Throttled,
    /// The role trusts somebody else.
    Untrusted,
    /// The token has expired.
    Expired,
    /// Every call fails with this code.
    Failing(&'static str),
    /// Every connection is closed in the place of an answer.
    Closed,
    /// Nobody listens.
    Unreachable,
}

/// What came of a run.
pub(crate) struct Outcome {
    /// Whether the client exited with 0.
    pub(crate) succeeded: bool,
    /// Without the spaces and line ends around it.
    pub(crate) stdout: String,
    /// Without the spaces and line ends around it.
    pub(crate) stderr: String,
    /// `ACTION ATTEMPT` of every request it made.
    pub(crate) requests: Vec<String>,
    /// The `exp` of the token it was given.
    pub(crate) token_expires_unix: u64,
}

/// Runs `client` as a CI job would: a token in a file, a role, an endpoint, and
/// nothing else in its environment.
pub(crate) fn run(client: Command, situation: Situation) -> Outcome {
    Stage::set(situation).run(client)
}

/// A mock in a situation, and a token of its identity provider. Any number of
/// clients can be run on it, also at once.
pub(crate) struct Stage {
    situation: Situation,
    mock: Mock,
    token: String,
    _home: Home,
}

impl Stage {
    pub(crate) fn set(situation: Situation) -> Self {
        let home = Home::new();
        let mock = Mock::serve(&situation.config(), &home.0);
        let token = mock.token();
        if situation == Situation::Expired {
            mock.wait_until_expired(&token);
        }
        Self { situation, mock, token, _home: home }
    }

    /// Runs `client` with what it sets in its environment, and nothing of ours.
    pub(crate) fn run(&self, mut client: Command) -> Outcome {
        let between = match self.situation {
            Situation::Throttled => Between::OthersWhoSpendTheLimit,
            Situation::Unreachable => Between::Nobody,
            _ => Between::Nothing,
        };
        let proxy = Proxy::start(self.mock.address, between);
        let own: Vec<_> = client
            .get_envs()
            .filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())))
            .collect();
        let home = Home::new();
        let token_file = home.0.join("token.jwt");
        fs::write(&token_file, &self.token).unwrap();
        let url = format!("http://{}", proxy.address);
        tell_where_sts_is(&home.0, &url).unwrap();
        client
            .current_dir(&home.0)
            .env_clear()
            .env("PATH", env::var_os("PATH").unwrap_or_default())
            .env("HOME", &home.0)
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("AWS_REGION", "us-east-1")
            // The only name of the region that botocore reads.
            .env("AWS_DEFAULT_REGION", "us-east-1")
            .env("AWS_ENDPOINT_URL_STS", url)
            .env("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/ci")
            .env("AWS_ROLE_SESSION_NAME", "real-client")
            .env("AWS_WEB_IDENTITY_TOKEN_FILE", token_file)
            .envs(own);
        let output = client.output().unwrap();
        Outcome {
            succeeded: output.status.success(),
            stdout: String::from_utf8_lossy(&output.stdout).trim().into(),
            stderr: String::from_utf8_lossy(&output.stderr).trim().into(),
            requests: proxy.requests(),
            token_expires_unix: expiry(&self.token),
        }
    }
}

impl Situation {
    fn config(self) -> String {
        let fault = match self {
            Self::Failing(code) => format!("code = \"{code}\""),
            Self::Closed => "wire = \"empty\"".into(),
            _ => return self.fixed_config().into(),
        };
        format!("{}\nfaults = [{{ outage = {{ {fault} }} }}]\n", Self::Permissive.fixed_config())
    }

    fn fixed_config(self) -> &'static str {
        match self {
            Self::Fine => {
                r#"
                [service]
                latency.fixed = "0s"
                verification-key.provider.latency.fixed = "0s"
                "#
            }
            Self::Permissive | Self::Failing(_) | Self::Closed | Self::Unreachable => {
                r#"
                [service]
                latency.fixed = "0s"
                mode = "permissive"
                "#
            }
            Self::NoKey => {
                r#"
                [service]
                latency.fixed = "0s"
                verification-key.deadline = "100ms"
                verification-key.provider.latency.fixed = "1h"
                "#
            }
            Self::Throttled => {
                r#"
                [service]
                latency.fixed = "0s"
                limits = [{ token-bucket = { per = "account-region", rate = "1/s", burst = 1 } }]
                verification-key.provider.latency.fixed = "0s"
                "#
            }
            Self::Untrusted => {
                r#"
                [service]
                latency.fixed = "0s"
                verification-key.provider.latency.fixed = "0s"
                roles = [
                    { arn = "arn:aws:iam::123456789012:role/ci", subjects = ["repo:elsewhere/*"] },
                ]
                "#
            }
            // Its latency keeps those who wait for the end of the token from asking too often.
            Self::Expired => {
                r#"
                [service]
                latency.fixed = "20ms"
                verification-key.provider.latency.fixed = "0s"
                [idp]
                token-lifetime = "1s"
                "#
            }
        }
    }
}

impl Outcome {
    /// Holds the run against what it must have been: this text on stderr, no
    /// other output, and one request for each attempt.
    pub(crate) fn assert_failed(&self, stderr: &str, attempts: u32) {
        assert_eq!((&*self.stdout, &*self.stderr), ("", stderr));
        assert!(!self.succeeded, "it exited with 0");
        let numbered = |attempt| format!("AssumeRoleWithWebIdentity {attempt}");
        let expected: Vec<String> = (1..=attempts).map(numbered).collect();
        assert_eq!(self.requests, expected);
    }

    /// Holds the run against one that assumed the role and then asked who it is.
    pub(crate) fn assert_identified(&self) {
        let identity = "123456789012 \
                        arn:aws:sts::123456789012:assumed-role/ci/real-client \
                        AROA7ZWFYCEYKKFOOOZ3P:real-client";
        let words: Vec<&str> = self.stdout.split_whitespace().collect();
        assert_eq!((&*words.join(" "), &*self.stderr), (identity, ""));
        assert!(self.succeeded, "it did not exit with 0");
        assert_eq!(self.requests, ["AssumeRoleWithWebIdentity 1", "GetCallerIdentity 1"]);
    }

    /// Holds the run against one whose token had expired: `before` is on stderr
    /// in front of STS's own words.
    pub(crate) fn assert_expired(&self, before: &str) {
        let now = self.stderr.split(' ').find_map(|word| word.parse::<u64>().ok());
        let now = now.unwrap_or_else(|| panic!("there is no time in {}", self.stderr));
        let expires = self.token_expires_unix;
        assert!(now >= expires, "{now} is before {expires}");
        let expected = format!(
            "{before}Token expired: current date/time {now} \
             must be before the expiration date/time {expires}"
        );
        self.assert_failed(&expected, 1);
    }
}

/// A directory of this run's own, gone when it ends.
pub(crate) struct Home(PathBuf);

impl Home {
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn new() -> Self {
        static RUNS: AtomicU32 = AtomicU32::new(0);
        let run = RUNS.fetch_add(1, Ordering::Relaxed);
        let name = format!("real-client-{}-{run}", process::id());
        let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir_all(&home).unwrap();
        Self(home)
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
