//! The herd over time: calls sent, stacked by their number, below them how calls ended, and the
//! service meanwhile. All contenders are drawn to one scale, so that their herds can be compared.

use std::fmt::Write as _;

use super::Named;
use super::charts::{
    BOTTOM, TOP, caption, drawing, margin, rectangle, round_up, shares_axis, tick_x, tick_y,
    time_ticks, x,
};
use super::course;
use crate::model::bins::Bins;
use crate::render::units;
use crate::{Bin, ContenderReport, Timeline};

const HEIGHT: f64 = 190.0;
/// Of the height: the strip of how calls ended.
const ENDS: f64 = 18.0;

const SENT: [&str; 4] = ["first attempts", "second attempts", "third attempts", "later attempts"];

/// What the charts have in common.
#[derive(Clone, Copy)]
pub(super) struct Scale {
    /// The width of a bin.
    pub(super) bin_ns: u64,
    /// Where the axis of time ends.
    pub(super) end_ns: u64,
    /// The most calls in a bin.
    sent: u64,
    /// The most key fetches in a bin.
    pub(super) fetches: u64,
}

impl Scale {
    /// One that all of these fit.
    fn of(contenders: &[ContenderReport], halvings: u32) -> Self {
        let lines = || contenders.iter().map(|contender| &contender.timeline);
        let ends = lines().map(|line| line.bin_ns.saturating_mul(line.bins.len() as u64));
        let widest = lines().map(|line| line.bin_ns).max().unwrap_or_default();
        let mut scale = Self {
            bin_ns: widest.saturating_mul(1 << halvings),
            end_ns: ends.max().unwrap_or_default(),
            sent: 0,
            fetches: 0,
        };
        for contender in contenders {
            let bins = scale.joined(&contender.timeline).bins;
            scale.sent = scale.sent.max(bins.iter().map(sent).max().unwrap_or_default());
            let course = contender.server.as_ref().and_then(|server| server.course.as_ref());
            let fetches = course.and_then(|c| scale.joined(c).key_fetches.into_iter().max());
            scale.fetches = scale.fetches.max(fetches.map_or(0, u64::from));
        }
        scale
    }

    /// In bins that are as wide as this scale's.
    pub(super) fn joined<B: Bins>(&self, bins: &B) -> B {
        let mut bins = bins.clone();
        while bins.bin_ns() > 0 && bins.bin_ns() < self.bin_ns {
            bins.coarsen();
        }
        bins
    }
}

fn sent(bin: &Bin) -> u64 {
    bin.sent.iter().map(|sent| u64::from(*sent)).sum()
}

/// The charts of all contenders that sent something, their bins joined by twos so and so often.
pub(super) fn charts(contenders: &[ContenderReport], halvings: u32) -> Vec<Named> {
    let common = Scale::of(contenders, halvings);
    let drawn = contenders.iter().filter_map(|contender| {
        let own = Scale::of(std::slice::from_ref(contender), halvings);
        let chart = if shares_axis(own.end_ns, common.end_ns) {
            chart(contender, common, "")?
        } else {
            chart(contender, own, " (axes of their own)")?
        };
        Some(Named { name: contender.name.clone(), chart })
    });
    drawn.collect()
}

fn chart(contender: &ContenderReport, scale: Scale, whose: &str) -> Option<String> {
    let timeline: Timeline = scale.joined(&contender.timeline);
    timeline.bins.iter().map(sent).max().filter(|most| *most > 0)?;
    let end_ns = scale.end_ns;
    let (top, floor) = (round_up(scale.sent), HEIGHT - BOTTOM - ENDS - 4.0);
    let mut svg = String::new();
    for (share, label) in time_ticks(end_ns) {
        tick_x(&mut svg, share, HEIGHT, &label);
    }
    tick_y(&mut svg, floor, "0");
    tick_y(&mut svg, TOP, &units::count(top));
    margin(&mut svg, floor + 4.0 + ENDS - 5.0, "ended");
    let at =
        |bin: usize| x(timeline.bin_ns.saturating_mul(bin as u64) as f64 / end_ns.max(1) as f64);
    for (index, bin) in timeline.bins.iter().enumerate() {
        if *bin == Bin::default() {
            continue;
        }
        let (left, width) = (at(index), (at(index + 1) - at(index)).max(0.6));
        let from_ns = timeline.bin_ns.saturating_mul(index as u64);
        let _ = writeln!(svg, "<g><title>{}</title>", told(bin, from_ns, timeline.bin_ns));
        stack(&mut svg, bin, left, width, |count| count as f64 / top as f64 * (floor - TOP));
        strip(&mut svg, bin, left, width, floor + 4.0);
        svg.push_str("</g>\n");
    }
    let words = format!("calls sent in each {}{whose}", units::duration(timeline.bin_ns));
    caption(&mut svg, TOP - 2.0, &words);
    let label = format!("calls of {} over time", contender.name);
    let service = course::chart(contender, &scale).unwrap_or_default();
    Some(drawing(HEIGHT, &label, &svg) + &service)
}

/// The calls that were sent, the first ones lowest; what is there is to be seen.
fn stack(svg: &mut String, bin: &Bin, left: f64, width: f64, height: impl Fn(u64) -> f64) {
    let mut base = HEIGHT - BOTTOM - ENDS - 4.0;
    for (class, sent) in bin.sent.iter().enumerate().filter(|(_, sent)| **sent > 0) {
        let tall = height(u64::from(*sent)).max(0.8);
        base -= tall;
        rectangle(svg, &format!("a{class}"), left, base, width, tall);
    }
}

/// How calls ended, in shares.
fn strip(svg: &mut String, bin: &Bin, left: f64, width: f64, top: f64) {
    let ends = [
        (bin.granted, "granted"),
        (bin.throttled, "throttled"),
        (bin.refused, "refused"),
        (bin.lost, "lost"),
    ];
    let all: f64 = ends.iter().map(|(count, _)| f64::from(*count)).sum();
    let mut at = top;
    for (count, class) in ends.into_iter().filter(|(count, _)| *count > 0) {
        let tall = f64::from(count) / all * ENDS;
        rectangle(svg, class, left, at, width, tall);
        at += tall;
    }
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
