//! `stampede list`: what there is to choose from.

use clap::ValueEnum;
use mock_sts::config::PROFILES;
use mock_sts::idp;

use super::exit::{Exit, UsageError};
use crate::policy::POLICIES;
use crate::policy::presets::client::Client;
use crate::policy::presets::{PRESETS, preset};
use crate::scenario::{builtin, parse};
use crate::strategy::STRATEGIES;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Only one kind of thing
    kind: Option<Kind>,
    /// What a preset comes to: its arithmetic, attempts and sleep for each failure, and its flaws
    #[arg(long, value_name = "PRESET", conflicts_with = "diff")]
    explain: Option<String>,
    /// How one preset differs from another
    #[arg(long, num_args = 2, value_names = ["PRESET", "PRESET"])]
    diff: Option<Vec<String>>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Kind {
    Scenarios,
    Strategies,
    Policies,
    Profiles,
    Providers,
}

pub(super) fn main(arguments: &Arguments) -> anyhow::Result<Exit> {
    if let Some(text) = about_presets(arguments) {
        anstream::print!("{}", text.map_err(UsageError)?);
        return Ok(Exit::Pass);
    }
    let kinds: &[Kind] = match &arguments.kind {
        Some(kind) => std::slice::from_ref(kind),
        None => Kind::value_variants(),
    };
    let sections: Vec<String> = kinds.iter().map(|kind| section(*kind)).collect();
    anstream::print!("{}", sections.join("\n"));
    Ok(Exit::Pass)
}

/// What was asked about presets, if anything was.
fn about_presets(arguments: &Arguments) -> Option<Result<String, String>> {
    let find = |name: &String| {
        preset(name).map_err(|help| format!("there is no preset \"{name}\": {help}"))
    };
    if let Some(name) = &arguments.explain {
        return Some(find(name).map(Client::explain));
    }
    let [old, new] = arguments.diff.as_deref()? else { return None };
    Some(find(old).and_then(|old| Ok(old.diff(find(new)?))))
}

fn section(kind: Kind) -> String {
    match kind {
        Kind::Scenarios => titled("Scenarios", &scenarios()),
        Kind::Strategies => titled(
            "Strategies",
            &STRATEGIES.iter().map(|s| (s.name, s.summary.into())).collect::<Vec<_>>(),
        ),
        Kind::Policies => {
            let all = POLICIES.iter().map(|p| (p.name, p.summary.to_owned()));
            let presets = PRESETS.iter().map(|p| (p.name, p.summary.to_owned()));
            titled("Policies", &all.collect::<Vec<_>>())
                + &titled("\nPresets (policy.preset = \"NAME\")", &presets.collect::<Vec<_>>())
        }
        Kind::Profiles => profiles(),
        Kind::Providers => providers(),
    }
}

fn scenarios() -> Vec<(&'static str, String)> {
    let question = |text: &str| parse("", text).map(|scenario| scenario.question).ok();
    builtin().map(|entry| (entry.name, question(entry.text).unwrap_or_default())).collect()
}

fn profiles() -> String {
    let mut text = String::from("Profiles\n");
    for profile in PROFILES {
        let config = profile.config();
        text += &format!("  {}: {}\n", profile.name, profile.summary);
        for knob in profile.all_knobs() {
            text += &format!(
                "    {} = {}\n      {}: {}\n",
                knob.key,
                knob.value(&config),
                knob.provenance.as_str(),
                knob.source
            );
        }
    }
    text
}

fn providers() -> String {
    let mut text = String::from("Identity providers (idp.preset = \"NAME\")\n");
    for info in idp::PRESETS {
        text += &format!("  {}: {}\n", info.name, info.summary);
        for source in info.sources {
            let (key, sure) = (source.key, source.provenance.as_str());
            text += &format!("    {key}\n      {sure}: {}\n", source.source);
        }
    }
    text
}

fn titled(title: &str, rows: &[(&str, String)]) -> String {
    let width = rows.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let rows = rows.iter().map(|(name, summary)| format!("  {name:width$}  {summary}\n"));
    format!("{title}\n{}", rows.collect::<String>())
}
