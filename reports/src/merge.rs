//! Results of one scenario joined into one: the counts, times and intervals of the union.

use crate::{
    CheckResult, ContenderReport, Course, ErrorCount, Fairness, Intervals, LatencySummary, Machine,
    Proportion, RunReport, Runs, SeedResult, ServerTruth,
};

/// Why results do not belong together.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum MergeRefusal {
    /// Nothing is joined.
    #[error("there is nothing to merge")]
    Nothing,
    /// Parts that are no whole runs.
    #[error("{0} was interrupted: run it again to its end")]
    Incomplete(String),
    /// One question, one answer.
    #[error("{first} and {other} differ in {what}: only runs of one kind can be merged")]
    Different {
        /// The first file.
        first: String,
        /// The one that differs.
        other: String,
        /// In what.
        what: &'static str,
    },
    /// The same luck twice is no more evidence.
    #[error(
        "seed {seed} is in {first} and in {other}: the same run does not count twice, so give each its own seeds"
    )]
    Overlap {
        /// The seed.
        seed: u64,
        /// Where it was met first.
        first: String,
        /// Where it was met again.
        other: String,
    },
    /// A file from before results were kept by seed.
    #[error("{0} has no results by seed for contender {1}: run it again with this version")]
    NoSeeds(String, String),
}

/// The union of results, each with the name of its file, in the order of their first seeds. What
/// takes the scenario to compute is left out: the digests and the expectations.
///
/// # Errors
/// [`MergeRefusal`] when they do not belong together.
pub fn merge(mut parts: Vec<(String, RunReport)>) -> Result<RunReport, MergeRefusal> {
    check(&parts)?;
    parts.sort_by_key(|(_, report)| report.seeds.first().copied());
    let mut parts = parts.into_iter().map(|(_, report)| report);
    let mut union = parts.next().ok_or(MergeRefusal::Nothing)?;
    for part in parts {
        union.seeds.extend(&part.seeds);
        union.elapsed_ns = union.elapsed_ns.max(part.elapsed_ns);
        for note in part.notes {
            if !union.notes.contains(&note) {
                union.notes.push(note);
            }
        }
        if union.machine != part.machine {
            union.machine = same_machine(&mut union, part.machine);
        }
        for (sum, addend) in union.contenders.iter_mut().zip(&part.contenders) {
            add(sum, addend);
        }
    }
    union.digest = None;
    union.expectations.clear();
    for contender in &mut union.contenders {
        contender.digest = None;
        summarise(contender);
    }
    Ok(union)
}

/// That of both, where they are alike; else none, and a note.
fn same_machine(union: &mut RunReport, other: Option<Machine>) -> Option<Machine> {
    let (Some(one), Some(other)) = (union.machine.take(), other) else { return None };
    if one.is_like(&other) {
        return Some(one);
    }
    union.notes.push(format!("its parts were run on different machines: {one}; {other}"));
    None
}

fn check(parts: &[(String, RunReport)]) -> Result<(), MergeRefusal> {
    let (first_name, first) = parts.first().ok_or(MergeRefusal::Nothing)?;
    let mut seen: std::collections::BTreeMap<u64, &str> = std::collections::BTreeMap::new();
    for (name, report) in parts {
        if !report.complete {
            return Err(MergeRefusal::Incomplete(name.clone()));
        }
        if let Some(what) = difference(first, report) {
            let (first, other) = (first_name.clone(), name.clone());
            return Err(MergeRefusal::Different { first, other, what });
        }
        for seed in &report.seeds {
            if let Some(first) = seen.insert(*seed, name) {
                let (first, other) = (first.to_owned(), name.clone());
                return Err(MergeRefusal::Overlap { seed: *seed, first, other });
            }
        }
        let bare = report.contenders.iter().find(|contender| contender.per_seed.is_empty());
        if let Some(contender) = bare {
            return Err(MergeRefusal::NoSeeds(name.clone(), contender.name.clone()));
        }
    }
    Ok(())
}

/// In what two results differ that must be alike.
fn difference(a: &RunReport, b: &RunReport) -> Option<&'static str> {
    let kinds = |report: &RunReport| {
        let of = |contender: &ContenderReport| {
            let ContenderReport { name, strategy, policy, server, .. } = contender;
            (name.clone(), strategy.clone(), policy.clone(), server.is_some())
        };
        report.contenders.iter().map(of).collect::<Vec<_>>()
    };
    if a.world != b.world {
        Some("their world")
    } else if a.stampede_version != b.stampede_version {
        Some("the version that ran them")
    } else if a.scenario != b.scenario {
        Some("their scenario")
    } else if (a.jobs, a.tools_per_job, &a.profile) != (b.jobs, b.tools_per_job, &b.profile) {
        Some("their fleet or profile")
    } else if kinds(a) != kinds(b) {
        Some("their contenders")
    } else {
        None
    }
}

/// Everything that is a sum, an extreme or a list.
fn add(sum: &mut ContenderReport, addend: &ContenderReport) {
    sum.per_seed.extend(addend.per_seed.iter().cloned());
    sum.skipped_tools += addend.skipped_tools;
    for (times, further) in [
        (&mut sum.time_to_credentials, &addend.time_to_credentials),
        (&mut sum.time_to_first_call, &addend.time_to_first_call),
        (&mut sum.service_time, &addend.service_time),
        (&mut sum.time_to_failure, &addend.time_to_failure),
    ] {
        times.histogram.merge(&further.histogram);
    }
    add_both(&mut sum.intervals, &addend.intervals, Intervals::merge);
    if let (Some(times), Some(further)) = (&mut sum.lateness, &addend.lateness) {
        times.histogram.merge(&further.histogram);
    }
    add_errors(&mut sum.errors, &addend.errors);
    add_errors(&mut sum.failures, &addend.failures);
    sum.attempts += addend.attempts;
    let numbered = sum.attempts_by_number.len().max(addend.attempts_by_number.len());
    sum.attempts_by_number.resize(numbered, 0);
    for (count, further) in sum.attempts_by_number.iter_mut().zip(&addend.attempts_by_number) {
        *count += further;
    }
    sum.identity_fetches += addend.identity_fetches;
    sum.slept_ns += addend.slept_ns;
    sum.wasted_ns += addend.wasted_ns;
    if let (Some(truth), Some(further)) = (&mut sum.server, &addend.server) {
        add_truth(truth, further);
    }
    if sum.first_failure.is_none() {
        sum.first_failure.clone_from(&addend.first_failure);
    }
    for further in &addend.checks {
        add_check(&mut sum.checks, further);
    }
    sum.timeline.merge(&addend.timeline);
}

/// Everything that is computed from sums and lists.
fn summarise(contender: &mut ContenderReport) {
    let of = |pair: fn(&SeedResult) -> (u64, u64)| {
        contender.per_seed.iter().map(pair).collect::<Vec<_>>()
    };
    let jobs = of(|seed| (seed.jobs_succeeded, seed.jobs));
    let acquisitions = of(|seed| (seed.acquisitions_succeeded, seed.acquisitions));
    contender.jobs = Proportion::from_seeds(&jobs);
    contender.runs = Runs::from_seeds(&jobs);
    contender.fairness = Fairness::from_seeds(&contender.per_seed);
    contender.acquisitions = Proportion::from_seeds(&acquisitions);
    for times in [
        &mut contender.time_to_credentials,
        &mut contender.time_to_first_call,
        &mut contender.service_time,
        &mut contender.time_to_failure,
    ] {
        *times = LatencySummary::from(&times.histogram);
    }
    contender.lateness = contender.lateness.as_ref().map(|it| LatencySummary::from(&it.histogram));
}

fn add_errors(sums: &mut Vec<ErrorCount>, addends: &[ErrorCount]) {
    for addend in addends {
        let known = sums
            .iter_mut()
            .find(|known| known.code == addend.code && alike(&known.message, &addend.message));
        match known {
            Some(known) => {
                known.count += addend.count;
                known.first_at_ns = known.first_at_ns.min(addend.first_at_ns);
            }
            None => sums.push(addend.clone()),
        }
    }
    sums.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.message.cmp(&b.message)));
}

/// Whether two messages are the same but for their digits, as within one run.
fn alike(a: &str, b: &str) -> bool {
    let letters = |text: &str| text.replace(|c: char| c.is_ascii_digit(), "0");
    a == b || letters(a) == letters(b)
}

fn add_truth(sum: &mut ServerTruth, addend: &ServerTruth) {
    sum.requests += addend.requests;
    sum.granted += addend.granted;
    add_counts(&mut sum.refused, &addend.refused, |it| &it.code, |it| &mut it.count);
    let (limits, further) = (&mut sum.throttled_by_limit, &addend.throttled_by_limit);
    add_counts(limits, further, |it| &it.limit, |it| &mut it.count);
    let (faults, further) = (&mut sum.struck_by_fault, &addend.struck_by_fault);
    add_counts(faults, further, |it| &it.fault, |it| &mut it.count);
    for addend in &addend.by_region {
        match sum.by_region.iter_mut().find(|known| known.region == addend.region) {
            Some(known) => {
                known.requests += addend.requests;
                known.throttled += addend.throttled;
                known.key_fetches += addend.key_fetches;
            }
            None => sum.by_region.push(addend.clone()),
        }
    }
    let (keys, further) = (&mut sum.key_fetches, &addend.key_fetches);
    keys.started += further.started;
    keys.failed += further.failed;
    keys.joined += further.joined;
    keys.cache_hits += further.cache_hits;
    keys.negative_hits += further.negative_hits;
    add_both(&mut sum.course, &addend.course, Course::merge);
    if addend.peak_requests_per_s > sum.peak_requests_per_s {
        sum.peak_requests_per_s = addend.peak_requests_per_s;
        sum.peak_at_ns = addend.peak_at_ns;
    }
}

/// What files of before do not keep is none of the union's: half of it would not add up.
fn add_both<T>(sum: &mut Option<T>, addend: &Option<T>, add: fn(&mut T, &T)) {
    match (sum.as_mut(), addend) {
        (Some(sum), Some(addend)) => add(sum, addend),
        _ => *sum = None,
    }
}

fn add_counts<T: Clone>(
    sums: &mut Vec<T>,
    addends: &[T],
    name: fn(&T) -> &String,
    count: fn(&mut T) -> &mut u64,
) {
    for addend in addends {
        match sums.iter_mut().find(|known| name(known) == name(addend)) {
            Some(known) => *count(known) += *count(&mut addend.clone()),
            None => sums.push(addend.clone()),
        }
    }
}

/// A law holds for the union when it holds for every part. Its two sides are added up, as `7 and 7`;
/// what else it says is told one after the other.
fn add_check(sums: &mut Vec<CheckResult>, addend: &CheckResult) {
    let Some(known) = sums.iter_mut().find(|known| known.name == addend.name) else {
        sums.push(addend.clone());
        return;
    };
    known.holds &= addend.holds;
    let sides = |text: &str| -> Option<(u64, u64)> {
        let (one, other) = text.split_once(" and ")?;
        Some((one.parse().ok()?, other.parse().ok()?))
    };
    if let (Some(a), Some(b)) = (sides(&known.detail), sides(&addend.detail)) {
        known.detail = format!("{} and {}", a.0.saturating_add(b.0), a.1.saturating_add(b.1));
    } else if known.detail != addend.detail {
        known.detail = format!("{}; {}", known.detail, addend.detail);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::RegionCount;

    #[test]
    fn what_regions_were_asked_is_added_up_by_name() {
        let asked = |region: &str, requests| RegionCount {
            region: region.into(),
            requests,
            throttled: requests / 2,
            key_fetches: 1,
        };
        let truth = |by_region| ServerTruth { by_region, ..ServerTruth::default() };
        let mut sum = truth(vec![asked("us-east-1", 4), asked("eu-west-1", 2)]);
        add_truth(&mut sum, &truth(vec![asked("eu-west-1", 6), asked("sa-east-1", 8)]));
        let numbers = |it: &RegionCount| (it.requests, it.throttled, it.key_fetches);
        let counts: Vec<_> = sum.by_region.iter().map(numbers).collect();
        assert_eq!(counts, [(4, 2, 1), (8, 4, 2), (8, 4, 1)]);
    }
}
