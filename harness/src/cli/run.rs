//! `stampede run`: the real world.

use anyhow::Context as _;
use reports::World;

use super::baseline::{Baseline, BaselineArguments};
use super::exit::{Exit, UsageError};
use super::interrupt::Interrupt;
use super::output::OutputArguments;
use super::select;
use crate::live::{Live, LivePage};
use crate::record::AttemptLog;
use crate::run::{ContenderRecord, Outcome, real, report};
use crate::scenario::Scenario;
use crate::world::real::{Endpoint, machine};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// A scenario's name, or the path of its file
    scenario: String,
    /// Run only this contender (repeatable)
    #[arg(long = "contender", value_name = "NAME")]
    contenders: Vec<String>,
    /// The seed of the run, instead of the scenario's first
    #[arg(long, conflicts_with = "seeds")]
    seed: Option<u64>,
    /// A range of seeds such as 1..12: one run each, one after the other
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
    /// Show the run as it goes on a page of this machine, at this port (0: any that is free)
    #[arg(long, value_name = "PORT")]
    live: Option<u16>,
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
    let endpoint = endpoint(arguments, &scenario)?;
    let seeds = match (&arguments.seeds, arguments.seed) {
        (Some(range), _) => select::seeds_argument(range)?,
        (None, seed) => vec![seed.unwrap_or(scenario.seeds[0])],
    };
    let baseline = Baseline::prepare(&arguments.baseline, &scenario, &seeds, World::Real)?;
    let outputs = arguments.output.prepare(arguments.quiet)?;
    let lines = outputs.attempts()?.map(AttemptLog::at_once);
    let interrupt = Interrupt::listen().context("cannot listen for Ctrl-C")?;
    let own_service = endpoint.is_none();
    let page = arguments.live.map(live_page).transpose()?;
    let live = Live::start_with(&scenario, seeds.len() as u64, arguments.quiet, page);
    let mut options = real::RealOptions::new(seeds[0], endpoint, interrupt.waiter());
    options.lines = lines.clone();
    options.runs = seeds.len() as u64;
    let records = one_after_the_other(&scenario, &live, &seeds, &mut options, &interrupt);
    live.finish();
    let records = records?;
    let complete = !interrupt.raised();
    // Those that an interrupt left out were not run.
    let ran = records.first().map_or(0, |record| record.per_seed.len());
    let (world, seeds) = (World::Real, seeds[..ran.min(seeds.len())].to_vec());
    let ended_early = options.ended_early.get().cloned();
    let outcome = Outcome {
        world,
        machine: Some(machine()),
        complete,
        ended_early,
        seeds,
        own_service,
        baseline: baseline.report(),
    };
    let report = report(&scenario, &records, &outcome);
    outputs.write(&report)?;
    if let Some(lines) = lines {
        outputs.attempts_written(lines.finish())?;
    }
    baseline.conclude(&report, arguments.strict_evidence, |told| outputs.say(told))
}

/// Somebody else's service, where one is named.
fn endpoint(arguments: &Arguments, scenario: &Scenario) -> anyhow::Result<Option<Endpoint>> {
    let has_commands = scenario.contenders.iter().any(|contender| contender.command.is_some());
    if has_commands && arguments.endpoint.is_some() {
        let why = "programs run against a mock of this run's own: leave --endpoint out";
        return Err(UsageError(why.into()).into());
    }
    let endpoint = arguments.endpoint.as_deref();
    Ok(endpoint.map(|url| Endpoint::parse(url, &arguments.allow_remote)).transpose()?)
}

/// The page to watch the run on, and where it is.
fn live_page(port: u16) -> Result<LivePage, UsageError> {
    let page = LivePage::bind(port).map_err(|error| {
        UsageError(format!(
            "cannot show the run at port {port} of this machine: {error}; choose another port, or \
             --live 0 for any that is free; nothing was run"
        ))
    })?;
    anstream::eprintln!("live: http://{}/", page.address());
    Ok(page)
}

/// A run for each seed, until interrupted or beyond hope; the first in any case.
fn one_after_the_other(
    scenario: &Scenario,
    live: &Live,
    seeds: &[u64],
    options: &mut real::RealOptions,
    interrupt: &Interrupt,
) -> anyhow::Result<Vec<ContenderRecord>> {
    let mut all: Vec<ContenderRecord> = Vec::new();
    for &seed in seeds {
        // A run may be over before anybody has looked.
        let over = interrupt.raised() || options.beyond_hope(scenario, live.progress());
        if !all.is_empty() && over {
            break;
        }
        options.seed = seed;
        let mut records = real::run(scenario, live.progress(), options)?;
        if seeds.len() > 1 {
            for note in records.iter_mut().flat_map(|record| &mut record.notes) {
                *note = format!("seed {seed}: {note}");
            }
        }
        if all.is_empty() {
            all = records;
        } else {
            all.iter_mut().zip(records).for_each(|(record, further)| record.append(further));
        }
    }
    Ok(all)
}
