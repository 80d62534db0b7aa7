//! `stampede sweep`: one scenario over a space of its numbers.

use std::path::PathBuf;
use std::str::FromStr;

use anyhow::Context as _;

use super::exit::{Exit, UsageError};
use super::interrupt::Interrupt;
use super::{output, select};
use crate::tune::axis::Axis;
use crate::tune::chart;
use crate::tune::design::Design;
use crate::tune::progress::bar;
use crate::tune::show::{self, Measure};
use crate::tune::sweep::{Plan, SweepResult};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// A scenario's name, or the path of its file
    scenario: String,
    /// A parameter and what it takes: PATH=1,2,4 or PATH=50ms..5s[:POINTS][:log] (repeatable)
    #[arg(long, value_name = "PATH=VALUES", required = true)]
    vary: Vec<String>,
    /// Points that fill the space instead of a grid: lhs:N (Latin hypercube) or sobol:N
    #[arg(long, value_name = "METHOD:N")]
    sample: Option<String>,
    /// The seed of the sample
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The seeds of the runs, the same at every point
    #[arg(long, value_name = "FIRST..LAST", default_value = "1..20")]
    seeds: String,
    /// Run only this contender (repeatable)
    #[arg(long = "contender", value_name = "NAME")]
    contenders: Vec<String>,
    /// Finish the sweep of this JSON result file, and write the whole there
    #[arg(long, value_name = "FILE")]
    resume: Option<PathBuf>,
    /// What charts show: success, p50, p99, calls, wasted or fairness
    #[arg(long, default_value = "success")]
    measure: Measure,
    /// Write the result: FORMAT=PATH, `-` for standard output (repeatable). Formats: text, json (a result file), csv, svg
    #[arg(short, long = "output", value_name = "FORMAT=PATH")]
    outputs: Vec<SweepOutput>,
    /// No table on standard output and no progress
    #[arg(short, long)]
    quiet: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum SweepFormat {
    Text,
    Json,
    Csv,
    Svg,
}

/// One `-o FORMAT=PATH`; no path is standard output.
#[derive(Clone, PartialEq, Eq, Debug)]
struct SweepOutput {
    format: SweepFormat,
    path: Option<PathBuf>,
}

impl FromStr for SweepOutput {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (format, path) = text
            .split_once('=')
            .filter(|(_, path)| !path.is_empty())
            .ok_or("expected FORMAT=PATH, such as csv=sweep.csv (`-` is standard output)")?;
        let format = match format {
            "text" => SweepFormat::Text,
            "json" => SweepFormat::Json,
            "csv" => SweepFormat::Csv,
            "svg" => SweepFormat::Svg,
            _ => {
                return Err(format!(
                    "a sweep has no format `{format}`: expected text, json, csv or svg"
                ));
            }
        };
        Ok(Self { format, path: (path != "-").then(|| path.into()) })
    }
}

pub(super) fn main(arguments: &Arguments) -> anyhow::Result<Exit> {
    let scenario = select::simulated(&arguments.scenario, &arguments.contenders)?;
    let axes = axes(&arguments.vary)?;
    let design = match &arguments.sample {
        Some(text) => {
            Design::read(text).map_err(|error| UsageError(format!("--sample {text}: {error}")))?
        }
        None => Design::Grid,
    };
    let plan = Plan {
        scenario: &scenario,
        points: design.points(&axes, arguments.seed).map_err(UsageError)?,
        axes: axes.iter().map(|axis| (axis.to_string(), axis.path.clone())).collect(),
        design: arguments.sample.clone().unwrap_or_else(|| "grid".into()),
        design_seed: arguments.seed,
        seeds: select::seeds_argument(&arguments.seeds)?,
    };
    let scenarios = plan.scenarios().map_err(|error| UsageError(error.to_string()))?;
    let mut result = plan.empty_result();
    let taken = resume(arguments, &mut result)?;
    writable(arguments)?;
    if arguments.outputs.iter().any(|output| output.format == SweepFormat::Svg) {
        // What cannot be drawn is said before the work, not after it.
        chart::svg(&result, arguments.measure).map_err(UsageError)?;
    }
    let interrupt = Interrupt::listen().context("cannot listen for Ctrl-C")?;
    let left = (result.points.len() - taken) * result.contenders.len() * result.seeds.len();
    let bar = bar(left as u64, "sweep", "runs", arguments.quiet);
    let file = result_file(arguments);
    let every = (result.points.len() / 20).max(1);
    let mut keep = |result: &SweepResult| {
        if let Some(path) = &file
            && result.done().is_multiple_of(every)
        {
            // A result that cannot be kept now is written, or complained about, at the end.
            let _kept = output::replace(path, &json(result));
        }
    };
    let ran = result.run(&scenarios, interrupt.flag(), &|| bar.inc(1), &mut keep);
    bar.finish_and_clear();
    write(arguments, &result)?;
    ran?;
    Ok(if result.is_complete() { Exit::Pass } else { Exit::Interrupted })
}

fn axes(texts: &[String]) -> Result<Vec<Axis>, UsageError> {
    let mut axes: Vec<Axis> = Vec::new();
    for text in texts {
        let axis: Axis =
            text.parse().map_err(|error| UsageError(format!("--vary {text}: {error}")))?;
        if axes.iter().any(|earlier| earlier.path == axis.path) {
            return Err(UsageError(format!(
                "--vary {text}: `{}` is there twice; give it all its values at once",
                axis.path
            )));
        }
        axes.push(axis);
    }
    Ok(axes)
}

/// Takes over what an earlier run did; says how many points.
fn resume(arguments: &Arguments, result: &mut SweepResult) -> anyhow::Result<usize> {
    let Some(path) = &arguments.resume else { return Ok(0) };
    let name = path.display();
    let text = std::fs::read_to_string(path)
        .map_err(|error| UsageError(format!("cannot resume from {name}: {error}")))?;
    let earlier: SweepResult = serde_json::from_str(&text)
        .map_err(|error| UsageError(format!("{name} is no result file of a sweep: {error}")))?;
    Ok(result.resume(&earlier).map_err(|error| UsageError(format!("{name}: {error}")))?)
}

/// Where the JSON result goes, if anywhere: the first file that is named for it,
/// or the one that is resumed.
fn result_file(arguments: &Arguments) -> Option<PathBuf> {
    let json = |output: &&SweepOutput| output.format == SweepFormat::Json && output.path.is_some();
    let named = arguments.outputs.iter().find(json).and_then(|output| output.path.clone());
    named.or_else(|| arguments.resume.clone())
}

fn writable(arguments: &Arguments) -> Result<(), UsageError> {
    let paths = arguments.outputs.iter().filter_map(|output| output.path.as_ref());
    for path in paths.chain(&arguments.resume) {
        output::try_out(path).map_err(|error| {
            UsageError(format!("cannot write {}: {error}; nothing was run", path.display()))
        })?;
    }
    Ok(())
}

fn json(result: &SweepResult) -> String {
    // Strings, numbers and lists: nothing in it can fail to be written.
    serde_json::to_string_pretty(result).unwrap_or_default() + "\n"
}

fn write(arguments: &Arguments, result: &SweepResult) -> anyhow::Result<()> {
    let to_stdout = arguments.outputs.iter().any(|output| output.path.is_none());
    if !arguments.quiet && !to_stdout {
        output::print(&show::table(result));
    }
    for SweepOutput { format, path } in &arguments.outputs {
        let text = match format {
            SweepFormat::Text => show::table(result),
            SweepFormat::Json => json(result),
            SweepFormat::Csv => show::csv(result),
            SweepFormat::Svg => {
                chart::svg(result, arguments.measure).map_err(anyhow::Error::msg)?
            }
        };
        match path {
            None => output::print(&text),
            Some(path) => output::replace(path, &text)
                .with_context(|| format!("cannot write {}", path.display()))?,
        }
    }
    let json = |output: &SweepOutput| output.format == SweepFormat::Json && output.path.is_some();
    if let Some(path) = &arguments.resume
        && !arguments.outputs.iter().any(json)
    {
        output::replace(path, &self::json(result))
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}
