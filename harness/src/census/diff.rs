//! What a command does otherwise than it did.

use super::result::{CensusResult, Row};
use super::show::{connection, exit, hint, token, tries, yes};

/// How sure a change of jittered waits must be, over all errors together.
const ALPHA: f64 = 0.05;
/// Medians that differ by less than this share are the same wait.
const LEAST_CHANGE: f64 = 0.1;

/// What differs between two censuses, one sentence each: what can be counted
/// exactly, waits where a rank test says so (Mann–Whitney on the whole wait of
/// each run, Holm over the errors, 5 %) and their medians differ by 10 %.
#[must_use]
pub fn changes(before: &CensusResult, now: &CensusResult) -> Vec<String> {
    let mut changes = Vec::new();
    let mut waits = Vec::new();
    for row in &now.rows {
        let Some(old) = before.rows.iter().find(|old| old.case == row.case) else { continue };
        for (what, old, new) in facts(before, old, now, row) {
            if old != new {
                changes.push(format!("{}: {what}: {old} before, {new} now", row.case));
            }
        }
        if old.tries == row.tries {
            let p = p_value(&totals(old), &totals(row));
            waits.extend(row.waits.as_ref().map(|_| (row, old, p)));
        }
    }
    waits.sort_by(|a, b| a.2.total_cmp(&b.2));
    let tests = waits.len();
    for (rank, (row, old, p)) in waits.into_iter().enumerate() {
        if p > ALPHA / (tests - rank) as f64 {
            break;
        }
        let said = |row: &Row| row.waits.as_ref().map(ToString::to_string).unwrap_or_default();
        if differ(&totals(old), &totals(row)) {
            changes.push(format!("{}: waits: {} before, {} now", row.case, said(old), said(row)));
        }
    }
    changes
}

/// What can be compared as it stands.
fn facts(
    before: &CensusResult,
    old: &Row,
    now: &CensusResult,
    new: &Row,
) -> [(&'static str, String, String); 7] {
    let sleeps = |row: &Row| yes(row.sleeps_after_last).to_owned();
    let pair = |what, of: &dyn Fn(&Row) -> String| (what, of(old), of(new));
    [
        pair("tries", &tries),
        pair("hint", &|row| hint(row.hint).into()),
        pair("sleeps after its last try", &sleeps),
        pair("token", &|row| token(row.token).into()),
        pair("connection", &|row| connection(row.connections).into()),
        pair("recovers", &|row| yes(row.recovers).into()),
        ("exit", exit(before, old.exit), exit(now, new.exit)),
    ]
}

/// How long each run waited in all, in ms; none of a run that did not wait.
fn totals(row: &Row) -> Vec<f64> {
    let waited = row.waits_ms.iter().filter(|waits| !waits.is_empty());
    waited.map(|waits| waits.iter().sum()).collect()
}

fn differ(old: &[f64], new: &[f64]) -> bool {
    let middle = |of: &[f64]| super::fit::median(of.iter().copied());
    let (old, new) = (middle(old), middle(new));
    (new - old).abs() > LEAST_CHANGE * old.max(new)
}

/// The two-sided p-value of Mann and Whitney's test, exact by counting all
/// arrangements of the ranks; 1 where a sample is empty.
fn p_value(a: &[f64], b: &[f64]) -> f64 {
    let wins = a.iter().flat_map(|x| b.iter().map(move |y| x > y)).filter(|wins| *wins).count();
    let pairs = a.len() * b.len();
    if pairs == 0 {
        return 1.0;
    }
    let distribution = arrangements(a.len(), b.len());
    let all: f64 = distribution.iter().sum();
    let least = wins.min(pairs - wins);
    let tail: f64 = distribution[..=least].iter().sum();
    (2.0 * tail / all).min(1.0)
}

/// How many arrangements of m a's and n b's have each number of wins:
/// the Gaussian binomial's coefficients.
fn arrangements(m: usize, n: usize) -> Vec<f64> {
    let mut coefficients = vec![0.0; m * n + 1];
    coefficients[0] = 1.0;
    for factor in 1..=m {
        // Times (1 - q^(n + factor)), over (1 - q^factor).
        for power in (n + factor..coefficients.len()).rev() {
            coefficients[power] -= coefficients[power - n - factor];
        }
        for power in factor..coefficients.len() {
            coefficients[power] += coefficients[power - factor];
        }
    }
    coefficients
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrangements_are_counted() {
        assert_eq!(arrangements(2, 2), [1.0, 1.0, 2.0, 1.0, 1.0]);
        assert_eq!(arrangements(3, 4).iter().sum::<f64>(), 35.0);
        assert_eq!(arrangements(6, 6).iter().sum::<f64>(), 924.0);
    }

    #[test]
    fn only_what_is_apart_differs() {
        let low = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
        let high = low.map(|value| value + 6.0);
        assert!((p_value(&low, &high) - 2.0 / 924.0).abs() < 1e-12);
        assert_eq!(p_value(&low, &high), p_value(&high, &low));
        let mixed = low.map(|value| value + 0.5);
        assert!(p_value(&low, &mixed) > 0.5);
        assert_eq!(p_value(&low, &[]), 1.0);
    }
}
