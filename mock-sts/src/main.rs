//! `mock-sts serve`: the mock as a server.

use std::{fs, io::Write as _, net::SocketAddr, path::PathBuf, process::ExitCode};

use clap::{Parser, ValueEnum, builder::PossibleValuesParser};
use mock_sts::config::{MockConfig, PROFILES, Profile, Signatures, check::load, profile};
use mock_sts::http::{BindError, Mock, bind, serve, told_to_stop};

/// A mock of AWS STS with its identity provider: fails by mechanism, on demand.
#[derive(Parser)]
#[command(version)]
enum Cli {
    /// Answer on a socket until Ctrl-C or SIGTERM.
    Serve {
        /// Where to listen; port 0 takes a free one.
        #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:4599")]
        bind: SocketAddr,
        /// The named numbers to answer by.
        #[arg(long, value_name = "NAME", default_value = PROFILES[0].name, conflicts_with = "config",
              value_parser = PossibleValuesParser::new(PROFILES.iter().map(|profile| profile.name)))]
        profile: String,
        /// A TOML file with [service] and [idp], for other numbers.
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
        /// What all chance is drawn from.
        #[arg(long, value_name = "N", default_value_t = 1)]
        seed: u64,
        /// Whether signatures are checked; the file's choice by default.
        #[arg(long, value_name = "HOW")]
        signatures: Option<How>,
        /// Let other machines in, with a --bind address they can reach.
        #[arg(long)]
        allow_remote: bool,
    },
}

#[derive(Clone, Copy, ValueEnum)]
enum How {
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

fn main() -> ExitCode {
    let Cli::Serve { bind, profile, config, seed, signatures, allow_remote } = Cli::parse();
    let ran = numbers(&profile, config).map(|mut config| {
        if let Some(how) = signatures {
            config.service.identities.signatures = how.into();
        }
        run(config, seed, bind, allow_remote)
    });
    let (code, error) = match ran {
        Ok(Ok(())) => return ExitCode::SUCCESS,
        Ok(Err(error)) => match error.downcast_ref() {
            Some(BindError::Remote(_)) => (2, format!("error: {error:#}")),
            _ => (1, format!("error: {error:#}")),
        },
        Err(error) => (2, error),
    };
    eprintln!("{error}");
    ExitCode::from(code)
}

fn numbers(name: &str, file: Option<PathBuf>) -> Result<MockConfig, String> {
    let Some(path) = file else { return profile(name).map(Profile::config).ok_or(String::new()) };
    let path = path.display().to_string();
    let text =
        fs::read_to_string(&path).map_err(|why| format!("error: cannot read {path}: {why}"))?;
    load(&path, &text).map_err(|invalid| invalid.render(false))
}

#[tokio::main]
async fn run(config: MockConfig, seed: u64, at: SocketAddr, remote: bool) -> anyhow::Result<()> {
    let listener = bind(at, remote).await?;
    let url = format!("http://{}", listener.local_addr()?);
    let (stop, mock) = (told_to_stop()?, Mock::new(config, seed)?);
    writeln!(std::io::stdout(), "listening on {url}\n{}", mock.how_to_use(&url))?;
    Ok(serve(listener, mock, stop).await?)
}
