//! One job told line by line, whatever becomes of it: its token, its calls and
//! what the service did about them, its waits with their arithmetic.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use mock_sts::service::KeyCounts;

use super::{Acquisition, Attempt, Operation};
use crate::policy::Policy;
use crate::world::{Instant, ToolId};

/// Follows one job.
#[derive(Clone, Debug)]
pub struct Tale {
    job: u32,
    policy: Arc<dyn Policy>,
    /// The service's regions by its numbers, where there are several.
    regions: Vec<String>,
    /// Each line at its time, in the order in which they became known.
    lines: Vec<(Instant, u32, String)>,
    /// By tool, calls that failed in the acquisition under way.
    failed: BTreeMap<u32, u32>,
}

/// What the service did about a call, as it is seen from beside it.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// When the call arrived.
    pub at: Instant,
    /// Whose it is.
    pub tool: ToolId,
    /// What the verification keys counted for it.
    pub keys: KeyCounts,
    /// After how long it is answered.
    pub respond_after: Duration,
    /// What the service decided, in a word.
    pub verdict: String,
}

impl Tale {
    /// Nothing yet of the job with this index, whose contender has this policy.
    #[must_use]
    pub fn new(job: u32, policy: Arc<dyn Policy>) -> Self {
        let (regions, lines, failed) = (Vec::new(), Vec::new(), BTreeMap::new());
        Self { job, policy, regions, lines, failed }
    }

    /// The same, saying of each call to which of these regions it goes, where there are several.
    #[must_use]
    pub fn among(self, regions: Vec<String>) -> Self {
        Self { regions: if regions.len() > 1 { regions } else { Vec::new() }, ..self }
    }

    /// The job it is about.
    #[must_use]
    pub fn job(&self) -> u32 {
        self.job
    }

    /// The lines in the order of time, each with its time.
    #[must_use]
    pub fn told(&self) -> Vec<String> {
        let mut lines: Vec<_> = self.lines.iter().collect();
        // The sort is stable: what happened at one moment stays in its order.
        lines.sort_by_key(|(at, ..)| *at);
        lines
            .into_iter()
            .map(|(at, tool, line)| {
                let at = format!("{at}");
                match *tool {
                    ToolId::BROKER => format!("{at:>12}  broker  {line}"),
                    NO_TOOL => format!("{at:>12}  job     {line}"),
                    tool => format!("{at:>12}  tool {tool:<2} {line}"),
                }
            })
            .collect()
    }

    /// Whether it has calls of the job's own.
    #[must_use]
    pub fn has_calls(&self) -> bool {
        self.lines.iter().any(|(.., line)| line.starts_with("call "))
    }

    fn say(&mut self, at: Instant, tool: ToolId, line: String) {
        if tool.job == self.job {
            self.lines.push((at, tool.tool, line));
        }
    }

    pub(super) fn token_asked(&mut self, now: Instant, tool: ToolId) {
        self.say(now, tool, "asks the token endpoint".into());
    }

    pub(super) fn token_fetched(&mut self, now: Instant, tool: ToolId) {
        self.say(now, tool, "has the job's web identity token".into());
    }

    pub(super) fn never_sent(&mut self, now: Instant, tool: ToolId, why: &str) {
        self.say(now, tool, format!("cannot call: {why}"));
    }

    pub(super) fn answered(&mut self, attempt: &Attempt, what: &str) {
        let Attempt { tool, number, sent, answered, .. } = *attempt;
        let region = self.regions.get(usize::from(attempt.region));
        let region = region.map(|region| format!(" for {region}")).unwrap_or_default();
        let operation = match attempt.operation {
            Operation::AssumeRoleWithWebIdentity => String::new(),
            other => format!(" ({})", other.name()),
        };
        self.say(sent, tool, format!("call {number}{operation} leaves{region}"));
        let took = s(answered.since(sent));
        self.say(answered, tool, format!("call {number} is answered after {took}: {what}"));
        if tool.job == self.job {
            self.failed.insert(tool.tool, number);
        }
    }

    pub(super) fn sleeps(&mut self, now: Instant, tool: ToolId, wait: Duration, last: bool) {
        if tool.job != self.job {
            return;
        }
        let failed = self.failed.get(&tool.tool).copied().unwrap_or(0);
        let reckoned = self.policy.reckoned(failed).filter(|_| failed > 0 && !last);
        let how = reckoned.map(|how| format!(" ({how})")).unwrap_or_default();
        let what = if last { "sleeps in vain, after its last try," } else { "sleeps" };
        self.say(now, tool, format!("{what} {}{how}", s(wait)));
    }

    pub(super) fn acquisition_ended(&mut self, acquisition: &Acquisition, why: Option<&str>) {
        let Acquisition { tool, intended, ended, failure, .. } = *acquisition;
        if tool.job != self.job {
            return;
        }
        // A need is known by its end, and stands before all that it caused.
        self.lines.insert(0, (intended, tool.tool, "needs credentials".into()));
        let after = s(ended.since(intended));
        let line = match failure {
            None => format!("has credentials, {after} after it needed them"),
            Some(failure) => {
                let why = why.map(|why| format!(" ({why})")).unwrap_or_default();
                format!("gives up, {after} after it needed them: {failure}{why}")
            }
        };
        self.say(ended, tool, line);
        self.failed.remove(&tool.tool);
    }

    pub(super) fn job_ended(&mut self, now: Instant, job: u32, succeeded: bool) {
        let end = if succeeded { "ends well" } else { "has failed" };
        self.say(now, ToolId { job, tool: NO_TOOL }, end.into());
    }

    /// What the service did about its calls, once the run is over.
    pub fn hear(&mut self, arrivals: Vec<Arrival>) {
        for arrival in arrivals {
            let keys = match arrival.keys {
                KeyCounts { started: 1, failed: 0, .. } => "a front end fetches the issuer's keys",
                KeyCounts { started: 1, .. } => {
                    "a front end fetches the issuer's keys and does not get them in time"
                }
                KeyCounts { joined: 1, .. } => {
                    "its front end is fetching the issuer's keys already, and the call waits along"
                }
                KeyCounts { cache_hits: 1, .. } => "its front end has the issuer's keys",
                KeyCounts { negative_hits: 1, .. } => {
                    "its front end remembers that the issuer's keys could not be had"
                }
                _ => "no keys are asked for",
            };
            let after = s(arrival.respond_after);
            let line = format!("reaches STS: {keys}; {} in {after}", arrival.verdict);
            self.say(arrival.at, arrival.tool, line);
        }
    }
}

/// Stands for the job itself among its tools.
const NO_TOOL: u32 = u32::MAX - 1;

fn s(duration: Duration) -> String {
    format!("{:.3} s", duration.as_secs_f64())
}
