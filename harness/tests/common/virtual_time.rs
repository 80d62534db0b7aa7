//! A scenario's contenders in virtual time, where the numbers are exact.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;

use harness::record::{Recorder, check};
use harness::run::{SeedRun, simulate_one};
use harness::scenario::{Scenario, parse};

/// The scenario of that text.
pub(crate) fn scenario(text: &str) -> Scenario {
    parse("test.toml", text).unwrap_or_else(|invalid| panic!("{}", invalid.render(false)))
}

/// Runs every contender under seed 1; whatever happens, the books must balance.
pub(crate) fn run_all(text: &str) -> BTreeMap<String, SeedRun> {
    run_each(&scenario(text))
}

/// The same of a scenario that is read already.
pub(crate) fn run_each(scenario: &Scenario) -> BTreeMap<String, SeedRun> {
    let one = |contender| {
        let never = AtomicBool::new(false);
        let run = simulate_one(scenario, contender, 1, Recorder::default(), &never);
        let run = run.expect("time passes");
        for law in check(&run.recorder, &run.ledger) {
            assert!(law.holds, "{}: {} ({})", contender.name, law.name, law.detail);
        }
        (contender.name.clone(), run)
    };
    scenario.contenders.iter().map(one).collect()
}
