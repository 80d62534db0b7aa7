//! What a client makes of a decision, without sockets: the same failures that
//! the wire would show it.

use std::time::Duration;

use mock_sts::clock::Instant;
use mock_sts::decision::{Decision, Delivery, HANG_ENDS_AFTER, Verdict};
use mock_sts::reply::Reply;

use crate::record::{CallError, Credentials, Failure};
use crate::restraint::Hint;

/// A call's result, and how long after its arrival the client can know it;
/// `throttled` is what throttled answers say about when to come back, `epoch_unix` when the run's
/// clock began, in seconds since 1970.
pub(super) fn receive(
    decision: &Decision,
    throttled: Hint,
    epoch_unix: u64,
) -> (Result<Credentials, CallError>, Duration) {
    let after = decision.respond_after;
    let answer = || answer(&decision.verdict, throttled, epoch_unix);
    let lost = |text: &str| Err(CallError::new(Failure::Reset, text));
    match decision.delivery {
        Delivery::KeepAlive | Delivery::Close => (answer(), after),
        Delivery::SlowBody(takes) => (answer(), after + takes),
        Delivery::Reset => (lost("connection reset by peer"), after),
        Delivery::Empty => (lost(CLOSED), after),
        Delivery::Hang => (lost(CLOSED), after + HANG_ENDS_AFTER),
        // What the status says, half a body says too.
        Delivery::Truncated if is_bare(&decision.verdict) => (answer(), after),
        Delivery::Truncated => {
            let text = format!("HTTP {}, not the XML of STS", status(&decision.verdict));
            (Err(CallError::new(Failure::Unreadable, text)), after)
        }
    }
}

const NO_KEYS: &str = "an identity where credentials were asked for";
const CLOSED: &str = "connection closed before message completed";

fn answer(verdict: &Verdict, throttled: Hint, epoch_unix: u64) -> Result<Credentials, CallError> {
    match verdict {
        Verdict::Granted(grant) => {
            Ok(Credentials { expires_at: grant.expires_at, serial: grant.serial })
        }
        Verdict::Refused(refusal) => {
            let error = CallError::refused(refusal);
            Err(if error.failure.is_throttle() { error.hinting(throttled) } else { error })
        }
        Verdict::Answered(reply) => match &**reply {
            Reply::Issued(issue) => {
                let expires_s = issue.session.expires_unix.saturating_sub(epoch_unix);
                let expires_at = Instant::ZERO + Duration::from_secs(expires_s);
                Ok(Credentials { expires_at, serial: issue.serial })
            }
            _ => Err(CallError::new(Failure::Unreadable, NO_KEYS)),
        },
        Verdict::Identified => Err(CallError::new(Failure::Unreadable, NO_KEYS)),
        Verdict::Dropped => Err(CallError::new(Failure::Reset, CLOSED)),
    }
}

fn is_bare(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::Refused(refusal) if refusal.code().is_bare())
}

fn status(verdict: &Verdict) -> u16 {
    match verdict {
        Verdict::Refused(refusal) => refusal.code().status(),
        Verdict::Granted(_) | Verdict::Identified | Verdict::Answered(_) | Verdict::Dropped => 200,
    }
}
