//! `stampede simulate`: virtual time.

use anyhow::Context as _;
use reports::World;

use super::baseline::{Baseline, BaselineArguments};
use super::exit::Exit;
use super::interrupt::Interrupt;
use super::output::OutputArguments;
use super::select;
use crate::live::Live;
use crate::record::AttemptLog;
use crate::run::{Outcome, SimOptions, report, simulate_as};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// A scenario's name, or the path of its file
    scenario: String,
    /// Run only this contender (repeatable)
    #[arg(long = "contender", value_name = "NAME")]
    contenders: Vec<String>,
    /// One seed, instead of the scenario's
    #[arg(long, conflicts_with = "seeds")]
    seed: Option<u64>,
    /// A range of seeds such as 1..200, instead of the scenario's
    #[arg(long, value_name = "FIRST..LAST")]
    seeds: Option<String>,
    #[command(flatten)]
    output: OutputArguments,
    /// No report on standard output and no progress
    #[arg(short, long)]
    quiet: bool,
    /// End with 97 when an expectation with a confidence is inconclusive
    #[arg(long)]
    strict_evidence: bool,
    #[command(flatten)]
    baseline: BaselineArguments,
}

pub(super) fn main(arguments: &Arguments) -> anyhow::Result<Exit> {
    let mut scenario = select::scenario(&arguments.scenario, &arguments.contenders)?;
    if let Some(seed) = arguments.seed {
        scenario.seeds = vec![seed];
    }
    if let Some(range) = &arguments.seeds {
        scenario.seeds = select::seeds_argument(range)?;
    }
    let left_out = select::without_commands(&mut scenario)?;
    let baseline =
        Baseline::prepare(&arguments.baseline, &scenario, &scenario.seeds, World::Simulated)?;
    let outputs = arguments.output.prepare(arguments.quiet)?;
    let lines = outputs.attempts()?.map(AttemptLog::gathering);
    let interrupt = Interrupt::listen().context("cannot listen for Ctrl-C")?;
    let live = Live::start(&scenario, scenario.seeds.len() as u64, arguments.quiet);
    let (progress, stop) = (live.progress(), interrupt.flag());
    let options = SimOptions { progress, stop, lines: lines.clone() };
    let simulated = simulate_as(&scenario, &options);
    live.finish();
    let simulated = simulated?;
    let outcome = Outcome {
        world: World::Simulated,
        machine: None,
        complete: !interrupt.raised(),
        ended_early: simulated.ended_early,
        seeds: scenario.seeds[..simulated.seeds].to_vec(),
        own_service: true,
        baseline: baseline.report(),
    };
    let mut report = report(&scenario, &simulated.records, &outcome);
    report.notes.extend(left_out);
    outputs.write(&report)?;
    if let Some(lines) = lines {
        outputs.attempts_written(lines.finish())?;
    }
    baseline.conclude(&report, arguments.strict_evidence, |told| outputs.say(told))
}
