//! What the reader must know to trust the numbers, or to distrust them.

use super::page::{Page, name_width};
use crate::render::table::shorten;
use crate::render::units;
use crate::{ContenderReport, Provenance, RunReport, World};

pub(super) fn write(page: &mut Page, report: &RunReport) {
    page.section("HOW TO READ THIS");
    for line in lines(report) {
        page.prose(&format!("  {line}"), "  ");
    }
    let name_width = name_width(page.width, report);
    for contender in &report.contenders {
        let parts = [contender.strategy.as_str(), contender.policy.as_str()];
        let what =
            parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ");
        if !what.is_empty() {
            let name = shorten(&contender.name, name_width);
            page.prose(&format!("  {name:<name_width$}  {what}"), &" ".repeat(name_width + 4));
        }
    }
    for note in &report.notes {
        page.prose(&format!("  note: {note}"), "    ");
    }
    if let Some(digest) = &report.digest {
        page.blank();
        page.line(&format!("digest {digest}"));
    }
}

/// What holds for the whole run, one sentence or two a line.
pub(in crate::render) fn lines(report: &RunReport) -> Vec<String> {
    let mut lines = vec![world(report), profile(report)];
    if !report.contenders.is_empty() {
        lines.push(times(report));
        lines.push(intervals(report));
    }
    lines.extend(lateness(&report.contenders));
    lines.extend(report.machine.as_ref().map(|machine| format!("Run on {machine}.")));
    lines
}

fn world(report: &RunReport) -> String {
    let seeds = match report.seeds.as_slice() {
        [] => "no seed".to_owned(),
        [seed] => format!("seed {seed}"),
        _ => format!("seeds {}", report.seed_ranges()),
    };
    match report.world {
        World::Simulated => format!(
            "Simulated world: virtual time, no sockets, {seeds}; the same seed gives the same digest."
        ),
        World::Real => format!(
            "Real world: sockets, a clock and signed tokens, {seeds}; no two runs are alike."
        ),
    }
}

fn profile(report: &RunReport) -> String {
    let knobs = &report.profile.knobs;
    let assumed = knobs.iter().filter(|k| k.provenance == Provenance::Assumed).count();
    let overridden = knobs.iter().filter(|k| k.overridden).count();
    let mut text = format!(
        "STS's own numbers are not public: {assumed} of {} are assumed, see `stampede list`",
        units::counted(knobs.len() as u64, "knob")
    );
    if overridden > 0 {
        text.push_str(&format!("; {overridden} overridden"));
    }
    text + "."
}

fn times(report: &RunReport) -> String {
    let mut text = "Times run from the intended start of a need to usable credentials; failures are kept apart.".to_owned();
    let refused = |c: &ContenderReport| c.time_to_credentials.p99_us.is_none();
    if report.contenders.iter().any(refused) {
        text.push_str(" –: too few for that percentile (p50 needs 5, p90 29, p95 59, p99 299).");
    }
    text
}

fn intervals(report: &RunReport) -> String {
    const SEEDS_FOR_DESIGN_EFFECT: usize = 10;
    let widest = report.contenders.iter().map(|c| c.jobs.design_effect).fold(1.0, f64::max);
    let mut text = "Intervals: 95%, Wilson".to_owned();
    if widest > 1.0 {
        text.push_str(&format!(", widened because the jobs of a seed share their luck (design effect up to {widest:.1})"));
    } else if report.seeds.len() < SEEDS_FOR_DESIGN_EFFECT {
        text.push_str("; the jobs of a seed share their luck, which shows from 10 seeds on");
    }
    text.push('.');
    if report.contenders.len() > 1 {
        text.push_str(" ~: the difference may be chance.");
    }
    text
}

/// How late the real world started what was planned, at worst.
fn lateness(contenders: &[ContenderReport]) -> Option<String> {
    let worst = contenders.iter().filter_map(|c| c.lateness.as_ref()).max_by_key(|l| l.max_us)?;
    let p99 =
        worst.p99_us.map(|us| format!("99% of them by less than {}, ", units::duration_us(us)));
    let most = units::duration_us(worst.max_us);
    Some(format!("Starts were late: {}the latest by {most}.", p99.unwrap_or_default()))
}
