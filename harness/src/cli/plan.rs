//! `stampede plan`: how many jobs may start at once, and how many a minute.

use anyhow::Context as _;
use mock_sts::config::unit::parse_duration;

use super::bound::BoundArguments;
use super::exit::{Exit, UsageError};
use super::interrupt::Interrupt;
use super::results::ResultArguments;
use super::select;
use crate::tune::planning::{self, Plan, Planned};
use crate::tune::progress::bar;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// A scenario's name, or the path of its file
    scenario: String,
    /// Ask about this contender only (repeatable)
    #[arg(long = "contender", value_name = "NAME")]
    contenders: Vec<String>,
    #[command(flatten)]
    bound: BoundArguments,
    /// The seeds of the runs, the same at every level
    #[arg(long, value_name = "FIRST..LAST", default_value = "1..200")]
    seeds: String,
    /// More jobs at once, or a minute, are not tried
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    up_to: u32,
    /// Jobs that start at once start within this time
    #[arg(long, value_name = "TIME", default_value = "1s")]
    within: String,
    /// How many minutes a steady rate lasts
    #[arg(long, value_name = "MINUTES", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=1440))]
    minutes: u32,
    #[command(flatten)]
    results: ResultArguments,
}

pub(super) fn main(arguments: &Arguments) -> anyhow::Result<Exit> {
    let scenario = select::simulated(&arguments.scenario, &arguments.contenders)?;
    let seeds = select::seeds_argument(&arguments.seeds)?;
    let within = parse_duration(&arguments.within)
        .filter(|within| *within < scenario.horizon)
        .ok_or_else(|| {
            UsageError(format!(
                "--within {}: expected a time shorter than the scenario's horizon, such as 500ms",
                arguments.within
            ))
        })?;
    let plan = Plan {
        scenario: &scenario,
        seeds: &seeds,
        bound: arguments.bound.bound(seeds.len())?,
        most_jobs: arguments.up_to,
        within,
        minutes: arguments.minutes,
    };
    let loads = plan.loads()?;
    let files = arguments.results.prepare()?;
    let interrupt = Interrupt::listen().context("cannot listen for Ctrl-C")?;
    let bar = bar(scenario.contenders.len() as u64, "plan", "contenders", arguments.results.quiet);
    let mut answers = Vec::new();
    for contender in &scenario.contenders {
        match plan.answer(&loads, &contender.name, interrupt.flag())? {
            Some(answer) => answers.push(answer),
            None => break,
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    let complete = !interrupt.raised();
    files.write(&planning::table(&plan, &answers, complete), &|format| match format {
        "csv" => Ok(planning::csv(&answers)),
        "svg" => planning::svg(&plan, &answers).map_err(anyhow::Error::msg),
        _ => Ok(json(&plan, &answers, complete)),
    })?;
    Ok(if complete { Exit::Pass } else { Exit::Interrupted })
}

fn json(plan: &Plan<'_>, answers: &[Planned], complete: bool) -> String {
    let value = serde_json::json!({
        "kind": "stampede-plan",
        "format-version": 1,
        "stampede-version": env!("CARGO_PKG_VERSION"),
        "scenario": plan.scenario.name,
        "scenario-hash": plan.scenario.hash,
        "seeds": plan.seeds,
        "bound": plan.bound.words(),
        "within-ms": plan.within.as_millis() as u64,
        "minutes": plan.minutes,
        "complete": complete,
        "contenders": answers,
    });
    format!("{value:#}\n")
}
