//! `stampede stability`: whether a fleet recovers when its trouble is over.

use anyhow::Context as _;
use mock_sts::config::unit::parse_duration;

use super::exit::{Exit, UsageError};
use super::interrupt::Interrupt;
use super::results::ResultArguments;
use super::select;
use crate::tune::axis::Axis;
use crate::tune::map::StabilityResult;
use crate::tune::progress::bar;
use crate::tune::stability::{Stability, csv};
use crate::tune::value::{Kind, Value};

/// What ends, and after which the fleet should recover.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Trigger {
    /// STS answers nobody
    Outage,
    /// The identity provider serves no keys
    KeyOutage,
}

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// A scenario's name, or the path of its file; its arrivals and faults are replaced
    scenario: String,
    /// Ask about this contender only (repeatable)
    #[arg(long = "contender", value_name = "NAME")]
    contenders: Vec<String>,
    /// What goes wrong for a while
    #[arg(long, value_enum, default_value = "key-outage")]
    trigger: Trigger,
    /// For how long: a list or a range of times
    #[arg(long, value_name = "TIMES", default_value = "10s,30s,1m,2m")]
    lengths: String,
    /// At how many jobs a minute: a list or a range of rates
    #[arg(long, value_name = "RATES", default_value = "10/m,20/m,30/m,40/m")]
    loads: String,
    /// How long the fleet is watched afterwards
    #[arg(long, value_name = "TIME", default_value = "10m")]
    watch: String,
    /// The seeds of the runs, the same in every cell
    #[arg(long, value_name = "FIRST..LAST", default_value = "1..20")]
    seeds: String,
    #[command(flatten)]
    results: ResultArguments,
}

pub(super) fn main(arguments: &Arguments) -> anyhow::Result<Exit> {
    let scenario = select::simulated(&arguments.scenario, &arguments.contenders)?;
    let seeds = select::seeds_argument(&arguments.seeds)?;
    let watch = parse_duration(&arguments.watch)
        .filter(|watch| (180..=86_400).contains(&watch.as_secs()))
        .ok_or_else(|| {
            UsageError(format!("--watch {}: expected 3m to 24h, such as 10m", arguments.watch))
        })?;
    let stability = Stability {
        scenario: &scenario,
        trigger: match arguments.trigger {
            Trigger::Outage => "outage",
            Trigger::KeyOutage => "key-outage",
        },
        loads: values("--loads", &arguments.loads, Kind::Rate('m'), "40/m")?,
        lengths: values("--lengths", &arguments.lengths, Kind::Time, "30s")?,
        watch,
        seeds: &seeds,
    };
    let scenarios = stability
        .scenarios()
        .map_err(|invalid| UsageError(format!("no map can be drawn of this:\n\n{invalid}")))?;
    let files = arguments.results.prepare()?;
    let interrupt = Interrupt::listen().context("cannot listen for Ctrl-C")?;
    let runs: usize = scenarios.iter().flatten().map(|s| s.contenders.len() * seeds.len()).sum();
    let bar = bar(runs as u64, "stability", "runs", arguments.results.quiet);
    let cells = stability.map(&scenarios, interrupt.flag(), &|| bar.inc(1))?;
    bar.finish_and_clear();
    let Some(cells) = cells else {
        anstream::eprintln!("interrupted before the map was whole: nothing is written");
        return Ok(Exit::Interrupted);
    };
    files.write(&stability.text(&cells), &|format| match format {
        "svg" => stability.svg(&cells).map_err(anyhow::Error::msg),
        "csv" => Ok(csv(&cells)),
        _ => Ok(StabilityResult::of(&stability, &cells).json()),
    })?;
    Ok(Exit::Pass)
}

/// The values of an axis of the map, all of one kind and above zero.
fn values(option: &str, text: &str, kind: Kind, example: &str) -> Result<Vec<Value>, UsageError> {
    let axis: Axis = format!("{}={text}", option.trim_start_matches('-'))
        .parse()
        .map_err(|error| UsageError(format!("{option} {text}: {error}")))?;
    let values = axis.points();
    match values.iter().find(|value| value.kind != kind || value.number <= 0.0) {
        Some(odd) => Err(UsageError(format!(
            "{option} {text}: `{odd}` is no value for this, write it like {example}"
        ))),
        None => Ok(values),
    }
}
