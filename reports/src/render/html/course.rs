//! The service over time, below the herd: what its limit had left, and when keys were fetched.

use std::fmt::Write as _;

use super::charts::{
    BOTTOM, TOP, caption, drawing, rectangle, round_up, tick_x, tick_y, time_ticks, x,
};
use super::herd::Scale;
use crate::render::units;
use crate::{ContenderReport, Course};

const HEIGHT: f64 = 142.0;
/// Of the height: the bars of the key fetches, below the level.
const FETCHES: f64 = 34.0;
/// Between the two.
const GAP: f64 = 16.0;

/// The chart of one contender to the herd's scale; none where the service's side is not known, or
/// has nothing to show.
pub(super) fn chart(contender: &ContenderReport, scale: &Scale) -> Option<String> {
    let course = scale.joined(contender.server.as_ref()?.course.as_ref()?);
    let end_ns = scale.end_ns;
    let most = course.key_fetches.iter().max().copied().unwrap_or_default();
    let holds = course.holds.filter(|_| course.least_left.iter().any(Option::is_some));
    if most == 0 && holds.is_none() {
        return None;
    }
    let floor = HEIGHT - BOTTOM;
    let level_floor = floor - FETCHES - GAP;
    let mut svg = String::new();
    for (share, label) in time_ticks(end_ns) {
        tick_x(&mut svg, share, HEIGHT, &label);
    }
    if let Some(holds) = holds {
        tick_y(&mut svg, level_floor, "0");
        tick_y(&mut svg, TOP, &units::count(holds));
    }
    let top = round_up(scale.fetches);
    tick_y(&mut svg, floor, "0");
    tick_y(&mut svg, floor - FETCHES, &units::count(top));
    let at = |bin: usize| x(course.bin_ns.saturating_mul(bin as u64) as f64 / end_ns.max(1) as f64);
    for index in 0..course.key_fetches.len().max(course.least_left.len()) {
        let fetches = course.key_fetches.get(index).copied().unwrap_or_default();
        let left = course.least_left.get(index).copied().flatten().filter(|_| holds.is_some());
        if fetches == 0 && left.is_none() {
            continue;
        }
        let (from, width) = (at(index), (at(index + 1) - at(index)).max(0.6));
        let _ = writeln!(svg, "<g><title>{}</title>", told(&course, index, fetches, left));
        if let (Some(left), Some(holds)) = (left, holds) {
            let share = (f64::from(left) / holds.max(1) as f64).min(1.0);
            // An empty bucket shows as a line at the bottom, and not as nothing.
            let tall = (share * (level_floor - TOP)).max(1.0);
            rectangle(&mut svg, "level", from, level_floor - tall, width, tall);
        }
        if fetches > 0 {
            let tall = (f64::from(fetches) / top as f64 * FETCHES).max(0.8);
            rectangle(&mut svg, "fetch", from, floor - tall, width, tall);
        }
        svg.push_str("</g>\n");
    }
    if holds.is_some() {
        caption(&mut svg, TOP - 2.0, "the least that the first limit had left");
    }
    caption(&mut svg, floor - FETCHES - 2.0, "fetches of verification keys");
    let label = format!("the limit and the key fetches of {} over time", contender.name);
    Some(drawing(HEIGHT, &label, &svg))
}

/// What one bin says when it is asked.
fn told(course: &Course, index: usize, fetches: u32, left: Option<u32>) -> String {
    let from_ns = course.bin_ns.saturating_mul(index as u64);
    let until = from_ns.saturating_add(course.bin_ns);
    let mut text = format!("{} to {}", units::duration(from_ns), units::duration(until));
    if let Some(left) = left {
        let _ = write!(text, "; at least {left} left in the limit");
    }
    if fetches > 0 {
        let _ = write!(text, "; {fetches} key fetches");
    }
    text
}
