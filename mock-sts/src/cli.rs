//! The command line, and what it opens.

use std::fs;
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::builder::PossibleValuesParser;
use clap::{Args, Parser, ValueEnum};
use mock_sts::config::{PROFILES, Signatures};
use mock_sts::http::watch::{AccessLog, ThrottledEvents, Trail, Watchers};
use mock_sts::private;

/// A mock of AWS STS with its identity provider: fails by mechanism, on demand.
#[derive(Parser)]
#[command(version)]
pub(crate) enum Cli {
    /// Answer on a socket until Ctrl-C or SIGTERM.
    Serve(Serve),
}

/// What `serve` is told.
#[derive(Args)]
pub(crate) struct Serve {
    /// Where to listen; port 0 takes a free one.
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:4599")]
    pub(crate) bind: SocketAddr,
    /// The named numbers to answer by.
    #[arg(long, value_name = "NAME", default_value = PROFILES[0].name, conflicts_with = "config",
          value_parser = PossibleValuesParser::new(PROFILES.iter().map(|profile| profile.name)))]
    pub(crate) profile: String,
    /// A TOML file with [service] and [idp], for other numbers.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// What all chance is drawn from.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,
    /// Whether signatures are checked; the file's choice by default.
    #[arg(long, value_name = "HOW")]
    pub(crate) signatures: Option<How>,
    /// Let other machines in, with a --bind address they can reach.
    #[arg(long)]
    pub(crate) allow_remote: bool,
    /// Add a JSON line for each request to this file; - is standard output.
    #[arg(long, value_name = "PATH")]
    pub(crate) access_log: Option<String>,
    /// Write events below this directory as CloudTrail would.
    #[arg(long, value_name = "DIR")]
    pub(crate) cloudtrail: Option<PathBuf>,
    /// Keep throttled calls in the CloudTrail events; whether CloudTrail does is not published.
    #[arg(long, requires = "cloudtrail")]
    pub(crate) cloudtrail_throttling: bool,
    /// Serve metrics, counts and changes on another address, to who has the token.
    #[arg(long, value_name = "ADDR:PORT")]
    pub(crate) control: Option<SocketAddr>,
    /// The file with the control token; made, readable to its owner only, if it is not there.
    #[arg(long, value_name = "FILE", requires = "control")]
    pub(crate) control_token_file: Option<PathBuf>,
}

/// Whether signatures are checked.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum How {
    /// Only keys that exist, and only what they signed.
    Verified,
    /// Any key and any signature, for quick starts.
    Unchecked,
}

impl From<How> for Signatures {
    fn from(how: How) -> Self {
        match how {
            How::Verified => Self::Verified,
            How::Unchecked => Self::Unchecked,
        }
    }
}

/// The bearer token of the control listener.
pub(crate) struct Token {
    secret: String,
    file: Option<PathBuf>,
}

impl Token {
    pub(crate) fn secret(&self) -> &str {
        &self.secret
    }

    /// How the user comes by it.
    pub(crate) fn told(&self) -> String {
        match &self.file {
            Some(file) => format!("the token in {}", file.display()),
            None => format!("Authorization: Bearer {}", self.secret),
        }
    }
}

impl Serve {
    /// Who is to watch; nobody unless somebody asked for a log or for counts.
    pub(crate) fn watchers(&self) -> anyhow::Result<Option<Watchers>> {
        let throttled = match self.cloudtrail_throttling {
            true => ThrottledEvents::Kept,
            false => ThrottledEvents::LeftOut,
        };
        let log = self.access_log.as_deref().map(AccessLog::open).transpose()?;
        let trail = self.cloudtrail.as_deref();
        let trail = trail.map(|path| Trail::open(path, throttled)).transpose()?;
        let wanted = self.control.is_some() || log.is_some() || trail.is_some();
        Ok(wanted.then(|| Watchers::new(log, trail)))
    }

    /// The control listener's token: from its file, or a new one.
    pub(crate) fn control_token(&self) -> anyhow::Result<Option<Token>> {
        if self.control.is_none() {
            return Ok(None);
        }
        let file = self.control_token_file.clone();
        let secret = match &file {
            None => random()?,
            Some(path) => match fs::read_to_string(path) {
                Ok(text) if text.trim().is_empty() => {
                    anyhow::bail!(
                        "the control token file {} is empty: remove it to have one made",
                        path.display()
                    )
                }
                Ok(text) => text.trim().to_owned(),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    let secret = random()?;
                    private::create(path)
                        .and_then(|mut file| writeln!(file, "{secret}"))
                        .with_context(|| {
                            format!("cannot write the control token to {}", path.display())
                        })?;
                    secret
                }
                Err(error) => {
                    let path = path.display();
                    return Err(error)
                        .with_context(|| format!("cannot read the control token {path}"));
                }
            },
        };
        Ok(Some(Token { secret, file }))
    }
}

fn random() -> anyhow::Result<String> {
    private::secret().context("cannot make a control token: no randomness from the system?")
}
