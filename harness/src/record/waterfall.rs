//! What the first jobs of a run did, span by span.

use std::collections::BTreeMap;
use std::time::Duration;

use reports::{JobRow, Span, SpanKind};

use super::Attempt;
use crate::world::Instant;

/// Jobs that are followed: those with the lowest indices, who are as good a
/// sample as any, since a job's index says nothing of its luck.
const JOBS: u32 = 40;

/// Spans of a job that are kept.
const SPANS: usize = 64;

/// The rows of the jobs that are followed.
#[derive(Clone, Default, Debug)]
pub struct Waterfall(BTreeMap<u32, Vec<Span>>);

impl Waterfall {
    pub(super) fn call(&mut self, attempt: &Attempt, granted: bool) {
        if attempt.tool.job < JOBS {
            let what = if granted { SpanKind::Granted } else { SpanKind::Failed };
            self.push(attempt.tool.job, attempt.sent, attempt.answered, what);
        }
    }

    pub(super) fn sleep(&mut self, now: Instant, job: u32, wait: Duration) {
        if job < JOBS {
            self.push(job, now, now + wait, SpanKind::Slept);
        }
    }

    fn push(&mut self, job: u32, from: Instant, to: Instant, what: SpanKind) {
        let spans = self.0.entry(job).or_default();
        if spans.len() < SPANS {
            spans.push(Span { from_ns: from.as_nanos(), to_ns: to.as_nanos(), what });
        }
    }

    /// Takes in another thread's jobs.
    pub(super) fn add(&mut self, other: &Self) {
        for (job, spans) in &other.0 {
            self.0.entry(*job).or_insert_with(|| spans.clone());
        }
    }

    /// The rows, by job.
    #[must_use]
    pub fn rows(&self) -> Vec<JobRow> {
        let row = |(job, spans): (&u32, &Vec<Span>)| JobRow {
            job: u64::from(*job),
            spans: spans.clone(),
        };
        self.0.iter().map(row).collect()
    }
}
