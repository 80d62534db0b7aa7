//! How many jobs may start at once, and how many a minute, before too many runs
//! lose one: an answer for each contender.

use std::fmt::Write as _;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use mock_sts::config::unit::written;
use serde::Serialize;

use super::breaking::{BreakingError, BreakingPoint, Question};
use super::curve::{self, Panel, Series};
use super::draft::{Draft, named};
use super::probe::{Bound, Probe};
use super::show::{aligned, proportion};
use super::strain::Strain;
use crate::scenario::Scenario;

/// What is asked of every contender.
#[derive(Clone, Debug)]
pub struct Plan<'a> {
    /// The scenario; its arrivals are replaced.
    pub scenario: &'a Scenario,
    /// The runs of every level.
    pub seeds: &'a [u64],
    /// What must be kept.
    pub bound: Bound,
    /// More jobs are not tried.
    pub most_jobs: u32,
    /// Jobs that start at once start within this time.
    pub within: Duration,
    /// A steady rate lasts for so many minutes.
    pub minutes: u32,
}

/// The two answers about one contender.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Planned {
    /// Its name.
    pub contender: String,
    /// Jobs that start together.
    pub at_once: BreakingPoint,
    /// Jobs a minute.
    pub per_minute: BreakingPoint,
}

impl Plan<'_> {
    /// The scenarios whose jobs come at once and at a rate.
    ///
    /// # Errors
    /// One of them is no scenario.
    pub fn loads(&self) -> Result<[Scenario; 2], BreakingError> {
        let arrivals = [
            named("burst", [("at", "0s".into()), ("spread", written(self.within).into())]),
            named("rate", [("rate", "1/m".into()), ("process", "poisson".into())]),
        ];
        let [burst, rate] = arrivals.map(|arrivals| {
            let mut draft = Draft::of(self.scenario);
            draft.put("fleet.arrivals", arrivals);
            draft.put("fleet.jobs", 1);
            for contender in &self.scenario.contenders {
                draft.remove(&format!("contenders.{}.fleet.jobs", contender.name));
            }
            draft
                .check(&self.scenario.name)
                .map_err(|invalid| BreakingError::Invalid(Box::new(invalid)))
        });
        Ok([burst?, rate?])
    }

    /// The answers about the contender called `name`; none when stopped.
    ///
    /// # Errors
    /// A level makes no scenario, or a strategy is stuck.
    pub fn answer(
        &self,
        loads: &[Scenario; 2],
        name: &str,
        stop: &AtomicBool,
    ) -> Result<Option<Planned>, BreakingError> {
        let ask = |scenario: &Scenario, strain| {
            let Some(contender) = scenario.contenders.iter().find(|c| c.name == name) else {
                return Ok(None);
            };
            let question = Question {
                scenario,
                contender,
                seeds: self.seeds,
                bound: self.bound,
                most_jobs: self.most_jobs,
                whole: true,
            };
            question.answer(strain, stop)
        };
        let Some(at_once) = ask(&loads[0], Strain::Jobs)? else { return Ok(None) };
        let per_minute = ask(&loads[1], Strain::PerMinute(self.minutes))?;
        let contender = name.to_owned();
        Ok(per_minute.map(|per_minute| Planned { contender, at_once, per_minute }))
    }
}

/// The answers as text.
#[must_use]
pub fn table(plan: &Plan<'_>, answers: &[Planned], complete: bool) -> String {
    let mut text = format!("plan for {}: jobs while {}\n", plan.scenario.name, plan.bound.words());
    let _ = writeln!(text, "simulated, {} seeds for every level", plan.seeds.len());
    let at_once = format!("AT ONCE, WITHIN {}", written(plan.within).to_uppercase());
    let steady = format!("A MINUTE, FOR {} MINUTES", plan.minutes);
    let of = |title: &str, pick: &dyn Fn(&Planned) -> &BreakingPoint| {
        let head = ["contender", "jobs", "P(any job fails) [95 %]", "too many", "P there [95 %]"];
        let mut rows = vec![head.map(str::to_owned).to_vec()];
        for answer in answers {
            let point = pick(answer);
            let jobs = match (&point.holds, &point.breaks) {
                (Some(held), None) => format!("≥ {}", held.level),
                (Some(held), Some(_)) => held.level.to_string(),
                (None, _) => "none".into(),
            };
            let chance = |probe: &Option<Probe>| {
                probe.as_ref().map_or("–".into(), |probe| proportion(&probe.any_failure()))
            };
            let broke = point.breaks.as_ref().map_or("–".into(), |broke| broke.level.to_string());
            let (held, there) = (chance(&point.holds), chance(&point.breaks));
            rows.push(vec![answer.contender.clone(), jobs, held, broke, there]);
        }
        format!("\n{title}\n{}", aligned(&rows, 1))
    };
    text += &of(&at_once, &|answer| &answer.at_once);
    text += &of(&steady, &|answer| &answer.per_minute);
    text.push_str("\nthe estimate keeps the bound, its interval says how far off it may be\n");
    if !complete {
        text.push_str("interrupted: contenders that were not finished are left out\n");
    }
    text
}

/// A row per contender, load and level that was tried.
#[must_use]
pub fn csv(answers: &[Planned]) -> String {
    let mut text = String::from(
        "contender,load,jobs,seeds,runs_with_failures,any_failure_low,any_failure_high,\
         jobs_planned,jobs_succeeded,calls,keeps_the_bound\n",
    );
    for answer in answers {
        for (load, point) in [("at-once", &answer.at_once), ("per-minute", &answer.per_minute)] {
            for probe in &point.tried {
                let interval = probe.any_failure().interval();
                let end = |end: Option<f64>| end.map_or(String::new(), |end| format!("{end:.6}"));
                let _ = writeln!(
                    text,
                    "{},{load},{},{},{},{},{},{},{},{},{}",
                    answer.contender,
                    probe.level,
                    probe.runs,
                    probe.runs_with_failures,
                    end(interval.map(|i| i.low)),
                    end(interval.map(|i| i.high)),
                    probe.jobs.total,
                    probe.jobs.succeeded,
                    probe.calls,
                    !probe.broken
                );
            }
        }
    }
    text
}

/// The curves: how P(any job fails) grows with the load.
///
/// # Errors
/// Drawing failed.
pub fn svg(plan: &Plan<'_>, answers: &[Planned]) -> Result<String, String> {
    let panel = |title: String, x: &str, pick: &dyn Fn(&Planned) -> &BreakingPoint| Panel {
        title,
        x: x.into(),
        y: "runs that lose a job, %".into(),
        log_x: true,
        top: Some(100.0),
        series: answers
            .iter()
            .map(|answer| Series {
                name: answer.contender.clone(),
                points: pick(answer)
                    .tried
                    .iter()
                    .map(|probe| (probe.level, probe.any_failure().rate().unwrap_or(0.0) * 100.0))
                    .collect(),
                joined: true,
            })
            .collect(),
    };
    let at_once =
        panel(format!("at once, within {}", written(plan.within)), "jobs", &|a| &a.at_once);
    let steady =
        panel(format!("steadily for {} min", plan.minutes), "jobs a minute", &|a| &a.per_minute);
    curve::svg(&format!("{}: how many jobs it takes", plan.scenario.name), &[at_once, steady])
}
