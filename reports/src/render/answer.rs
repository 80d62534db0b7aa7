//! The answer to the scenario's question in two sentences: who brought every job through, what that
//! cost at the least, and how many jobs the others lost.

use super::text::contenders::time;
use super::units;
use crate::{ContenderReport, RunReport, RunVerdict};

/// Contenders that are named; of further ones it is said how many there are.
const NAMED: usize = 6;

/// In words; none where the numbers are partial, contradict each other or are of nobody.
pub fn answer(report: &RunReport) -> Option<String> {
    let unsafe_to_say = matches!(report.verdict(), RunVerdict::Broken | RunVerdict::Interrupted);
    if unsafe_to_say || report.ended_early.is_some() {
        return None;
    }
    let ran = report.contenders.iter().filter(|contender| contender.jobs.total > 0);
    let (whole, mut losing): (Vec<_>, Vec<_>) =
        ran.partition(|contender| contender.jobs.succeeded >= contender.jobs.total);
    losing.sort_by(|one, other| lost(other).total_cmp(&lost(one)));
    let losses = listed(&losing, |index, contender| {
        let jobs = contender.jobs;
        let lost = units::percent(jobs.total.saturating_sub(jobs.succeeded), jobs.total);
        let name = &contender.name;
        if index == 0 { format!("{name} loses {lost} of them") } else { format!("{name} {lost}") }
    });
    let names = listed(&whole, |_, contender| contender.name.clone());
    Some(match (whole.is_empty(), losing.is_empty()) {
        (true, true) => return None,
        (true, false) => format!("No contender brings all jobs through: {losses}."),
        (false, true) => format!("All jobs get through with {names}.{}", price(&whole)),
        (false, false) => {
            format!("All jobs get through with {names}; {losses}.{}", price(&whole))
        }
    })
}

/// The share of the jobs that were lost, of a contender that had some.
fn lost(contender: &ContenderReport) -> f64 {
    1.0 - contender.jobs.rate().unwrap_or_default()
}

/// Who of several is the quickest and who calls the least; equals are not told apart.
fn price(whole: &[&ContenderReport]) -> String {
    let quickest = only_least(whole, |c| c.time_to_credentials.p99_us.map(|us| us as f64));
    let quickest = quickest.zip(quickest.and_then(|c| c.time_to_credentials.p99_us));
    let frugal = only_least(whole, |c| Some(c.attempts as f64 / c.jobs.total as f64));
    let quick = quickest.map(|(c, p99_us)| (c, format!("waits the least (p99 {})", time(p99_us))));
    let few = frugal.map(|c| {
        let calls = units::ratio(c.attempts, c.jobs.total);
        (c, format!("calls STS the least ({calls} a job)"))
    });
    match (quick, few) {
        (None, None) => String::new(),
        (Some((c, words)), None) | (None, Some((c, words))) => {
            format!(" Of these, {} {words}.", c.name)
        }
        (Some((one, quick)), Some((other, few))) if one.name == other.name => {
            format!(" Of these, {} {quick} and {few}.", one.name)
        }
        (Some((one, quick)), Some((other, few))) => {
            format!(" Of these, {} {quick}; {} {few}.", one.name, other.name)
        }
    }
}

/// The one of several with the least figure; none where it has an equal or one has no figure.
fn only_least<'a>(
    of: &[&'a ContenderReport],
    figure: impl Fn(&ContenderReport) -> Option<f64>,
) -> Option<&'a ContenderReport> {
    let figures: Option<Vec<f64>> = of.iter().map(|contender| figure(contender)).collect();
    let figures = figures.filter(|figures| figures.len() > 1)?;
    let least = figures.iter().copied().fold(f64::INFINITY, f64::min);
    let mut those = of.iter().zip(&figures).filter(|(_, figure)| **figure <= least);
    let (found, _) = those.next()?;
    those.next().is_none().then_some(*found)
}

/// `a, b and c`, or the first few and how many more.
fn listed(of: &[&ContenderReport], say: impl Fn(usize, &ContenderReport) -> String) -> String {
    let said = of.iter().take(NAMED).enumerate().map(|(index, contender)| say(index, contender));
    let mut words: Vec<String> = said.collect();
    match of.len().saturating_sub(NAMED) {
        0 => {}
        more => words.push(format!("{more} more")),
    }
    let last = words.pop().unwrap_or_default();
    if words.is_empty() { last } else { format!("{} and {last}", words.join(", ")) }
}
