//! Differences of pairs: a resampled interval and a permutation test, both seeded, so that equal
//! files always get equal answers.

use super::Interval;

/// Resamples, and flips of signs where not all can be tried.
const DRAWS: usize = 10_000;
/// Up to this many pairs all flips of signs are tried.
const EXACT_PAIRS: usize = 13;

/// SplitMix64 (Steele, Lea and Flood 2014).
struct SplitMix(u64);

impl SplitMix {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Below `bound`, which is far below 2⁶⁴.
    fn below(&mut self, bound: usize) -> usize {
        ((u128::from(self.next()) * bound as u128) >> 64) as usize
    }
}

/// The 95 % percentile bootstrap interval of the mean (Efron 1979). `differences` is not empty.
pub fn mean_interval(differences: &[f64]) -> Interval {
    let n = differences.len();
    let mut draws = SplitMix(n as u64);
    let mut resample = || (0..n).map(|_| differences[draws.below(n)]).sum::<f64>() / n as f64;
    let mut means: Vec<f64> = (0..DRAWS).map(|_| resample()).collect();
    means.sort_by(f64::total_cmp);
    Interval { low: means[DRAWS / 40], high: means[DRAWS - 1 - DRAWS / 40] }
}

/// The two-sided p-value of no difference: how often the mean is as far from zero when the sign of
/// each pair is a coin's (Fisher 1935).
pub(crate) fn sign_flip(differences: &[f64]) -> f64 {
    let observed = differences.iter().sum::<f64>().abs();
    // Sums in another order differ in their last bits.
    let reached = |sum: f64| sum.abs() >= observed * (1.0 - 1e-12);
    if differences.len() <= EXACT_PAIRS {
        let flips = 1_u32 << differences.len();
        let sum = |mask: u32| {
            let signed = differences.iter().enumerate();
            signed.map(|(i, d)| if mask >> i & 1 == 0 { *d } else { -d }).sum::<f64>()
        };
        return (0..flips).filter(|mask| reached(sum(*mask))).count() as f64 / f64::from(flips);
    }
    let mut draws = SplitMix(differences.len() as u64);
    let mut flipped = || {
        let signed = differences.iter().map(|d| if draws.next() & 1 == 0 { *d } else { -d });
        signed.sum::<f64>()
    };
    let hits = (0..DRAWS).filter(|_| reached(flipped())).count();
    (hits + 1) as f64 / (DRAWS + 1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn six_pairs_of_one_sign_are_just_evidence() {
        assert_eq!(sign_flip(&[1.0; 6]), 2.0 / 64.0);
        assert_eq!(sign_flip(&[0.0; 6]), 1.0);
        assert!(sign_flip(&[1.0, -1.0, 2.0, -2.0, 3.0, -3.0]) > 0.9);
        assert!(sign_flip(&[1.0; 40]) < 0.001 && sign_flip(&[0.0; 40]) == 1.0);
    }

    #[test]
    fn the_interval_is_that_of_a_mean() {
        let alternating: Vec<f64> = (0..100).map(|i| f64::from(i % 2)).collect();
        let interval = mean_interval(&alternating);
        // 0.5 ± 1.96 · 0.5/√100.
        assert!((interval.low - 0.402).abs() < 0.02 && (interval.high - 0.598).abs() < 0.02);
        assert_eq!(mean_interval(&[2.0; 9]), Interval { low: 2.0, high: 2.0 });
    }
}
