//! `stampede tune`: the best strategies and policies for a fleet, searched on
//! some luck and confirmed on other.

use anyhow::Context as _;

use super::exit::{Exit, UsageError};
use super::files::Files;
use super::interrupt::Interrupt;
use super::select;
use crate::live::Live;
use crate::run::real;
use crate::scenario::Scenario;
use crate::tune::axis::Axis;
use crate::tune::design::Design;
use crate::tune::draft::Draft;
use crate::tune::drift::Drift;
use crate::tune::edit::Editor;
use crate::tune::fits::Fits;
use crate::tune::found::Found;
use crate::tune::objective::{Objective, Requirement, Subject, objectives};
use crate::tune::progress::bar;
use crate::tune::race::{Race, Raced};
use crate::tune::result::{Told, TuneResult};
use crate::tune::space::{Candidate, Narrowed, default_space, own};
use crate::tune::tool::Tool;
use crate::tune::{drift, paste, verdict};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Scenarios to do well in, by name or path; with several, the worst regret over them counts
    #[arg(required = true, value_name = "SCENARIO")]
    scenarios: Vec<String>,
    /// What is to be good (repeatable): success, p99, calls, wasted, fairness [default: the first four]
    #[arg(long = "objective", value_name = "NAME")]
    objectives: Vec<String>,
    /// What must be kept (repeatable), like "success >= 99.9%", "p99 < 30s", "calls <= 2" or "attempts <= 3"
    #[arg(long = "require", value_name = "REQUIREMENT")]
    requirements: Vec<Requirement>,
    /// Only what this tool can do: action, botocore, aws-cli, sdk-go, sdk-js, sdk-rust, sdk-java, terraform, shell, daemon
    #[arg(long, value_name = "TOOL", conflicts_with = "vary")]
    only_tool: Option<Tool>,
    /// Only this strategy (repeatable): each, env, file, broker-job, broker-fleet
    #[arg(long = "strategy", value_name = "NAME", conflicts_with = "vary")]
    ways: Vec<String>,
    /// In place of the default space: a parameter of a contender, as for `sweep` (repeatable)
    #[arg(long, value_name = "PATH=VALUES")]
    vary: Vec<String>,
    /// About so many candidates
    #[arg(long, value_name = "N", default_value_t = 128, value_parser = clap::value_parser!(u32).range(2..=100_000))]
    candidates: u32,
    /// The seed of the sample of candidates
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The seeds of the search; candidates that fall out see the first of them only
    #[arg(long, value_name = "FIRST..LAST", default_value = "1..60")]
    seeds: String,
    /// The seeds that the front is confirmed on; the search sees none of them
    #[arg(long, value_name = "FIRST..LAST", default_value = "100001..100100")]
    held_out_seeds: String,
    /// A scenario that the front is confirmed on and the search does not see (repeatable)
    #[arg(long, value_name = "SCENARIO")]
    held_out: Vec<String>,
    /// Also run the front once over sockets, and say how far the worlds are apart (takes real time)
    #[arg(long)]
    confirm_real: bool,
    /// Write the result: FORMAT=PATH, `-` for standard output (repeatable). Formats: text, json, csv, svg, scenario (the front as contenders)
    #[arg(short, long = "output", value_name = "FORMAT=PATH")]
    outputs: Vec<String>,
    /// No table on standard output and no progress
    #[arg(short, long)]
    quiet: bool,
}

/// All that was asked, checked before anything runs.
struct Asked {
    objectives: Vec<Objective>,
    candidates: Vec<Candidate>,
    searched: Vec<Scenario>,
    held_out: Vec<Scenario>,
    seeds: Vec<u64>,
    held_out_seeds: Vec<u64>,
}

pub(super) fn main(arguments: &Arguments) -> anyhow::Result<Exit> {
    let asked = asked(arguments)?;
    let formats = ["text", "json", "csv", "svg", "scenario"];
    let files = Files::prepare(&arguments.outputs, &formats, arguments.quiet)?;
    let race = Race {
        scenarios: &asked.searched,
        seeds: &asked.seeds,
        objectives: &asked.objectives,
        requirements: &arguments.requirements,
    };
    let interrupt = Interrupt::listen().context("cannot listen for Ctrl-C")?;
    let progress = bar(race.runs() as u64, "search", "runs", arguments.quiet);
    let raced = race.run(interrupt.flag(), &|| progress.inc(1))?;
    progress.finish_and_clear();
    if raced.last.is_empty() && interrupt.raised() {
        anyhow::bail!("interrupted before the first round was over: there is nothing to tell");
    }
    let mut found = Found::of(&race, &raced);
    if !interrupt.raised() {
        let runs = found.finalists.len() * asked.held_out_seeds.len();
        let runs = runs * (asked.searched.len() + asked.held_out.len());
        let progress = bar(runs as u64, "confirm", "runs", arguments.quiet);
        let tick = || progress.inc(1);
        let flag = interrupt.flag();
        found.confirm(&asked.searched, &asked.held_out, &asked.held_out_seeds, flag, &tick)?;
        progress.finish_and_clear();
    }
    let real = match arguments.confirm_real && found.complete && !found.finalists.is_empty() {
        true => over_sockets(arguments, &asked, &found, &interrupt)?,
        false => (String::new(), Vec::new()),
    };
    let text = verdict::text(&race, &raced, &found, asked.held_out_seeds.len());
    write(arguments, &asked, (&race, &raced, &found), (text, real), &files)?;
    if interrupt.raised() {
        return Ok(Exit::Interrupted);
    }
    let kept = found.winner(&arguments.requirements).is_some();
    Ok(if kept { Exit::Pass } else { Exit::ExpectationFailed })
}

/// The finalists in the first scenario over sockets, under the first unseen seed.
fn over_sockets(
    arguments: &Arguments,
    asked: &Asked,
    found: &Found,
    interrupt: &Interrupt,
) -> anyhow::Result<(String, Vec<Drift>)> {
    let mut scenario = asked.searched[0].clone();
    let all = std::mem::take(&mut scenario.contenders);
    scenario.contenders = found.finalists.iter().map(|f| all[f.number].clone()).collect();
    let seed = asked.held_out_seeds[0];
    let live = Live::start(&scenario, 1, arguments.quiet);
    let options = real::RealOptions::new(seed, None, interrupt.waiter());
    let records = real::run(&scenario, live.progress(), &options);
    live.finish();
    let records = records?;
    if interrupt.raised() {
        return Ok((
            "\ninterrupted over sockets: the worlds were not compared\n".into(),
            Vec::new(),
        ));
    }
    let drifts = drift::drifts(found, &records, scenario.horizon.as_secs_f64());
    let text = drift::text(&drifts, &scenario.name, seed, asked.held_out_seeds.len());
    Ok((text, drifts))
}

fn write(
    arguments: &Arguments,
    asked: &Asked,
    (race, raced, found): (&Race<'_>, &Raced, &Found),
    (mut text, (real, drifts)): (String, (String, Vec<Drift>)),
    files: &Files,
) -> anyhow::Result<()> {
    text += &real;
    text += &verdict::requirements(found, &arguments.requirements);
    let mut lines = Vec::new();
    if let Some(at) = found.winner(&arguments.requirements) {
        let number = found.finalists[at].number;
        let contender = &asked.searched[0].contenders[number];
        let (scenario, only) = (&asked.searched[0], arguments.only_tool);
        lines = paste::lines(&asked.candidates[number], contender, scenario, only);
        text += &paste::text(&contender.name, &lines);
    }
    let held_out_seeds = &asked.held_out_seeds;
    let told = Told { race, raced, found, held_out_seeds, lines: &lines, drifts: &drifts };
    files.write(&text, &|format| match format {
        "json" => Ok(TuneResult::of(&told).json()),
        "csv" => Ok(verdict::csv(race, raced, found)),
        "svg" => verdict::svg(race, raced, found).map_err(anyhow::Error::msg),
        _ if found.finalists.is_empty() => {
            anyhow::bail!("nothing keeps all that is required, so there is no scenario to write")
        }
        _ => Ok(front(&asked.searched[0], found)),
    })
}

/// The first scenario with the front as its contenders.
fn front(scenario: &Scenario, found: &Found) -> String {
    let mut draft = Draft::of(scenario);
    for contender in &scenario.contenders {
        if !found.finalists.iter().any(|finalist| finalist.name == contender.name) {
            draft.remove(&format!("contenders.{}", contender.name));
        }
    }
    draft.remove("expect");
    draft.text()
}

fn asked(arguments: &Arguments) -> anyhow::Result<Asked> {
    let usage = |error: String| UsageError(error);
    let objectives = objectives(&arguments.objectives).map_err(usage)?;
    let seeds = seeds("--seeds", &arguments.seeds)?;
    let held_out_seeds = seeds_of(arguments, &seeds)?;
    let names = arguments.scenarios.iter().chain(&arguments.held_out).collect::<Vec<_>>();
    if let Some(twice) = names.iter().enumerate().find(|(at, name)| names[..*at].contains(name)) {
        return Err(usage(format!("the scenario {} is there twice", twice.1)).into());
    }
    let load = |name: &String| select::scenario(name, &[]);
    let searched = arguments.scenarios.iter().map(load).collect::<anyhow::Result<Vec<_>>>()?;
    let held_out = arguments.held_out.iter().map(load).collect::<anyhow::Result<Vec<_>>>()?;
    let mut candidates = if arguments.vary.is_empty() {
        let most = arguments.requirements.iter().filter(|r| r.subject == Subject::Attempts);
        let narrowed = Narrowed {
            tool: arguments.only_tool,
            ways: arguments.ways.clone(),
            most_attempts: most.map(|r| (r.most - f64::from(u8::from(!r.inclusive))) as u32).min(),
            fits: Fits::of(searched.iter().chain(&held_out)),
        };
        narrowed.check().map_err(usage)?;
        let count = arguments.candidates as usize;
        default_space(&narrowed, count, arguments.seed).map_err(usage)?
    } else {
        varied(arguments, &searched[0])?
    };
    if arguments.only_tool.is_none() && arguments.ways.is_empty() && arguments.vary.is_empty() {
        let own = own(&Draft::of(&searched[0]));
        candidates.extend(own);
    }
    if candidates.len() < 2 {
        return Err(usage(format!(
            "the space is a single point, {}: there is nothing to choose",
            candidates.first().map_or("none", |only| only.name.as_str())
        ))
        .into());
    }
    let with = |scenarios: &[Scenario]| -> anyhow::Result<Vec<Scenario>> {
        scenarios.iter().map(|scenario| with_candidates(scenario, &candidates)).collect()
    };
    let (searched, held_out) = (with(&searched)?, with(&held_out)?);
    Ok(Asked { objectives, candidates, searched, held_out, seeds, held_out_seeds })
}

/// The scenario with the candidates as its only contenders, in their order.
fn with_candidates(scenario: &Scenario, candidates: &[Candidate]) -> anyhow::Result<Scenario> {
    let mut draft = Draft::of(scenario);
    draft.remove("expect");
    draft.remove("contenders");
    for candidate in candidates {
        draft.put_at(&["contenders", &candidate.name], candidate.body.clone());
    }
    draft.check(&scenario.name).map_err(|invalid| {
        UsageError(format!("{} cannot be searched:\n\n{invalid}", scenario.name)).into()
    })
}

fn seeds(option: &str, text: &str) -> Result<Vec<u64>, UsageError> {
    let seeds =
        select::seeds(text).map_err(|error| UsageError(format!("{option} {text}: {error}")))?;
    if seeds.len() < 6 {
        return Err(UsageError(format!(
            "{option} {text}: {} cannot tell candidates apart, give at least 6",
            if seeds.len() == 1 { "1 seed".into() } else { format!("{} seeds", seeds.len()) }
        )));
    }
    Ok(seeds)
}

/// The seeds held out, none of which the search may see.
fn seeds_of(arguments: &Arguments, search: &[u64]) -> Result<Vec<u64>, UsageError> {
    let held_out = seeds("--held-out-seeds", &arguments.held_out_seeds)?;
    match held_out.iter().find(|seed| search.contains(seed)) {
        Some(seen) => Err(UsageError(format!(
            "--held-out-seeds {}: the search sees seed {seen} too, and what it has seen confirms nothing",
            arguments.held_out_seeds
        ))),
        None => Ok(held_out),
    }
}

/// Contenders of the scenario at every point of the axes.
fn varied(arguments: &Arguments, scenario: &Scenario) -> anyhow::Result<Vec<Candidate>> {
    let mut axes: Vec<Axis> = Vec::new();
    let mut names: Vec<String> = Vec::new();
    for text in &arguments.vary {
        let axis: Axis =
            text.parse().map_err(|error| UsageError(format!("--vary {text}: {error}")))?;
        let mut keys = axis.path.split('.');
        let (Some("contenders"), Some(name)) = (keys.next(), keys.next()) else {
            return Err(UsageError(format!(
                "--vary {text}: a search chooses among contenders, so the path begins with contenders.NAME \
                 (vary everything else with `stampede sweep`)"
            ))
            .into());
        };
        if !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
        axes.push(axis);
    }
    let most = arguments.candidates as usize;
    let design = match Design::Grid.points(&axes, arguments.seed) {
        Ok(points) if points.len() <= most.max(1) * 8 => Design::Grid,
        _ => Design::Sobol(most),
    };
    let points = design.points(&axes, arguments.seed).map_err(UsageError)?;
    let editor = Editor::new(&scenario.name, &scenario.text)
        .map_err(|error| UsageError(error.to_string()))?;
    let mut found = Vec::new();
    for (number, point) in points.iter().enumerate() {
        let changes: Vec<_> = axes.iter().map(|axis| axis.path.as_str()).zip(point).collect();
        let changed = editor.with(&changes).map_err(|error| UsageError(error.to_string()))?;
        for candidate in own(&Draft::of(&changed)) {
            if names.contains(&candidate.name) {
                let name = format!("{:.30}-{}", candidate.name, number + 1);
                found.push(Candidate { name, ..candidate });
            }
        }
    }
    Ok(found)
}
