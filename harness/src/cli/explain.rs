//! `stampede explain`: one job's story, simulated, or as a result file has it.

use std::fmt::Write as _;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use anstream::eprintln;
use reports::{ContenderReport, RunReport, World};

use super::exit::{Exit, UsageError};
use super::report::{is_stdin, name, read};
use super::{output, select};
use crate::policy::Policy;
use crate::record::{Recorder, Tale};
use crate::run::{SeedRun, repeated, simulate_one};
use crate::scenario::{Contender, Scenario, builtin};
use crate::world::region_names;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// A scenario's name, the path of its file, or a result file; `-` is a result on standard input
    scenario: String,
    /// The job, from 0
    job: u32,
    /// Only under this contender (repeatable)
    #[arg(long = "contender", value_name = "NAME")]
    contenders: Vec<String>,
    /// The seed of the run, instead of the first
    #[arg(long)]
    seed: Option<u64>,
}

pub(super) fn main(arguments: &Arguments) -> anyhow::Result<Exit> {
    let path = Path::new(&arguments.scenario);
    let text = if is_result(path) { of_result(path, arguments) } else { of_scenario(arguments) };
    output::print(&text?);
    Ok(Exit::Pass)
}

/// Scenarios are TOML, which never begins as JSON does.
fn is_result(path: &Path) -> bool {
    if is_stdin(path) {
        return true;
    }
    let is_name = builtin().any(|scenario| Path::new(scenario.name) == path);
    let mut first = [0; 64];
    let read = File::open(path).and_then(|mut file| file.read(&mut first)).unwrap_or(0);
    !is_name && first[..read].trim_ascii_start().starts_with(b"{")
}

fn of_scenario(arguments: &Arguments) -> anyhow::Result<String> {
    let scenario = select::simulated(&arguments.scenario, &arguments.contenders)?;
    let jobs = scenario.contenders.iter().map(|contender| contender.jobs).min().unwrap_or(0);
    there_is_such_a_job(arguments.job, u64::from(jobs), &scenario.name)?;
    let seed = arguments.seed.unwrap_or(scenario.seeds[0]);
    let mut text = format!("{}, job {}, seed {seed}, simulated\n", scenario.name, arguments.job);
    for contender in &scenario.contenders {
        text +=
            &title(&contender.name, &contender.describe_strategy(), &contender.describe_policy());
        let recorder = telling(&scenario, contender, arguments.job);
        let stop = AtomicBool::new(false);
        text += &told(simulate_one(&scenario, contender, seed, recorder, &stop)?);
    }
    Ok(text)
}

fn there_is_such_a_job(job: u32, jobs: u64, of: &str) -> Result<(), UsageError> {
    if u64::from(job) < jobs {
        return Ok(());
    }
    let last = jobs.saturating_sub(1);
    Err(UsageError(format!("there is no job {job}: {of} has jobs 0 to {last}")))
}

fn title(name: &str, strategy: &str, policy: &str) -> String {
    format!("\n{name}: {strategy}\nafter a failed call: {policy}\n")
}

fn telling(scenario: &Scenario, contender: &Contender, job: u32) -> Recorder {
    let policy: Arc<dyn Policy> = Arc::from(contender.policy.build());
    Recorder::telling(Tale::new(job, policy).among(region_names(&scenario.mock.service)))
}

fn told(run: SeedRun) -> String {
    let (mut recorder, mut text) = (run.recorder, String::new());
    let Some(tale) = recorder.tale() else { return text };
    for line in tale.told() {
        let _ = writeln!(text, "  {line}");
    }
    if !tale.has_calls() {
        text += NO_CALLS;
    }
    text
}

const NO_CALLS: &str =
    "  it makes no call of its own: what it has, it has from a broker or another job\n";

/// A simulated run is made again, as far as this program repeats it; else the file is asked.
fn of_result(path: &Path, arguments: &Arguments) -> anyhow::Result<String> {
    let (report, file, job) = (read(path)?, name(path), arguments.job);
    let all = report.contenders.iter().map(|contender| contender.name.as_str());
    select::known(&file, &all.collect::<Vec<_>>(), &arguments.contenders)?;
    there_is_such_a_job(job, report.jobs, &file)?;
    let Some(seed) = arguments.seed.or_else(|| report.seeds.first().copied()) else {
        return Err(UsageError(format!("{file} holds no run: no seed was run")).into());
    };
    if !report.seeds.contains(&seed) {
        return Err(UsageError(format!(
            "{file} has no run of seed {seed}: it has {}",
            report.seed_ranges()
        ))
        .into());
    }
    let wanted = |told: &&ContenderReport| {
        arguments.contenders.is_empty() || arguments.contenders.contains(&told.name)
    };
    let world = if report.world == World::Simulated { "simulated" } else { "over sockets" };
    let mut text = format!("{}, job {job}, seed {seed}, {world}\n", report.scenario.name);
    let (mut found, mut missing) = (false, Vec::new());
    for contender in report.contenders.iter().filter(wanted) {
        text += &title(&contender.name, &contender.strategy, &contender.policy);
        let again = made_again(&report, contender, seed, job);
        match again.map_or_else(|| kept(&report, contender, seed, job), Ok) {
            Ok(story) => {
                text += &story;
                found = true;
            }
            Err(why) => {
                let _ = writeln!(text, "  not told: {why}");
                missing.push(format!("\n  {}: {why}", contender.name));
            }
        }
    }
    if !found {
        let why = missing.concat();
        return Err(
            UsageError(format!("{file} does not tell of job {job}, seed {seed}:{why}")).into()
        );
    }
    Ok(text)
}

fn made_again(
    report: &RunReport,
    told_of: &ContenderReport,
    seed: u64,
    job: u32,
) -> Option<String> {
    if report.world != World::Simulated {
        return None;
    }
    let recorder = |scenario: &Scenario, it: &Contender| telling(scenario, it, job);
    match repeated("the file", report, &told_of.name, seed, recorder) {
        Ok(run) => Some(told(run)),
        Err(why) => {
            eprintln!("note: {}: told from what the file keeps, as {why}", told_of.name);
            None
        }
    }
}

/// What the file keeps of a job, or what it keeps instead.
fn kept(
    report: &RunReport,
    contender: &ContenderReport,
    seed: u64,
    job: u32,
) -> Result<String, String> {
    let first = report.seeds.first().copied().unwrap_or_default();
    if contender.waterfall.is_empty() {
        return Err("the file keeps no job of it".into());
    }
    let jobs = contender.kept_jobs();
    let row = contender.waterfall.iter().find(|row| row.job == u64::from(job));
    let row = row.filter(|_| seed == first);
    let row = row.ok_or_else(|| format!("the file keeps jobs {jobs}, of seed {first}"))?;
    let mut text = String::new();
    for line in row.told() {
        let _ = writeln!(text, "  {line}");
    }
    if row.spans.is_empty() {
        text += NO_CALLS;
    }
    Ok(text)
}
