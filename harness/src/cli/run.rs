//! `stampede run`: the real world.

use anyhow::Context as _;
use reports::World;

use super::baseline::{Baseline, BaselineArguments};
use super::exit::{Exit, UsageError};
use super::interrupt::Interrupt;
use super::output::{self, Output, Outputs};
use super::select;
use crate::live::Live;
use crate::run::{Outcome, real, report};
use crate::world::real::Endpoint;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// A scenario's name, or the path of its file
    scenario: String,
    /// Run only this contender (repeatable)
    #[arg(long = "contender", value_name = "NAME")]
    contenders: Vec<String>,
    /// The seed of the run, instead of the scenario's first
    #[arg(long)]
    seed: Option<u64>,
    #[arg(short, long = "output", value_name = "FORMAT=PATH", help = output::HELP)]
    outputs: Vec<Output>,
    /// No report on standard output and no progress
    #[arg(short, long)]
    quiet: bool,
    /// End with 97 when an expectation with a confidence is inconclusive
    #[arg(long)]
    strict_evidence: bool,
    #[command(flatten)]
    baseline: BaselineArguments,
    /// Use the STS and token endpoint already running there, instead of a mock per contender
    #[arg(long, value_name = "URL")]
    endpoint: Option<String>,
    /// A host beyond this machine that load may go to; never AWS itself (repeatable)
    #[arg(long, value_name = "HOST")]
    allow_remote: Vec<String>,
    /// A program of your own as one more contender, run once a job against a mock of its own
    #[arg(last = true, value_name = "COMMAND")]
    command: Vec<String>,
}

pub(super) fn main(arguments: &Arguments) -> anyhow::Result<Exit> {
    let mut scenario = select::scenario(&arguments.scenario, &arguments.contenders)?;
    if !arguments.command.is_empty() {
        select::add_command(&mut scenario, &arguments.command);
    }
    let has_commands = scenario.contenders.iter().any(|contender| contender.command.is_some());
    if has_commands && arguments.endpoint.is_some() {
        let why = "programs run against a mock of this run's own: leave --endpoint out";
        return Err(UsageError(why.into()).into());
    }
    let endpoint = arguments
        .endpoint
        .as_deref()
        .map(|url| Endpoint::parse(url, &arguments.allow_remote))
        .transpose()?;
    let baseline = Baseline::prepare(&arguments.baseline, &scenario, World::Real)?;
    let outputs = Outputs::prepare(&arguments.outputs, arguments.quiet)?;
    let interrupt = Interrupt::listen().context("cannot listen for Ctrl-C")?;
    let seed = arguments.seed.unwrap_or(scenario.seeds[0]);
    let own_service = endpoint.is_none();
    let live = Live::start(&scenario, 1, arguments.quiet);
    let options = real::RealOptions { seed, endpoint, stop: interrupt.waiter() };
    let records = real::run(&scenario, live.progress(), &options);
    live.finish();
    let complete = !interrupt.raised();
    let (world, seeds) = (World::Real, vec![seed]);
    let outcome = Outcome { world, complete, seeds, own_service, baseline: baseline.report() };
    let report = report(&scenario, &records?, &outcome);
    outputs.write(&report)?;
    baseline.conclude(&report, arguments.strict_evidence, |told| outputs.say(told))
}
