//! Every attempt as a line of JSON, written while the run goes on, in memory that does not grow
//! with it: what is kept is one entry for each tool that has not ended.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use reports::CallEnd;

use super::{Attempt, Failure};
use crate::tool::TWINS_CALLS;
use crate::world::{Instant, ToolId};

/// Bytes that are gathered before they are written, where lines need not be there at once.
const GATHERED: usize = 64 << 10;

/// Where the lines of all contenders, seeds and threads go; each is written whole.
pub struct AttemptLog {
    out: Mutex<Out>,
    /// Bytes that a thread gathers first.
    gathered: usize,
}

struct Out {
    to: Box<dyn Write + Send>,
    failed: Option<io::Error>,
}

impl fmt::Debug for AttemptLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AttemptLog").finish_non_exhaustive()
    }
}

impl AttemptLog {
    /// A log that writes each line when its attempt has ended, as somebody may be reading along.
    #[must_use]
    pub fn at_once(to: Box<dyn Write + Send>) -> Arc<Self> {
        Arc::new(Self { out: Mutex::new(Out { to, failed: None }), gathered: 0 })
    }

    /// A log that gathers lines first: virtual time makes millions of them a second.
    #[must_use]
    pub fn gathering(to: Box<dyn Write + Send>) -> Arc<Self> {
        Arc::new(Self { out: Mutex::new(Out { to, failed: None }), gathered: GATHERED })
    }

    /// The writer of one contender's run; jobs from `jobs` on are brokers of many jobs, and
    /// `regions` are the service's by its numbers.
    #[must_use]
    pub fn writer(
        self: &Arc<Self>,
        contender: &str,
        seed: u64,
        jobs: u32,
        regions: Vec<String>,
    ) -> AttemptWriter {
        // A contender's name has no character that JSON would have to escape.
        let head = format!("{{\"contender\":\"{contender}\",\"seed\":{seed},");
        let (lines, open) = (Vec::new(), BTreeMap::new());
        AttemptWriter { log: Arc::clone(self), head, jobs, regions, lines, open, request_id: None }
    }

    /// Says whether all lines were written.
    ///
    /// # Errors
    /// The first that could not.
    pub fn finish(&self) -> io::Result<()> {
        let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        match out.failed.take() {
            Some(failed) => Err(failed),
            None => out.to.flush(),
        }
    }

    fn write(&self, lines: &mut Vec<u8>) {
        let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        if out.failed.is_none() {
            out.failed = out.to.write_all(lines).err();
        }
        lines.clear();
    }
}

/// A need that a tool has.
#[derive(Clone, Copy, Debug)]
struct Need {
    /// Of the tool's needs, from 1.
    acquisition: u32,
    intended: Instant,
}

/// One recorder's lines.
#[derive(Clone, Debug)]
pub struct AttemptWriter {
    log: Arc<AttemptLog>,
    /// How every line begins.
    head: String,
    jobs: u32,
    /// The service's by its numbers.
    regions: Vec<String>,
    lines: Vec<u8>,
    /// Of tools whose jobs have not ended.
    open: BTreeMap<ToolId, Need>,
    /// Of the answer at hand.
    request_id: Option<String>,
}

impl AttemptWriter {
    pub(super) fn needed(&mut self, tool: ToolId, intended: Instant) {
        let need = self.open.entry(tool).or_insert(Need { acquisition: 0, intended });
        *need = Need { acquisition: need.acquisition + 1, intended };
    }

    pub(super) fn job_ended(&mut self, job: u32) {
        let first = ToolId { job, tool: 0 };
        let tools = self.open.range(first..=ToolId { job, tool: u32::MAX });
        for tool in tools.map(|(tool, _)| *tool).collect::<Vec<_>>() {
            self.open.remove(&tool);
        }
    }

    pub(super) fn answered_as(&mut self, request_id: Option<String>) {
        self.request_id = request_id;
    }

    pub(super) fn attempt(&mut self, attempt: &Attempt, how: CallEnd, failure: Option<Failure>) {
        // Writing to memory cannot fail.
        drop(self.line(attempt, how, failure));
        if self.lines.len() >= self.log.gathered {
            self.log.write(&mut self.lines);
        }
    }

    fn line(
        &mut self,
        attempt: &Attempt,
        how: CallEnd,
        failure: Option<Failure>,
    ) -> io::Result<()> {
        let Attempt { tool, number, call, operation, region, sent, answered, .. } = *attempt;
        let need = self.open.get(&tool);
        let lines = &mut self.lines;
        lines.write_all(self.head.as_bytes())?;
        number_or_null(lines, "job", (tool.job < self.jobs).then_some(tool.job.into()))?;
        number_or_null(lines, "tool", need.map(|_| tool.tool.into()))?;
        number_or_null(lines, "acquisition", need.map(|need| need.acquisition.into()))?;
        let purpose = match need {
            None => "broker",
            Some(_) if call > TWINS_CALLS => "hedge",
            Some(need) if need.acquisition > 1 => "renewal",
            Some(_) => "first",
        };
        let operation = operation.name();
        write!(
            lines,
            "\"attempt\":{number},\"purpose\":\"{purpose}\",\"operation\":\"{operation}\","
        )?;
        lines.write_all(b"\"region\":")?;
        text_or_null(lines, self.regions.get(usize::from(region)).map(String::as_str))?;
        lines.write_all(b",")?;
        number_or_null(lines, "intended_ns", need.map(|need| need.intended.as_nanos()))?;
        let (sent, ended) = (sent.as_nanos(), answered.as_nanos());
        let verdict = match how {
            CallEnd::Granted => "granted",
            CallEnd::Throttled => "throttled",
            CallEnd::Refused => "refused",
            CallEnd::Lost => "lost",
        };
        write!(
            lines,
            "\"sent_ns\":{sent},\"ended_ns\":{ended},\"verdict\":\"{verdict}\",\"code\":"
        )?;
        text_or_null(lines, failure.map(Failure::name))?;
        lines.write_all(b",\"request_id\":")?;
        text_or_null(lines, self.request_id.take().as_deref())?;
        lines.write_all(b"}\n")
    }

    /// Writes what is still held.
    pub(super) fn finish(&mut self) {
        self.log.write(&mut self.lines);
    }
}

fn number_or_null(lines: &mut Vec<u8>, name: &str, number: Option<u64>) -> io::Result<()> {
    match number {
        Some(number) => write!(lines, "\"{name}\":{number},"),
        None => write!(lines, "\"{name}\":null,"),
    }
}

/// What comes from the wire can hold anything.
fn text_or_null(lines: &mut Vec<u8>, text: Option<&str>) -> io::Result<()> {
    serde_json::to_writer(lines, &text).map_err(io::Error::other)
}
