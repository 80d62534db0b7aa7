//! The report as GitHub's Markdown, for a comment on a pull request or a job's summary: how it
//! ended, what was expected, what each contender bought, what failed, and the method folded away.

use super::answer::answer;
use super::text::contenders::{interval, time, versus_cell};
use super::text::failures::{KINDS_MAX, Kind, is_kind, kinds};
use super::text::fairness;
use super::text::method;
use super::text::server::{asked, strikes};
use super::text::verdict::{context, headline_parts, judge, mark, measured, world};
use super::units::{self, NONE};
use crate::{ContenderReport, ErrorCount, RunReport};

/// The report as Markdown, with a newline at its end.
pub fn render(report: &RunReport) -> String {
    let parts = [
        headline(report),
        broken_laws(report),
        question(report),
        expectations(report),
        contenders(report),
        failures(report),
        regions(report),
        faults(report),
        story(report),
        details(report),
    ];
    let parts = parts.into_iter().filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join("\n")
}

fn headline(report: &RunReport) -> String {
    let (_, word, detail) = headline_parts(report);
    let parts = [detail, text(&report.scenario.name), world(report.world).to_owned()];
    let rest = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ");
    format!("### {word}: {rest}\n")
}

fn broken_laws(report: &RunReport) -> String {
    let broken = report.contenders.iter().flat_map(|contender| {
        contender.checks.iter().filter(|check| !check.holds).map(|check| {
            let (name, law) = (text(&contender.name), text(&check.name));
            format!("- **{name}**: {law} does not hold: {}\n", text(&check.detail))
        })
    });
    broken.collect()
}

fn question(report: &RunReport) -> String {
    let mut lines = vec![text(&report.scenario.question)];
    lines.extend(answer(report).map(|words| text(&words)));
    lines.push(text(&context(report)));
    if let Some(incident) = &report.scenario.incident {
        lines.push(format!("incident: {}", link(incident)));
    }
    lines.join("<br>\n") + "\n"
}

fn expectations(report: &RunReport) -> String {
    if report.expectations.is_empty() {
        return String::new();
    }
    let mut table =
        Table::new(&[("", Side::Left), ("expected", Side::Left), ("measured", Side::Right)]);
    for expectation in &report.expectations {
        let (_, mark) = mark(judge(report, expectation));
        let mark = if mark == "FAIL" { "**FAIL**".to_owned() } else { mark.to_owned() };
        table.row(&[mark, code(&expectation.text), text(&measured(expectation))]);
    }
    table.finish()
}

fn contenders(report: &RunReport) -> String {
    let Some(first) = report.contenders.first() else { return String::new() };
    let versus = format!("vs {}", text(&first.name));
    let mut table = Table::new(&[
        ("contender", Side::Left),
        ("jobs ok", Side::Right),
        ("95% CI", Side::Left),
        (&versus, Side::Right),
        ("time to credentials p50", Side::Right),
        ("p95", Side::Right),
        ("p99", Side::Right),
        ("STS calls per job", Side::Right),
        ("wasted per job", Side::Right),
        ("fairness", Side::Right),
        ("worst job", Side::Right),
    ]);
    for contender in &report.contenders {
        let jobs = contender.jobs;
        let times = &contender.time_to_credentials;
        let figure = |us: Option<u64>| us.map_or_else(|| NONE.to_owned(), |us| text(&time(us)));
        table.row(&[
            format!("**{}**", text(&contender.name)),
            units::percent(jobs.succeeded, jobs.total),
            text(&interval(jobs)),
            text(versus_cell(contender, first).text()),
            figure(times.p50_us),
            figure(times.p95_us),
            figure(times.p99_us),
            units::ratio(contender.attempts, jobs.total),
            units::duration_per(contender.wasted_ns, jobs.total),
            fairness::index(contender),
            text(&fairness::worst_job(contender)),
        ]);
    }
    table.finish()
}

fn failures(report: &RunReport) -> String {
    let kinds = kinds(&report.contenders);
    if kinds.is_empty() {
        return String::new();
    }
    let mut table = Table::new(&[
        ("what failed", Side::Left),
        ("contender", Side::Left),
        ("attempts", Side::Right),
        ("given up", Side::Right),
        ("first at", Side::Right),
    ]);
    for &kind in kinds.iter().take(KINDS_MAX) {
        let rows = report.contenders.iter().filter_map(|contender| failure(kind, contender));
        for (nth, [name, met, lost, first]) in rows.enumerate() {
            let (error, message) = kind;
            let what = match (nth, message) {
                (1.., _) => String::new(),
                (0, "") => code(error),
                (0, message) => format!("{}: {}", code(error), text(message)),
            };
            table.row(&[what, name, met, lost, first]);
        }
    }
    let mut finished = table.finish();
    if kinds.len() > KINDS_MAX {
        let more = units::counted((kinds.len() - KINDS_MAX) as u64, "more kind");
        finished.push_str(&format!("\nand {more} of error: see the JSON report\n"));
    }
    finished
}

/// What each region was asked, where there are several.
fn regions(report: &RunReport) -> String {
    let asked = asked(report);
    if asked.is_empty() {
        return String::new();
    }
    let mut table = Table::new(&[
        ("contender", Side::Left),
        ("region", Side::Left),
        ("requests", Side::Right),
        ("throttled", Side::Right),
        ("key fetches", Side::Right),
    ]);
    for (contender, regions) in asked {
        for (nth, [region, requests, throttled, fetches]) in regions.into_iter().enumerate() {
            let name = if nth == 0 { text(contender) } else { String::new() };
            table.row(&[name, text(&region), requests, throttled, fetches]);
        }
    }
    table.finish()
}

/// What the server saw of the faults.
fn faults(report: &RunReport) -> String {
    let strikes = strikes(report);
    if strikes.is_empty() {
        return String::new();
    }
    let mut table = Table::new(&[("fault", Side::Left), ("requests it struck", Side::Left)]);
    for (fault, counts) in strikes {
        table.row(&[text(fault), text(&counts)]);
    }
    table.finish()
}

/// Who met it: name, attempts that did, needs it ended, and when first.
fn failure(kind: Kind<'_>, contender: &ContenderReport) -> Option<[String; 4]> {
    let find = |counts: &'_ [ErrorCount]| counts.iter().find(|e| is_kind(e, kind)).cloned();
    let (met, lost) = (find(&contender.errors), find(&contender.failures));
    let first = met.iter().chain(&lost).map(|e| e.first_at_ns).min()?;
    let [met, lost] = [met, lost].map(|e| units::count(e.map_or(0, |e| e.count)));
    Some([text(&contender.name), met, lost, units::duration(first)])
}

/// The first failure of the first contender that has one.
fn story(report: &RunReport) -> String {
    let told = report.contenders.iter().find_map(|c| Some((c, c.first_failure.as_ref()?)));
    let Some((contender, story)) = told else { return String::new() };
    let who = format!("seed {}, job {}, tool {}", story.seed, story.job, story.tool);
    let lost = units::duration(story.at_ns);
    let first = format!("{}: {who}, lost at {lost}", contender.name);
    let lines: String = std::iter::once(&first)
        .chain(&story.lines)
        .map(|line| html(&line.replace(['\n', '\r'], " ")) + "\n")
        .collect();
    format!("<details><summary>The first failure</summary>\n\n<pre>\n{lines}</pre>\n\n</details>\n")
}

fn details(report: &RunReport) -> String {
    // These speak of commands, which they set in the type of code themselves.
    let method = method::lines(report).into_iter().map(|line| text(&line).replace("\\`", "`"));
    let mut lines: Vec<String> = method.collect();
    for contender in &report.contenders {
        let parts = [contender.strategy.as_str(), contender.policy.as_str()];
        let parts = parts.into_iter().filter(|part| !part.is_empty()).map(text);
        let what = parts.collect::<Vec<_>>().join(" · ");
        if !what.is_empty() {
            lines.push(format!("**{}**: {what}", text(&contender.name)));
        }
    }
    lines.extend(report.notes.iter().map(|note| format!("note: {}", text(note))));
    lines.extend(report.digest.iter().map(|digest| format!("digest {}", code(digest))));
    let items: String = lines.iter().map(|line| format!("- {line}\n")).collect();
    format!("<details><summary>How to read this</summary>\n\n{items}\n</details>\n")
}

#[derive(Clone, Copy)]
enum Side {
    Left,
    Right,
}

/// A table under the pen. Cells come escaped.
struct Table(String);

impl Table {
    fn new(columns: &[(&str, Side)]) -> Table {
        let mut table = Table(String::new());
        table.row(&columns.iter().map(|(title, _)| (*title).to_owned()).collect::<Vec<_>>());
        let rule = columns.iter().map(|(_, side)| match side {
            Side::Left => ":--".to_owned(),
            Side::Right => "--:".to_owned(),
        });
        table.row(&rule.collect::<Vec<_>>());
        table
    }

    fn row(&mut self, cells: &[String]) {
        self.0.push_str(&format!("| {} |\n", cells.join(" | ")));
    }

    fn finish(self) -> String {
        self.0
    }
}

/// Text that stays text, in a table too: whatever Markdown or HTML would read as more is escaped.
fn text(plain: &str) -> String {
    let mut escaped = String::new();
    for c in plain.chars() {
        match c {
            '\n' | '\r' => escaped.push(' '),
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '$' | '#' => escaped.extend(['\\', c]),
            c => escaped.push(c),
        }
    }
    escaped
}

/// Text that stays text between HTML's tags, where Markdown does not look.
fn html(plain: &str) -> String {
    plain.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Text in the type of code. A table's own bar must be escaped even there.
fn code(plain: &str) -> String {
    let plain = plain.replace(['\n', '\r'], " ").replace('|', "\\|");
    if plain.contains('`') { format!("`` {plain} ``") } else { format!("`{plain}`") }
}

/// An address that can be followed, or text.
fn link(address: &str) -> String {
    let is_address = ["http://", "https://"].iter().any(|scheme| address.starts_with(scheme))
        && !address.contains(|c: char| c.is_whitespace() || c.is_control() || "<>".contains(c));
    if is_address { format!("<{address}>") } else { text(address) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_like_markup_is_shown_as_it_is() {
        assert_eq!(text("a|b <b> *c* [d]"), r"a\|b &lt;b&gt; \*c\* \[d\]");
        assert_eq!(text("two\nlines & ~more"), r"two lines &amp; \~more");
        assert_eq!(code("x | `y`"), r"`` x \| `y` ``");
        assert_eq!(link("https://example.org/a_b"), "<https://example.org/a_b>");
        assert_eq!(link("https://example.org/> <b>"), "https://example.org/&gt; &lt;b&gt;");
        assert_eq!(link("javascript:x"), "javascript:x");
    }
}
