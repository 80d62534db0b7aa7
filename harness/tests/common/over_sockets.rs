//! A scenario's first contender over real sockets.

use std::sync::Arc;

use harness::record::{Progress, Recorder, check};
use harness::run::real;
use harness::scenario::Scenario;
use mock_sts::service::Ledger;
use tokio::sync::watch;

/// Runs it under seed 1; whatever happens, the books must balance.
pub(crate) fn over_sockets(scenario: &Scenario) -> (Recorder, Ledger) {
    let (_running, stop) = watch::channel(false);
    let options = real::RealOptions::new(1, None, stop);
    let progress: Vec<Arc<Progress>> = vec![Arc::default()];
    let mut records = real::run(scenario, &progress, &options).expect("loopback sockets");
    let record = records.remove(0);
    for law in check(&record.recorder, &record.ledger) {
        assert!(law.holds, "{} ({})", law.name, law.detail);
    }
    (record.recorder, record.ledger)
}
