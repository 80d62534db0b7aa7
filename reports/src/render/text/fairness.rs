//! One row a contender: whether all its jobs waited alike, and the one that waited longest.

use super::contenders::time;
use super::page::{Page, name_cell, name_column};
use crate::render::paint::{BAD, PLAIN};
use crate::render::table::{Cell, Column, Table};
use crate::render::units::NONE;
use crate::{ContenderReport, RunReport};

/// Nothing of a result from before it was kept.
pub(super) fn write(page: &mut Page, report: &RunReport) {
    if report.contenders.iter().all(|contender| contender.fairness.is_none()) {
        return;
    }
    page.section("HOW EVENLY THE JOBS WAITED");
    page.table(&waited(page.width, report));
}

fn waited(width: usize, report: &RunReport) -> Table {
    let several = report.contenders.iter().any(|contender| contender.runs.total > 1);
    let index = |title| Column::right(title).group("fairness");
    let mut columns = vec![name_column(width, report), index("Jain's index")];
    if several {
        columns.push(index("lowest run").gap(1));
    }
    let job = |title| Column::right(title).at_least(7).group("a job waited");
    columns.extend([job("mean"), job("worst").gap(1)]);
    let mut table = Table::new(columns);
    for contender in &report.contenders {
        let fairness = contender.fairness;
        let figure = |text: Option<String>| Cell::new(text.unwrap_or_else(|| NONE.to_owned()));
        let mut row = vec![name_cell(width, report, &contender.name)];
        row.push(Cell::new(self::index(contender)));
        if several {
            row.push(figure(fairness.map(|it| format!("{:.3}", it.lowest_jain))));
        }
        row.push(figure(fairness.map(|it| time(it.mean_job_us))));
        let style = if is_whole(contender) { PLAIN } else { BAD };
        row.push(Cell::styled(style, worst_job(contender)));
        table.row(row);
    }
    table
}

/// Jain's index; a dash in results from before it was kept.
pub(in crate::render) fn index(contender: &ContenderReport) -> String {
    contender.fairness.map_or_else(|| NONE.to_owned(), |it| format!("{:.3}", it.jain))
}

/// The longest wait of any job: never, where one got nothing.
pub(in crate::render) fn worst_job(contender: &ContenderReport) -> String {
    match contender.fairness {
        None => NONE.to_owned(),
        Some(_) if !is_whole(contender) => "never".to_owned(),
        Some(fairness) => time(fairness.worst_job_us),
    }
}

fn is_whole(contender: &ContenderReport) -> bool {
    contender.jobs.succeeded >= contender.jobs.total
}
