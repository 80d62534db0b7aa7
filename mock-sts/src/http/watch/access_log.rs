//! The access log: one JSON object a line for each request.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use super::exchange::Exchange;
use super::writer::{OpenError, Writer, open};
use crate::clock::nanos;
use crate::http::router::Mock;

/// How long a line may wait in memory.
const FLUSH_EVERY: Duration = Duration::from_millis(200);

/// One line. Keys without a value are left out, and no key ever has a token, a
/// secret or a signature for a value.
#[derive(Serialize)]
struct Line<'a> {
    time: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    remote: Option<String>,
    method: &'a str,
    path: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    action: &'a str,
    /// The region that was asked, where there are several.
    #[serde(skip_serializing_if = "str::is_empty")]
    region: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    caller: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    role: &'a str,
    /// `jti` of the web identity token, which tells jobs apart.
    #[serde(skip_serializing_if = "str::is_empty")]
    token_id: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    sdk_invocation: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    sdk_request: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    user_agent: &'a str,
    status: u16,
    #[serde(skip_serializing_if = "str::is_empty")]
    code: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    request_id: &'a str,
    took_ms: f64,
    delivery: &'a str,
    bytes: usize,
}

/// What stands in a log whose disk could not keep up.
#[derive(Serialize)]
struct Lost {
    time: String,
    lost_lines: u64,
}

/// Writes lines on a thread of its own.
pub struct AccessLog {
    writer: Writer<String>,
}

impl AccessLog {
    /// Adds to the file at `path`, or writes to standard output for `-`.
    ///
    /// # Errors
    /// [`OpenError`] when the file cannot be written.
    pub fn open(path: &str) -> Result<Self, OpenError> {
        let file = open(path)?;
        let writer = Writer::start(move |lines, dropped| {
            // A full disk ends the log, not the mock.
            if let Err(error) = keep(file, &lines, &dropped) {
                let _ = writeln!(io::stderr(), "the access log ends here: {error}");
            }
        })?;
        Ok(Self { writer })
    }

    pub(super) fn write(&self, mock: &Mock, exchange: &Exchange) {
        let is_sts = !exchange.request_id().is_empty();
        let (token_id, code) = (exchange.claim("jti"), exchange.code());
        let service = &mock.config().service;
        let tells_region = is_sts && service.regions() > 1;
        let line = Line {
            time: at(exchange.arrived_unix_ms),
            remote: exchange.peer().map(|peer| peer.to_string()),
            method: exchange.head.method.as_str(),
            path: exchange.head.uri.path(),
            action: if is_sts { exchange.action() } else { "" },
            region: if tells_region { service.region_name(exchange.region) } else { "" },
            caller: if is_sts { exchange.caller() } else { "" },
            role: if is_sts { exchange.field("RoleArn") } else { "" },
            token_id: if is_sts { &token_id } else { "" },
            sdk_invocation: exchange.header("amz-sdk-invocation-id"),
            sdk_request: exchange.header("amz-sdk-request"),
            user_agent: exchange.header("user-agent"),
            status: exchange.status,
            code: if is_sts { &code } else { "" },
            request_id: exchange.request_id(),
            took_ms: nanos(exchange.took) as f64 / 1e6,
            delivery: exchange.delivery.name(),
            bytes: exchange.answer.len(),
        };
        if let Ok(line) = serde_json::to_string(&line) {
            self.writer.send(line);
        }
    }
}

fn at(unix_ms: u64) -> String {
    let at = i64::try_from(unix_ms).ok().and_then(|ms| Timestamp::from_millisecond(ms).ok());
    at.map_or_else(String::new, |at| format!("{at:.3}"))
}

fn keep(
    mut file: Box<dyn Write + Send>,
    lines: &Receiver<String>,
    dropped: &Arc<AtomicU64>,
) -> io::Result<()> {
    let mut told = 0;
    let mut time = String::new();
    loop {
        match lines.recv_timeout(FLUSH_EVERY) {
            Ok(line) => {
                writeln!(file, "{line}")?;
                time = line.get(9..33).unwrap_or_default().into();
            }
            Err(RecvTimeoutError::Timeout) => file.flush()?,
            Err(RecvTimeoutError::Disconnected) => break,
        }
        let lost = dropped.load(Ordering::Relaxed);
        if lost > told {
            let line = Lost { time: time.clone(), lost_lines: lost - told };
            writeln!(file, "{}", serde_json::to_string(&line)?)?;
            told = lost;
        }
    }
    file.flush()
}
