//! Time to credentials by percentile, all contenders in one plot: the higher the percentile, the
//! more room it has; times on a logarithmic axis. A curve ends where its jobs that failed begin.

use std::fmt::Write as _;

use super::COLOURS;
use super::charts::{BOTTOM, LEFT, TOP, drawing, escape, tick_x, tick_y, x};
use crate::ContenderReport;
use crate::render::units;

const HEIGHT: f64 = 300.0;

/// The percentiles that the axis names; the last is where it ends.
const NAMED: [(f64, &str); 6] = [
    (0.0, "0 %"),
    (0.5, "50 %"),
    (0.9, "90 %"),
    (0.99, "99 %"),
    (0.999, "99.9 %"),
    (0.9999, "99.99 %"),
];

/// Decades that are drawn; what is below lies on the floor.
const MOST_DECADES: i32 = 4;

/// The plot; a sentence when nobody ever got credentials.
pub(super) fn chart(contenders: &[ContenderReport]) -> String {
    let some = contenders.iter().map(|c| &c.time_to_credentials).filter(|times| times.count > 0);
    let least = some.clone().map(|times| times.min_us.max(1)).min();
    let most = some.map(|times| times.max_us.max(1)).max();
    let (Some(least), Some(most)) = (least, most) else {
        return "<p class=\"none\">Nobody got credentials: there is no time to draw.</p>\n".into();
    };
    let (low, high) = decades(least, most);
    let mut svg = String::new();
    for (share, label) in NAMED {
        tick_x(&mut svg, place(share), HEIGHT, label);
    }
    for decade in low..=high {
        tick_y(
            &mut svg,
            y(10_f64.powi(decade), low, high),
            &units::duration_us(10_u64.pow(decade as u32)),
        );
    }
    for (index, contender) in contenders.iter().enumerate() {
        curve(&mut svg, index % COLOURS, contender, low, high);
    }
    drawing(HEIGHT, "time to credentials by percentile", &svg)
}

/// Powers of ten, in µs, around these times.
fn decades(least_us: u64, most_us: u64) -> (i32, i32) {
    let low = (least_us.max(1) as f64).log10().floor() as i32;
    let high = ((most_us.max(1) as f64).log10().ceil() as i32).max(low + 1).min(18);
    // What was had from memory at once would take half of the plot.
    (low.max(high - MOST_DECADES), high)
}

/// Where a percentile lies on an axis that gives each nine the same room.
fn place(share: f64) -> f64 {
    let nines = |share: f64| -(1.0 - share.min(0.9999)).log10();
    nines(share) / nines(0.9999)
}

fn y(us: f64, low: i32, high: i32) -> f64 {
    let share = (us.max(1.0).log10() - f64::from(low)) / f64::from(high - low);
    HEIGHT - BOTTOM - share.clamp(0.0, 1.0) * (HEIGHT - BOTTOM - TOP)
}

/// Percentiles are of all needs, those that failed included: who fails fast must not look fast.
fn curve(svg: &mut String, colour: usize, contender: &ContenderReport, low: i32, high: i32) {
    let needs = contender.acquisitions.total.max(contender.time_to_credentials.count);
    let mut path = String::new();
    for step in contender.time_to_credentials.histogram.spectrum() {
        let share = step.count_so_far as f64 / needs.max(1) as f64;
        let command = if path.is_empty() { 'M' } else { 'L' };
        let (x, y) = (x(place(share)), y(step.value_us as f64, low, high));
        let _ = write!(path, "{command}{x:.1} {y:.1}");
    }
    if path.is_empty() {
        return;
    }
    let name = escape(&contender.name);
    let failed = needs - contender.time_to_credentials.count;
    let ends = match failed {
        0 => "all needs met".to_owned(),
        failed => format!("ends where {} unmet begin", units::counted(failed, "need")),
    };
    let times = &contender.time_to_credentials;
    let figures = format!(
        "{name}: p50 {}, p99 {}, max {}; {ends}",
        told(times.p50_us),
        told(times.p99_us),
        units::duration_us(times.max_us),
    );
    // A title shows under a pointer only: what the keyboard comes to is written into the plot.
    let (left, top) = (LEFT + 10.0, TOP + 16.0);
    let _ = writeln!(
        svg,
        "<path class=\"curve c{colour}\" tabindex=\"0\" role=\"img\" aria-label=\"{figures}\" d=\"{path}\"><title>{figures}</title></path>\
         <text class=\"told\" x=\"{left}\" y=\"{top}\">{figures}</text>",
    );
}

fn told(us: Option<u64>) -> String {
    us.map_or_else(|| units::NONE.to_owned(), units::duration_us)
}
