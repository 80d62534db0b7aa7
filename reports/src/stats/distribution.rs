//! The three distributions that intervals at any confidence need, by their definitions.

/// Steps of a bisection: more halvings than a float has digits.
const HALVINGS: u32 = 100;
/// Terms of the continued fraction; it needs about the root of the larger parameter.
const TERMS: u32 = 10_000;

/// The standard normal quantile of `confidence`, above 0 and below 1.
pub fn normal(confidence: f64) -> f64 {
    let below = |z: f64| libm::erfc(-z / std::f64::consts::SQRT_2) / 2.0;
    root(-40.0, 40.0, |z| below(z) < confidence)
}

/// Student's t quantile of `confidence` (0.5 and up, below 1) for `degrees` of freedom, at least 1.
pub fn student(confidence: f64, degrees: f64) -> f64 {
    let above = |t: f64| beta(degrees / (degrees + t * t), degrees / 2.0, 0.5) / 2.0;
    root(0.0, 1e6, |t| 1.0 - above(t) < confidence)
}

/// The regularised incomplete beta function I_x(a, b), for `a` and `b` above 0: also the
/// probability that of `a + b - 1` trials of chance `x` at least `a` succeed. By its continued
/// fraction (Abramowitz and Stegun 26.5.8, evaluated as Lentz 1976 does).
pub fn beta(x: f64, a: f64, b: f64) -> f64 {
    if x <= 0.0 || x >= 1.0 {
        return if x >= 1.0 { 1.0 } else { 0.0 };
    }
    let log_front = libm::lgamma(a + b) - libm::lgamma(a) - libm::lgamma(b)
        + a * libm::log(x)
        + b * libm::log1p(-x);
    let front = libm::exp(log_front);
    // It converges fast below the mean only; above it, the other tail is summed.
    if x < (a + 1.0) / (a + b + 2.0) {
        front * fraction(x, a, b) / a
    } else {
        1.0 - front * fraction(1.0 - x, b, a) / b
    }
}

fn fraction(x: f64, a: f64, b: f64) -> f64 {
    let not_zero = |value: f64| if value.abs() < 1e-300 { 1e-300 } else { value };
    let mut c = 1.0;
    let mut d = 1.0 / not_zero(1.0 - (a + b) * x / (a + 1.0));
    let mut value = d;
    for term in 1..=TERMS {
        let m = f64::from(term);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let mut change = 1.0;
        for step in [even, odd] {
            d = 1.0 / not_zero(1.0 + step * d);
            c = not_zero(1.0 + step / c);
            change = c * d;
            value *= change;
        }
        if (change - 1.0).abs() < 1e-14 {
            break;
        }
    }
    value
}

/// Where `is_left` turns from true to false between `low` and `high`.
pub(super) fn root(mut low: f64, mut high: f64, is_left: impl Fn(f64) -> bool) -> f64 {
    for _ in 0..HALVINGS {
        let middle = low + (high - low) / 2.0;
        if is_left(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
    high
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Printed in every textbook's tables.
    #[test]
    fn quantiles_agree_with_tables() {
        for (confidence, z) in [(0.5, 0.0), (0.9, 1.2816), (0.95, 1.6449), (0.975, 1.9600)] {
            assert!((normal(confidence) - z).abs() < 5e-5, "{confidence}: {}", normal(confidence));
        }
        for (confidence, degrees, t) in [
            (0.95, 1.0, 6.3138),
            (0.95, 9.0, 1.8331),
            (0.975, 4.0, 2.7764),
            (0.99, 30.0, 2.4573),
            (0.95, 1e6, 1.6449),
        ] {
            let found = student(confidence, degrees);
            assert!((found - t).abs() < 5e-5, "{confidence}, {degrees}: {found}");
        }
    }

    /// I_x(k, n - k + 1) is a sum of binomial terms that can be added up by hand.
    #[test]
    fn the_beta_function_sums_binomial_tails() {
        for (n, x) in [(5_u32, 0.3), (12, 0.95), (60, 0.5), (200, 0.9_f64)] {
            let mut term = (1.0 - x).powi(n as i32);
            let mut below = 0.0;
            for k in 1..=n {
                below += term;
                term *= f64::from(n - k + 1) / f64::from(k) * x / (1.0 - x);
                let tail = beta(x, f64::from(k), f64::from(n - k + 1));
                assert!((tail - (1.0 - below)).abs() < 1e-9, "{n} trials of {x}, {k} and more");
            }
        }
    }
}
