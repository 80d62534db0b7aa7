//! What a client makes of a decision, without sockets: the same failures that
//! the wire would show it.

use std::time::Duration;

use mock_sts::decision::{Decision, Delivery, HANG_ENDS_AFTER, Verdict};

use crate::record::{CallError, Credentials, Failure};
use crate::restraint::Hint;

/// A call's result, and how long after its arrival the client can know it;
/// `throttled` is what throttled answers say about when to come back.
pub(super) fn receive(
    decision: &Decision,
    throttled: Hint,
) -> (Result<Credentials, CallError>, Duration) {
    let after = decision.respond_after;
    let lost = |text: &str| Err(CallError::new(Failure::Reset, text));
    match decision.delivery {
        Delivery::KeepAlive | Delivery::Close => (answer(&decision.verdict, throttled), after),
        Delivery::SlowBody(takes) => (answer(&decision.verdict, throttled), after + takes),
        Delivery::Reset => (lost("connection reset by peer"), after),
        Delivery::Empty => (lost(CLOSED), after),
        Delivery::Hang => (lost(CLOSED), after + HANG_ENDS_AFTER),
        Delivery::Truncated => {
            let text = format!("HTTP {}, not the XML of STS", status(&decision.verdict));
            (Err(CallError::new(Failure::Unreadable, text)), after)
        }
    }
}

const CLOSED: &str = "connection closed before message completed";

fn answer(verdict: &Verdict, throttled: Hint) -> Result<Credentials, CallError> {
    match verdict {
        Verdict::Granted(grant) => {
            Ok(Credentials { expires_at: grant.expires_at, serial: grant.serial })
        }
        Verdict::Refused(refusal) if refusal.code().is_throttle() => {
            Err(CallError::refused(refusal).hinting(throttled))
        }
        Verdict::Refused(refusal) => Err(CallError::refused(refusal)),
        Verdict::Identified | Verdict::Answered(_) => {
            Err(CallError::new(Failure::Unreadable, "an identity where credentials were asked for"))
        }
        Verdict::Dropped => Err(CallError::new(Failure::Reset, CLOSED)),
    }
}

fn status(verdict: &Verdict) -> u16 {
    match verdict {
        Verdict::Refused(refusal) => refusal.code().status(),
        Verdict::Granted(_) | Verdict::Identified | Verdict::Answered(_) | Verdict::Dropped => 200,
    }
}
