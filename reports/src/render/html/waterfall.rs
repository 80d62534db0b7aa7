//! One row a job: its calls and its sleeps, all contenders on one axis of time.

use std::fmt::Write as _;

use super::Named;
use super::charts::{BOTTOM, TOP, drawing, escape, margin, shares_axis, tick_x, time_ticks, x};
use crate::render::units;
use crate::{ContenderReport, JobRow, Span, SpanKind};

/// Of each row, in the drawing's units.
const ROW: f64 = 7.0;

/// The charts of all contenders of which a job did something, their jobs halved so and so often.
pub(super) fn charts(contenders: &[ContenderReport], halvings: u32) -> Vec<Named> {
    let rows = contenders.iter().map(|contender| (contender, rows(contender, halvings)));
    let rows: Vec<_> = rows.filter_map(|(c, rows)| Some((c, end_ns(&rows)?, rows))).collect();
    let longest_ns = rows.iter().map(|(_, end_ns, _)| *end_ns).max().unwrap_or_default();
    let drawn = rows.into_iter().map(|(contender, own_ns, rows)| {
        let end_ns = if shares_axis(own_ns, longest_ns) { longest_ns } else { own_ns };
        Named { name: contender.name.clone(), chart: chart(contender, &rows, end_ns) }
    });
    drawn.collect()
}

/// Jobs that are served by a broker or by each other do nothing of their own.
fn rows(contender: &ContenderReport, halvings: u32) -> Vec<&JobRow> {
    let busy = contender.waterfall.iter().filter(|row| !row.spans.is_empty());
    let mut rows: Vec<&JobRow> = busy.collect();
    rows.truncate(rows.len().div_ceil(1 << halvings));
    rows
}

/// Sleeps may end long after everybody has given up.
fn end_ns(rows: &[&JobRow]) -> Option<u64> {
    let spans = rows.iter().flat_map(|row| &row.spans);
    let calls = spans.filter(|span| span.what != SpanKind::Slept);
    calls.map(|span| span.to_ns).max().filter(|end| *end > 0)
}

fn chart(contender: &ContenderReport, rows: &[&JobRow], end_ns: u64) -> String {
    let height = TOP + BOTTOM + ROW * rows.len() as f64;
    let mut svg = String::new();
    for (share, label) in time_ticks(end_ns) {
        tick_x(&mut svg, share, height, &label);
    }
    let share = |ns: u64| ns as f64 / end_ns as f64;
    for (index, row) in rows.iter().enumerate() {
        let top = TOP + ROW * index as f64;
        if index == 0 || index + 1 == rows.len() {
            margin(&mut svg, top + ROW, &format!("job {}", row.job));
        }
        for span in &row.spans {
            let (left, right) = (x(share(span.from_ns)), x(share(span.to_ns)));
            let class = match span.what {
                SpanKind::Granted => "granted",
                SpanKind::Failed => "refused",
                SpanKind::Slept => "slept",
            };
            let what = told(span);
            let took = units::duration(span.to_ns.saturating_sub(span.from_ns));
            let _ = writeln!(
                svg,
                "<rect class=\"{class}\" x=\"{left:.1}\" y=\"{top:.1}\" width=\"{:.1}\" height=\"{:.1}\"><title>job {}: {what}, {took} from {}</title></rect>",
                (right - left).max(0.8),
                ROW - 2.0,
                row.job,
                units::duration(span.from_ns),
            );
        }
    }
    let label = format!("calls and sleeps of the first jobs of {}", contender.name);
    drawing(height, &label, &svg)
}

/// `tool 2, call 3, Throttling`: as much of it as the file keeps.
fn told(span: &Span) -> String {
    let tool = span.tool.map(|tool| format!("tool {tool}, ")).unwrap_or_default();
    let number = span.call.map(|number| format!(" {number}")).unwrap_or_default();
    match span.what {
        SpanKind::Slept => format!("{tool}asleep"),
        SpanKind::Granted => format!("{tool}call{number}, granted"),
        SpanKind::Failed => {
            let code = span.code.as_deref().unwrap_or("failed");
            format!("{tool}call{number}, {}", escape(code))
        }
    }
}
