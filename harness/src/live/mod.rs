//! A live view of a run, by a thread of its own: on a terminal a line per contender,
//! redrawn; elsewhere a line of text every five seconds.

use std::io::IsTerminal as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::record::Progress;
use crate::scenario::Scenario;

/// Redraws per second.
const RATE_HZ: u8 = 10;

/// The live view, if there is a terminal to show it on.
#[derive(Debug)]
pub struct Live {
    progress: Vec<Arc<Progress>>,
    view: Option<(Sender<()>, JoinHandle<()>)>,
}

impl Live {
    /// Starts the view on standard error; nothing is shown when `quiet`.
    #[must_use]
    pub fn start(scenario: &Scenario, seeds: u64, quiet: bool) -> Self {
        let progress: Vec<Arc<Progress>> =
            scenario.contenders.iter().map(|_| Arc::default()).collect();
        if quiet {
            return Self { progress, view: None };
        }
        let lines: Vec<(String, u64)> = scenario
            .contenders
            .iter()
            .map(|contender| (contender.name.clone(), u64::from(contender.jobs) * seeds))
            .collect();
        let watched = progress.clone();
        let (end, ended) = channel();
        let on_terminal = std::io::stderr().is_terminal();
        let drawing = std::thread::spawn(move || match on_terminal {
            true => draw(&lines, &watched, &ended),
            false => tell(&lines, &watched, &ended),
        });
        Self { progress, view: Some((end, drawing)) }
    }

    /// The counters to count into, one per contender.
    #[must_use]
    pub fn progress(&self) -> &[Arc<Progress>] {
        &self.progress
    }

    /// Takes the view off the screen.
    pub fn finish(self) {
        if let Some((end, drawing)) = self.view {
            drop(end);
            // A view that failed has nothing to say about the run.
            drop(drawing.join());
        }
    }
}

/// Between two lines where there is no terminal.
const TELLS_EVERY: Duration = Duration::from_secs(5);

/// A line of text now and then: `5 s  naive 12/20 jobs, 3 failed · cached 20/20 jobs`.
fn tell(lines: &[(String, u64)], progress: &[Arc<Progress>], ended: &Receiver<()>) {
    let mut seconds = 0;
    while ended.recv_timeout(TELLS_EVERY) == Err(RecvTimeoutError::Timeout) {
        seconds += TELLS_EVERY.as_secs();
        let told = lines.iter().zip(progress).map(|((name, jobs), progress)| {
            let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
            let (ok, failed) = (count(&progress.succeeded), count(&progress.failed));
            let failures = if failed > 0 { format!(", {failed} failed") } else { String::new() };
            format!("{name} {}/{jobs} jobs{failures}", ok + failed)
        });
        anstream::eprintln!("{seconds} s  {}", told.collect::<Vec<_>>().join(" · "));
    }
}

fn draw(lines: &[(String, u64)], progress: &[Arc<Progress>], ended: &Receiver<()>) {
    let bars = MultiProgress::with_draw_target(ProgressDrawTarget::stderr_with_hz(RATE_HZ));
    let width = lines.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let template =
        format!("{{prefix:{width}}}  [{{bar:24}}] {{pos}}/{{len}} jobs  {{msg}}  {{elapsed}}");
    let style = ProgressStyle::with_template(&template).map(|style| style.progress_chars("#> "));
    let bars: Vec<ProgressBar> = lines
        .iter()
        .map(|(name, jobs)| {
            let bar = bars.add(ProgressBar::new(*jobs)).with_prefix(name.clone());
            match &style {
                Ok(style) => bar.with_style(style.clone()),
                Err(_) => bar,
            }
        })
        .collect();
    let tick = Duration::from_millis(1000 / u64::from(RATE_HZ));
    while ended.recv_timeout(tick) == Err(RecvTimeoutError::Timeout) {
        for (bar, progress) in bars.iter().zip(progress) {
            let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
            let (ok, failed) = (count(&progress.succeeded), count(&progress.failed));
            let running = count(&progress.started).saturating_sub(ok + failed);
            bar.set_position(ok + failed);
            bar.set_message(format!("{ok} ok, {failed} failed, {running} running"));
        }
    }
    for bar in bars {
        bar.finish_and_clear();
    }
}
