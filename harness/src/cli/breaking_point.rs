//! `stampede breaking-point`: the least strain that makes a contender fail.

use anyhow::Context as _;

use super::bound::BoundArguments;
use super::exit::{Exit, UsageError};
use super::files::Files;
use super::interrupt::Interrupt;
use super::select;
use crate::tune::breaking::{self, BreakingPoint, Question};
use crate::tune::probe::Bound;
use crate::tune::shrink::{Shrunk, shrink};
use crate::tune::strain::Strain;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// A scenario's name, or the path of its file
    scenario: String,
    /// Who is put under strain
    #[arg(long, value_name = "NAME")]
    contender: String,
    /// Raise only this (repeatable): jobs, arrivals, outage, key-outage, key-slowdown
    #[arg(long = "of", value_name = "STRAIN")]
    strains: Vec<Strain>,
    #[command(flatten)]
    bound: BoundArguments,
    /// The seeds of the runs, the same at every level
    #[arg(long, value_name = "FIRST..LAST", default_value = "1..100")]
    seeds: String,
    /// The largest fleet that is tried
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    up_to: u32,
    /// Write the result: FORMAT=PATH, `-` for standard output (repeatable). Formats: text, json, scenario (the smallest that fails)
    #[arg(short, long = "output", value_name = "FORMAT=PATH")]
    outputs: Vec<String>,
    /// No table on standard output
    #[arg(short, long)]
    quiet: bool,
}

pub(super) fn main(arguments: &Arguments) -> anyhow::Result<Exit> {
    let scenario =
        select::scenario(&arguments.scenario, std::slice::from_ref(&arguments.contender))?;
    let contender = &scenario.contenders[0];
    if contender.command.is_some() {
        return Err(UsageError(format!(
            "{} is a program, and programs cannot be simulated: name another contender",
            contender.name
        ))
        .into());
    }
    let seeds = select::seeds_argument(&arguments.seeds)?;
    let files = Files::prepare(&arguments.outputs, &["text", "json", "scenario"], arguments.quiet)?;
    let strains = match arguments.strains.as_slice() {
        [] => Strain::ALL.to_vec(),
        named => named.to_vec(),
    };
    if files.wants("scenario") && strains.len() != 1 {
        return Err(UsageError(
            "a scenario file holds one breaking point: say which with --of, such as --of jobs"
                .into(),
        )
        .into());
    }
    let bound = arguments.bound.bound(seeds.len())?;
    let question = Question {
        scenario: &scenario,
        contender,
        seeds: &seeds,
        bound,
        most_jobs: arguments.up_to,
        whole: false,
    };
    let interrupt = Interrupt::listen().context("cannot listen for Ctrl-C")?;
    let mut points = Vec::new();
    for strain in &strains {
        match question.answer(*strain, interrupt.flag())? {
            Some(point) => points.push(point),
            None => break,
        }
    }
    let complete = !interrupt.raised();
    let smallest = match (files.wants("scenario"), points.first()) {
        (true, Some(point)) => Some(smallest(&question, strains[0], point, &interrupt)?),
        _ => None,
    };
    let mut text = breaking::table(&question, &points, complete);
    if let Some(found) = &smallest {
        text += &format!(
            "\nsmallest scenario: {} of {} jobs fail, {} parts taken out\n",
            found.failed_jobs, found.jobs, found.taken_out
        );
    }
    files.write(&text, &|format| match (format, &smallest) {
        ("scenario", Some(found)) => Ok(found.text.clone()),
        ("scenario", None) => anyhow::bail!("interrupted before there was a scenario to write"),
        _ => Ok(json(&question, &points, complete)),
    })?;
    Ok(if complete { Exit::Pass } else { Exit::Interrupted })
}

/// The smallest scenario at the breaking point.
fn smallest(
    question: &Question<'_>,
    strain: Strain,
    point: &BreakingPoint,
    interrupt: &Interrupt,
) -> anyhow::Result<Shrunk> {
    let name = &question.contender.name;
    let broke = point.breaks.as_ref();
    let Some((broke, seed)) = broke.and_then(|broke| Some((broke, broke.first_failing_seed?)))
    else {
        anyhow::bail!(
            "{name} never breaks under {}, so there is no scenario to write: raise --up-to or ask for another strain",
            strain.name()
        );
    };
    let found_by = format!(
        "`stampede breaking-point {} --contender {name} --of {}` broke it at {}.",
        question.scenario.name,
        strain.name(),
        broke.words
    );
    let draft = question.draft(strain, broke.level);
    shrink(draft, question.contender, seed, &found_by, interrupt.flag())?
        .context("interrupted before there was a scenario to write")
}

fn json(question: &Question<'_>, points: &[BreakingPoint], complete: bool) -> String {
    let (kind, share) = match question.bound {
        Bound::AnyFailure(share) => ("any-failure", share),
        Bound::Success(share) => ("success", share),
    };
    let value = serde_json::json!({
        "kind": "stampede-breaking-point",
        "format-version": 1,
        "stampede-version": env!("CARGO_PKG_VERSION"),
        "scenario": question.scenario.name,
        "scenario-hash": question.scenario.hash,
        "contender": question.contender.name,
        "seeds": question.seeds,
        "bound": { kind: share },
        "complete": complete,
        "points": points,
    });
    format!("{value:#}\n")
}
