//! A command as a scenario writes it, and checked.

use std::ops::RangeInclusive;
use std::time::Duration;

use mock_sts::config::problem::Problems;
use mock_sts::config::spanned::Spanned;
use mock_sts::config::unit;
use schemars::JsonSchema;
use serde::Deserialize;

/// `command`, and the keys that go with it.
#[derive(Clone, Debug)]
pub struct CommandFile<'a> {
    /// Program and arguments.
    pub words: &'a Spanned<Vec<Spanned<String>>>,
    /// What has to be shown beside exit code 0.
    pub credentials: Option<Handover>,
    /// The longest a job may run.
    pub timeout: Option<&'a Spanned<String>>,
    /// Jobs at once.
    pub concurrency: Option<&'a Spanned<i64>>,
    /// The longest the starting gate holds a call; `"0s"` for no gate.
    pub gate: Option<&'a Spanned<String>>,
}

/// What shows that a job has credentials.
#[derive(Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema, Debug)]
#[serde(rename_all = "kebab-case")]
pub enum Handover {
    /// Exit code 0 is enough.
    #[default]
    None,
    /// JSON on standard output, as `aws sts` and `credential_process` print it.
    Stdout,
    /// `AWS_ACCESS_KEY_ID` and its kin in the file that `GITHUB_ENV` names.
    GithubEnv,
    /// The same in the file that `STAMPEDE_ENV_FILE` names, as a shell would read it.
    EnvFile,
    /// A `GetCallerIdentity` that the mock answered with the role.
    CallerIdentity,
}

/// A checked command.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CommandConfig {
    /// Program and arguments; never empty.
    pub words: Vec<String>,
    /// What has to be shown beside exit code 0.
    pub credentials: Handover,
    /// The longest a job may run.
    pub timeout: Duration,
    /// Jobs at once, where the user says so.
    pub concurrency: Option<u32>,
    /// The longest the starting gate holds a call; none for no gate.
    pub gate: Option<Duration>,
}

const DEFAULT_TIMEOUT: Duration = Duration::from_secs(300);
const DEFAULT_GATE: Duration = Duration::from_secs(60);
const TIMEOUT: RangeInclusive<Duration> = Duration::from_millis(1)..=Duration::from_secs(86_400);
const GATE: RangeInclusive<Duration> = Duration::ZERO..=Duration::from_secs(3_600);
const CONCURRENCY: RangeInclusive<i64> = 1..=10_000;

/// Programs at once for each core, where the user says nothing: waiting for STS
/// they cost memory, not time.
const AT_ONCE_A_CORE: usize = 32;

/// Of a command, what reports show: scripts can be long.
const SHOWN_CHARACTERS: usize = 100;

impl CommandConfig {
    /// A command of these words with the defaults for all else.
    #[must_use]
    pub fn new(words: Vec<String>) -> Self {
        Self {
            words,
            credentials: Handover::None,
            timeout: DEFAULT_TIMEOUT,
            concurrency: None,
            gate: Some(DEFAULT_GATE),
        }
    }

    /// The checked command; what is wrong goes to `problems`.
    pub fn check(file: &CommandFile<'_>, problems: &mut Problems) -> Option<Self> {
        let words: Vec<String> =
            file.words.get_ref().iter().map(|word| word.get_ref().clone()).collect();
        let named = words.first().is_some_and(|program| !program.trim().is_empty());
        if !named {
            problems
                .push(file.words.span(), "the command names no program", "nothing to run")
                .help("write it like [\"./assume.sh\", \"--verbose\"]");
        }
        let timeout = match file.timeout {
            Some(text) => unit::duration_within(text, &TIMEOUT, problems),
            None => Some(DEFAULT_TIMEOUT),
        };
        let concurrency = match file.concurrency {
            Some(count) => unit::count(count, &CONCURRENCY, problems).map(Some),
            None => Some(None),
        };
        let gate = match file.gate {
            Some(text) => unit::duration_within(text, &GATE, problems),
            None => Some(DEFAULT_GATE),
        };
        Some(Self {
            words: named.then_some(words)?,
            credentials: file.credentials.unwrap_or_default(),
            timeout: timeout?,
            concurrency: concurrency?,
            gate: Some(gate?).filter(|gate| !gate.is_zero()),
        })
    }

    /// The same, for a run that ends at its horizon.
    #[must_use]
    pub fn within(&self, horizon: Duration) -> Self {
        Self { timeout: self.timeout.min(horizon), ..self.clone() }
    }

    /// How many of `jobs` run at once on this machine.
    #[must_use]
    pub fn at_once(&self, jobs: u32) -> u32 {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let bearable = u32::try_from(cores * AT_ONCE_A_CORE).unwrap_or(u32::MAX);
        self.concurrency.unwrap_or(bearable).min(jobs).max(1)
    }

    /// One line for reports: the beginning of what is run.
    #[must_use]
    pub fn describe(&self) -> String {
        let text = self.words.join(" ");
        let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let shown: String = line.chars().take(SHOWN_CHARACTERS).collect();
        let more = if shown.len() < line.len() { "…" } else { "" };
        format!("command: {shown}{more}")
    }
}
