//! Waits drawn from known rules must be read as those rules.

use mock_sts::dice::{Dice, Purpose};

use super::*;

/// `runs` runs of `turns` waits by `rule`, each with up to 8 ms of a client's
/// own work.
fn drawn(runs: u64, turns: usize, rule: impl Fn(usize, f64, &mut Dice) -> f64) -> Vec<Vec<f64>> {
    let run = |number| {
        let mut dice = Dice::keyed(7, number, Purpose::Policy);
        let mut before = 0.0;
        (0..turns)
            .map(|turn| {
                before = rule(turn, before, &mut dice);
                before + 2.0 + 6.0 * dice.unit()
            })
            .collect()
    };
    (0..runs).map(run).collect()
}

fn grown(base: f64, factor: f64, turn: usize, cap: f64) -> f64 {
    (base * factor.powi(i32::try_from(turn).expect("few"))).min(cap)
}

fn assert_near(value: f64, expected: f64, share: f64) {
    assert!((value / expected - 1.0).abs() <= share, "{value} is not {expected}");
}

#[test]
fn waits_without_chance_are_read_exactly() {
    let fixed = fit(&drawn(3, 4, |_, _, _| 500.0)).expect("waits");
    assert_eq!((fixed.shape, fixed.factor, fixed.cap_ms), (Shape::None, 1.0, None));
    assert_near(fixed.base_ms, 500.0, 0.03);
    let doubled = fit(&drawn(3, 5, |turn, _, _| grown(300.0, 2.0, turn, 2000.0))).expect("waits");
    assert_eq!((doubled.shape, doubled.factor), (Shape::None, 2.0));
    assert_near(doubled.base_ms, 300.0, 0.03);
    assert_near(doubled.cap_ms.expect("a cap"), 2000.0, 0.02);
    assert_eq!(doubled.to_string(), "exponential 300 ms ×2, cap 2.0 s");
    let one = fit(&drawn(3, 1, |_, _, _| 1000.0)).expect("waits");
    assert_eq!(one.to_string(), "fixed 1.0 s");
    let short = fit(&drawn(3, 3, |_, _, _| 50.0)).expect("waits");
    assert_eq!((short.shape, short.to_string().as_str()), (Shape::Short, "within 58 ms"));
    assert_eq!(fit(&[vec![], vec![]]), None);
}

/// A machine that is busy now and then is no jitter.
#[test]
fn a_late_wait_does_not_change_the_rule() {
    let mut waits = drawn(2, 3, |turn, _, _| grown(200.0, 2.0, turn, 1e9));
    waits[1][2] += 150.0;
    let late = fit(&waits).expect("waits");
    assert_eq!(late.to_string(), "exponential 200 ms ×2");
}

#[test]
fn jitters_are_told_apart() {
    let full = |turn, _: f64, dice: &mut Dice| dice.unit() * grown(1000.0, 2.0, turn, 1e9);
    let full = fit(&drawn(8, 4, full)).expect("waits");
    assert_eq!((full.shape, full.factor), (Shape::Full, 2.0), "{full}");
    assert_near(full.base_ms, 1000.0, 0.15);

    let equal = |turn, _: f64, dice: &mut Dice| {
        let ceiling = grown(1000.0, 2.0, turn, 1e9);
        ceiling / 2.0 + dice.unit() * ceiling / 2.0
    };
    let equal = fit(&drawn(8, 3, equal)).expect("waits");
    assert_eq!((equal.shape, equal.factor), (Shape::Equal, 2.0), "{equal}");
    assert_near(equal.base_ms, 1000.0, 0.1);

    let decorrelated = |_, before: f64, dice: &mut Dice| {
        let before = if before == 0.0 { 200.0 } else { before };
        200.0 + dice.unit() * (3.0 * before - 200.0)
    };
    let decorrelated = fit(&drawn(12, 6, decorrelated)).expect("waits");
    assert_eq!(decorrelated.shape, Shape::Decorrelated, "{decorrelated}");
    assert_near(decorrelated.base_ms, 200.0, 0.2);

    let flat = fit(&drawn(8, 4, |_, _, dice| 1000.0 + 2000.0 * dice.unit())).expect("waits");
    assert_eq!((flat.shape, flat.factor), (Shape::Range, 1.0), "{flat}");
}

#[test]
fn a_cap_is_found_under_jitter() {
    let capped = |turn, _: f64, dice: &mut Dice| dice.unit() * grown(100.0, 2.0, turn, 1600.0);
    let capped = fit(&drawn(12, 9, capped)).expect("waits");
    assert_eq!((capped.shape, capped.factor), (Shape::Full, 2.0), "{capped}");
    assert_near(capped.base_ms, 100.0, 0.2);
    assert_near(capped.cap_ms.expect("a cap"), 1600.0, 0.1);
}

/// Neither even nor the same: nothing is made up.
#[test]
fn what_follows_no_rule_is_called_irregular() {
    let odd = |turn: usize, _: f64, dice: &mut Dice| {
        if turn == 1 { 10.0 } else { 4000.0 + dice.unit() * 500.0 }
    };
    let odd = fit(&drawn(8, 3, odd)).expect("waits");
    assert_eq!(odd.shape, Shape::Irregular, "{odd}");
    assert!(odd.to_string().starts_with("irregular, medians 4."), "{odd}");
}

/// How often a rule is found from six runs, as the page says.
#[test]
fn jitters_are_found_as_often_as_the_page_says() {
    let found = |turns: usize, equal: bool| {
        let mut found = (0, 0);
        for trial in 0..200 {
            let mut runs = Vec::new();
            for run in 0..6 {
                let mut dice = Dice::keyed(trial, run, Purpose::Policy);
                let wait = |turn| {
                    let ceiling = grown(1000.0, 2.0, turn, 1e9);
                    let least = if equal { ceiling / 2.0 } else { 0.0 };
                    least + dice.unit() * (ceiling - least) + 2.0 + 6.0 * dice.unit()
                };
                runs.push((0..turns).map(wait).collect());
            }
            let fit = fit(&runs).expect("waits");
            let shape = if equal { Shape::Equal } else { Shape::Full };
            found.0 += u32::from(fit.shape == shape);
            let near = (fit.base_ms / 1000.0 - 1.0).abs() <= 0.25;
            found.1 += u32::from(fit.shape == shape && fit.factor == 2.0 && near);
        }
        found
    };
    let all = [found(2, false), found(4, false), found(2, true), found(4, true)];
    println!("shape, and base and factor too, of 200: {all:?}");
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/census.md");
    let page = std::fs::read_to_string(page).expect("the page");
    for ((shape, both), row) in all.iter().zip(["full, 3", "full, 5", "equal, 3", "equal, 5"]) {
        let line = format!("| {row} tries | {shape} | {both} |");
        assert!(page.lines().any(|there| there == line), "the page should say: {line}");
    }
}
