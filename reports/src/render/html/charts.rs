//! What all charts share: the plot's place, its axes, and text that is safe in SVG.

use std::fmt::Write as _;

use crate::render::units;

/// The size of a drawing, in its own units; the page scales it.
pub(super) const WIDTH: f64 = 880.0;
/// Left of the plot: the labels of the vertical axis.
pub(super) const LEFT: f64 = 56.0;
/// Right of the plot.
pub(super) const RIGHT: f64 = 16.0;
/// Above the plot.
pub(super) const TOP: f64 = 10.0;
/// Below the plot: the labels of the horizontal axis.
pub(super) const BOTTOM: f64 = 26.0;

/// A drawing of this height, described for those who cannot see it.
pub(super) fn drawing(height: f64, label: &str, inside: &str) -> String {
    format!(
        "<svg viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-label=\"{}\">\n{inside}</svg>\n",
        escape(label)
    )
}

/// Text that is text wherever it stands in SVG.
pub(super) fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            // XML has no place for these at all.
            control if control.is_control() => safe.push(' '),
            other => safe.push(other),
        }
    }
    safe
}

/// Where a share of the plot's width lies.
pub(super) fn x(share: f64) -> f64 {
    LEFT + share.clamp(0.0, 1.0) * (WIDTH - LEFT - RIGHT)
}

/// A vertical grid line with a label below the plot.
pub(super) fn tick_x(svg: &mut String, share: f64, height: f64, label: &str) {
    let (x, bottom) = (x(share), height - BOTTOM);
    // A label at the very end would be cut off.
    let anchor = if share > 0.985 { "end" } else { "middle" };
    let _ = writeln!(
        svg,
        "<line class=\"grid\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{TOP}\" y2=\"{bottom:.1}\"/>\
         <text class=\"tick\" x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"{anchor}\">{}</text>",
        bottom + 16.0,
        escape(label)
    );
}

/// A horizontal grid line with a label left of the plot.
pub(super) fn tick_y(svg: &mut String, y: f64, label: &str) {
    let _ = writeln!(
        svg,
        "<line class=\"grid\" x1=\"{LEFT}\" x2=\"{:.1}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>",
        WIDTH - RIGHT,
    );
    margin(svg, y + 4.0, label);
}

/// Words at the right end of the plot, whose feet stand on `y`.
pub(super) fn caption(svg: &mut String, y: f64, words: &str) {
    let _ = writeln!(
        svg,
        "<text class=\"tick\" x=\"{:.1}\" y=\"{y:.1}\" text-anchor=\"end\">{}</text>",
        WIDTH - RIGHT,
        escape(words)
    );
}

/// Words left of the plot.
pub(super) fn margin(svg: &mut String, y: f64, words: &str) {
    let _ = writeln!(
        svg,
        "<text class=\"tick\" x=\"{:.1}\" y=\"{y:.1}\" text-anchor=\"end\">{}</text>",
        LEFT - 6.0,
        escape(words)
    );
}

/// A contender whose own time is shorter than this part of the longest would be a sliver on a
/// common axis: it has one of its own.
const SLIVER: u64 = 12;

/// Whether a contender that ends at `own_ns` is drawn on an axis that ends at `longest_ns`.
pub(super) fn shares_axis(own_ns: u64, longest_ns: u64) -> bool {
    own_ns.saturating_mul(SLIVER) >= longest_ns
}

/// A bar, or a part of one.
pub(super) fn rectangle(
    svg: &mut String,
    class: &str,
    left: f64,
    top: f64,
    width: f64,
    height: f64,
) {
    let _ = writeln!(
        svg,
        "<rect class=\"{class}\" x=\"{left:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"{height:.1}\"/>"
    );
}

/// Ticks on a time axis from 0 to `end_ns`: shares and labels, at round times.
pub(super) fn time_ticks(end_ns: u64) -> Vec<(f64, String)> {
    const ROUND_MS: [u64; 16] = [
        10, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000, 300_000, 600_000,
        3_600_000, 21_600_000, 86_400_000,
    ];
    let end_ms = (end_ns / 1_000_000).max(1);
    let step = ROUND_MS.into_iter().find(|step| end_ms / step <= 8).unwrap_or(end_ms);
    (0..=end_ms / step)
        .map(|n| {
            let at_ns = n * step * 1_000_000;
            (at_ns as f64 / end_ns.max(1) as f64, units::duration(at_ns))
        })
        .collect()
}

/// A round number at or above `most`, for the top of a count's axis.
pub(super) fn round_up(most: u64) -> u64 {
    let mut magnitude = 1_u64;
    while magnitude.saturating_mul(10) <= most {
        magnitude = magnitude.saturating_mul(10);
    }
    let steps = [1, 2, 5, 10].into_iter().map(|factor| magnitude.saturating_mul(factor));
    steps.into_iter().find(|round| *round >= most).unwrap_or(most).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_end_at_round_numbers() {
        let table = [(0, 1), (1, 1), (3, 5), (10, 10), (11, 20), (999, 1000)];
        for (most, expected) in table {
            assert_eq!(round_up(most), expected, "{most}");
        }
        let labels: Vec<String> = time_ticks(4_000_000_000).into_iter().map(|(_, l)| l).collect();
        assert_eq!(
            labels,
            ["0 s", "500 ms", "1.00 s", "1.50 s", "2.00 s", "2.50 s", "3.00 s", "3.50 s", "4.00 s"]
        );
        assert!(time_ticks(0).len() <= 2 && time_ticks(u64::MAX).len() < 100_000);
    }

    #[test]
    fn nothing_in_a_text_is_markup() {
        assert_eq!(escape("<a b='\"&\u{7}'>"), "&lt;a b=&#39;&quot;&amp; &#39;&gt;");
    }
}
