//! What happened, as data: outcomes, attempts, acquisitions, and their counts.

mod attempt;
mod attempt_log;
mod checkers;
mod digest;
mod log;
mod outcome;
mod progress;
mod recorder;
mod story;
mod tale;
mod tally;
mod waterfall;

pub use self::attempt::{Acquisition, Attempt, Operation};
pub use self::attempt_log::{AttemptLog, AttemptWriter};
pub use self::checkers::check;
pub use self::digest::Digest;
pub use self::log::{Event, Logged};
pub use self::outcome::{CallError, Cause, Credentials, Detail, Failure, GaveUp};
pub use self::progress::Progress;
pub use self::recorder::Recorder;
pub use self::story::FirstFailure;
pub use self::tale::{Arrival, Tale};
pub use self::tally::{FailureTally, Tallied};
pub use self::waterfall::Waterfall;
