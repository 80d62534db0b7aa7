//! After a trigger ends, does the fleet recover, how long does it take, or
//! never? A map of load × trigger (Bronson and others, "Metastable Failures in
//! Distributed Systems", HotOS 2021).

use std::fmt::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use mock_sts::config::problem::InvalidFile;
use mock_sts::config::unit::written;
use reports::Timeline;
use serde::{Deserialize, Serialize};

use super::curve::{self, Panel, Series};
use super::draft::{Draft, named};
use super::engine::{Task, run_all};
use super::show::aligned;
use super::value::Value;
use crate::scenario::Scenario;
use crate::world::sim::Stuck;

/// Before the trigger, so that the fleet has found its pace.
const LEAD: Duration = Duration::from_secs(120);
/// What is looked at as one: long enough to hold a few calls.
const WINDOW: Duration = Duration::from_secs(60);
/// A window is as calm as ever when no larger a share of its calls fails than
/// without the trigger, and this much more.
const TOLERANCE: f64 = 0.2;
/// When more than this share of the calls fails without any trigger, the load
/// itself is too much.
const OVERLOAD: f64 = 0.5;
/// When more than this share of the runs never recovers, the fleet is metastable.
const NEVER: f64 = 0.1;

/// What is asked.
#[derive(Clone, Debug)]
pub struct Stability<'a> {
    /// The scenario; its arrivals are replaced.
    pub scenario: &'a Scenario,
    /// `outage` or `key-outage`.
    pub trigger: &'static str,
    /// Jobs a minute.
    pub loads: Vec<Value>,
    /// How long the trigger lasts.
    pub lengths: Vec<Value>,
    /// How long the fleet is watched afterwards.
    pub watch: Duration,
    /// The runs of every cell.
    pub seeds: &'a [u64],
}

/// Where a fleet is on the map.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Region {
    /// All runs are as calm as ever within the first window.
    Stable,
    /// They recover, and it takes time.
    Vulnerable,
    /// The trouble outlives its cause: runs never recover while they are watched.
    Metastable,
    /// The load is too much without a trigger.
    Overloaded,
}

impl Region {
    /// What the map calls it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Stable => "stable",
            Self::Vulnerable => "vulnerable",
            Self::Metastable => "metastable",
            Self::Overloaded => "overloaded",
        }
    }
}

/// One contender under one load after one trigger.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Cell {
    /// The contender's name.
    pub contender: String,
    /// The load, as it was given.
    pub load: String,
    /// How long the trigger lasted, as it was given.
    pub length: String,
    /// Until each run was as calm as ever, in seconds; none where it never was.
    pub recovery_s: Vec<Option<u64>>,
    /// Calls to STS per first call, from the end of the trigger on.
    pub amplification: f64,
    /// The same without the trigger.
    pub calm_amplification: f64,
    /// The share of calls that fail without the trigger.
    pub calm_failing: f64,
}

/// Calls of a stretch of time.
#[derive(Clone, Copy, Default, Debug)]
struct Calls {
    first: u64,
    sent: u64,
    ended: u64,
    failed: u64,
}

impl Calls {
    fn between(timeline: &Timeline, from: Duration, until: Duration) -> Self {
        let (from, until) = (from.as_nanos() as u64, until.as_nanos() as u64);
        let bins = timeline.bins.iter().enumerate();
        let inside = bins.filter(|(index, _)| {
            let middle = *index as u64 * timeline.bin_ns + timeline.bin_ns / 2;
            (from..until).contains(&middle)
        });
        inside.fold(Self::default(), |sum, (_, bin)| {
            let failed = u64::from(bin.throttled) + u64::from(bin.refused) + u64::from(bin.lost);
            Self {
                first: sum.first + u64::from(bin.sent[0]),
                sent: sum.sent + bin.sent.iter().copied().map(u64::from).sum::<u64>(),
                ended: sum.ended + failed + u64::from(bin.granted),
                failed: sum.failed + failed,
            }
        })
    }

    fn failing(&self) -> f64 {
        self.failed as f64 / self.ended.max(1) as f64
    }

    fn amplification(&self) -> f64 {
        self.sent as f64 / self.first.max(1) as f64
    }
}

/// How long after `end` a run was as calm as ever for two windows on end.
fn recovery_s(timeline: &Timeline, end: Duration, watch: Duration, calm: f64) -> Option<u64> {
    let windows = (watch.as_secs() / WINDOW.as_secs()) as u32;
    let is_calm = |number: u32| {
        let from = end + WINDOW * number;
        Calls::between(timeline, from, from + WINDOW).failing() <= calm + TOLERANCE
    };
    let found = (0..windows.saturating_sub(1)).find(|n| is_calm(*n) && is_calm(n + 1));
    found.map(|number| u64::from(number) * WINDOW.as_secs())
}

impl Stability<'_> {
    /// How long every run takes arrivals.
    fn lasts(&self) -> Duration {
        let longest = self.lengths.iter().map(|length| length.number).fold(0.0, f64::max);
        LEAD + Duration::from_secs_f64(longest) + self.watch
    }

    /// A load with a trigger of this length, or with none.
    fn at(&self, load: &Value, length: Option<&Value>) -> Result<Scenario, Box<InvalidFile>> {
        let lasts = self.lasts();
        let mut draft = Draft::of(self.scenario);
        let arrivals = [("rate", load.text.as_str().into()), ("process", "poisson".into())];
        draft.put("fleet.arrivals", named("rate", arrivals));
        draft.put("fleet.jobs", (load.number * lasts.as_secs_f64() / 60.0).ceil().max(1.0) as i64);
        for contender in &self.scenario.contenders {
            draft.remove(&format!("contenders.{}.fleet.jobs", contender.name));
        }
        draft.put("horizon", written(lasts * 2));
        draft.remove("service.faults");
        if let Some(length) = length {
            let end = LEAD + Duration::from_secs_f64(length.number);
            let during = format!("{}..{}", written(LEAD), written(end));
            draft.push("service.faults", named(self.trigger, [("during", during.into())]));
        }
        let mut scenario = draft.check(&self.scenario.name).map_err(Box::new)?;
        let wanted = &self.scenario.contenders;
        scenario.contenders.retain(|c| wanted.iter().any(|known| known.name == c.name));
        Ok(scenario)
    }

    /// The scenarios of every load: calm, and after each trigger.
    ///
    /// # Errors
    /// One of them is no scenario.
    pub fn scenarios(&self) -> Result<Vec<Vec<Scenario>>, Box<InvalidFile>> {
        let of_load = |load: &Value| {
            let lengths = std::iter::once(None).chain(self.lengths.iter().map(Some));
            lengths.map(|length| self.at(load, length)).collect()
        };
        self.loads.iter().map(of_load).collect()
    }

    /// The map; none when stopped.
    ///
    /// # Errors
    /// [`Stuck`] when a strategy never lets time pass.
    pub fn map(
        &self,
        scenarios: &[Vec<Scenario>],
        stop: &AtomicBool,
        tick: &(dyn Fn() + Sync),
    ) -> Result<Option<Vec<Cell>>, Stuck> {
        let mut cells = Vec::new();
        for contender in 0..self.scenario.contenders.len() {
            for (load, scenarios) in self.loads.iter().zip(scenarios) {
                let tasks: Vec<Task<'_>> = scenarios
                    .iter()
                    .map(|scenario| Task { scenario, contender, seeds: self.seeds })
                    .collect();
                let mut timelines: Vec<Vec<Timeline>> = vec![Vec::new(); tasks.len()];
                run_all(&tasks, stop, tick, |task, runs| {
                    timelines[task] = runs.into_iter().map(|run| run.recorder.timeline).collect();
                })?;
                if stop.load(Ordering::Relaxed) {
                    return Ok(None);
                }
                let (calm, troubled) = timelines.split_at(1);
                for (length, troubled) in self.lengths.iter().zip(troubled) {
                    cells.push(self.cell(contender, load, length, &calm[0], troubled));
                }
            }
        }
        Ok(Some(cells))
    }

    fn cell(
        &self,
        contender: usize,
        load: &Value,
        length: &Value,
        calm: &[Timeline],
        troubled: &[Timeline],
    ) -> Cell {
        let end = LEAD + Duration::from_secs_f64(length.number);
        let until = end + self.watch;
        let pooled = |timelines: &[Timeline]| {
            let mut sum = Timeline::default();
            timelines.iter().for_each(|timeline| sum.merge(timeline));
            Calls::between(&sum, end, until)
        };
        let calm_calls = pooled(calm);
        let recovered = troubled
            .iter()
            .map(|timeline| recovery_s(timeline, end, self.watch, calm_calls.failing()));
        Cell {
            contender: self.scenario.contenders[contender].name.clone(),
            load: load.text.clone(),
            length: length.text.clone(),
            recovery_s: recovered.collect(),
            amplification: pooled(troubled).amplification(),
            calm_amplification: calm_calls.amplification(),
            calm_failing: calm_calls.failing(),
        }
    }

    /// The map as text: a block a contender.
    #[must_use]
    pub fn text(&self, cells: &[Cell]) -> String {
        let mut text = format!(
            "stability of {} after a {} of so long, at so many jobs a minute\n",
            self.scenario.name, self.trigger
        );
        let _ = writeln!(
            text,
            "simulated, {} seeds a cell, watched for {} after the trigger",
            self.seeds.len(),
            written(self.watch)
        );
        for contender in &self.scenario.contenders {
            let mut rows = vec![vec!["load".to_owned()]];
            rows[0].extend(self.lengths.iter().map(|length| length.text.clone()));
            for load in &self.loads {
                let mut row = vec![load.text.clone()];
                let of_row =
                    |cell: &&Cell| cell.contender == contender.name && cell.load == load.text;
                row.extend(cells.iter().filter(of_row).map(Cell::words));
                rows.push(row);
            }
            let _ = write!(text, "\n{}\n{}", contender.name, aligned(&rows, 1));
        }
        text.push_str(
            "\nstable: as calm as ever within a minute. A time: until most runs are (vulnerable).\n\
             never: more than one run in ten is not while it is watched (metastable).\n\
             overloaded: more than half of the calls fail without any trigger.\n\
             ×: calls to STS per first call after the trigger\n",
        );
        text
    }

    /// How many runs never recover, over the load: a line a length, a panel a contender.
    ///
    /// # Errors
    /// Drawing failed.
    pub fn svg(&self, cells: &[Cell]) -> Result<String, String> {
        let panels: Vec<Panel> = self
            .scenario
            .contenders
            .iter()
            .map(|contender| Panel {
                title: contender.name.clone(),
                x: "jobs a minute".into(),
                y: "runs that never recover, %".into(),
                log_x: false,
                top: Some(100.0),
                series: self
                    .lengths
                    .iter()
                    .map(|length| self.line(cells, &contender.name, length))
                    .collect(),
            })
            .collect();
        curve::svg(&format!("{} after a {}", self.scenario.name, self.trigger), &panels)
    }

    fn line(&self, cells: &[Cell], contender: &str, length: &Value) -> Series {
        let point = |load: &Value| {
            let here = |cell: &&Cell| {
                cell.contender == contender && cell.load == load.text && cell.length == length.text
            };
            cells.iter().find(here).map(|cell| (load.number, cell.never() * 100.0))
        };
        let points = self.loads.iter().filter_map(point).collect();
        Series { name: length.text.clone(), points, joined: true }
    }
}

impl Cell {
    /// The share of runs that never recover.
    #[must_use]
    pub fn never(&self) -> f64 {
        let never = self.recovery_s.iter().filter(|recovery| recovery.is_none()).count();
        never as f64 / self.recovery_s.len().max(1) as f64
    }

    /// The median recovery, never being later than any.
    fn median_s(&self) -> Option<u64> {
        let mut times: Vec<u64> = self.recovery_s.iter().map(|r| r.unwrap_or(u64::MAX)).collect();
        times.sort_unstable();
        times.get(times.len() / 2).copied().filter(|time| *time < u64::MAX)
    }

    /// Where that is on the map.
    #[must_use]
    pub fn region(&self) -> Region {
        if self.calm_failing > OVERLOAD {
            Region::Overloaded
        } else if self.never() > NEVER {
            Region::Metastable
        } else if self.recovery_s.iter().all(|recovery| *recovery == Some(0)) {
            Region::Stable
        } else {
            Region::Vulnerable
        }
    }

    fn words(&self) -> String {
        let state = match self.region() {
            Region::Stable | Region::Overloaded => self.region().name().to_owned(),
            Region::Metastable => {
                let never = self.recovery_s.iter().filter(|recovery| recovery.is_none()).count();
                format!("never in {never} of {}", self.recovery_s.len())
            }
            Region::Vulnerable => match self.median_s() {
                Some(0) => "≤ 1m in most".into(),
                Some(seconds) => written(Duration::from_secs(seconds)),
                None => "never".into(),
            },
        };
        format!("{state} ×{:.1}", self.amplification)
    }
}

/// A row a cell.
#[must_use]
pub fn csv(cells: &[Cell]) -> String {
    let mut text = String::from(
        "contender,load,trigger,region,runs,runs_never_recovered,median_recovery_s,\
         amplification,calm_amplification,calm_failing\n",
    );
    for cell in cells {
        let never = cell.recovery_s.iter().filter(|recovery| recovery.is_none()).count();
        let _ = writeln!(
            text,
            "{},{},{},{},{},{never},{},{:.4},{:.4},{:.4}",
            cell.contender,
            cell.load,
            cell.length,
            cell.region().name(),
            cell.recovery_s.len(),
            cell.median_s().map_or(String::new(), |s| s.to_string()),
            cell.amplification,
            cell.calm_amplification,
            cell.calm_failing
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use reports::CallEnd;

    /// A call a second, which fails from `from` to `until`.
    fn timeline(from: u64, until: u64) -> Timeline {
        let mut timeline = Timeline::default();
        for second in 0..600 {
            let at = second * 1_000_000_000;
            let failing = (from..until).contains(&second);
            timeline.call_sent(at, if failing { 2 } else { 1 });
            timeline.call_ended(at, if failing { CallEnd::Refused } else { CallEnd::Granted });
        }
        timeline
    }

    #[test]
    fn recovery_is_when_it_is_as_calm_as_ever() {
        let (end, watch) = (Duration::from_secs(120), Duration::from_secs(420));
        let after = |until| recovery_s(&timeline(60, until), end, watch, 0.0);
        assert_eq!(after(120), Some(0));
        assert_eq!(after(290), Some(180), "the window from 240 to 300 s is not calm");
        assert_eq!(after(600), None);
        assert_eq!(recovery_s(&timeline(60, 600), end, watch, 0.9), Some(0), "it always was so");
    }

    #[test]
    fn retries_are_counted_against_first_calls() {
        let calls = Calls::between(&timeline(60, 120), Duration::ZERO, Duration::from_secs(120));
        assert_eq!((calls.first, calls.sent, calls.failed), (60, 120, 60));
        assert_eq!((calls.failing(), calls.amplification()), (0.5, 2.0));
    }
}
