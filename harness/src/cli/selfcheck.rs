//! `stampede selfcheck`: how often `compare` is wrong, and what it finds, measured.

use std::sync::atomic::AtomicBool;

use anstream::println;
use anyhow::Context as _;
use reports::compare::{Judgement, estimate};
use reports::stats::wilson;
use reports::{RunReport, SeedResult, World};

use super::exit::{Exit, UsageError};
use super::interrupt::Interrupt;
use super::select;
use crate::live::Live;
use crate::run::{Outcome, report, simulate};
use crate::scenario::Scenario;
use crate::tune::edit::Editor;
use crate::tune::value::Value;

/// What a comparison promises of false alarms.
const PROMISED: f64 = 0.05;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// A scenario's name, or the path of its file
    scenario: String,
    /// Check with this contender only (repeatable)
    #[arg(long = "contender", value_name = "NAME")]
    contenders: Vec<String>,
    /// Comparisons to make
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u64).range(10..=10_000))]
    pairs: u64,
    /// Seeds in each run that is compared
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=1_000))]
    seeds: u64,
    /// A change to find, as `sweep` names a number: PATH=VALUE (repeatable)
    #[arg(long = "change", value_name = "PATH=VALUE")]
    changes: Vec<String>,
}

/// How comparisons ended, worst last.
#[derive(Clone, Copy, Default)]
struct Ends {
    better: u64,
    equivalent: u64,
    inconclusive: u64,
    worse: u64,
    /// Those with a finding that was called better or worse.
    changed: u64,
}

pub(super) fn main(arguments: &Arguments) -> anyhow::Result<Exit> {
    let mut scenario = select::scenario(&arguments.scenario, &arguments.contenders)?;
    select::without_commands(&mut scenario)?;
    let changed = changed(arguments, &scenario)?;
    let interrupt = Interrupt::listen().context("cannot listen for Ctrl-C")?;
    let stop = interrupt.flag();
    let (pairs, seeds) = (arguments.pairs, arguments.seeds as usize);
    let both = run(&mut scenario, 2 * pairs * arguments.seeds, stop)?;
    if interrupt.raised() {
        return Ok(Exit::Interrupted);
    }
    println!("{pairs} comparisons of {seeds} seeds with {seeds} others, {}:", scenario.name);
    // Every second block of seeds stands for the changed program, which is the same.
    let same = ends(&both, &both, pairs, seeds, |pair| (2 * pair, 2 * pair + 1));
    say("nothing changed", pairs, same);
    println!("  false alarms (better or worse where nothing is): {}", share(same.changed, pairs));
    for (text, mut scenario) in changed {
        let head = run(&mut scenario, pairs * arguments.seeds, stop)?;
        if interrupt.raised() {
            return Ok(Exit::Interrupted);
        }
        let found = ends(&both, &head, pairs, seeds, |pair| (pair, pair));
        say(&text, pairs, found);
        println!("  found (better or worse): {}", share(found.changed, pairs));
    }
    let too_many = wilson(same.changed, pairs, 1.0).is_some_and(|rate| rate.low > PROMISED);
    Ok(if too_many { Exit::ExpectationFailed } else { Exit::Pass })
}

/// The scenario once with each change.
fn changed(arguments: &Arguments, scenario: &Scenario) -> anyhow::Result<Vec<(String, Scenario)>> {
    let wrong = |text: &str, why: String| UsageError(format!("--change {text}: {why}"));
    let editor = Editor::new(&arguments.scenario, &scenario.text)
        .map_err(|error| UsageError(error.to_string()))?;
    let mut all = Vec::new();
    for text in &arguments.changes {
        let (path, value) =
            text.split_once('=').ok_or_else(|| wrong(text, "expected PATH=VALUE".into()))?;
        let mut scenario = editor
            .with(&[(path.trim(), &Value::read(value.trim()))])
            .map_err(|error| wrong(text, error.to_string()))?;
        let names = &arguments.contenders;
        scenario.contenders.retain(|found| names.is_empty() || names.contains(&found.name));
        select::without_commands(&mut scenario)?;
        all.push((text.clone(), scenario));
    }
    Ok(all)
}

/// The scenario under the first `seeds` seeds.
fn run(scenario: &mut Scenario, seeds: u64, stop: &AtomicBool) -> anyhow::Result<RunReport> {
    scenario.seeds = (1..=seeds).collect();
    scenario.expectations.clear();
    let live = Live::start(scenario, seeds, false);
    let records = simulate(scenario, live.progress(), stop);
    live.finish();
    let outcome = Outcome {
        world: World::Simulated,
        machine: None,
        complete: true,
        ended_early: None,
        seeds: scenario.seeds.clone(),
        own_service: true,
        baseline: None,
    };
    Ok(report(scenario, &records?, &outcome))
}

/// Compares blocks of `seeds` seeds, those that `blocks` names for each pair.
fn ends(
    base: &RunReport,
    head: &RunReport,
    pairs: u64,
    seeds: usize,
    blocks: impl Fn(usize) -> (usize, usize),
) -> Ends {
    let mut ends = Ends::default();
    for pair in 0..pairs as usize {
        let (a, b) = blocks(pair);
        let both = base.contenders.iter().zip(&head.contenders);
        let all: Vec<(&str, Vec<(&SeedResult, &SeedResult)>)> = both
            .map(|(base, head)| {
                let before = base.per_seed[a * seeds..].iter().take(seeds);
                (base.name.as_str(), before.zip(&head.per_seed[b * seeds..]).collect())
            })
            .collect();
        let comparison = estimate(&all);
        match comparison.verdict() {
            Judgement::Better => ends.better += 1,
            Judgement::Equivalent => ends.equivalent += 1,
            Judgement::Inconclusive => ends.inconclusive += 1,
            Judgement::Worse => ends.worse += 1,
        }
        let is_change = |word| matches!(word, Judgement::Better | Judgement::Worse);
        let mut counted = comparison.findings.iter().filter(|finding| finding.counts);
        ends.changed += u64::from(counted.any(|finding| is_change(finding.judgement)));
    }
    ends
}

fn say(what: &str, pairs: u64, ends: Ends) {
    let Ends { better, equivalent, inconclusive, worse, .. } = ends;
    println!(
        "{what}: of {pairs} verdicts {worse} worse, {inconclusive} inconclusive, \
              {equivalent} equivalent, {better} better"
    );
}

fn share(part: u64, all: u64) -> String {
    let interval = wilson(part, all, 1.0)
        .map(|i| format!(", 95 % interval {:.1} % to {:.1} %", 100.0 * i.low, 100.0 * i.high));
    let percent = 100.0 * part as f64 / all as f64;
    format!("{part} of {all}, {percent:.1} %{}", interval.unwrap_or_default())
}
