//! The live view on a terminal: a line a contender, redrawn, and the last errors below.

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::sample::{One, View};

/// Redraws per second.
const RATE_HZ: u8 = 10;
/// Cells of the herd's strip that have room in a line.
const STRIP: usize = 16;

/// The lines on the screen.
pub(super) struct Screen {
    bars: Vec<ProgressBar>,
    errors: ProgressBar,
    _all: MultiProgress,
}

impl Screen {
    pub(super) fn new(contenders: &[(String, u64)]) -> Self {
        let all = MultiProgress::with_draw_target(ProgressDrawTarget::stderr_with_hz(RATE_HZ));
        let width = contenders.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
        let styled = |bar: ProgressBar, template: &str| match ProgressStyle::with_template(template)
        {
            Ok(style) => bar.with_style(style.progress_chars("#> ")),
            Err(_) => bar,
        };
        let template = format!("{{prefix:{width}}} [{{bar:12}}] {{pos}}/{{len}} {{msg}}");
        let bars = contenders.iter().map(|(name, jobs)| {
            let bar = all.add(ProgressBar::new(*jobs)).with_prefix(name.clone());
            styled(bar, &template)
        });
        let bars = bars.collect();
        let errors = styled(all.add(ProgressBar::new(0)), "{elapsed}  {msg}");
        Self { bars, errors, _all: all }
    }

    pub(super) fn show(&self, view: &View) {
        for (bar, one) in self.bars.iter().zip(&view.contenders) {
            bar.set_position(one.succeeded + one.failed);
            bar.set_message(told(one));
        }
        self.errors.set_message(last_errors(view));
    }

    pub(super) fn clear(self) {
        for bar in self.bars {
            bar.finish_and_clear();
        }
        self.errors.finish_and_clear();
    }
}

/// `94.7% ok [75.4, 99.1], 1 failed, 12 calls/s ▁▂▇█▃ bucket 12/100`.
fn told(one: &One) -> String {
    let mut text = so_far(one);
    if one.sent > 0 {
        text += &format!(", {} calls/s {}", one.calls_per_s, strip(&one.herd));
    }
    if let Some(bucket) = one.bucket {
        text += &format!(" bucket {}/{}", bucket.left, bucket.of);
    }
    text
}

/// The share of the jobs that have ended well, and how sure that is.
pub(super) fn so_far(one: &One) -> String {
    let running = one.started.saturating_sub(one.succeeded + one.failed);
    match one.success {
        None => format!("{running} running"),
        Some(success) => format!(
            "{:.1}% ok [{:.1}, {:.1}], {} failed",
            success.percent, success.low, success.high, one.failed
        ),
    }
}

/// Blocks as high as the calls of each half second.
fn strip(herd: &[u64]) -> String {
    const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let cells = &herd[herd.len().saturating_sub(STRIP)..];
    let most = cells.iter().copied().max().unwrap_or(0).max(1);
    let block = |calls: &u64| match calls {
        0 => ' ',
        calls => BLOCKS[((calls * 8).div_ceil(most) as usize).clamp(1, 8) - 1],
    };
    cells.iter().map(block).collect()
}

fn last_errors(view: &View) -> String {
    let of = |one: &One| {
        let last = one.last_errors.first()?;
        Some(format!("{}: {} at {:.1} s", one.name, last.code, last.at_ms as f64 / 1e3))
    };
    let told: Vec<String> = view.contenders.iter().filter_map(of).collect();
    if told.is_empty() { String::new() } else { format!("last errors  {}", told.join(" · ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_strip_is_as_high_as_its_highest_and_blank_where_nothing_was_sent() {
        assert_eq!(strip(&[0, 1, 4, 8]), " ▁▄█");
        assert_eq!(strip(&[]), "");
        assert_eq!(strip(&[7; 100]).chars().count(), STRIP);
    }
}
