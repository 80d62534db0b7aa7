//! The herd over time: calls sent, stacked by their number, below them how calls ended, and the
//! service meanwhile.

use std::fmt::Write as _;

use super::charts::{BOTTOM, TOP, drawing, rectangle, round_up, tick_x, tick_y, time_ticks, x};
use super::course;
use crate::model::bins::Bins as _;
use crate::render::units;
use crate::{Bin, ContenderReport};

const HEIGHT: f64 = 190.0;
/// Of the height: the strip of how calls ended.
const ENDS: f64 = 18.0;

const SENT: [&str; 4] = ["first attempts", "second attempts", "third attempts", "later attempts"];

/// The chart of one contender, its bins joined by twos so and so often; none where nothing was sent.
pub(super) fn chart(contender: &ContenderReport, halvings: u32) -> Option<String> {
    let timeline = contender.timeline.clone().coarsened(halvings);
    let sum = |bin: &Bin| bin.sent.iter().map(|sent| u64::from(*sent)).sum::<u64>();
    let most = timeline.bins.iter().map(sum).max().filter(|most| *most > 0)?;
    let end_ns = timeline.bin_ns.saturating_mul(timeline.bins.len() as u64);
    let (top, floor) = (round_up(most), HEIGHT - BOTTOM - ENDS - 4.0);
    let height = |count: u64| count as f64 / top as f64 * (floor - TOP);
    let mut svg = String::new();
    for (share, label) in time_ticks(end_ns) {
        tick_x(&mut svg, share, HEIGHT, &label);
    }
    tick_y(&mut svg, floor, "0");
    tick_y(&mut svg, TOP, &units::count(top));
    let bins = timeline.bins.len() as f64;
    for (index, bin) in timeline.bins.iter().enumerate() {
        if *bin == Bin::default() {
            continue;
        }
        let (left, right) = (x(index as f64 / bins), x((index + 1) as f64 / bins));
        let (width, from_ns) =
            ((right - left).max(0.6), timeline.bin_ns.saturating_mul(index as u64));
        let _ = writeln!(svg, "<g><title>{}</title>", told(bin, from_ns, timeline.bin_ns));
        let mut base = floor;
        for (class, sent) in bin.sent.iter().enumerate() {
            let tall = height(u64::from(*sent));
            if tall > 0.0 {
                base -= tall;
                rectangle(&mut svg, &format!("a{class}"), left, base, width, tall);
            }
        }
        let strip = floor + 4.0;
        let ends = [
            (bin.granted, "granted"),
            (bin.throttled, "throttled"),
            (bin.refused, "refused"),
            (bin.lost, "lost"),
        ];
        let all: f64 = ends.iter().map(|(count, _)| f64::from(*count)).sum();
        let mut at = strip;
        for (count, class) in ends.into_iter().filter(|(count, _)| *count > 0) {
            let tall = f64::from(count) / all * ENDS;
            rectangle(&mut svg, class, left, at, width, tall);
            at += tall;
        }
        svg.push_str("</g>\n");
    }
    let label = format!("calls of {} over time", contender.name);
    let service = course::chart(contender, end_ns, halvings).unwrap_or_default();
    Some(drawing(HEIGHT, &label, &svg) + &service)
}

/// What one bin says when it is asked.
fn told(bin: &Bin, from_ns: u64, bin_ns: u64) -> String {
    let until = from_ns.saturating_add(bin_ns);
    let mut text = format!("{} to {}", units::duration(from_ns), units::duration(until));
    for (count, what) in bin.sent.iter().zip(SENT).filter(|(count, _)| **count > 0) {
        let _ = write!(text, "; {count} {what}");
    }
    let ends = [
        (bin.granted, "granted"),
        (bin.throttled, "throttled"),
        (bin.refused, "refused otherwise"),
        (bin.lost, "not answered"),
    ];
    for (count, what) in ends.into_iter().filter(|(count, _)| *count > 0) {
        let _ = write!(text, "; {count} {what}");
    }
    text
}
