//! Which scenario, which contenders, which seeds.

use mock_sts::config::unit::did_you_mean;

use super::exit::UsageError;
use crate::scenario::{Scenario, load};

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
    scenario.expectations.retain(|expectation| contenders.contains(&expectation.contender));
    Ok(scenario)
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

/// `7`, or a range such as `1..200`, both ends included.
pub(super) fn seeds(text: &str) -> Result<Vec<u64>, String> {
    let number = |text: &str| {
        text.trim().parse::<u64>().map_err(|_| format!("`{text}` is not a whole number"))
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
