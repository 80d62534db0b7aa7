//! What a job's program finds around it: the contract.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::{env, process};

use mock_sts::config::MockConfig;
use mock_sts::private;
use tokio::process::Command;

use super::proxy::Proxy;
use crate::world::JobName;

/// What a job's environment is made of.
pub(crate) struct Surroundings {
    pub(super) job: u32,
    /// Of the mock.
    pub(super) url: String,
    /// Of the proxy that lets nothing off this machine.
    pub(super) proxy: String,
    pub(super) role: String,
    pub(super) region: String,
    pub(super) audience: String,
}

/// A directory for all jobs of a run, gone with it.
pub(crate) struct Place(PathBuf);

/// One job's own files.
pub(crate) struct Room {
    home: PathBuf,
    token_file: PathBuf,
    pub(super) github_env: PathBuf,
    pub(super) env_file: PathBuf,
    github_output: PathBuf,
}

/// Names a file for what a job wants to hand over outside of GitHub: the variables
/// of a GitLab `dotenv` report, say, or lines that the next step sources.
pub(super) const ENV_FILE: &str = "STAMPEDE_ENV_FILE";

/// What a program must not find: credentials and settings of whoever runs this.
const FOREIGN: [&str; 4] = ["AWS_", "ACTIONS_ID_TOKEN_", "INPUT_", "GITHUB_"];

impl Place {
    pub(crate) fn make(contender: &str) -> io::Result<Self> {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let name = format!("stampede-{}-{number}-{contender}", process::id());
        let place = env::temp_dir().join(name);
        fs::create_dir_all(&place)?;
        Ok(Self(place))
    }

    /// The directory, which every job's environment names.
    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    /// Where a job's token will be.
    pub(crate) fn token_file(&self, job: u32) -> PathBuf {
        self.0.join(format!("job-{job}")).join("web-identity-token")
    }

    /// A job's own home, token and files.
    pub(super) fn job(&self, around: &Surroundings, token: &str) -> io::Result<Room> {
        let home = self.0.join(format!("job-{}", around.job));
        fs::create_dir_all(home.join("tmp"))?;
        let room = Room {
            token_file: self.token_file(around.job),
            github_env: home.join("github-env"),
            env_file: home.join("job.env"),
            github_output: home.join("github-output"),
            home,
        };
        private::create(&room.token_file)?.write_all(token.as_bytes())?;
        private::create(&room.github_env)?;
        private::create(&room.env_file)?;
        private::create(&room.github_output)?;
        Ok(room)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // What cannot be removed is in the system's temporary directory.
        let _ = fs::remove_dir_all(&self.0);
    }
}

impl Surroundings {
    /// Those of one job of a mock that listens at `url`.
    pub(crate) fn of(job: u32, mock: &MockConfig, url: &str, proxy: &Proxy) -> Self {
        let role = mock.service.roles.first();
        Self {
            job,
            url: url.into(),
            proxy: proxy.url(job),
            role: role.map(|role| role.arn.clone()).unwrap_or_default(),
            region: mock.service.region.clone(),
            audience: mock.idp.audiences.first().cloned().unwrap_or_default(),
        }
    }

    /// Gives `command` the environment of the job: nothing of AWS or of a CI is
    /// inherited, everything that a CI job has is there.
    pub(super) fn put_around(&self, command: &mut Command, room: &Room) {
        let names = env::vars_os().map(|(name, _)| name);
        for name in names.filter(|name| is_foreign(&name.to_string_lossy())) {
            command.env_remove(name);
        }
        let Self { job, url, proxy, role, region, audience } = self;
        let local = "127.0.0.1,localhost,::1";
        let name = JobName(*job).request_token();
        let texts = [
            ("AWS_ENDPOINT_URL_STS", &**url),
            ("AWS_ROLE_ARN", role),
            ("AWS_REGION", region),
            ("AWS_DEFAULT_REGION", region),
            ("AWS_EC2_METADATA_DISABLED", "true"),
            ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", &name),
            ("INPUT_AWS-REGION", region),
            ("INPUT_ROLE-TO-ASSUME", role),
            ("INPUT_AUDIENCE", audience),
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_REPOSITORY", "octo-org/app"),
            ("GITHUB_WORKFLOW", "stampede"),
            ("GITHUB_ACTION", "stampede"),
            ("GITHUB_ACTOR", "octocat"),
            ("GITHUB_SHA", "0123456789abcdef0123456789abcdef01234567"),
            ("HTTP_PROXY", proxy),
            ("HTTPS_PROXY", proxy),
            ("ALL_PROXY", proxy),
            ("http_proxy", proxy),
            ("https_proxy", proxy),
            ("all_proxy", proxy),
            ("NO_PROXY", local),
            ("no_proxy", local),
        ];
        command.envs(texts);
        command
            .env("AWS_ROLE_SESSION_NAME", format!("job-{job}"))
            .env("STAMPEDE_JOB_ID", job.to_string())
            .env("ACTIONS_ID_TOKEN_REQUEST_URL", format!("{url}/token?api-version=2.0"))
            .env("AWS_WEB_IDENTITY_TOKEN_FILE", &room.token_file)
            .env("GITHUB_ENV", &room.github_env)
            .env(ENV_FILE, &room.env_file)
            .env("GITHUB_OUTPUT", &room.github_output)
            .env("GITHUB_WORKSPACE", &room.home)
            .env("TMPDIR", room.home.join("tmp"))
            .env("HOME", &room.home);
    }
}

fn is_foreign(name: &str) -> bool {
    FOREIGN.iter().any(|prefix| name.starts_with(prefix))
        || ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"]
            .iter()
            .any(|proxy| name.eq_ignore_ascii_case(proxy))
}
