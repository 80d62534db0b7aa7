//! Where two results part: both runs are made again in virtual time, from the scenarios that their
//! files hold, and followed event by event.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::AtomicBool;

use reports::{RunReport, SeedResult};

use super::{SeedRun, simulate_one};
use crate::record::{Event, Logged, Recorder};
use crate::scenario::{Contender, Scenario, parse};

/// The first differences of two runs of one contender under one seed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Divergence {
    /// The first event that is not the same: in the base and in the head; none where the run is
    /// over.
    pub event: (Option<Logged>, Option<Logged>),
    /// Of the jobs that fared otherwise, the one whose end came first.
    pub job: Option<(Logged, Logged)>,
}

/// Why two runs cannot be followed.
#[derive(Debug, thiserror::Error)]
pub enum CannotFollow {
    /// Written by another version, or by hand.
    #[error("the scenario in {0} is not one that this program reads")]
    Scenario(&'static str),
    /// Left out, or a program of the user's own.
    #[error("the scenario in {0} has no contender {1}")]
    Contender(&'static str, String),
    /// Another version made it.
    #[error("this program does not repeat {side}, which was made by version {version}")]
    NotRepeated {
        /// BASE or HEAD.
        side: &'static str,
        /// What the file says.
        version: String,
    },
    /// It never ends.
    #[error("the run of {0} never lets time pass")]
    Stuck(&'static str),
    /// There is nothing to tell.
    #[error("both runs go the same way")]
    Same,
}

/// Makes both runs again and finds where they part.
///
/// # Errors
/// When a run cannot be made again as its file has it, or when both are the same.
pub fn diverge(
    base: &RunReport,
    head: &RunReport,
    contender: &str,
    seed: u64,
) -> Result<Divergence, CannotFollow> {
    let base = follow("BASE", base, contender, seed)?;
    let head = follow("HEAD", head, contender, seed)?;
    let at = base.iter().zip(&head).take_while(|(a, b)| a == b).count();
    let event = (base.get(at).copied(), head.get(at).copied());
    if event == (None, None) {
        return Err(CannotFollow::Same);
    }
    Ok(Divergence { event, job: first_other_fate(&base, &head) })
}

fn first_other_fate(base: &[Logged], head: &[Logged]) -> Option<(Logged, Logged)> {
    let ends = |log: &[Logged]| -> BTreeMap<u32, Logged> {
        let ends = log.iter().filter(|logged| matches!(logged.event, Event::JobEnded { .. }));
        ends.map(|logged| (logged.tool.job, *logged)).collect()
    };
    let others = ends(head);
    let both = ends(base).into_iter().filter_map(|(job, a)| Some((a, *others.get(&job)?)));
    both.filter(|(a, b)| a.event != b.event).min_by_key(|(a, b)| a.at.min(b.at))
}

/// The events of one run of a file.
fn follow(
    side: &'static str,
    report: &RunReport,
    contender: &str,
    seed: u64,
) -> Result<Vec<Logged>, CannotFollow> {
    let run = repeated(side, report, contender, seed, |_, _| Recorder::logging())?;
    Ok(run.recorder.into_log())
}

/// Makes one run of a file again, in virtual time; it must be the run that the file tells of.
/// `side` is what messages call the file.
///
/// # Errors
/// When it cannot be made again, or does not go the way that the file says.
pub fn repeated(
    side: &'static str,
    report: &RunReport,
    contender: &str,
    seed: u64,
    recorder: impl FnOnce(&Scenario, &Contender) -> Recorder,
) -> Result<SeedRun, CannotFollow> {
    let scenario = parse(side, &report.scenario.text).map_err(|_| CannotFollow::Scenario(side))?;
    let found = scenario.contenders.iter().find(|found| found.name == contender);
    let found = found.filter(|found| found.command.is_none());
    let found = found.ok_or_else(|| CannotFollow::Contender(side, contender.into()))?;
    let run =
        simulate_one(&scenario, found, seed, recorder(&scenario, found), &AtomicBool::new(false))
            .map_err(|_| CannotFollow::Stuck(side))?;
    let told = report.contenders.iter().find(|told| told.name == contender);
    let told: Option<&SeedResult> =
        told.and_then(|told| told.per_seed.iter().find(|told| told.seed == seed));
    let digest = told.and_then(|told| told.digest.clone());
    if digest.is_none_or(|digest| digest != run.recorder.digest.to_string()) {
        let version = report.stampede_version.clone();
        return Err(CannotFollow::NotRepeated { side, version });
    }
    Ok(run)
}

impl fmt::Display for Divergence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let told = |logged: Option<Logged>| logged.map_or("the end".into(), |it| it.to_string());
        let (base, head) = self.event;
        write!(f, "BASE {}; HEAD {}", told(base), told(head))?;
        match &self.job {
            Some((base, head)) => {
                write!(f, "; first job to fare otherwise: BASE {base}; HEAD {head}")
            }
            None => write!(f, "; every job fares as before"),
        }
    }
}
