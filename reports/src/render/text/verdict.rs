//! The first lines: how it ended, what was asked, what was expected and measured.

use anstyle::Style;

use super::page::Page;
use crate::render::paint::{BAD, BOLD, DIM, GOOD, LOUD, ODD};
use crate::render::table::{length, shorten};
use crate::render::units;
use crate::{ExpectationResult, Needed, RunReport, RunVerdict, Verdict, World};

pub(super) fn write(page: &mut Page, report: &RunReport) {
    headline(page, report);
    broken_laws(page, report);
    page.blank();
    question(page, report);
    expectations(page, report);
}

fn headline(page: &mut Page, report: &RunReport) {
    let (style, word, detail) = headline_parts(report);
    let parts = [detail, report.scenario.name.clone(), world(report.world).to_owned()];
    let rest = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ");
    let room = page.width - length(word) - 2;
    let line = format!(
        "{}  {}",
        page.paint.apply(style, word),
        page.paint.apply(BOLD, &shorten(&rest, room))
    );
    page.line(&line);
}

pub(in crate::render) fn world(world: World) -> &'static str {
    match world {
        World::Simulated => "simulated",
        World::Real => "real sockets",
    }
}

/// A word for the end of the run, and the rest of the sentence.
pub(in crate::render) fn headline_parts(report: &RunReport) -> (Style, &'static str, String) {
    let tally = tally(report);
    match report.verdict() {
        RunVerdict::Broken => {
            (LOUD, "BROKEN", "the numbers below contradict each other: do not use them".to_owned())
        }
        RunVerdict::Interrupted => {
            (ODD.bold(), "INTERRUPTED", "a partial result, not judged".to_owned())
        }
        RunVerdict::Failed if report.ended_early.is_some() => {
            (BAD.bold(), "FAIL", format!("{tally}, ended early"))
        }
        RunVerdict::Failed => (BAD.bold(), "FAIL", tally),
        RunVerdict::NoData => (ODD.bold(), "NO DATA", tally),
        RunVerdict::Inconclusive => (ODD.bold(), "INCONCLUSIVE", tally),
        RunVerdict::Passed => (GOOD.bold(), "PASS", tally),
        RunVerdict::Done => (GOOD.bold(), "DONE", tally),
    }
}

/// How many of the required expectations were met, and what is to be said of the others.
fn tally(report: &RunReport) -> String {
    let required = || report.expectations.iter().filter(|e| e.level.is_required());
    let of = |verdict| required().filter(|e| e.verdict == verdict).count();
    let stated = required().count() as u64;
    let mut parts = Vec::new();
    if stated > 0 {
        parts.push(match report.verdict() {
            RunVerdict::NoData if of(Verdict::Pass) + of(Verdict::Inconclusive) == 0 => {
                format!("none of {} could be judged", units::counted(stated, "check"))
            }
            _ => format!("{} of {}", of(Verdict::Pass), units::counted(stated, "check")),
        });
    }
    for (verdict, said) in
        [(Verdict::Inconclusive, "inconclusive"), (Verdict::NoData, "without data")]
    {
        if of(verdict) > 0 && !parts.iter().any(|part| part.starts_with("none")) {
            parts.push(format!("{} {said}", of(verdict)));
        }
    }
    let missed = |e: &&ExpectationResult| !e.level.is_required() && e.verdict == Verdict::Fail;
    let warnings = report.expectations.iter().filter(missed).count() as u64;
    if warnings > 0 {
        parts.push(units::counted(warnings, "warning"));
    }
    parts.join(", ")
}

fn broken_laws(page: &mut Page, report: &RunReport) {
    for contender in &report.contenders {
        for check in contender.checks.iter().filter(|check| !check.holds) {
            let law =
                format!("  !!  {}: {} does not hold: {}", contender.name, check.name, check.detail);
            page.styled_prose(BAD, &law, "      ");
        }
    }
}

fn question(page: &mut Page, report: &RunReport) {
    page.prose(&report.scenario.question, "");
    page.styled_prose(DIM, &context(report), "");
    if let Some(incident) = &report.scenario.incident {
        page.styled_prose(DIM, &format!("incident: {incident}"), "  ");
    }
}

/// How much was run, against what, and for how long.
pub(in crate::render) fn context(report: &RunReport) -> String {
    let elapsed = match report.world {
        World::Simulated => format!("{} of virtual time", units::duration(report.elapsed_ns)),
        World::Real => format!("ran for {}", units::duration(report.elapsed_ns)),
    };
    let fleet = format!(
        "{} × {}",
        units::counted(report.jobs, "job"),
        units::counted(report.tools_per_job, "tool")
    );
    let seeds = units::counted(report.seeds.len() as u64, "seed");
    format!("{fleet} · {seeds} · profile {} · {elapsed}", report.profile.name)
}

fn expectations(page: &mut Page, report: &RunReport) {
    let expectations = &report.expectations;
    if expectations.is_empty() {
        return;
    }
    page.blank();
    let marks_width = 8;
    let longest = expectations.iter().map(|e| length(&e.text)).max().unwrap_or(0);
    let text_width = longest.min(page.width - marks_width - 20);
    for expectation in expectations {
        let (style, mark) = mark(judge(report, expectation));
        let text = shorten(&expectation.text, text_width);
        let measured = expectation.measured.as_deref().unwrap_or("no data");
        let measured = shorten(measured, page.width - marks_width - text_width - 3);
        let mark = page.paint.apply(style, &format!("{mark:<4}"));
        let line = format!("  {mark}  {text:<text_width$}   {}", page.paint.apply(BOLD, &measured));
        page.line(&line);
        if let Some(evidence) = evidence(expectation) {
            page.styled_prose(DIM, &format!("        {evidence}"), "        ");
        }
    }
}

/// How sure an expectation is, and what would make it surer; none where nobody asked.
pub(in crate::render) fn evidence(expectation: &ExpectationResult) -> Option<String> {
    let said = expectation.evidence.as_deref()?;
    if expectation.verdict != Verdict::Inconclusive {
        return Some(said.to_owned());
    }
    let needed = match expectation.needed {
        Some(Needed::SeedsAtLeast(seeds)) => {
            return Some(format!(
                "inconclusive: {said}; it needs at least {}",
                units::counted(seeds, "more seed")
            ));
        }
        Some(Needed::Seeds(seeds)) => {
            format!("{} would decide", units::counted(seeds, "more seed"))
        }
        Some(Needed::Jobs(jobs)) => format!("{} would decide", units::counted(jobs, "more job")),
        None => "no sample would decide".to_owned(),
    };
    Some(format!("inconclusive: {said}; {needed}, if all else stays as measured"))
}

/// What was measured and how sure it is, in one line.
pub(in crate::render) fn measured(expectation: &ExpectationResult) -> String {
    let measured = expectation.measured.as_deref().unwrap_or("no data");
    match evidence(expectation) {
        Some(evidence) => format!("{measured} ({evidence})"),
        None => measured.to_owned(),
    }
}

/// What is made of an expectation.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::render) enum Judged {
    /// Nothing is judged by numbers that are partial or that contradict each other.
    Not,
    Pass,
    Fail,
    NoData,
    /// Measured, and not surely enough.
    Inconclusive,
    /// Missed, by one that fails nothing.
    Warning,
}

pub(in crate::render) fn judge(report: &RunReport, expectation: &ExpectationResult) -> Judged {
    match (report.verdict(), expectation.verdict) {
        (RunVerdict::Broken | RunVerdict::Interrupted, _) => Judged::Not,
        (_, Verdict::Pass) => Judged::Pass,
        (_, Verdict::Inconclusive) => Judged::Inconclusive,
        (_, Verdict::Fail) if !expectation.level.is_required() => Judged::Warning,
        (_, Verdict::Fail) => Judged::Fail,
        (_, Verdict::NoData) => Judged::NoData,
    }
}

pub(in crate::render) fn mark(judged: Judged) -> (Style, &'static str) {
    match judged {
        Judged::Not => (DIM, units::NONE),
        Judged::Pass => (GOOD, "ok"),
        Judged::Fail => (BAD.bold(), "FAIL"),
        Judged::NoData => (ODD, "?"),
        Judged::Inconclusive => (ODD, "~"),
        Judged::Warning => (ODD.bold(), "warn"),
    }
}
