//! `stampede daemon` and `stampede exec`: one role's credentials for all
//! processes of a host, or for one command and what it starts.

use std::fs;
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, ExitStatus};
use std::sync::mpsc;
use std::time::Duration;
use std::{env, thread};

use anyhow::Context as _;
use mock_sts::config::unit::parse_duration;
use mock_sts::private;
use rustix::process::{Pid, Signal, kill_process};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use super::exit::{Exit, UsageError};
use super::interrupt::Interrupt;
use crate::broker::{
    self, Address, BrokerConfig, BrokerError, Service, ServiceError, TokenSource, secret,
};
use crate::policy::backoff::Backoff;
use crate::policy::full_jitter::FullJitter;
use crate::policy::presets::preset;
use crate::world::{Either, race};

/// What credentials are held, and how they are had.
#[derive(Debug, clap::Args)]
pub(super) struct Holding {
    /// A role to hold credentials of (repeatable; the first is the default) [default: AWS_ROLE_ARN]
    #[arg(long = "role", value_name = "ARN")]
    roles: Vec<String>,
    /// The web identity token file, read anew at each refresh [default: AWS_WEB_IDENTITY_TOKEN_FILE, or else the CI's token endpoint of ACTIONS_ID_TOKEN_REQUEST_URL and _TOKEN]
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// The STS to call, on this machine [default: AWS_ENDPOINT_URL_STS]
    #[arg(long, value_name = "URL")]
    endpoint: Option<String>,
    /// A host beyond this machine that may be called; AWS itself over https only (repeatable)
    #[arg(long, value_name = "HOST")]
    allow_remote: Vec<String>,
    /// Over https, trust the certificates of this PEM file instead of the system's
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,
    /// Retry as this client does, instead of full jitter with base 1s, cap 20s and 5 attempts
    #[arg(long, value_name = "PRESET")]
    preset: Option<String>,
    /// RoleSessionName
    #[arg(long, value_name = "NAME", default_value = "stampede-daemon")]
    session_name: String,
    /// How long credentials are to live
    #[arg(long, value_name = "DURATION", default_value = "1h")]
    duration: String,
    /// Refresh at the latest so long before they expire (half of their life at the most)
    #[arg(long, value_name = "DURATION", default_value = "16m")]
    refresh_ahead: String,
    /// Refresh up to so much earlier, by chance
    #[arg(long, value_name = "DURATION", default_value = "2m")]
    jitter: String,
}

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    holding: Holding,
    /// Where to listen; loopback only, port 0 takes a free one
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// Write the authorization token there, readable to its owner only; made anew at each start
    #[arg(long, value_name = "FILE")]
    authorization_file: PathBuf,
}

#[derive(Debug, clap::Args)]
pub(super) struct ExecArguments {
    #[command(flatten)]
    holding: Holding,
    /// The command, and what it is given
    #[arg(last = true, required = true, value_name = "COMMAND")]
    command: Vec<String>,
}

impl Holding {
    fn config(&self) -> anyhow::Result<BrokerConfig> {
        let roles = match &self.roles[..] {
            [] => env::var("AWS_ROLE_ARN").ok().into_iter().collect(),
            roles => roles.to_vec(),
        };
        if roles.is_empty() {
            return Err(usage("no role to hold: give --role ARN, or set AWS_ROLE_ARN"));
        }
        let name = |role: &str| role.rsplit('/').next().unwrap_or_default().to_owned();
        for (later, role) in roles.iter().enumerate() {
            if let Some(other) = roles.iter().take(later).find(|other| name(other) == name(role)) {
                return Err(usage(&format!(
                    "--role {role}: clients ask by name, and {other} has the same: run a daemon for each"
                )));
            }
        }
        let url = self.endpoint.clone().or_else(|| env::var("AWS_ENDPOINT_URL_STS").ok());
        let url = url.ok_or_else(|| {
            usage("no STS to call: give --endpoint URL, or set AWS_ENDPOINT_URL_STS")
        })?;
        let within = |name: &str, text: &str, least: u64, most: u64| {
            let parsed = parse_duration(text).filter(|parsed| {
                (Duration::from_secs(least)..=Duration::from_secs(most)).contains(parsed)
            });
            parsed.ok_or_else(|| {
                usage(&format!(
                    "--{name} {text}: expected a duration of {least}s to {most}s, like 1h"
                ))
            })
        };
        Ok(BrokerConfig {
            roles,
            source: self.source()?,
            sts: self.service(&url)?,
            policy: || {
                let (base, cap) = (Duration::from_secs(1), Duration::from_secs(20));
                Box::new(FullJitter(Backoff { base, cap, attempts: 5, deadline: None }))
            },
            preset: match &self.preset {
                Some(name) => Some(
                    preset(name)
                        .map_err(|help| usage(&format!("there is no preset \"{name}\": {help}")))?,
                ),
                None => None,
            },
            session_name: self.session_name.clone(),
            session_s: within("duration", &self.duration, 900, 43_200)?.as_secs() as u16,
            refresh_ahead: within("refresh-ahead", &self.refresh_ahead, 0, 43_200)?,
            jitter: within("jitter", &self.jitter, 0, 43_200)?,
        })
    }

    fn service(&self, url: &str) -> Result<Service, ServiceError> {
        Service::parse(url, &self.allow_remote, self.ca_file.as_deref())
    }

    fn source(&self) -> anyhow::Result<TokenSource> {
        let file = self.token_file.clone();
        let file = file.or_else(|| env::var_os("AWS_WEB_IDENTITY_TOKEN_FILE").map(PathBuf::from));
        if let Some(file) = file {
            return Ok(TokenSource::File(file));
        }
        let url = env::var("ACTIONS_ID_TOKEN_REQUEST_URL");
        let bearer = env::var("ACTIONS_ID_TOKEN_REQUEST_TOKEN");
        let (Ok(url), Ok(bearer)) = (url, bearer) else {
            return Err(usage(
                "no web identity: give --token-file FILE, or set AWS_WEB_IDENTITY_TOKEN_FILE, or \
                 ACTIONS_ID_TOKEN_REQUEST_URL and ACTIONS_ID_TOKEN_REQUEST_TOKEN",
            ));
        };
        let (origin, path) = match url.split_once("://").and_then(|(_, rest)| rest.find('/')) {
            Some(slash) => url.split_at(slash + url.len() - after_scheme(&url).len()),
            None => (url.as_str(), "/"),
        };
        let path = if path.contains('?') { path.to_owned() } else { format!("{path}?") };
        let service = self.service(origin)?;
        Ok(TokenSource::Endpoint { service, path, bearer })
    }
}

fn after_scheme(url: &str) -> &str {
    url.split_once("://").map_or(url, |(_, rest)| rest)
}

fn usage(text: &str) -> anyhow::Error {
    UsageError(text.into()).into()
}

pub(super) fn main(arguments: &Arguments) -> anyhow::Result<Exit> {
    let config = arguments.holding.config()?;
    let interrupt = Interrupt::listen().context("cannot listen for Ctrl-C")?;
    let secret = secret()?;
    let path = &arguments.authorization_file;
    write_private(path, &secret)
        .map_err(|source| BrokerError::TokenFile { path: path.clone(), source })?;
    let told = path.clone();
    let ran =
        broker::run(config, arguments.listen, secret, raised(interrupt.waiter()), move |at| {
            // Nobody has to read it.
            let _ = writeln!(
                io::stdout(),
                "listening on {url}\n  export AWS_CONTAINER_CREDENTIALS_FULL_URI={url}\n  \
             export AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE={}",
                told.display(),
                url = at.url
            );
        });
    // What nobody can use any more.
    let _ = fs::remove_file(path);
    ran?;
    Ok(Exit::Pass)
}

/// Runs a command beside a daemon of its own, and ends as the command does.
pub(super) fn exec(arguments: &ExecArguments) -> anyhow::Result<ExitCode> {
    let config = arguments.holding.config()?;
    let secret = secret()?;
    let (stop, mut stopped) = watch::channel(false);
    let (ready, address) = mpsc::channel::<Address>();
    let listen = SocketAddr::from(([127, 0, 0, 1], 0));
    let serving = {
        let secret = secret.clone();
        thread::spawn(move || {
            let stop = async move { drop(stopped.wait_for(|stop| *stop).await) };
            broker::run(config, listen, secret, stop, move |at| drop(ready.send(at)))
        })
    };
    let Ok(address) = address.recv() else {
        return match serving.join() {
            Ok(Err(error)) => Err(error.into()),
            _ => Err(anyhow::anyhow!("the daemon ended before it began")),
        };
    };
    let Some((program, rest)) = arguments.command.split_first() else {
        return Err(usage("no command"));
    };
    let mut command = Command::new(program);
    command.args(rest);
    let removed: Vec<&str> =
        TAKE_PRECEDENCE.into_iter().filter(|name| env::var_os(name).is_some()).collect();
    for name in &removed {
        command.env_remove(name);
    }
    if !removed.is_empty() {
        // Nobody has to read it.
        let _ = writeln!(io::stderr(), "stampede exec: not passed on: {}", removed.join(", "));
    }
    command
        .env("AWS_CONTAINER_CREDENTIALS_FULL_URI", &address.url)
        .env("AWS_CONTAINER_AUTHORIZATION_TOKEN", &*address.secret);
    let status = watched(&mut command).with_context(|| format!("cannot run {program}"));
    stop.send_replace(true);
    drop(serving.join());
    Ok(code_of(status?))
}

/// Runs the command to its end, and passes on what tells this process to stop:
/// the daemon must not go before the command does.
fn watched(command: &mut Command) -> io::Result<ExitStatus> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let _entered = runtime.enter();
    // A terminal sends its Ctrl-C to the command as well; that one is only outlived.
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut others = [
        (signal(SignalKind::terminate())?, Signal::TERM),
        (signal(SignalKind::hangup())?, Signal::HUP),
    ];
    let mut child =
        tokio::process::Command::from(std::mem::replace(command, Command::new(""))).spawn()?;
    let process = child.id().and_then(|id| Pid::from_raw(id.cast_signed()));
    runtime.block_on(async {
        let [(terminate, term), (hangup, hup)] = &mut others;
        loop {
            let told = race(terminate.recv(), race(hangup.recv(), interrupt.recv()));
            let passed_on = match race(child.wait(), told).await {
                Either::Left(status) => return status,
                Either::Right(Either::Left(_)) => Some(*term),
                Either::Right(Either::Right(Either::Left(_))) => Some(*hup),
                Either::Right(Either::Right(Either::Right(_))) => None,
            };
            if let (Some(signal), Some(process)) = (passed_on, process) {
                // It may have ended this very moment.
                let _ = kill_process(process, signal);
            }
        }
    })
}

/// What SDKs would look at before the daemon, or what would name another one.
const TAKE_PRECEDENCE: [&str; 9] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_ROLE_ARN",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
];

/// The command's own code; 128 and the signal's number for a signal, as shells
/// have it.
fn code_of(status: std::process::ExitStatus) -> ExitCode {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return ExitCode::from(u8::try_from(128 + signal).unwrap_or(u8::MAX));
    }
    ExitCode::from(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1))
}

async fn raised(mut stop: watch::Receiver<bool>) {
    drop(stop.wait_for(|stop| *stop).await);
}

/// Written beside and moved into place, so that nobody reads half of it, and a
/// file left by a daemon that was killed is no obstacle.
fn write_private(path: &Path, text: &str) -> io::Result<()> {
    let beside = path.with_added_extension(format!("{}", std::process::id()));
    // Never into a file or link that somebody else has put there.
    match fs::remove_file(&beside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    private::create(&beside)?.write_all(text.as_bytes())?;
    fs::rename(beside, path)
}
