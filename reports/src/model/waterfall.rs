//! What the first jobs of a run did, call by call.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What one job of the first run did, as a row of a waterfall.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, Default, PartialEq, Eq)]
pub struct JobRow {
    /// Its index.
    pub job: u64,
    /// In the order of their ends.
    pub spans: Vec<Span>,
    /// Calls and sleeps after those, which are not kept.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub left_out: u64,
    /// When its last tool had ended, since the beginning of the run; none of a job that had not, as
    /// in files from before it was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_ns: Option<u64>,
    /// Whether all of its tools had got what they needed, likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub succeeded: Option<bool>,
}

/// A stretch of a job's time.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// Since the beginning of the run.
    pub from_ns: u64,
    /// Since the beginning of the run.
    pub to_ns: u64,
    /// What it was.
    pub what: SpanKind,
    /// The tool in its job, from 0; none of the job's own broker, as in files from before it was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool: Option<u32>,
    /// Of a call: its number within its acquisition, from 1; none in files from before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<u32>,
    /// Of a call that failed: of what; none in files from before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<Cow<'static, str>>,
}

/// What a job did for a while.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Copy, Debug, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum SpanKind {
    /// A call that was granted.
    Granted,
    /// A call that failed.
    Failed,
    /// A sleep between two attempts, or after the last.
    Slept,
}

fn is_zero(count: &u64) -> bool {
    *count == 0
}

impl JobRow {
    /// What is kept of the job, a line for each moment, in the order of time.
    pub fn told(&self) -> Vec<String> {
        let mut moments: Vec<(u64, String)> = self.spans.iter().flat_map(Span::moments).collect();
        // The sort is stable: what happened at one moment stays in its order.
        moments.sort_by_key(|(at_ns, _)| *at_ns);
        let mut lines: Vec<String> =
            moments.iter().map(|(at_ns, what)| line(*at_ns, what)).collect();
        if self.left_out > 0 {
            lines.push(format!("{:>12}  {} calls and sleeps more, not kept", "…", self.left_out));
        }
        if let (Some(ended_ns), Some(succeeded)) = (self.ended_ns, self.succeeded) {
            let end = if succeeded { "ends well" } else { "has failed" };
            lines.push(line(ended_ns, &format!("job     {end}")));
        }
        lines
    }
}

impl Span {
    /// When it began and, of a call, when it ended.
    fn moments(&self) -> Vec<(u64, String)> {
        let Span { from_ns, to_ns, what, tool, call, code } = self;
        let took = seconds(to_ns.saturating_sub(*from_ns));
        let who = tool.map_or("job     ".to_owned(), |tool| format!("tool {tool:<2} "));
        let number = call.map(|number| format!(" {number}")).unwrap_or_default();
        let end = match what {
            SpanKind::Slept => return vec![(*from_ns, format!("{who}sleeps {took}"))],
            SpanKind::Granted => "credentials",
            SpanKind::Failed => code.as_deref().unwrap_or("it has failed"),
        };
        let left = format!("{who}call{number} leaves");
        let ended = format!("{who}call{number} has ended after {took}: {end}");
        vec![(*from_ns, left), (*to_ns, ended)]
    }
}

fn line(at_ns: u64, what: &str) -> String {
    format!("{:>12}  {what}", seconds(at_ns))
}

fn seconds(ns: u64) -> String {
    format!("{:.3} s", ns as f64 / 1e9)
}
