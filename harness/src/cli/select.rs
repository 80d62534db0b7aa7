//! Which scenario, which contenders, which seeds.

use std::path::Path;

use mock_sts::config::unit::did_you_mean;

use super::exit::UsageError;
use crate::external::CommandConfig;
use crate::scenario::{Contender, Scenario, load};

/// The scenario with only the named contenders, in the scenario's order, and
/// the expectations about them. The first contender always stays the first.
pub(super) fn scenario(name: &str, contenders: &[String]) -> anyhow::Result<Scenario> {
    let mut scenario = load(name)?;
    if contenders.is_empty() {
        return Ok(scenario);
    }
    let names = scenario.contenders.iter().map(|contender| contender.name.as_str());
    known(&scenario.name, &names.collect::<Vec<_>>(), contenders)?;
    scenario.contenders.retain(|contender| contenders.contains(&contender.name));
    keep_expectations(&mut scenario);
    Ok(scenario)
}

/// Those that speak of contenders that are left.
fn keep_expectations(scenario: &mut Scenario) {
    let names: Vec<&str> = scenario.contenders.iter().map(|c| c.name.as_str()).collect();
    scenario.expectations.retain(|expectation| expectation.speaks_of(|name| names.contains(&name)));
}

/// Adds a contender that is a program, named after it.
pub(super) fn add_command(scenario: &mut Scenario, words: &[String]) {
    let program = words.first().map_or("", String::as_str);
    let stem = Path::new(program).file_stem().map(|stem| stem.to_string_lossy().into_owned());
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '_' { c } else { '-' };
    let stem: String = stem.unwrap_or_default().chars().map(plain).take(36).collect();
    let stem = if stem.is_empty() { "command".into() } else { stem };
    let taken = |name: &str| scenario.contenders.iter().any(|contender| contender.name == name);
    let numbered = (2..).map(|number| format!("{stem}-{number}"));
    let name = std::iter::once(stem.clone()).chain(numbered).find(|name| !taken(name));
    let Some(first) = scenario.contenders.first() else { return };
    scenario.contenders.push(Contender {
        name: name.unwrap_or(stem),
        command: Some(CommandConfig::new(words.to_vec())),
        jobs: scenario.fleet.jobs,
        tools_per_job: 1,
        renew_token: None,
        ..first.clone()
    });
}

/// Leaves out the contenders that are programs, with a sentence about it: they
/// have no virtual time.
pub(super) fn without_commands(scenario: &mut Scenario) -> Result<Option<String>, UsageError> {
    let is_program = |contender: &Contender| contender.command.is_some();
    let names: Vec<String> =
        scenario.contenders.iter().filter(|c| is_program(c)).map(|c| c.name.clone()).collect();
    if names.is_empty() {
        return Ok(None);
    }
    scenario.contenders.retain(|contender| !is_program(contender));
    keep_expectations(scenario);
    let names = names.join(", ");
    if scenario.contenders.is_empty() {
        return Err(UsageError(format!(
            "programs cannot be simulated, and there is no other contender than {names}: \
             use `stampede run`"
        )));
    }
    Ok(Some(format!("left out, as programs cannot be simulated: {names}")))
}

/// Refuses a wanted contender that is none of the names that `owner` has.
pub(super) fn known(owner: &str, names: &[&str], wanted: &[String]) -> Result<(), UsageError> {
    let Some(wanted) = wanted.iter().find(|wanted| !names.contains(&wanted.as_str())) else {
        return Ok(());
    };
    let meant = did_you_mean(wanted, names.iter().copied());
    let meant = meant.map(|name| format!(", did you mean `{name}`?")).unwrap_or_default();
    let names = names.join(", ");
    Err(UsageError(format!("{owner} has no contender `{wanted}`{meant} (it has {names})")))
}

/// The same without programs, for the commands that only simulate; says on standard
/// error whom it left out.
pub(super) fn simulated(name: &str, contenders: &[String]) -> anyhow::Result<Scenario> {
    let mut scenario = self::scenario(name, contenders)?;
    if let Some(left_out) = without_commands(&mut scenario)? {
        anstream::eprintln!("note: {left_out}");
    }
    Ok(scenario)
}

/// What `--seeds` says.
pub(super) fn seeds_argument(text: &str) -> Result<Vec<u64>, UsageError> {
    seeds(text).map_err(|error| UsageError(format!("--seeds {text}: {error}")))
}

/// `7`, or a range such as `1..200`, both ends included.
pub(super) fn seeds(text: &str) -> Result<Vec<u64>, String> {
    let number = |text: &str| {
        let number = text.trim().parse::<u64>();
        number.map_err(|_| {
            format!("`{text}` is not a whole number: write one seed, such as 7, or a range, such as 1..200")
        })
    };
    let Some((first, last)) = text.split_once("..") else { return Ok(vec![number(text)?]) };
    let (first, last) = (number(first)?, number(last.trim_start_matches('='))?);
    if first > last {
        return Err(format!("the range is empty: {first} is above {last}"));
    }
    if last - first >= MOST_SEEDS {
        return Err(format!("more than {MOST_SEEDS} seeds"));
    }
    Ok((first..=last).collect())
}

const MOST_SEEDS: u64 = 1_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_are_a_number_or_a_range_with_both_ends() {
        assert_eq!(seeds("7"), Ok(vec![7]));
        assert_eq!(seeds("1..3"), Ok(vec![1, 2, 3]));
        assert_eq!(seeds("1..=3"), Ok(vec![1, 2, 3]));
        for bad in ["", "x", "3..1", "1..", "1..99999999"] {
            assert!(seeds(bad).is_err(), "{bad}");
        }
    }
}
