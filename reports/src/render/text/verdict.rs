//! The first lines: how it ended, what was asked, what was expected and measured.

use anstyle::Style;

use super::page::Page;
use crate::render::paint::{BAD, BOLD, DIM, GOOD, LOUD, ODD};
use crate::render::table::{length, shorten};
use crate::render::units;
use crate::{ExpectationResult, RunReport, RunVerdict, Verdict, World};

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
    let of = |verdict| report.expectations.iter().filter(|e| e.verdict == verdict).count();
    let (met, unknown, stated) =
        (of(Verdict::Pass), of(Verdict::NoData), report.expectations.len());
    let without_data =
        if unknown > 0 { format!(", {unknown} without data") } else { String::new() };
    let tally = format!("{met} of {}{without_data}", units::counted(stated as u64, "check"));
    match report.verdict() {
        RunVerdict::Broken => {
            (LOUD, "BROKEN", "the numbers below contradict each other: do not use them".to_owned())
        }
        RunVerdict::Interrupted => {
            (ODD.bold(), "INTERRUPTED", "a partial result, not judged".to_owned())
        }
        RunVerdict::Failed => (BAD.bold(), "FAIL", tally),
        RunVerdict::NoData => (
            ODD.bold(),
            "NO DATA",
            format!("none of {} could be judged", units::counted(stated as u64, "check")),
        ),
        RunVerdict::Passed => (GOOD.bold(), "PASS", tally),
        RunVerdict::Done => (GOOD.bold(), "DONE", String::new()),
    }
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
}

pub(in crate::render) fn judge(report: &RunReport, expectation: &ExpectationResult) -> Judged {
    match (report.verdict(), expectation.verdict) {
        (RunVerdict::Broken | RunVerdict::Interrupted, _) => Judged::Not,
        (_, Verdict::Pass) => Judged::Pass,
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
    }
}
