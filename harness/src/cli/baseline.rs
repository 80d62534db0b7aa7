//! `--baseline` and `--save-baseline`: the result file that a run is held against.

use std::path::PathBuf;

use anstream::eprintln;
use reports::compare::{Comparison, Judgement, compare};
use reports::render::json;
use reports::{RunReport, RunVerdict, World};

use super::compare::first_difference;
use super::exit::{Exit, UsageError};
use super::output::{self, OutputError};
use super::report::{name, read};
use crate::scenario::Scenario;

#[derive(Debug, clap::Args)]
pub(super) struct BaselineArguments {
    /// Compare with this result file after the run, and end with 98 when something is worse
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Keep the result there as a baseline, if the run is whole, passes and is no worse
    #[arg(long, value_name = "FILE")]
    save_baseline: Option<PathBuf>,
    /// Compare with a baseline of another scenario, seed by seed
    #[arg(long, requires = "baseline")]
    allow_different_scenario: bool,
}

/// What a run is held against, read and found fit before it starts.
pub(super) struct Baseline<'a> {
    arguments: &'a BaselineArguments,
    report: Option<RunReport>,
}

impl<'a> Baseline<'a> {
    /// Reads the baseline of a run of these seeds, and checks that the new one can be written.
    pub(super) fn prepare(
        arguments: &'a BaselineArguments,
        scenario: &Scenario,
        seeds: &[u64],
        world: World,
    ) -> anyhow::Result<Self> {
        if let Some(path) = &arguments.save_baseline {
            output::try_out(path)
                .map_err(|source| OutputError::Unwritable { path: path.clone(), source })?;
        }
        let Some(path) = &arguments.baseline else { return Ok(Self { arguments, report: None }) };
        let report = read(path)?;
        let refuse = |why: &str| {
            Err(UsageError(format!("cannot compare with {}: {why}", name(path))).into())
        };
        if report.world != world {
            return refuse("it is of the other world: `run` and `simulate` need one each");
        }
        if !report.complete {
            return refuse("that run was interrupted: make a baseline of a whole one");
        }
        if report.scenario.text != scenario.text && !arguments.allow_different_scenario {
            return refuse(&format!(
                "it ran scenario {} ({}) and this is {} ({}): say --allow-different-scenario if \
                 the change is the point",
                report.scenario.name, report.scenario.hash, scenario.name, scenario.hash
            ));
        }
        let is_run = |name: &str| scenario.contenders.iter().any(|it| it.name == name);
        if let Some(left_out) = report.contenders.iter().find(|it| !is_run(&it.name)) {
            return refuse(&format!(
                "it has contender {}, which is not run: run it too, or make a baseline without it",
                left_out.name
            ));
        }
        if !report.seeds.iter().any(|seed| seeds.contains(seed)) {
            let ran = report.seed_ranges();
            return refuse(&format!(
                "it ran seeds {ran}, and none of these is run: pairs of runs are compared, so use \
                 the same --seeds"
            ));
        }
        Ok(Self { arguments, report: Some(report) })
    }

    /// The result that expectations may speak of.
    pub(super) fn report(&self) -> Option<&RunReport> {
        self.report.as_ref()
    }

    /// Says what became of the run beside its baseline, keeps it if it is fit to be one, and how
    /// the process ends.
    pub(super) fn conclude(
        &self,
        report: &RunReport,
        strict: bool,
        say: impl Fn(&str),
    ) -> anyhow::Result<Exit> {
        let own = Exit::of(report, strict);
        let judged = matches!(own, Exit::Pass | Exit::Inconclusive | Exit::ExpectationFailed);
        let comparison = match &self.report {
            Some(base) if judged && report.complete => {
                let found = compare(base, report, self.arguments.allow_different_scenario);
                Some(found.map_err(|refusal| UsageError(refusal.to_string()))?)
            }
            _ => None,
        };
        let verdict = comparison.as_ref().map(Comparison::verdict);
        if let (Some(comparison), Some(base)) = (&comparison, &self.report) {
            say(&told(comparison, base, report));
        }
        self.save(report, verdict)?;
        Ok(match (own, verdict) {
            (Exit::Pass | Exit::Inconclusive, Some(Judgement::Worse)) => Exit::Regression,
            (Exit::Pass, Some(Judgement::Inconclusive)) if strict => Exit::Inconclusive,
            (own, _) => own,
        })
    }

    fn save(&self, report: &RunReport, verdict: Option<Judgement>) -> Result<(), OutputError> {
        let Some(path) = &self.arguments.save_baseline else { return Ok(()) };
        let why_not = match (report.verdict(), verdict) {
            (RunVerdict::Broken, _) => "the run contradicts itself",
            (RunVerdict::Interrupted, _) => "the run was interrupted",
            (RunVerdict::Failed | RunVerdict::NoData, _) => "the run failed",
            (_, Some(Judgement::Worse)) => "the run is worse than the one before",
            _ => {
                return output::replace(path, &json::render(report))
                    .map_err(|source| OutputError::Lost { path: path.clone(), source });
            }
        };
        eprintln!("no baseline was saved to {}: {why_not}", path.display());
        Ok(())
    }
}

fn told(comparison: &Comparison, base: &RunReport, head: &RunReport) -> String {
    let mut lines = comparison.lines();
    lines[0] = format!("against the baseline: {}", lines[0]);
    lines.extend(first_difference(comparison, base, head));
    lines.join("\n") + "\n"
}
