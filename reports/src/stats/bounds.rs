//! One-sided bounds at a confidence of one's choice, and how much more of a sample would decide.

use super::Interval;
use super::distribution::{beta, normal, root, student};

/// Samples worth more than this are normal for all that three digits can show.
const NORMAL_FROM: f64 = 100_000.0;
/// Nobody waits for more.
const MOST: u64 = 1_000_000_000;

/// One-sided bounds of the proportion `rate` (0 to 1) of a sample worth `size` independent members
/// (above 0), each end with `confidence` (above 0.5, below 1) of its own: Wilson's score bounds.
pub fn proportion(rate: f64, size: f64, confidence: f64) -> Interval {
    super::wilson_of(normal(confidence), rate, size)
}

/// The mean of clusters: (sum, members) of each. The ratio of all sums to all members, and its
/// one-sided bounds by Student's t over the clusters (the ratio estimator, Cochran 1977 §2.11).
/// The bounds are none with fewer than two clusters.
pub fn ratio(clusters: &[(f64, f64)], confidence: f64) -> Option<(f64, Option<Interval>)> {
    let (sum, members) = clusters.iter().fold((0.0, 0.0), |all, c| (all.0 + c.0, all.1 + c.1));
    if members <= 0.0 {
        return None;
    }
    let mean = sum / members;
    let reach = standard_error(clusters).map(|error| {
        let degrees = clusters.len() as f64 - 1.0;
        student(confidence, degrees) * error
    });
    Some((mean, reach.map(|reach| Interval { low: mean - reach, high: mean + reach })))
}

/// Of the ratio of all sums to all members; none with fewer than two clusters.
pub fn standard_error(clusters: &[(f64, f64)]) -> Option<f64> {
    let k = clusters.len() as f64;
    let (sum, members) = clusters.iter().fold((0.0, 0.0), |all, c| (all.0 + c.0, all.1 + c.1));
    if clusters.len() < 2 || members <= 0.0 {
        return None;
    }
    let mean = sum / members;
    let spread: f64 = clusters.iter().map(|(x, n)| (x - mean * n).powi(2)).sum();
    Some((k / (k - 1.0) * spread).sqrt() / members)
}

/// Which shares of a sample's ordered members bound its population's quantile `q`, each end with
/// `confidence` of its own: order statistics (David and Nagaraja 2003 §7.1), for a sample worth
/// `size` independent members, in the way of Woodruff 1952 where members come in clusters. An end
/// that the sample is too small for lies outside of 0 to 1.
pub fn quantile_shares(q: f64, size: f64, confidence: f64) -> Interval {
    if size > NORMAL_FROM {
        let reach = normal(confidence) * (q * (1.0 - q) / size).sqrt();
        return Interval { low: q - reach, high: q + reach };
    }
    if size < 1.0 {
        return Interval { low: -1.0, high: 2.0 };
    }
    // The chance that at least `rank` of the sample lie at or below the quantile falls with `rank`.
    let chance = |rank: f64| beta(q, rank, size - rank + 1.0);
    let rank_with = |chance_wanted: f64| root(0.0, size + 1.0, |rank| chance(rank) > chance_wanted);
    let (low, high) = (rank_with(confidence), rank_with(1.0 - confidence));
    // Rounding must not take away the last member of a sample that is just large enough.
    let high = if high <= size * (1.0 + 1e-9) { high.min(size) } else { 2.0 * size };
    Interval { low: if low < 1.0 { -1.0 } else { low / size }, high: high / size }
}

/// The smallest count from `from` that decides, if any below a thousand million does; `decides`
/// stays true once it is.
pub fn smallest(from: u64, decides: impl Fn(u64) -> bool) -> Option<u64> {
    let mut above = from.max(1);
    while !decides(above) {
        above = above.checked_mul(2).filter(|above| *above <= MOST)?;
    }
    let mut below = (above / 2).max(from.max(1) - 1);
    while above - below > 1 {
        let middle = below + (above - below) / 2;
        if decides(middle) {
            above = middle;
        } else {
            below = middle;
        }
    }
    Some(above)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_one_sided_bound_is_the_end_of_a_wider_interval() {
        let two_sided = super::super::wilson(81, 263, 1.0).unwrap();
        let one_sided = proportion(81.0 / 263.0, 263.0, 0.975);
        assert!((two_sided.low - one_sided.low).abs() < 1e-9);
        assert!((two_sided.high - one_sided.high).abs() < 1e-9);
    }

    #[test]
    fn means_of_clusters_follow_student() {
        // Student's sleep data, the difference of the two drugs: mean 1.58, sd 1.23, n 10.
        let slept = [1.2, 2.4, 1.3, 1.3, 0.0, 1.0, 1.8, 0.8, 4.6, 1.4].map(|d| (d, 1.0));
        let (mean, bounds) = ratio(&slept, 0.975).unwrap();
        let bounds = bounds.unwrap();
        assert!((mean - 1.58).abs() < 1e-9);
        assert!((bounds.low - 0.7001).abs() < 1e-4 && (bounds.high - 2.4599).abs() < 1e-4);
        assert_eq!(ratio(&[(3.0, 2.0)], 0.95), Some((1.5, None)));
        assert_eq!(ratio(&[], 0.95), None);
    }

    /// The largest of 59 is above the 95th percentile with 95 %, that of 58 is not.
    #[test]
    fn quantiles_need_the_sample_that_percentiles_need() {
        for (q, needed) in [(0.5, 5.0), (0.9, 29.0), (0.95, 59.0), (0.99, 299.0)] {
            assert!(quantile_shares(q, needed, 0.95).high <= 1.0, "{q} of {needed}");
            assert!(quantile_shares(q, needed - 1.0, 0.95).high > 1.0, "{q} of {}", needed - 1.0);
        }
        // The exact ranks for the median of 20 at 97.5 % a side: the 6th and the 15th.
        let shares = quantile_shares(0.5, 20.0, 0.975);
        assert_eq!(((shares.low * 20.0).floor(), (shares.high * 20.0).ceil()), (6.0, 15.0));
        assert!(quantile_shares(0.5, 0.5, 0.95).high > 1.0);
    }

    #[test]
    fn exact_ranks_meet_the_normal_ones() {
        let (exact, normal) =
            (quantile_shares(0.95, 99_999.0, 0.95), quantile_shares(0.95, 100_001.0, 0.95));
        assert!((exact.low - normal.low).abs() < 1e-4 && (exact.high - normal.high).abs() < 1e-4);
    }

    #[test]
    fn the_smallest_that_decides_is_found() {
        for wanted in [1, 2, 7, 8, 1_000, 123_456] {
            assert_eq!(smallest(1, |n| n >= wanted), Some(wanted));
        }
        assert_eq!(smallest(10, |n| n >= 3), Some(10), "never below what there is");
        assert_eq!(smallest(1, |_| false), None);
    }
}
