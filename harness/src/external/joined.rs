//! What jobs did on the wire and how their programs ended, joined into the same
//! record that strategies leave.

use std::collections::BTreeMap;
use std::time::Duration;

use mock_sts::clock::Instant;
use mock_sts::error_code::ErrorCode;
use mock_sts::http::Gate;
use mock_sts::http::watch::WireCall;

use super::JobEnd;
use super::config::Handover;
use crate::record::{Acquisition, Attempt, AttemptWriter, CallError, Failure, Operation, Recorder};
use crate::scenario::Contender;
use crate::world::{JobName, ToolId};

/// Both sides of a run.
pub(super) struct Joined<'a> {
    pub(super) contender: &'a Contender,
    /// The ARN of the role that jobs are to have.
    pub(super) role: &'a str,
    /// When the run began, on the mock's clock.
    pub(super) begun: Instant,
    pub(super) gate: Option<&'a Gate>,
    /// When each job is due, after the beginning.
    pub(super) starts: BTreeMap<u32, Duration>,
    pub(super) calls: BTreeMap<String, Vec<WireCall>>,
    /// Writes a line for each attempt, where somebody wants that.
    pub(super) lines: Option<AttemptWriter>,
}

/// Something to record, at its time.
enum Event<'a> {
    Started { tool: ToolId, late: Duration },
    Sent,
    Answered(Attempt, &'a WireCall),
    Slept(ToolId, Duration),
    Acquired(Acquisition, &'a str),
    Ended { job: u32, waited: Option<Duration>, slept_ns: u64 },
}

impl Joined<'_> {
    /// A moment of the mock's clock, on the run's.
    pub(super) fn on_the_run(&self, at: Instant) -> Instant {
        Instant::ZERO + at.since(self.zero())
    }

    /// When the plan's time zero was: the gate's opening, where there is one.
    fn zero(&self) -> Instant {
        // A gate that nobody came to tells no time.
        let gate = self.gate.filter(|gate| !gate.reached().is_empty());
        gate.and_then(Gate::opened_at).unwrap_or(self.begun)
    }

    /// The record of all jobs, in the order of time.
    pub(super) fn record(&self, ends: &[JobEnd]) -> Recorder {
        let mut events: Vec<(Instant, usize, Event<'_>)> = Vec::new();
        for end in ends {
            self.job(end, &mut events);
        }
        events.sort_by_key(|(at, order, _)| (*at, *order));
        let mut recorder = Recorder::default().writing(self.lines.clone());
        for (at, _, event) in &events {
            replay(&mut recorder, *at, event);
        }
        recorder.finish();
        recorder
    }

    fn job<'a>(&'a self, end: &'a JobEnd, events: &mut Vec<(Instant, usize, Event<'a>)>) {
        let tool = ToolId { job: end.job, tool: 0 };
        let intended = Instant::ZERO + self.starts.get(&end.job).copied().unwrap_or_default();
        let all = self.calls.get(&JobName(end.job).request_token());
        let calls: Vec<&WireCall> = all
            .into_iter()
            .flatten()
            .filter(|call| call.action.starts_with("AssumeRole"))
            .collect();
        let mut push = |at, event| events.push((at, events.len(), event));
        let late = self.on_the_run(end.started).since(intended);
        let late = if self.gate.is_some() { Duration::ZERO } else { late };
        push(intended, Event::Started { tool, late });
        let (mut slept, mut last) = (Duration::ZERO, None);
        for (number, call) in (1..).zip(&calls) {
            let sent = self.on_the_run(call.at);
            let answered = sent + call.took;
            if let Some(last) = last {
                let gap = sent.since(last);
                slept += gap;
                push(last, Event::Slept(tool, gap));
            }
            last = Some(answered);
            push(sent, Event::Sent);
            let (key, operation) = (tool.key(), Operation::from_wire(&call.action));
            let region = call.region;
            let attempt =
                Attempt { tool, key, number, call: number, operation, region, sent, answered };
            push(answered, Event::Answered(attempt, call));
        }
        let failure = end.how.failure.or_else(|| self.unshown(all));
        let granted = calls.iter().find(|call| call.status == 200);
        let ended = self.on_the_run(end.ended).max(intended);
        let had = granted.map_or(ended, |call| self.on_the_run(call.at) + call.took);
        let acquisition = Acquisition {
            tool,
            key: tool.key(),
            intended,
            first_call: calls.first().map(|call| self.on_the_run(call.at)),
            ended: if failure.is_none() { had.max(intended) } else { ended },
            failure,
            cause: None,
        };
        let waited = failure.is_none().then(|| acquisition.ended.since(intended));
        push(acquisition.ended, Event::Acquired(acquisition, &end.how.detail));
        let slept_ns = mock_sts::clock::nanos(slept);
        push(ended.max(acquisition.ended), Event::Ended { job: end.job, waited, slept_ns });
    }

    /// What is missing of a job that was to show who it is on the wire.
    fn unshown(&self, calls: Option<&Vec<WireCall>>) -> Option<Failure> {
        let wanted = self.contender.command.as_ref().map(|command| command.credentials);
        if wanted != Some(Handover::CallerIdentity) {
            return None;
        }
        let identified =
            |call: &&WireCall| call.action == "GetCallerIdentity" && call.status == 200;
        // Who the program is in the end is what counts.
        match calls.into_iter().flatten().rfind(identified) {
            None => Some(Failure::NoCredentials),
            Some(call) if is_session_of(&call.arn, self.role) => None,
            Some(_) => Some(Failure::WrongIdentity),
        }
    }

    /// What the reader must know about how the jobs were run.
    pub(super) fn notes(&self, ends: &[JobEnd], at_once: u32) -> Vec<String> {
        let name = &self.contender.name;
        let mut notes = vec![format!(
            "{name}: {} programs, {at_once} at once at the most; what each did is read off the wire",
            ends.len()
        )];
        let first_calls: Vec<&WireCall> = ends
            .iter()
            .filter_map(|end| self.calls.get(&JobName(end.job).request_token())?.first())
            .collect();
        let presented = spread(first_calls.iter().map(|call| call.at));
        let asked = spread(self.starts.values().map(|after| Instant::ZERO + *after));
        match self.gate {
            Some(gate) => {
                let reached = spread(gate.reached().into_values());
                let held = first_calls.iter().map(|call| call.held).max().unwrap_or_default();
                let late = if gate.opened_late() {
                    "; not all had arrived when the gate's deadline opened it"
                } else {
                    ""
                };
                notes.push(format!(
                    "{name}: first calls asked for within {asked:.2?}, at the socket within {reached:.2?}, \
                     presented to STS within {presented:.2?}; the starting gate held them for up to \
                     {held:.2?}, which is in no latency{late}"
                ));
            }
            None => notes.push(format!(
                "{name}: first calls asked for within {asked:.2?}, presented to STS within {presented:.2?}"
            )),
        }
        notes
    }
}

/// Whether an ARN of STS is a session of the role with that ARN of IAM: the
/// account and the name are the same.
pub(super) fn is_session_of(arn: &str, role: &str) -> bool {
    let account = role.split(':').nth(4).unwrap_or_default();
    let name = role.rsplit('/').next().unwrap_or_default();
    arn.contains(&format!(":sts::{account}:assumed-role/{name}/"))
}

/// From the earliest to the latest.
fn spread(moments: impl Iterator<Item = Instant>) -> Duration {
    let (first, last) = moments
        .fold((Instant::MAX, Instant::ZERO), |(first, last), at| (first.min(at), last.max(at)));
    if last < first { Duration::ZERO } else { last.since(first) }
}

fn replay(recorder: &mut Recorder, at: Instant, event: &Event<'_>) {
    match event {
        Event::Started { tool, late } => {
            recorder.job_started(at, *late);
            recorder.needed(*tool, at);
        }
        Event::Sent => recorder.call_sent(at),
        Event::Answered(attempt, call) if call.status == 200 => {
            recorder.answered_as(Some(call.request_id.clone()));
            recorder.granted(attempt);
        }
        Event::Answered(attempt, call) => {
            recorder.answered_as((call.status != 0).then(|| call.request_id.clone()));
            let failure = match ErrorCode::from_wire(&call.code) {
                Some(code) => Failure::Refused(code),
                None if call.status == 0 => Failure::Reset,
                None => Failure::Unreadable,
            };
            recorder.failed(attempt, &CallError::new(failure, call.message.as_str()));
        }
        Event::Slept(tool, gap) => recorder.sleeps(at, *tool, *gap, false),
        Event::Acquired(acquisition, detail) => recorder.program_ended(acquisition, detail),
        Event::Ended { job, waited, slept_ns } => {
            recorder.job_ended(at, *job, *waited, *slept_ns);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_of_a_role_by_account_and_name() {
        let role = "arn:aws:iam::123456789012:role/path/ci";
        assert!(is_session_of("arn:aws:sts::123456789012:assumed-role/ci/job-1", role));
        assert!(!is_session_of("arn:aws:sts::123456789012:assumed-role/other/job-1", role));
        assert!(!is_session_of("arn:aws:sts::210987654321:assumed-role/ci/job-1", role));
        assert!(!is_session_of("", role));
    }
}
