//! A census as a table for people, alone or beside others.

use std::fmt::Write as _;

use super::cases::{CASES, Case};
use super::fit::span;
use super::result::{CensusResult, Connections, Exit, Hint, Row, Token};
use crate::tune::show::{aligned, seconds};

const HEAD: [&str; 10] = [
    "error",
    "tries",
    "waits between tries",
    "hint",
    "after last",
    "token",
    "connection",
    "recovers",
    "ends after",
    "exit",
];

/// The table, and what the columns mean.
#[must_use]
pub fn text(result: &CensusResult) -> String {
    let mut rows = vec![HEAD.iter().map(|head| (*head).to_owned()).collect::<Vec<_>>()];
    rows.extend(result.rows.iter().map(|row| cells(result, row)));
    let mut text = format!(
        "RETRY CENSUS of {} · {} runs an error\n\n{}\n",
        result.name,
        result.repeats,
        aligned(&rows, 10)
    );
    for row in result.rows.iter().filter(|row| !row.says.is_empty()) {
        let _ = writeln!(text, "{}: {}", row.case, row.says);
    }
    if !result.complete {
        text += "\nstopped before its end: errors are missing, or have fewer runs\n";
    }
    text
}

/// The same as a Markdown table.
#[must_use]
pub fn markdown(result: &CensusResult) -> String {
    let mut text = line(HEAD.iter().map(|head| (*head).to_owned()));
    text += &line(HEAD.iter().map(|_| "---".to_owned()));
    for row in &result.rows {
        text += &line(cells(result, row).into_iter());
    }
    text
}

/// Several commands beside each other: tries and waits, as Markdown.
#[must_use]
pub fn matrix(results: &[CensusResult]) -> String {
    let mut text =
        line(std::iter::once("error".to_owned()).chain(results.iter().map(|r| r.name.clone())));
    text += &line((0..=results.len()).map(|_| "---".to_owned()));
    for case in CASES {
        let rows = results.iter().map(|result| {
            let row = result.rows.iter().find(|row| row.case == case.name);
            row.map_or_else(|| "–".to_owned(), brief)
        });
        text += &line(std::iter::once(case.name.to_owned()).chain(rows));
    }
    text
}

fn line(cells: impl Iterator<Item = String>) -> String {
    let cells: Vec<String> = cells.map(|cell| cell.replace('|', "\\|")).collect();
    format!("| {} |\n", cells.join(" | "))
}

/// Tries, waits, and what is special, in one cell.
fn brief(row: &Row) -> String {
    let mut said = vec![tries(row)];
    if row.waits.is_some() {
        said.push(waits(row));
    }
    if row.hint == Some(Hint::Honoured) {
        said.push("hint honoured".into());
    }
    if row.sleeps_after_last == Some(true) {
        said.push(format!("then {} more", span(row.after_last_ms.unwrap_or(0.0))));
    }
    if row.exit == Exit::Killed {
        said.push("still trying when killed".into());
    } else if row.exit == Exit::Code(0) && row.case != CASES[0].name {
        said.push("succeeds".into());
    }
    said.join("; ")
}

fn cells(result: &CensusResult, row: &Row) -> Vec<String> {
    vec![
        row.case.clone(),
        tries(row),
        waits(row),
        hint(row.hint).into(),
        after_last(row),
        token(row.token).into(),
        connection(row.connections).into(),
        yes(row.recovers).into(),
        seconds(row.lasts_s),
        exit(result, row.exit),
    ]
}

pub(super) fn tries(row: &Row) -> String {
    match (row.tries, row.nested) {
        ((_, most), Some((outer, inner))) => format!("{most} ({outer} × {inner})"),
        ((least, most), None) if least == most => most.to_string(),
        ((least, most), None) => format!("{least}–{most}"),
    }
}

fn waits(row: &Row) -> String {
    match (&row.waits, &row.outer_waits) {
        (Some(inner), Some(outer)) => format!("{inner}; between calls {outer}"),
        (Some(waits), None) => waits.to_string(),
        _ => "–".into(),
    }
}

pub(super) fn hint(hint: Option<Hint>) -> &'static str {
    match hint {
        None => "",
        Some(Hint::Honoured) => "honoured",
        Some(Hint::Ignored) => "ignored",
        Some(Hint::CannotTell) => "cannot tell",
    }
}

fn after_last(row: &Row) -> String {
    match (row.sleeps_after_last, row.after_last_ms) {
        (Some(true), Some(ms)) => format!("sleeps {}", span(ms)),
        (Some(false), _) => "ends".into(),
        _ => "–".into(),
    }
}

pub(super) fn token(token: Token) -> &'static str {
    match token {
        Token::Kept => "kept",
        Token::ReRead => "read again",
        Token::FetchedOnce => "fetched once",
        Token::FetchedAgain => "fetched again",
        Token::Once => "–",
    }
}

pub(super) fn connection(connections: Connections) -> &'static str {
    match connections {
        Connections::Reused => "reused",
        Connections::New => "new",
        Connections::Mixed => "reused or new",
        Connections::Ended => "ended by STS",
        Connections::Single => "–",
    }
}

pub(super) fn yes(answer: Option<bool>) -> &'static str {
    match answer {
        Some(true) => "yes",
        Some(false) => "no",
        None => "–",
    }
}

pub(super) fn exit(result: &CensusResult, exit: Exit) -> String {
    match exit {
        Exit::Code(code) => code.to_string(),
        Exit::Signal => "signal".into(),
        Exit::Killed => format!("killed at {}", seconds(result.timeout_s)),
    }
}

/// The cases and what STS does in each, for who names one that is none.
#[must_use]
pub fn list() -> String {
    let line = |case: &Case| vec![format!("  {}", case.name), case.what.to_owned()];
    aligned(&CASES.iter().map(line).collect::<Vec<_>>(), 2)
}
