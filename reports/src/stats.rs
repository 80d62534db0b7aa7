//! Intervals for proportions, at 95 % confidence; other statistics in the modules.

pub mod bounds;
pub mod distribution;
pub(crate) mod paired;

pub use self::paired::mean_interval;

/// The normal quantile of a two-sided 95 % interval.
const Z: f64 = 1.959_963_984_540_054;
/// With fewer clusters their variance is too rough an estimate to widen anything by.
const CLUSTERS_MIN: usize = 10;

/// Both ends of an interval, in the unit of what it estimates.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// Its lower end.
    pub low: f64,
    /// Its upper end, at least `low`.
    pub high: f64,
}

impl Interval {
    /// Whether it reaches from zero or below to zero or above.
    pub fn includes_zero(&self) -> bool {
        self.low <= 0.0 && self.high >= 0.0
    }
}

/// Wilson's score interval for a proportion (Wilson 1927), for a sample that is worth
/// `total / design_effect` independent members. None of an empty sample.
pub fn wilson(succeeded: u64, total: u64, design_effect: f64) -> Option<Interval> {
    assert!(succeeded <= total, "{succeeded} of {total} cannot have succeeded");
    (total > 0).then(|| {
        wilson_of(Z, succeeded as f64 / total as f64, total as f64 / design_effect.max(1.0))
    })
}

/// Of the proportion `p` in a sample worth `n` independent members, above 0.
fn wilson_of(z: f64, p: f64, n: f64) -> Interval {
    let centre = p + z * z / (2.0 * n);
    let reach = z * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt();
    let scale = 1.0 + z * z / n;
    // At the ends the formula is exact and floating point is not.
    let low = if p <= 0.0 { 0.0 } else { (centre - reach) / scale };
    let high = if p >= 1.0 { 1.0 } else { (centre + reach) / scale };
    Interval { low, high }
}

/// An estimated proportion and its Wilson interval, for [`difference`].
#[derive(Clone, Copy, Debug)]
pub struct Estimate {
    /// The proportion.
    pub rate: f64,
    /// Its interval.
    pub interval: Interval,
}

/// The interval of `a.rate - b.rate`: Newcombe's hybrid of two Wilson intervals (Newcombe 1998,
/// method 10). Contenders share their luck, so for them it errs on the wide side.
pub fn difference(a: Estimate, b: Estimate) -> Interval {
    let between = a.rate - b.rate;
    let down = (a.rate - a.interval.low).hypot(b.interval.high - b.rate);
    let up = (a.interval.high - a.rate).hypot(b.rate - b.interval.low);
    Interval { low: between - down, high: between + up }
}

/// How many times larger the variance of the overall ratio is than independent members would make
/// it: the ratio estimator's variance between clusters over the binomial one, at least 1. Members
/// of one seed share a bucket and a key cache, so they are not independent. With fewer than ten
/// clusters that have members, or when all members agree, there is nothing to estimate: 1.
///
/// Rounded to three decimals, so that a report reads back from text as it was written.
pub fn design_effect(per_seed: &[(u64, u64)]) -> f64 {
    let clusters: Vec<(f64, f64)> = per_seed
        .iter()
        .filter(|(_, total)| *total > 0)
        .map(|&(x, n)| (x as f64, n as f64))
        .collect();
    let (succeeded, total) = clusters.iter().fold((0.0, 0.0), |sum, c| (sum.0 + c.0, sum.1 + c.1));
    if clusters.len() < CLUSTERS_MIN || succeeded == 0.0 || succeeded == total {
        return 1.0;
    }
    let k = clusters.len() as f64;
    let p = succeeded / total;
    let spread: f64 = clusters.iter().map(|(x, n)| (x - p * n).powi(2)).sum();
    let between_clusters = k / (k - 1.0) * spread / (total * total);
    let binomial = p * (1.0 - p) / total;
    let effect = (between_clusters / binomial).max(1.0);
    (effect * 1_000.0).round() / 1_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rounded(interval: Interval) -> (String, String) {
        (format!("{:.4}", interval.low), format!("{:.4}", interval.high))
    }

    /// Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in
    /// Medicine 17 (1998), table I, method 3.
    #[test]
    fn wilson_agrees_with_published_values() {
        for (succeeded, total, low, high) in [
            (81, 263, "0.2553", "0.3662"),
            (15, 148, "0.0624", "0.1605"),
            (0, 20, "0.0000", "0.1611"),
            (1, 29, "0.0061", "0.1718"),
        ] {
            let interval = wilson(succeeded, total, 1.0).unwrap();
            assert_eq!(
                rounded(interval),
                (low.to_owned(), high.to_owned()),
                "{succeeded} of {total}"
            );
        }
    }

    /// Newcombe, "Interval estimation for the difference between independent proportions",
    /// Statistics in Medicine 17 (1998), table II, method 10, contrast (a).
    #[test]
    fn differences_agree_with_published_values() {
        let estimate = |x: u64, n: u64| Estimate {
            rate: x as f64 / n as f64,
            interval: wilson(x, n, 1.0).unwrap(),
        };
        let interval = difference(estimate(56, 70), estimate(48, 80));
        assert_eq!(rounded(interval), ("0.0524".to_owned(), "0.3339".to_owned()));
        assert!(!interval.includes_zero());
        assert!(difference(estimate(56, 70), estimate(62, 80)).includes_zero());
    }

    /// No failure among n proves at most about 4/n of them: the rule of three, two-sided.
    #[test]
    fn no_failure_is_not_perfection() {
        for total in [1, 20, 200, 3_000] {
            let interval = wilson(total, total, 1.0).unwrap();
            let n = total as f64;
            assert!(
                (interval.low - n / (n + 3.841_458_820_694_124)).abs() < 1e-12,
                "{interval:?} of {total}"
            );
            assert_eq!(interval.high, 1.0);
        }
    }

    #[test]
    fn nothing_has_no_interval() {
        assert_eq!(wilson(0, 0, 1.0), None);
    }

    #[test]
    fn a_design_effect_is_a_smaller_sample() {
        assert_eq!(wilson(400, 1_000, 10.0), wilson(40, 100, 1.0));
        assert_eq!(wilson(4, 10, 0.5), wilson(4, 10, 1.0), "never a larger one");
    }

    #[test]
    fn clusters_that_live_or_die_as_one_are_worth_one_member_each() {
        let all_or_nothing: Vec<(u64, u64)> = (0..20).map(|seed| ((seed % 2) * 8, 8)).collect();
        // 20 clusters of 8, half of them whole: 20/19 · 20·16/160² over ¼/160 = 8 · 20/19.
        assert_eq!(design_effect(&all_or_nothing), 8.421);
    }

    #[test]
    fn clusters_as_alike_as_chance_allows_widen_nothing() {
        assert_eq!(design_effect(&[(4, 8); 20]), 1.0);
        assert_eq!(design_effect(&[(8, 8); 20]), 1.0);
        assert_eq!(design_effect(&[(0, 8); 20]), 1.0);
        assert_eq!(design_effect(&[]), 1.0);
    }

    #[test]
    fn few_clusters_estimate_no_design_effect() {
        let nine: Vec<(u64, u64)> = (0..9).map(|seed| ((seed % 2) * 8, 8)).collect();
        assert_eq!(design_effect(&nine), 1.0);
        let padded: Vec<(u64, u64)> = nine.iter().copied().chain([(0, 0); 5]).collect();
        assert_eq!(design_effect(&padded), 1.0, "empty clusters are no clusters");
    }
}
