//! Distributions as one line of blocks, on a logarithmic axis that several lines share.

use crate::Histogram;
use crate::render::units;

const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// A logarithmic axis over whole decades, drawn `width` characters wide.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Axis {
    /// Whether something lies below the axis; it is drawn in the first column.
    cut: bool,
    lo_us: u64,
    decades: u32,
    width: usize,
}

/// No axis begins lower: what a tool in memory takes is no time to a person, and decades of it
/// would squeeze those that matter.
const LOWEST_US: u64 = 10_000;

impl Axis {
    /// The narrowest axis that holds everything recorded in all of them, from 10 ms up; none when
    /// nothing is.
    pub(crate) fn over<'a>(
        histograms: impl Iterator<Item = &'a Histogram>,
        width: usize,
    ) -> Option<Axis> {
        let (min_us, max_us) = histograms
            .filter(|h| h.count() > 0)
            .map(|h| (h.min_us(), h.max_us()))
            .reduce(|all, one| (all.0.min(one.0), all.1.max(one.1)))?;
        // A bucket's largest member lies just above the value recorded: 1 s must not open a decade.
        let forgiven_us = max_us - max_us / 1_000;
        let cut = min_us < LOWEST_US;
        let first = min_us.max(LOWEST_US).ilog10();
        let last =
            (first + 1..).find(|&decade| 10_u64.pow(decade) >= forgiven_us).unwrap_or(first + 1);
        Some(Axis { cut, lo_us: 10_u64.pow(first), decades: last - first, width })
    }

    /// The line of one distribution, its fullest bucket at full height.
    pub(crate) fn line(&self, histogram: &Histogram) -> String {
        let hi_us = self.lo_us * 10_u64.pow(self.decades);
        let buckets = histogram.log_buckets(self.lo_us, hi_us, self.width);
        let fullest = buckets.iter().copied().max().unwrap_or(0);
        buckets.into_iter().map(|count| block(count, fullest)).collect()
    }

    /// The ruler above the lines: each decade named where it begins, as far as there is room.
    pub(crate) fn ruler(&self) -> String {
        let mut ruler = String::new();
        let mut used = 0;
        for decade in 0..self.decades {
            let at = decade as usize * self.width / self.decades as usize;
            let below = if self.cut && decade == 0 { "≤" } else { "" };
            let name = format!("{below}{}", decade_name(self.lo_us * 10_u64.pow(decade)));
            let length = name.chars().count();
            if at < used + usize::from(decade > 0) || at + length > self.width {
                continue;
            }
            ruler.extend(std::iter::repeat_n('─', (at - used).saturating_sub(1)));
            ruler.push_str(if at > used { " " } else { "" });
            ruler.push_str(&name);
            ruler.push(' ');
            used = at + length + 1;
        }
        ruler.extend(std::iter::repeat_n('─', self.width.saturating_sub(used)));
        ruler.chars().take(self.width).collect()
    }
}

/// A block whose height is the share of `part` in `whole`; anything at all shows.
pub(crate) fn block(part: u64, whole: u64) -> char {
    if part == 0 || whole == 0 {
        return ' ';
    }
    let height = (8 * u128::from(part)).div_ceil(u128::from(whole)).clamp(1, 8) as usize;
    BLOCKS[height - 1]
}

fn decade_name(us: u64) -> String {
    // Three significant digits would be false precision on a ruler.
    match us {
        ..1_000 => format!("{us} µs"),
        1_000..1_000_000 => format!("{} ms", us / 1_000),
        _ => format!("{} s", units::count(us / 1_000_000)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_ms(times_ms: &[u64]) -> Histogram {
        let mut histogram = Histogram::default();
        times_ms.iter().for_each(|ms| histogram.record_ns(ms * 1_000_000));
        histogram
    }

    #[test]
    fn lines_share_the_axis() {
        let (fast, slow) = (of_ms(&[20, 20, 21, 40]), of_ms(&[900, 2_000, 8_000]));
        let axis = Axis::over([&fast, &slow, &Histogram::default()].into_iter(), 24).unwrap();
        let drawn =
            [axis.ruler(), axis.line(&fast), axis.line(&slow), axis.line(&Histogram::default())];
        assert_eq!(
            drawn,
            [
                "10 ms ─ 100 ms  1 s ────",
                "  █ ▃                   ",
                "               █  █    █",
                "                        "
            ]
        );
    }

    #[test]
    fn an_exact_second_ends_its_decade() {
        let axis = Axis::over([&of_ms(&[200, 1_000])].into_iter(), 10).unwrap();
        assert_eq!(axis, Axis { cut: false, lo_us: 100_000, decades: 1, width: 10 });
        assert_eq!(axis.ruler(), "100 ms ───");
    }

    #[test]
    fn a_crowded_ruler_leaves_names_out() {
        let axis = Axis { cut: false, lo_us: 10_000, decades: 7, width: 14 };
        assert_eq!(axis.ruler(), "10 ms ─ 100 s ");
        assert_eq!(Axis { cut: false, lo_us: 1, decades: 9, width: 3 }.ruler().chars().count(), 3);
    }

    #[test]
    fn nothing_recorded_has_no_axis() {
        assert_eq!(Axis::over([&Histogram::default()].into_iter(), 10), None);
    }

    #[test]
    fn the_smallest_share_still_shows() {
        assert_eq!(
            (block(0, 9), block(1, 1_000_000), block(9, 9), block(4, 8)),
            (' ', '▁', '█', '▄')
        );
    }

    #[test]
    fn the_longest_axis_there_is_holds() {
        let mut histogram = Histogram::default();
        histogram.record_ns(1);
        histogram.record_ns(u64::MAX);
        let axis = Axis::over([&histogram].into_iter(), 30).unwrap();
        assert_eq!((axis.cut, axis.lo_us, axis.decades), (true, LOWEST_US, 7));
        assert!(axis.ruler().starts_with("≤10 ms "), "{}", axis.ruler());
        assert_eq!(axis.line(&histogram).chars().count(), 30);
    }
}
