//! What the first jobs of a run did, span by span.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Duration;

use reports::{JobRow, Span, SpanKind};

use super::{Attempt, Failure};
use crate::world::{Instant, ToolId};

/// Jobs that are followed: those with the lowest indices, who are as good a
/// sample as any, since a job's index says nothing of its luck.
const JOBS: u32 = 40;

/// Spans of a job that are kept.
const SPANS: usize = 64;

/// The rows of the jobs that are followed.
#[derive(Clone, Default, Debug)]
pub struct Waterfall(BTreeMap<u32, JobRow>);

impl Waterfall {
    pub(super) fn call(&mut self, attempt: &Attempt, failure: Option<Failure>) {
        if attempt.tool.job < JOBS {
            let what = if failure.is_none() { SpanKind::Granted } else { SpanKind::Failed };
            let span = Span {
                call: Some(attempt.number),
                code: failure.map(|failure| Cow::Borrowed(failure.name())),
                ..span(attempt.tool, attempt.sent, attempt.answered, what)
            };
            self.push(attempt.tool.job, span);
        }
    }

    pub(super) fn sleep(&mut self, now: Instant, tool: ToolId, wait: Duration) {
        if tool.job < JOBS {
            self.push(tool.job, span(tool, now, now + wait, SpanKind::Slept));
        }
    }

    pub(super) fn job_ended(&mut self, now: Instant, job: u32, succeeded: bool) {
        if job < JOBS {
            let row = self.row(job);
            (row.ended_ns, row.succeeded) = (Some(now.as_nanos()), Some(succeeded));
        }
    }

    fn row(&mut self, job: u32) -> &mut JobRow {
        let new = || JobRow { job: u64::from(job), ..JobRow::default() };
        self.0.entry(job).or_insert_with(new)
    }

    fn push(&mut self, job: u32, span: Span) {
        let row = self.row(job);
        if row.spans.len() < SPANS {
            row.spans.push(span);
        } else {
            row.left_out += 1;
        }
    }

    /// Takes in another thread's jobs.
    pub(super) fn add(&mut self, other: &Self) {
        for (job, row) in &other.0 {
            self.0.entry(*job).or_insert_with(|| row.clone());
        }
    }

    /// The rows, by job.
    #[must_use]
    pub fn rows(&self) -> Vec<JobRow> {
        self.0.values().cloned().collect()
    }
}

fn span(tool: ToolId, from: Instant, to: Instant, what: SpanKind) -> Span {
    Span {
        from_ns: from.as_nanos(),
        to_ns: to.as_nanos(),
        what,
        tool: (tool.tool != ToolId::BROKER).then_some(tool.tool),
        call: None,
        code: None,
    }
}
