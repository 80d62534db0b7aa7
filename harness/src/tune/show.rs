//! A sweep as a table for people and as CSV for programs.

use std::fmt::Write as _;
use std::str::FromStr;

use reports::Proportion;

use super::cell::{Cell, Reached};
use super::sweep::SweepResult;

/// What a chart or a map shows of a cell.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Measure {
    /// Percent of the jobs that succeeded.
    Success,
    /// The median time to credentials, in seconds.
    P50,
    /// Its 99th percentile, needs never met being later than any.
    P99,
    /// Calls to STS per job.
    Calls,
    /// Seconds slept in vain per job.
    Wasted,
    /// Jain's index of the jobs' waits.
    Fairness,
}

impl Measure {
    const NAMED: [(&'static str, Self, &'static str); 6] = [
        ("success", Self::Success, "jobs that succeeded, %"),
        ("p50", Self::P50, "p50 time to credentials, s"),
        ("p99", Self::P99, "p99 time to credentials, s"),
        ("calls", Self::Calls, "STS calls per job"),
        ("wasted", Self::Wasted, "time wasted per job, s"),
        ("fairness", Self::Fairness, "fairness between jobs (Jain's index)"),
    ];

    /// What charts write beside it, with its unit.
    #[must_use]
    pub fn title(self) -> &'static str {
        Self::NAMED.iter().find(|(_, known, _)| *known == self).map_or("", |(_, _, title)| title)
    }

    /// Its value; infinite where needs were never met, none where the sample
    /// is too small to say.
    #[must_use]
    pub fn of(self, cell: &Cell) -> Option<f64> {
        match self {
            Self::Success => Some(cell.success()),
            Self::P50 => cell.p50.us().map(|us| us / 1e6),
            Self::P99 => cell.p99.us().map(|us| us / 1e6),
            Self::Calls => Some(cell.calls_per_job()),
            Self::Wasted => Some(cell.wasted_per_job_s()),
            Self::Fairness => cell.fairness.map(|fairness| fairness.jain),
        }
    }
}

impl FromStr for Measure {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::NAMED
            .iter()
            .find(|(name, _, _)| *name == text)
            .map(|(_, measure, _)| *measure)
            .ok_or_else(|| {
                let names: Vec<&str> = Self::NAMED.iter().map(|(name, _, _)| *name).collect();
                format!("there is no measure `{text}`: expected {}", names.join(", "))
            })
    }
}

/// A percentage without noise: `100%`, `87.5%`, `>99.99%`.
#[must_use]
pub fn percent(share: f64) -> String {
    let percent = share * 100.0;
    if percent > 99.99 && percent < 100.0 {
        return ">99.99%".into();
    }
    let text = format!("{percent:.2}");
    format!("{}%", text.trim_end_matches('0').trim_end_matches('.'))
}

/// A proportion with its interval: `97.5% [95.1, 98.8]`.
#[must_use]
pub fn proportion(of: &Proportion) -> String {
    match (of.rate(), of.interval()) {
        (Some(rate), Some(interval)) => {
            format!("{} [{:.1}, {:.1}]", percent(rate), interval.low * 100.0, interval.high * 100.0)
        }
        _ => "–".into(),
    }
}

/// Seconds as people read them.
#[must_use]
pub fn seconds(seconds: f64) -> String {
    match seconds {
        s if s.is_infinite() => "never".into(),
        s if s >= 100.0 => format!("{s:.0} s"),
        s if s >= 1.0 => format!("{s:.1} s"),
        s if s > 0.0 => format!("{:.0} ms", s * 1e3),
        _ => "0 s".into(),
    }
}

/// A time, or why there is none.
#[must_use]
pub fn reached(time: Reached) -> String {
    time.us().map_or_else(|| "–".into(), |us| seconds(us / 1e6))
}

/// Rows under a head, each column as wide as its widest entry; the first
/// `left` columns flush left, all others flush right.
#[must_use]
pub fn aligned(rows: &[Vec<String>], left: usize) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|text| text.chars().count()).max()
    };
    let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or(0)).collect();
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (column, entry) in row.iter().enumerate() {
            let pad = " ".repeat(widths[column] - entry.chars().count());
            let gap = if column == 0 { "" } else { "  " };
            let _ = if column < left {
                write!(line, "{gap}{entry}{pad}")
            } else {
                write!(line, "{gap}{pad}{entry}")
            };
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// The whole sweep as text.
#[must_use]
pub fn table(result: &SweepResult) -> String {
    let axes: Vec<&str> = result.axes.iter().map(|axis| short(axis)).collect();
    let mut head: Vec<String> = axes.iter().map(|axis| (*axis).to_owned()).collect();
    let titles = ["contender", "jobs ok [95 %]", "p50", "p99", "calls/job", "wasted/job"];
    head.extend(titles.map(str::to_owned));
    let mut rows = vec![head];
    for point in result.points.iter().filter(|point| !point.cells.is_empty()) {
        for cell in &point.cells {
            let mut row = point.values.clone();
            row.extend([
                cell.contender.clone(),
                proportion(&cell.jobs),
                reached(cell.p50),
                reached(cell.p99),
                format!("{:.2}", cell.calls_per_job()),
                seconds(cell.wasted_per_job_s()),
            ]);
            rows.push(row);
        }
    }
    let mut text = format!("sweep of {} over {}\n", result.scenario, result.axes.join(" "));
    let seeds = result.seeds.len();
    let _ = writeln!(
        text,
        "simulated, {} of {} points{}, {seeds} seed{} each, the same for every point\n",
        result.done(),
        result.points.len(),
        match result.design.as_str() {
            "grid" => String::new(),
            sample => format!(" ({sample}, drawn with seed {})", result.design_seed),
        },
        if seeds == 1 { "" } else { "s" },
    );
    text += &aligned(&rows, axes.len() + 1);
    text.push_str(
        "\ntimes are from the intended start; a need that was never met counts as later than any\n",
    );
    if !result.is_complete() {
        text.push_str("interrupted: finish it with --resume and the JSON result file\n");
    }
    text
}

/// The last key of the axis' path.
#[must_use]
pub fn short(axis: &str) -> &str {
    let path = axis.split('=').next().unwrap_or(axis);
    path.rsplit('.').next().unwrap_or(path)
}

/// A row per point and contender, the parameters' whole paths as columns.
#[must_use]
pub fn csv(result: &SweepResult) -> String {
    let quoted = |text: &str| match text.contains([',', '"', '\n']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text.to_owned(),
    };
    let us = |time: Reached| match time {
        Reached::WithinUs(us) => us.to_string(),
        Reached::Never => "inf".into(),
        Reached::TooFew => String::new(),
    };
    let path = |axis: &String| quoted(axis.split('=').next().unwrap_or(axis));
    let mut head: Vec<String> = result.axes.iter().map(path).collect();
    head.push(
        "contender,seeds,jobs,jobs_succeeded,success_low,success_high,runs_with_failures,\
         needs_met,needs_never_met,p50_us,p90_us,p99_us,calls,slept_ns,wasted_ns,fairness,worst_job_us"
            .into(),
    );
    let mut text = head.join(",") + "\n";
    for point in &result.points {
        for cell in &point.cells {
            let interval = cell.jobs.interval();
            let end = |end: Option<f64>| end.map_or(String::new(), |end| format!("{end:.6}"));
            let mut row: Vec<String> = point.values.iter().map(|value| quoted(value)).collect();
            row.extend([
                cell.contender.clone(),
                cell.runs.to_string(),
                cell.jobs.total.to_string(),
                cell.jobs.succeeded.to_string(),
                end(interval.map(|i| i.low)),
                end(interval.map(|i| i.high)),
                cell.runs_with_failures.to_string(),
                cell.met.to_string(),
                cell.never.to_string(),
                us(cell.p50),
                us(cell.p90),
                us(cell.p99),
                cell.calls.to_string(),
                cell.slept_ns.to_string(),
                cell.wasted_ns.to_string(),
                cell.fairness.map_or(String::new(), |it| it.jain.to_string()),
                cell.fairness.map_or(String::new(), |it| it.worst_job_us.to_string()),
            ]);
            text += &row.join(",");
            text.push('\n');
        }
    }
    text
}
