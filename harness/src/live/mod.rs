//! A live view of a run, by a thread of its own that only reads counters, ten times a second: on a
//! terminal a line per contender, redrawn; elsewhere a line of text every five seconds; and a page
//! on loopback where somebody asks for one.

mod page;
mod sample;
mod terminal;

use std::io::IsTerminal as _;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;

pub use self::page::LivePage;
use self::page::Shown;
use self::sample::{EVERY, One, Sampler, View};
use self::terminal::{Screen, so_far};
use crate::record::Progress;
use crate::scenario::Scenario;

/// The live view, if there is anybody to show it to.
#[derive(Debug)]
pub struct Live {
    progress: Vec<Arc<Progress>>,
    view: Option<(Sender<()>, JoinHandle<()>)>,
}

impl Live {
    /// Starts the view on standard error; nothing is shown when `quiet`.
    #[must_use]
    pub fn start(scenario: &Scenario, seeds: u64, quiet: bool) -> Self {
        Self::start_with(scenario, seeds, quiet, None)
    }

    /// The same, and on a page.
    #[must_use]
    pub fn start_with(
        scenario: &Scenario,
        seeds: u64,
        quiet: bool,
        page: Option<LivePage>,
    ) -> Self {
        let contenders = scenario.contenders.iter();
        let progress: Vec<Arc<Progress>> = contenders.map(|_| Arc::default()).collect();
        if quiet && page.is_none() {
            return Self { progress, view: None };
        }
        let lines: Vec<(String, u64)> = scenario
            .contenders
            .iter()
            .map(|contender| (contender.name.clone(), u64::from(contender.jobs) * seeds))
            .collect();
        let watched = lines.clone().into_iter().zip(progress.clone());
        let sampler = Sampler::new(watched.map(|((name, jobs), of)| (name, jobs, of)));
        let shown = page.map(LivePage::serve);
        let (end, ended) = channel();
        let to = match (quiet, std::io::stderr().is_terminal()) {
            (true, _) => To::Nobody,
            (false, true) => To::Screen,
            (false, false) => To::Lines,
        };
        let drawing = std::thread::spawn(move || show(sampler, &lines, to, shown.as_ref(), &ended));
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

/// Who sees standard error.
#[derive(Clone, Copy)]
enum To {
    Nobody,
    Screen,
    Lines,
}

/// Looks between two lines where there is no terminal: five seconds.
const LOOKS_PER_LINE: u64 = 50;

fn show(
    mut sampler: Sampler,
    lines: &[(String, u64)],
    to: To,
    page: Option<&Shown>,
    ended: &Receiver<()>,
) {
    let screen = matches!(to, To::Screen).then(|| Screen::new(lines));
    let mut looks = 0;
    loop {
        let over = ended.recv_timeout(EVERY) != Err(RecvTimeoutError::Timeout);
        let view = sampler.look(over);
        if let Some(page) = page {
            page.show(&view);
        }
        if over {
            break;
        }
        looks += 1;
        match &screen {
            Some(screen) => screen.show(&view),
            None if matches!(to, To::Lines) && looks % LOOKS_PER_LINE == 0 => {
                anstream::eprintln!("{}", line(looks / (LOOKS_PER_LINE / 5), &view));
            }
            None => {}
        }
    }
    if let Some(screen) = screen {
        screen.clear();
    }
}

/// Contenders that a line has room for.
const NAMED: usize = 8;

/// `5 s  naive 12/20 jobs, 75.0% ok [46.8, 91.1], 3 failed, 4 calls/s · cached 20/20 jobs, …`.
fn line(seconds: u64, view: &View) -> String {
    if view.contenders.len() > NAMED {
        return format!("{seconds} s  {}", summed(&view.contenders));
    }
    let told = view.contenders.iter().map(|one| {
        let ended = one.succeeded + one.failed;
        let rate =
            if one.sent > 0 { format!(", {} calls/s", one.calls_per_s) } else { String::new() };
        format!("{} {ended}/{} jobs, {}{rate}", one.name, one.jobs, so_far(one))
    });
    format!("{seconds} s  {}", told.collect::<Vec<_>>().join(" · "))
}

/// `940/2400 jobs of 12 contenders, 59 failed, 120 calls/s; most failed: naive 40, retried 19`.
fn summed(contenders: &[One]) -> String {
    let sum = |of: fn(&One) -> u64| contenders.iter().map(of).sum::<u64>();
    let mut text = format!(
        "{}/{} jobs of {} contenders, {} failed, {} calls/s",
        sum(|one| one.succeeded + one.failed),
        sum(|one| one.jobs),
        contenders.len(),
        sum(|one| one.failed),
        sum(|one| one.calls_per_s),
    );
    let mut failing: Vec<&One> = contenders.iter().filter(|one| one.failed > 0).collect();
    failing.sort_by_key(|one| std::cmp::Reverse(one.failed));
    failing.truncate(3);
    if !failing.is_empty() {
        let worst = failing.iter().map(|one| format!("{} {}", one.name, one.failed));
        text += &format!("; most failed: {}", worst.collect::<Vec<_>>().join(", "));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(number: u64) -> One {
        One {
            name: format!("c{number}"),
            jobs: 20,
            started: 20,
            succeeded: 20 - number,
            failed: number,
            success: None,
            sent: 20,
            calls_per_s: 2,
            granted: 0,
            throttled: 0,
            refused: 0,
            lost: 0,
            herd: Vec::new(),
            bucket: None,
            last_errors: Vec::new(),
        }
    }

    #[test]
    fn a_line_names_few_contenders_and_sums_many() {
        let view =
            |many| View { elapsed_ms: 0, done: false, contenders: (0..many).map(one).collect() };
        let few = line(5, &view(2));
        assert_eq!(
            few,
            "5 s  c0 20/20 jobs, 0 running, 2 calls/s · c1 20/20 jobs, 0 running, 2 calls/s"
        );
        let many = line(10, &view(9));
        assert_eq!(
            many,
            "10 s  180/180 jobs of 9 contenders, 36 failed, 18 calls/s; most failed: c8 8, c7 7, c6 6"
        );
    }
}
