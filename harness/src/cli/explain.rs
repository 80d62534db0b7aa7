//! `stampede explain`: one job's story.

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::exit::{Exit, UsageError};
use super::{output, select};
use crate::policy::Policy;
use crate::record::{Recorder, Tale};
use crate::run::simulate_one;
use crate::scenario::{Contender, Scenario};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// A scenario's name, or the path of its file
    scenario: String,
    /// The job, from 0
    job: u32,
    /// Only under this contender (repeatable)
    #[arg(long = "contender", value_name = "NAME")]
    contenders: Vec<String>,
    /// The seed of the run, instead of the scenario's first
    #[arg(long)]
    seed: Option<u64>,
}

pub(super) fn main(arguments: &Arguments) -> anyhow::Result<Exit> {
    let scenario = select::simulated(&arguments.scenario, &arguments.contenders)?;
    let jobs = scenario.contenders.iter().map(|contender| contender.jobs).min().unwrap_or(0);
    if arguments.job >= jobs {
        return Err(UsageError(format!(
            "there is no job {}: {} has jobs 0 to {}",
            arguments.job,
            scenario.name,
            jobs.saturating_sub(1)
        ))
        .into());
    }
    let seed = arguments.seed.unwrap_or(scenario.seeds[0]);
    let mut text = format!("{}, job {}, seed {seed}, simulated\n", scenario.name, arguments.job);
    for contender in &scenario.contenders {
        text += &story(&scenario, contender, seed, arguments.job)?;
    }
    output::print(&text);
    Ok(Exit::Pass)
}

fn story(
    scenario: &Scenario,
    contender: &Contender,
    seed: u64,
    job: u32,
) -> anyhow::Result<String> {
    let policy: Arc<dyn Policy> = Arc::from(contender.policy.build());
    let mut text = format!("\n{}: {}\n", contender.name, contender.describe_strategy());
    let _ = writeln!(text, "after a failed call: {}", contender.describe_policy());
    let recorder = Recorder::telling(Tale::new(job, policy));
    let stop = AtomicBool::new(false);
    let mut recorder = simulate_one(scenario, contender, seed, recorder, &stop)?.recorder;
    let Some(tale) = recorder.tale() else { return Ok(text) };
    for line in tale.told() {
        let _ = writeln!(text, "  {line}");
    }
    if !tale.has_calls() {
        text += "  it makes no call of its own: what it has, it has from a broker or another job\n";
    }
    Ok(text)
}
