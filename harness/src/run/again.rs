//! What a result file says that takes the scenario to compute: its hash, its digests, and what
//! became of its expectations.

use mock_sts::dice::key_of;
use reports::{ContenderReport, RunReport, World};

use crate::record::Digest;
use crate::scenario::{self, Measured};

/// The first of its fingerprints that does not fit what it is of, in half a sentence.
#[must_use]
pub fn contradiction(report: &RunReport) -> Option<String> {
    if report.scenario.hash != format!("{:016x}", key_of(&report.scenario.text)) {
        return Some("the scenario's text is not the one of its hash".into());
    }
    let kept = report.contenders.iter().all(|contender| !contender.per_seed.is_empty());
    if report.world != World::Simulated || !kept {
        return None;
    }
    let wrong = report.contenders.iter().find(|it| it.digest != of_contender(it));
    if let Some(contender) = wrong {
        return Some(format!("contender {}: its digest is not that of its seeds", contender.name));
    }
    let of_run = of_run(report);
    (report.digest != of_run).then(|| "its digest is not that of its contenders".into())
}

/// Gives a report the digests of what it holds, and judges its scenario's expectations by it.
/// What needs the times of each run apart cannot be judged, and is noted.
pub fn judge_again(report: &mut RunReport) {
    if report.world == World::Simulated {
        for contender in &mut report.contenders {
            contender.digest = of_contender(contender);
        }
        report.digest = of_run(report);
    }
    report.expectations.clear();
    let Ok(scenario) = scenario::parse("the result's scenario", &report.scenario.text) else {
        report.notes.push("its expectations are not judged: this version refuses them".into());
        return;
    };
    let measured = Measured {
        contenders: &report.contenders,
        times: &[],
        horizon: scenario.horizon,
        world: report.world,
        baseline: None,
    };
    let (apart, whole): (Vec<_>, Vec<_>) =
        scenario.expectations.iter().partition(|line| line.needs_times());
    report.expectations = whole.iter().filter_map(|line| line.evaluate(&measured)).collect();
    report.notes.extend(apart.iter().map(|line| {
        format!("not judged, as a result file does not keep the times of each run: {line}")
    }));
}

/// Over its seeds' digests, in their order.
fn of_contender(contender: &ContenderReport) -> Option<String> {
    let seeds = contender.per_seed.iter().map(|seed| seed.digest.as_deref());
    over(seeds)
}

/// Over its contenders' digests, in their order.
fn of_run(report: &RunReport) -> Option<String> {
    over(report.contenders.iter().map(|contender| contender.digest.as_deref()))
}

fn over<'a>(digests: impl Iterator<Item = Option<&'a str>>) -> Option<String> {
    let mut all = Digest::default();
    for digest in digests {
        all.absorb(Digest::parse(digest?)?);
    }
    Some(all.to_string())
}
