//! One job's program, from its start to its end, with all that it starts.

use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use mock_sts::http::Mock;
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::{Child, Command};
use tokio::sync::watch;

use super::config::{CommandConfig, Handover};
use super::environment::{ENV_FILE, Room, Surroundings};
use super::handover;
use crate::record::Failure;
use crate::world::{Either, race};

/// How a job's program ended.
#[derive(Clone, Debug)]
pub(crate) struct Ended {
    /// None when it did what it was to do.
    pub(crate) failure: Option<Failure>,
    /// What to say about it.
    pub(crate) detail: String,
    /// Its exit code; none when it was killed or never started.
    pub(crate) code: Option<i32>,
}

impl Ended {
    pub(super) fn not_started(why: &str) -> Self {
        Self { failure: Some(Failure::CommandNotStarted), detail: why.into(), code: None }
    }

    pub(crate) fn is_fine(&self) -> bool {
        self.failure.is_none()
    }
}

/// Of each stream, what is kept: the beginning, where errors are told.
const KEPT_BYTES: usize = 64 * 1024;
/// Lines of a failed job's output that reports show.
const SHOWN_LINES: usize = 3;
/// How long after its group is killed a program's pipes are waited for: somebody
/// who left the group may hold them open.
const DRAIN: Duration = Duration::from_secs(2);

/// Runs the program in a process group of its own, which is killed at the end
/// whatever is left of it.
pub(super) async fn run_child(
    config: &CommandConfig,
    around: &Surroundings,
    room: &Room,
    mock: &Mock,
    stop: &mut watch::Receiver<bool>,
) -> Ended {
    let Some((program, arguments)) = config.words.split_first() else {
        return Ended::not_started("the command names no program");
    };
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    around.put_around(&mut command, room);
    #[cfg(unix)]
    command.process_group(0);
    command.kill_on_drop(true);
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(error) => return Ended::not_started(&format!("cannot run {program}: {error}")),
    };
    let group = child.id();
    let (stdout, stderr) = (Kept::default(), Kept::default());
    let reading = {
        let (out, err) = (child.stdout.take(), child.stderr.take());
        let (stdout, stderr) = (stdout.clone(), stderr.clone());
        tokio::task::spawn_local(async move {
            let out = tokio::task::spawn_local(async move { stdout.read(out).await });
            stderr.read(err).await;
            let _ = out.await;
        })
    };
    let ended = wait(&mut child, config.timeout, stop).await;
    kill_group(group);
    let _ = child.wait().await;
    #[expect(clippy::disallowed_methods, reason = "real programs end in real time")]
    let patience = tokio::time::sleep(DRAIN);
    let _ = race(reading, patience).await;
    judge(config, around, room, mock, &ended, &stdout.text(), &stderr.text())
}

/// Why a program is no longer waited for.
enum Waited {
    Exited(ExitStatus),
    TimedOut(Duration),
    Stopped,
    Lost(String),
}

async fn wait(child: &mut Child, timeout: Duration, stop: &mut watch::Receiver<bool>) -> Waited {
    let stopped = async { drop(stop.wait_for(|stop| *stop).await) };
    #[expect(clippy::disallowed_methods, reason = "real programs run in real time")]
    let late = tokio::time::sleep(timeout);
    match race(child.wait(), race(stopped, late)).await {
        Either::Left(Ok(status)) => Waited::Exited(status),
        Either::Left(Err(error)) => Waited::Lost(error.to_string()),
        Either::Right(Either::Left(())) => Waited::Stopped,
        Either::Right(Either::Right(())) => Waited::TimedOut(timeout),
    }
}

/// Whatever the program has started is in its group, unless it left on purpose.
fn kill_group(group: Option<u32>) {
    let pid = group.and_then(|group| Pid::from_raw(i32::try_from(group).ok()?));
    if let Some(pid) = pid {
        // A group that is gone already needs no signal.
        let _ = kill_process_group(pid, Signal::KILL);
    }
}

fn judge(
    config: &CommandConfig,
    around: &Surroundings,
    room: &Room,
    mock: &Mock,
    waited: &Waited,
    stdout: &str,
    stderr: &str,
) -> Ended {
    let failed = |failure, what: String| Ended {
        failure: Some(failure),
        detail: with_output(&what, stdout, stderr),
        code: match waited {
            Waited::Exited(status) => status.code(),
            _ => None,
        },
    };
    match waited {
        Waited::Exited(status) if !status.success() => {
            failed(Failure::CommandFailed, status.to_string())
        }
        Waited::Exited(_) => {
            let shown = match config.credentials {
                // The mock's own record is looked at when all is over.
                Handover::None | Handover::CallerIdentity => Ok(()),
                Handover::Stdout => handover::from_stdout(stdout, mock, &around.role),
                Handover::GithubEnv => {
                    handover::from_file("GITHUB_ENV", &room.github_env, mock, &around.role)
                }
                Handover::EnvFile => {
                    handover::from_file(ENV_FILE, &room.env_file, mock, &around.role)
                }
            };
            match shown {
                Ok(()) => Ended { failure: None, detail: String::new(), code: Some(0) },
                Err((failure, why)) => failed(failure, why),
            }
        }
        Waited::TimedOut(timeout) => {
            failed(Failure::CommandTimedOut, format!("still running after {timeout:?}, killed"))
        }
        Waited::Stopped => failed(Failure::CommandStopped, "the run was stopped".into()),
        Waited::Lost(error) => failed(Failure::CommandFailed, format!("lost track of it: {error}")),
    }
}

/// `what`, and the first lines of what the program said.
fn with_output(what: &str, stdout: &str, stderr: &str) -> String {
    let said = if stderr.trim().is_empty() { stdout } else { stderr };
    let lines = said.lines().map(str::trim).filter(|line| !line.is_empty());
    let lines = lines.map(|line| if is_secret(line) { "[credentials left out]" } else { line });
    let lines: Vec<&str> = lines.take(SHOWN_LINES).collect();
    if lines.is_empty() { what.into() } else { format!("{what}: {}", lines.join(" / ")) }
}

/// Whether a line holds what no report may hold, even of a mock.
fn is_secret(line: &str) -> bool {
    let line = line.to_ascii_lowercase().replace(['_', '-', ' '], "");
    ["secretaccesskey", "sessiontoken", "asia", "akia", "webidentitytoken", "eyj"]
        .iter()
        .any(|mark| line.contains(mark))
}

/// The beginning of a stream, readable before its end.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Kept {
    async fn read(&self, stream: Option<impl AsyncRead + Unpin>) {
        let Some(mut stream) = stream else { return };
        let mut buffer = [0; 4096];
        while let Ok(read) = stream.read(&mut buffer).await {
            if read == 0 {
                break;
            }
            // The rest is read too, lest the program stall on a full pipe.
            let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let room = KEPT_BYTES.saturating_sub(kept.len());
            kept.extend_from_slice(&buffer[..read.min(room)]);
        }
    }

    fn text(&self) -> String {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&kept).into_owned()
    }
}
