//! From the mirror of a scenario to one that cannot be wrong.

mod contender;
mod fleet;

use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::time::Duration;

use mock_sts::config::check::{latency, mock_config, with_idps};
use mock_sts::config::problem::Problems;
use mock_sts::config::spanned::Spanned;
use mock_sts::config::unit;
use mock_sts::latency::Latency;

use super::file::ScenarioFile;
use super::{Scenario, expect};

const DEFAULT_HORIZON: Duration = Duration::from_secs(600);
/// A week: enough for any renewal, and far from the end of the clock.
const HORIZON: RangeInclusive<Duration> = Duration::from_nanos(1)..=Duration::from_secs(7 * 86_400);

/// More runs than anybody waits for.
const MOST_SEEDS: usize = 10_000;

/// Checks everything, even after a problem; nothing is returned once there is
/// one. The text and its hash are the caller's to fill in.
pub(super) fn scenario(file: &ScenarioFile, problems: &mut Problems) -> Option<Scenario> {
    let name = name(&file.name, problems);
    let question = sentence(&file.question, problems);
    let incident = match &file.incident {
        Some(url) => link(url, problems).map(Some),
        None => Some(None),
    };
    let horizon = match &file.horizon {
        Some(text) => unit::duration_within(text, &HORIZON, problems),
        None => Some(DEFAULT_HORIZON),
    };
    let seeds = match &file.seeds {
        Some(list) => seeds(list, problems),
        None => Some(vec![1]),
    };
    let fleet = fleet::fleet(&file.fleet, problems);
    let hop = match file.network.as_ref().and_then(|network| network.hop.as_ref()) {
        Some(hop) => latency(hop, problems),
        None => Some(Latency::ZERO),
    };
    let mock = mock_config(file.service.as_ref(), file.idp.as_ref(), problems);
    let mock = with_idps(mock, file.service.as_ref(), file.idps.as_deref(), problems);
    let token_lifetime = mock.as_ref().map(|mock| mock.config.idp.token_lifetime);
    let service = contender::Service {
        token_lifetime,
        regions: mock.as_ref().map(|mock| mock.config.service.regions()),
    };
    let contenders = contender::contenders(&file.contenders, fleet.as_ref(), service, problems);
    let names: Vec<&str> = file.contenders.get_ref().keys().map(|key| &**key.get_ref()).collect();
    let expectations =
        expect::expectations(file.expect.as_ref(), file.warn.as_ref(), &names, problems);
    if let (Some(fleet), Some(contenders), Some(horizon)) = (&fleet, &contenders, horizon) {
        let most_jobs = contenders.iter().map(|contender| contender.jobs).max();
        let last_due = fleet.arrivals.last_due(most_jobs.unwrap_or(fleet.jobs));
        everybody_starts(file, last_due, horizon, problems)?;
    }
    let mock = mock?;
    Some(Scenario {
        name: name?,
        question: question?,
        incident: incident?,
        horizon: horizon?,
        seeds: seeds?,
        fleet: fleet?,
        hop: hop?,
        mock: mock.config,
        overridden: mock.overridden,
        contenders: contenders?,
        expectations: expectations?,
        text: String::new(),
        hash: String::new(),
    })
}

/// A name that can stand in reports, file names and expectations.
fn name(text: &Spanned<String>, problems: &mut Problems) -> Option<String> {
    let name = text.get_ref();
    let fine = (1..=40).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    if !fine {
        problems
            .push(
                text.span(),
                "this name cannot be used",
                "expected 1 to 40 letters, digits, dashes and underscores",
            )
            .help("write it like \"issue-299\"");
    }
    fine.then(|| name.clone())
}

fn sentence(text: &Spanned<String>, problems: &mut Problems) -> Option<String> {
    let question = text.get_ref().trim();
    if question.is_empty() {
        problems
            .push(text.span(), "the question is empty", "no text")
            .help("say in one sentence what the run will answer: reports open with it");
        return None;
    }
    Some(question.into())
}

fn link(text: &Spanned<String>, problems: &mut Problems) -> Option<String> {
    let url = text.get_ref();
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    let fine = rest.is_some_and(|rest| !rest.is_empty())
        && url.bytes().all(|byte| byte.is_ascii_graphic());
    if !fine {
        problems
            .push(text.span(), "an incident is the URL of a published report", "not a URL")
            .help("write it like \"https://github.com/OWNER/REPOSITORY/issues/1\"");
    }
    fine.then(|| url.clone())
}

fn seeds(list: &Spanned<Vec<Spanned<i64>>>, problems: &mut Problems) -> Option<Vec<u64>> {
    let seeds = list.get_ref();
    if seeds.is_empty() || seeds.len() > MOST_SEEDS {
        let label = format!("{} seeds, expected 1 to {MOST_SEEDS}", seeds.len());
        problems.push(list.span(), "this is not a usable list of seeds", label);
        return None;
    }
    let mut seen = BTreeSet::new();
    let mut fine = true;
    for seed in seeds {
        if *seed.get_ref() < 0 {
            problems.push(seed.span(), "a seed cannot be negative", "below zero");
            fine = false;
        } else if !seen.insert(*seed.get_ref()) {
            problems
                .push(seed.span(), format!("the seed {seed} is there twice"), "listed before")
                .help("the same seed is the same run: remove it");
            fine = false;
        }
    }
    fine.then(|| seeds.iter().map(|seed| seed.get_ref().unsigned_abs()).collect())
}

/// A job that is due after the horizon would never run and always count as
/// unfinished.
fn everybody_starts(
    file: &ScenarioFile,
    last_due: Duration,
    horizon: Duration,
    problems: &mut Problems,
) -> Option<()> {
    if last_due < horizon {
        return Some(());
    }
    let place = file.horizon.as_ref().map_or_else(|| file.fleet.jobs.span(), Spanned::span);
    problems
        .push(
            place,
            "the last job is due after the horizon",
            format!(
                "it is due at {}, the horizon is {}",
                unit::written(last_due),
                unit::written(horizon)
            ),
        )
        .help("raise `horizon`, or let the jobs start sooner");
    None
}
