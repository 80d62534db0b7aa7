//! One row a contender, twice: what it bought (success, and when), and at what price.

use super::page::{Page, name_cell, name_column, name_width};
use crate::render::paint::{BAD, DIM, GOOD, PLAIN};
use crate::render::sparkline::{self, Axis};
use crate::render::table::{Cell, Column, Table, WhenTight, length, shorten};
use crate::render::units::{self, NONE};
use crate::stats::{self, Estimate};
use crate::{ContenderReport, LatencySummary, Proportion, RunReport};

const TIMES: &str = "time to credentials";
const INTERVAL_TITLE: &str = "95% CI";

pub(super) fn write(page: &mut Page, report: &RunReport) {
    let Some(first) = report.contenders.first() else { return };
    page.section("WHAT EACH ONE BOUGHT");
    page.table(&bought(page.width, report, first));
    page.section("HOW LONG IT TOOK, AND WHAT IT COST");
    page.table(&paid(page.width, report));
    page.section("HOW SURE THAT IS");
    page.table(&certainty(page.width, report));
}

fn bought(width: usize, report: &RunReport, first: &ContenderReport) -> Table {
    let contenders = &report.contenders;
    let versus_title = format!("vs {}", shorten(&first.name, 9));
    let intervals: Vec<String> = contenders.iter().map(|c| interval(c.jobs)).collect();
    let versus: Vec<Cell> = contenders.iter().map(|c| versus_cell(c, first)).collect();
    let intervals_width =
        intervals.iter().map(|text| length(text)).fold(length(INTERVAL_TITLE), usize::max);
    let versus_width = versus.iter().map(Cell::width).fold(length(&versus_title), usize::max);
    // The line of blocks takes what the others, and the gaps between them, leave.
    let taken = name_width(width, report) + 9 + 2 + intervals_width + 2 + versus_width + 2 + 9;
    let axis_width = width.saturating_sub(taken).clamp(length(TIMES), 40);
    let axis = Axis::over(contenders.iter().map(|c| &c.time_to_credentials.histogram), axis_width);
    let ruler = axis.as_ref().map_or_else(|| NONE.to_owned(), Axis::ruler);
    let mut table = Table::new(vec![
        name_column(width, report),
        Column::right("jobs ok"),
        Column::left(INTERVAL_TITLE),
        Column::right(&versus_title),
        Column::left(&ruler).at_least(axis_width).group(TIMES),
        Column::left("│").gap(0),
        Column::right("failed").gap(0),
    ]);
    for ((contender, interval), versus) in contenders.iter().zip(intervals).zip(versus) {
        let times = &contender.time_to_credentials.histogram;
        let jobs = contender.jobs;
        let whole = jobs.total > 0 && jobs.succeeded == jobs.total;
        table.row(vec![
            name_cell(width, report, &contender.name),
            Cell::styled(
                if whole { GOOD } else { PLAIN },
                units::percent(jobs.succeeded, jobs.total),
            ),
            Cell::styled(DIM, interval),
            versus,
            Cell::new(axis.as_ref().map_or_else(String::new, |axis| axis.line(times))),
            Cell::styled(DIM, "│"),
            failed_cell(contender.acquisitions),
        ]);
    }
    table
}

/// Rounded outwards: an interval may be wider than the truth, never narrower.
pub(in crate::render) fn interval(jobs: Proportion) -> String {
    let Some(interval) = jobs.interval() else { return NONE.to_owned() };
    let low = (interval.low * 1_000.0).floor() / 10.0;
    let high = (interval.high * 1_000.0).ceil() / 10.0;
    format!("[{low:.1}, {high:.1}]")
}

/// By how many percent points more jobs succeeded than for the first.
pub(in crate::render) fn versus_cell(contender: &ContenderReport, first: &ContenderReport) -> Cell {
    let (Some(ours), Some(theirs)) = (estimate(contender.jobs), estimate(first.jobs)) else {
        return Cell::new(NONE);
    };
    if std::ptr::eq(contender, first) {
        return Cell::styled(DIM, NONE);
    }
    let points = (ours.rate - theirs.rate) * 100.0;
    if points.abs() < 0.05 {
        return Cell::styled(DIM, "±0.0 pp");
    }
    if stats::difference(ours, theirs).includes_zero() {
        return Cell::styled(DIM, format!("~ {points:+.1} pp"));
    }
    Cell::styled(if points > 0.0 { GOOD } else { BAD }, format!("{points:+.1} pp"))
}

fn estimate(jobs: Proportion) -> Option<Estimate> {
    Some(Estimate { rate: jobs.rate()?, interval: jobs.interval()? })
}

/// The acquisitions that failed: beside the times, never among them.
fn failed_cell(acquisitions: Proportion) -> Cell {
    let failed = acquisitions.total - acquisitions.succeeded;
    let style = if failed > 0 { BAD } else { PLAIN };
    let share = units::percent(failed, acquisitions.total);
    Cell::styled(style, format!("{} {share:>6}", sparkline::block(failed, acquisitions.total)))
}

fn paid(width: usize, report: &RunReport) -> Table {
    let time = |title| Column::right(title).at_least(7).group(TIMES).gap(1);
    let mut table = Table::new(vec![
        name_column(width, report),
        time("p50").gap(2),
        time("p90").when_tight(WhenTight::Leave { rank: 2 }),
        time("p95").when_tight(WhenTight::Leave { rank: 1 }),
        time("p99"),
        time("max"),
        Column::right("job").at_least(6).group("STS calls per"),
        Column::right("acquisition").group("STS calls per").gap(1),
        Column::right("slept").at_least(7).group("per job"),
        Column::right("wasted").at_least(7).group("per job").gap(1),
    ]);
    for contender in &report.contenders {
        let jobs = contender.jobs.total;
        let wasted = if contender.wasted_ns > 0 { BAD } else { PLAIN };
        let mut row = vec![name_cell(width, report, &contender.name)];
        row.extend(figures(&contender.time_to_credentials).map(Cell::new));
        row.extend([
            Cell::new(units::ratio(contender.attempts, jobs)),
            Cell::new(units::ratio(contender.attempts, contender.acquisitions.total)),
            Cell::new(units::duration_per(contender.slept_ns, jobs)),
            Cell::styled(wasted, units::duration_per(contender.wasted_ns, jobs)),
        ]);
        table.row(row);
    }
    table
}

/// Below a millisecond, what is measured is the tool's own memory.
pub(in crate::render) fn time(us: u64) -> String {
    if us < 1_000 { "< 1 ms".to_owned() } else { units::duration_us(us) }
}

fn figures(times: &LatencySummary) -> [String; 5] {
    let max_us = (times.count > 0).then_some(times.max_us);
    [times.p50_us, times.p90_us, times.p95_us, times.p99_us, max_us]
        .map(|figure| figure.map_or_else(|| NONE.to_owned(), time))
}

/// The acquisitions behind the jobs; and over several runs, how often a run as
/// a whole went wrong, and how badly: what a team sees of a matrix is runs.
fn certainty(width: usize, report: &RunReport) -> Table {
    let several = report.contenders.iter().any(|contender| contender.runs.total > 1);
    let acquisitions = |column: Column| column.group("acquisitions");
    let mut columns = vec![
        name_column(width, report),
        acquisitions(Column::right("needed").at_least(8)),
        acquisitions(Column::right("ok").gap(1)),
        acquisitions(Column::left(INTERVAL_TITLE).gap(2)),
    ];
    if several {
        let failed = |title| Column::right(title).group("failed jobs a run").gap(1);
        columns.extend([
            Column::right("runs that lost a job").when_tight(WhenTight::Leave { rank: 1 }),
            failed("fewest").gap(2),
            failed("median"),
            failed("most"),
        ]);
    }
    let mut table = Table::new(columns);
    for contender in &report.contenders {
        let (acquisitions, runs) = (contender.acquisitions, contender.runs);
        let mut row = vec![
            name_cell(width, report, &contender.name),
            Cell::new(units::count(acquisitions.total)),
            Cell::new(units::percent(acquisitions.succeeded, acquisitions.total)),
            Cell::styled(DIM, interval(acquisitions)),
        ];
        if several {
            let of =
                format!("{} of {}", units::count(runs.with_failures), units::count(runs.total));
            row.extend([
                Cell::new(of),
                Cell::new(units::count(runs.fewest_failed)),
                Cell::new(units::count(runs.median_failed)),
                Cell::new(units::count(runs.most_failed)),
            ]);
        }
        table.row(row);
    }
    table
}
