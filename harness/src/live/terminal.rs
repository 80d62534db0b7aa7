//! The live view on a terminal: a line a contender, redrawn, and the last errors below.

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::sample::{One, Success, View};

/// Redraws per second.
const RATE_HZ: u8 = 10;
/// Cells of the herd's strip that have room in a line.
const STRIP: usize = 16;

/// The lines on the screen.
pub(super) struct Screen {
    bars: Vec<ProgressBar>,
    /// Of the longest name.
    width: usize,
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
        let digits = contenders.iter().map(|(_, jobs)| jobs.to_string().len()).max().unwrap_or(0);
        // What has no room in the line is left out, lest it fill two.
        let template = format!(
            "{{prefix:{width}}} [{{bar:12}}] {{pos:>{digits}}}/{{len:{digits}}} {{wide_msg}}"
        );
        let bars = contenders.iter().map(|(name, jobs)| {
            let bar = all.add(ProgressBar::new(*jobs)).with_prefix(name.clone());
            styled(bar, &template)
        });
        let bars = bars.collect();
        let errors = styled(all.add(ProgressBar::new(0)), "{elapsed}{msg}");
        Self { bars, width, errors, _all: all }
    }

    pub(super) fn show(&self, view: &View) {
        for (bar, one) in self.bars.iter().zip(&view.contenders) {
            bar.set_position(one.succeeded + one.failed);
            bar.set_message(told(one));
        }
        self.errors.set_message(last_errors(view, self.width));
    }

    pub(super) fn clear(self) {
        for bar in self.bars {
            bar.finish_and_clear();
        }
        self.errors.finish_and_clear();
    }
}

/// ` 94.7% ok [75.4, 99.1]     1 failed   12 calls/s  bucket  12/100  ▁▂▇█▃`: what moves
/// keeps to its column.
fn told(one: &One) -> String {
    let mut text = match one.success {
        None => format!("{:<38}", so_far(one)),
        Some(Success { percent, low, high }) => {
            let interval = format!("[{low:.1}, {high:.1}]");
            format!("{percent:>5.1}% ok {interval:<14} {:>6} failed", one.failed)
        }
    };
    if one.sent > 0 {
        text += &format!(" {:>5} calls/s", one.calls_per_s);
    }
    if let Some(bucket) = one.bucket {
        let digits = bucket.of.to_string().len();
        text += &format!("  bucket {:>digits$}/{}", bucket.left, bucket.of);
    }
    if one.sent > 0 {
        // Last, as it is what a narrow terminal can do without.
        text += &format!("  {:>STRIP$}", strip(&one.herd));
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

/// A line for each contender that has any.
fn last_errors(view: &View, width: usize) -> String {
    let of = |one: &One| {
        let last = one.last_errors.first()?;
        let (name, at_s) = (&one.name, last.at_ms as f64 / 1e3);
        Some(format!("\n{name:<width$} last error {} at {at_s:.1} s", last.code))
    };
    view.contenders.iter().filter_map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::sample::{Bucket, LastError};

    #[test]
    fn a_strip_is_as_high_as_its_highest_and_blank_where_nothing_was_sent() {
        assert_eq!(strip(&[0, 1, 4, 8]), " ▁▄█");
        assert_eq!(strip(&[]), "");
        assert_eq!(strip(&[7; 100]).chars().count(), STRIP);
    }

    #[test]
    fn what_moves_keeps_to_its_column() {
        let one = |success, failed, calls_per_s, herd: &[u64]| One {
            name: "naive".into(),
            jobs: 1_000,
            started: 9,
            succeeded: 0,
            failed,
            success,
            sent: 20,
            calls_per_s,
            granted: 0,
            throttled: 0,
            refused: 0,
            lost: 0,
            herd: herd.to_vec(),
            bucket: Some(Bucket { left: 5, of: 30 }),
            last_errors: vec![LastError { code: "Throttling", at_ms: 1_250 }],
        };
        let success = |percent, low, high| Some(Success { percent, low, high });
        let lines = [
            one(None, 3, 1, &[1]),
            one(success(1.7, 0.3, 8.9), 59, 0, &[0, 3]),
            one(success(100.0, 77.2, 100.0), 0, 1_200, &[7; 100]),
        ];
        let columns = |one: &One| {
            let text = told(one);
            (text.find(" calls/s"), text.find("bucket"), text.chars().count())
        };
        assert_eq!(lines.each_ref().map(columns), [columns(&lines[0]); 3], "{}", told(&lines[1]));
        let view = View { elapsed_ms: 0, done: false, contenders: lines.into() };
        let errors = last_errors(&view, 6);
        assert_eq!(errors, "\nnaive  last error Throttling at 1.2 s".repeat(3));
    }
}
