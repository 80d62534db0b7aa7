//! What failed: each error with its literal message, whom it hit and whether it was survived; and
//! the first failure, told.

use super::page::{Page, name_width};
use crate::render::paint::{BAD, BOLD, DIM};
use crate::render::table::{length, shorten};
use crate::render::units;
use crate::{ContenderReport, ErrorCount, RunReport};

/// More kinds of error than this are left to the JSON form.
pub(in crate::render) const KINDS_MAX: usize = 6;

pub(super) fn write(page: &mut Page, report: &RunReport) {
    if report.contenders.is_empty() {
        return;
    }
    page.section("WHAT FAILED");
    let kinds = kinds(&report.contenders);
    for &kind in kinds.iter().take(KINDS_MAX) {
        write_kind(page, report, kind);
    }
    if kinds.len() > KINDS_MAX {
        let more = units::counted((kinds.len() - KINDS_MAX) as u64, "more kind");
        page.line(&format!("  and {more} of error: see the JSON report"));
    }
    write_unharmed(page, &report.contenders);
    write_skipped(page, &report.contenders);
    write_story(page, &report.contenders);
}

/// An error's code and message.
pub(in crate::render) type Kind<'a> = (&'a str, &'a str);

/// Every kind of error met by anybody, in the contenders' order.
pub(in crate::render) fn kinds(contenders: &[ContenderReport]) -> Vec<Kind<'_>> {
    let mut kinds: Vec<Kind<'_>> = Vec::new();
    for error in contenders.iter().flat_map(|c| c.errors.iter().chain(&c.failures)) {
        if !kinds.iter().any(|kind| is_kind(error, *kind)) {
            kinds.push((error.code.as_str(), error.message.as_str()));
        }
    }
    kinds
}

/// Messages that differ in digits alone are one kind: an expiry error carries two times of day.
pub(in crate::render) fn is_kind(error: &ErrorCount, (code, message): Kind<'_>) -> bool {
    let letters = |text: &str| text.bytes().filter(|b| !b.is_ascii_digit()).collect::<Vec<_>>();
    error.code == code && (error.message == message || letters(&error.message) == letters(message))
}

fn write_kind(page: &mut Page, report: &RunReport, (code, message): Kind<'_>) {
    let what = if message.is_empty() { code.to_owned() } else { format!("{code}: {message}") };
    page.styled_prose(BAD, &format!("  {what}"), "    ");
    let width = name_width(page.width, report);
    for contender in &report.contenders {
        let find = |counts: &[ErrorCount]| {
            counts.iter().find(|error| is_kind(error, (code, message))).cloned()
        };
        let (met, lost) = (find(&contender.errors), find(&contender.failures));
        let Some(first_at_ns) = met.iter().chain(&lost).map(|e| e.first_at_ns).min() else {
            continue;
        };
        let [met, lost] = [met, lost].map(|e| units::count(e.map_or(0, |e| e.count)));
        let name = format!("{:<width$}", shorten(&contender.name, width));
        let counts = format!(" {met:>9} attempts {lost:>9} given up   ");
        let room = page.width.saturating_sub(4 + width + length(&counts));
        let first = shorten(&format!("first at {}", units::duration(first_at_ns)), room);
        let line = format!(
            "    {}{counts}{}",
            page.paint.apply(BOLD, &name),
            page.paint.apply(DIM, &first)
        );
        page.line(&line);
    }
}

fn write_unharmed(page: &mut Page, contenders: &[ContenderReport]) {
    let unharmed: Vec<&str> = contenders
        .iter()
        .filter(|c| c.errors.is_empty() && c.failures.is_empty())
        .map(|c| c.name.as_str())
        .collect();
    if unharmed.len() == contenders.len() {
        page.line("  nothing");
    } else if !unharmed.is_empty() {
        page.prose(&format!("  nothing for {}", unharmed.join(", ")), "    ");
    }
}

fn write_skipped(page: &mut Page, contenders: &[ContenderReport]) {
    let skipped: Vec<String> = contenders
        .iter()
        .filter(|c| c.skipped_tools > 0)
        .map(|c| format!("{} {}", c.name, units::count(c.skipped_tools)))
        .collect();
    if !skipped.is_empty() {
        page.prose(
            &format!("  tools never started, their job having failed: {}", skipped.join(", ")),
            "    ",
        );
    }
}

fn write_story(page: &mut Page, contenders: &[ContenderReport]) {
    let Some((contender, story)) =
        contenders.iter().find_map(|c| Some((c, c.first_failure.as_ref()?)))
    else {
        return;
    };
    page.section("THE FIRST FAILURE");
    let who = format!("seed {}, job {}, tool {}", story.seed, story.job, story.tool);
    page.prose(
        &format!("  {}: {who}, lost at {}", contender.name, units::duration(story.at_ns)),
        "    ",
    );
    for line in &story.lines {
        page.prose(&format!("    {line}"), "      ");
    }
}
