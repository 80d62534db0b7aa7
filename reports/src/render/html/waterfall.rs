//! One row a job: its calls and its sleeps.

use std::fmt::Write as _;

use super::charts::{BOTTOM, TOP, drawing, escape, tick_x, time_ticks, x};
use crate::render::units;
use crate::{ContenderReport, JobRow, Span, SpanKind};

/// Of each row, in the drawing's units.
const ROW: f64 = 7.0;

/// The chart of one contender, its jobs halved so and so often; none where no job did anything.
pub(super) fn chart(contender: &ContenderReport, halvings: u32) -> Option<String> {
    // Jobs that are served by a broker or by each other do nothing of their own.
    let busy = contender.waterfall.iter().filter(|row| !row.spans.is_empty());
    let mut rows: Vec<&JobRow> = busy.collect();
    rows.truncate(rows.len().div_ceil(1 << halvings));
    let spans = || rows.iter().flat_map(|row| &row.spans);
    // Sleeps may end long after everybody has given up.
    let end_ns = spans()
        .filter(|span| span.what != SpanKind::Slept)
        .map(|span| span.to_ns)
        .max()
        .filter(|end| *end > 0)?;
    let height = TOP + BOTTOM + ROW * rows.len() as f64;
    let mut svg = String::new();
    for (share, label) in time_ticks(end_ns) {
        tick_x(&mut svg, share, height, &label);
    }
    let share = |ns: u64| ns as f64 / end_ns as f64;
    for (index, row) in rows.iter().enumerate() {
        let top = TOP + ROW * index as f64;
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
    Some(drawing(height, &label, &svg))
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
