//! Conservation laws: what tools counted against what the service counted.
//! A law that does not hold makes every number suspect.

use mock_sts::service::Ledger;
use reports::CheckResult;

use super::{Failure, Recorder};

/// Judges one contender's record by the service's ledger.
#[must_use]
pub fn check(record: &Recorder, ledger: &Ledger) -> Vec<CheckResult> {
    let in_flight = record.calls - record.attempts;
    let lost = |wanted: Failure| {
        let errors = record.errors.sorted();
        errors.iter().filter(|error| error.failure == wanted).map(|error| error.count).sum::<u64>()
    };
    // A call that found no connection never arrived; one whose answer was lost
    // on the way may have been granted all the same.
    let never_arrived = lost(Failure::Unreachable);
    let unknown = in_flight + lost(Failure::Timeout) + lost(Failure::Reset);
    let sent = record.calls - never_arrived;
    let refused: u64 = ledger.refused().map(|(_, count)| count).sum();
    let carried_out = ledger.granted() + ledger.identified() + ledger.answered();
    let decided = carried_out + refused + ledger.dropped();
    // What was granted may have arrived garbled.
    let unread = unknown + lost(Failure::Unreadable);
    vec![
        within("calls sent = requests received", sent, ledger.requests(), unknown),
        within(
            "credentials received = credentials granted",
            ledger.granted() + ledger.issued(),
            record.granted,
            unread,
        ),
        within(
            "requests = granted + identified + refused + dropped",
            ledger.requests(),
            decided,
            0,
        ),
        within("time never runs backwards", record.clock_reversals, 0, 0),
    ]
}

/// `more` may exceed `less` by what nobody can know, and in no other way.
fn within(name: &str, more: u64, less: u64, unknown: u64) -> CheckResult {
    let holds = more >= less && more - less <= unknown;
    let detail = match unknown {
        0 => format!("{more} and {less}"),
        _ => format!("{more} and {less}, with {unknown} in flight or unanswered"),
    };
    CheckResult { name: name.into(), holds, detail }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_is_forgiven_only_as_far_as_calls_are_unanswered() {
        assert!(within("x", 10, 10, 0).holds);
        assert!(within("x", 10, 8, 2).holds);
        assert!(!within("x", 10, 7, 2).holds);
        assert!(!within("x", 9, 10, 2).holds, "the service cannot see more than was sent");
    }

    #[test]
    fn a_lost_request_breaks_the_law() {
        let mut record = Recorder::default();
        record.calls = 1;
        record.attempts = 1;
        let broken = check(&record, &Ledger::default());
        let names: Vec<&str> =
            broken.iter().filter(|law| !law.holds).map(|law| law.name.as_str()).collect();
        assert_eq!(names, ["calls sent = requests received"]);
    }
}
