//! What a run over sockets is told, and who ends it before its end.

use std::sync::mpsc;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::sync::watch;

use crate::record::{AttemptLog, AttemptWriter, Progress};
use crate::run::{early, writer};
use crate::scenario::{Contender, Scenario};
use crate::world::real::Endpoint;

/// What a run in the real world is told beside its scenario.
#[derive(Clone, Debug)]
pub struct RealOptions {
    /// The seed of this one run.
    pub seed: u64,
    /// Somebody else's STS and token endpoint; none runs a mock per contender.
    pub endpoint: Option<Endpoint>,
    /// Becomes true when the run is to end early.
    pub stop: watch::Receiver<bool>,
    /// Runs that count into the same progress, one after the other.
    pub runs: u64,
    /// Where a line goes for each attempt, if anybody wants that.
    pub lines: Option<Arc<AttemptLog>>,
    /// Why the run has ended early, if it has: an expectation that can no longer be met.
    pub ended_early: OnceLock<String>,
}

impl RealOptions {
    /// A run under this seed, against this service.
    #[must_use]
    pub fn new(seed: u64, endpoint: Option<Endpoint>, stop: watch::Receiver<bool>) -> Self {
        Self { seed, endpoint, stop, runs: 1, lines: None, ended_early: OnceLock::new() }
    }

    /// Whether the runs so far, and the one that goes on, leave no hope of an expectation that is
    /// to end them; why is kept.
    #[must_use]
    pub fn beyond_hope(&self, scenario: &Scenario, progress: &[Arc<Progress>]) -> bool {
        if self.ended_early.get().is_none()
            && let Some(why) = early::broken_by_progress(scenario, progress, self.runs)
        {
            // It has not been set before: the first time is the last.
            drop(self.ended_early.set(why));
        }
        self.ended_early.get().is_some()
    }

    /// The writer of a contender's attempts, if anybody wants them.
    pub(super) fn lines_of(
        &self,
        scenario: &Scenario,
        contender: &Contender,
    ) -> Option<AttemptWriter> {
        self.lines.as_ref().map(|log| writer(log, scenario, contender, self.seed))
    }
}

/// Between two looks whether the run can still end well.
const LOOKS_EVERY: Duration = Duration::from_millis(100);

/// Passes on that the run is to end, and ends it where no outcome can be good any more, until
/// `over`.
pub(super) fn watch_over(
    scenario: &Scenario,
    progress: &[Arc<Progress>],
    options: &RealOptions,
    stop: &watch::Sender<bool>,
    over: &mpsc::Receiver<()>,
) {
    while over.recv_timeout(LOOKS_EVERY) == Err(mpsc::RecvTimeoutError::Timeout) {
        if options.beyond_hope(scenario, progress) || *options.stop.borrow() {
            stop.send_replace(true);
            return;
        }
    }
}
