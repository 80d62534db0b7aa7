//! Chance as a value: every draw is keyed by (seed, entity, purpose).
//!
//! Two entities never share a stream, so adding a job shifts nobody else's
//! luck, and contenders that differ only in what they do meet the same draws.

use std::convert::Infallible;
use std::fmt;
use std::time::Duration;

use rand::{RngExt, TryRng};

use crate::clock::nanos;

/// What a stream of draws is for. The discriminants are part of the digests:
/// append, never renumber.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u64)]
pub enum Purpose {
    /// Where in a burst a job starts, or how far from its neighbour.
    Arrival = 1,
    /// One way through the network.
    Hop = 2,
    /// The jitter of a retry policy.
    Policy = 3,
    /// The time STS itself takes for one request.
    ServiceLatency = 4,
    /// Which STS front end a request lands on.
    KeyHost = 5,
    /// How long the identity provider takes to answer one key fetch.
    KeyFetch = 6,
    /// How long the token endpoint takes.
    TokenLatency = 7,
    /// The jitter of a broker's refresh.
    Refresh = 8,
    /// What tells one request of a real client from another.
    Request = 9,
    /// The id of an answer.
    RequestId = 10,
    /// Whether and how the token endpoint fails one request.
    TokenFault = 40,
    /// Whether a fault strikes a request.
    Fault = 21,
    /// The turns of a service that flaps.
    Flapping = 22,
    /// How long a tool waits before it begins.
    Admission = 60,
    /// Which points of a space of parameters are tried.
    Design = 80,
    /// What makes session tokens as long as STS's.
    Padding = 90,
    /// The id of an access key.
    AccessKeyId = 91,
}

/// A stream of draws in eight bytes (SplitMix64: Steele, Lea and Flood,
/// "Fast splittable pseudorandom number generators", 2014).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Dice {
    state: u64,
}

const GOLDEN_GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;

/// The SplitMix64 finisher: every bit of the result depends on every bit of `z`.
pub(crate) const fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A 64-bit key for a name, stable across runs, machines and versions
/// (FNV-1a, finished with the SplitMix64 mixer).
#[must_use]
pub fn key_of(name: &str) -> u64 {
    let mut hash = Fnv::default();
    hash.add(name);
    mix(hash.0)
}

/// A part of a name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Part {
    /// As it stands.
    Text(&'static str),
    /// In decimal digits.
    Number(u32),
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Number(number) => write!(f, "{number}"),
        }
    }
}

/// [`key_of`] a name of these parts, which need not be written anywhere for it.
#[must_use]
pub fn key_of_parts(parts: &[Part]) -> u64 {
    let mut hash = Fnv::default();
    for part in parts {
        match *part {
            Part::Text(text) => hash.add(text),
            Part::Number(number) => hash.add(itoa::Buffer::new().format(number)),
        }
    }
    mix(hash.0)
}

struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Fnv {
    fn add(&mut self, text: &str) {
        for byte in text.bytes() {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}

impl Dice {
    /// The stream of `entity` for `purpose` under `seed`.
    #[must_use]
    pub const fn keyed(seed: u64, entity: u64, purpose: Purpose) -> Self {
        let seeded = mix(seed.wrapping_add(GOLDEN_GAMMA));
        let owned = mix(seeded ^ entity.wrapping_mul(GOLDEN_GAMMA));
        Self { state: mix(owned ^ (purpose as u64).wrapping_mul(GOLDEN_GAMMA)) }
    }

    /// The next 64 bits.
    pub const fn bits(&mut self) -> u64 {
        self.state = self.state.wrapping_add(GOLDEN_GAMMA);
        mix(self.state)
    }

    /// A number in [0, 1), in steps of 2⁻⁵³.
    pub fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 * (1.0 / (1_u64 << 53) as f64)
    }

    /// A whole number below `bound`; zero when `bound` is zero.
    pub fn below(&mut self, bound: u64) -> u64 {
        if bound == 0 { 0 } else { self.random_range(0..bound) }
    }

    /// A duration in [0, `longest`], uniform to the nanosecond.
    pub fn up_to(&mut self, longest: Duration) -> Duration {
        Duration::from_nanos(self.up_to_ns(nanos(longest)))
    }

    /// The same in nanoseconds.
    #[inline]
    pub fn up_to_ns(&mut self, longest_ns: u64) -> u64 {
        self.random_range(0..=longest_ns)
    }

    /// A standard normal draw by inversion: one draw in, one number out, and
    /// monotone in the draw, so paired runs stay paired.
    pub fn normal(&mut self) -> f64 {
        // Half a step inwards keeps the argument off 0 and 1.
        inverse_normal(self.unit() + 0.5 / (1_u64 << 53) as f64)
    }

    /// An exponential draw of mean 1, by inversion.
    pub fn exponential(&mut self) -> f64 {
        -libm::log1p(-self.unit())
    }
}

impl TryRng for Dice {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok((self.bits() >> 32) as u32)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.bits())
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for chunk in bytes.chunks_mut(8) {
            chunk.copy_from_slice(&self.bits().to_le_bytes()[..chunk.len()]);
        }
        Ok(())
    }
}

/// The quantile of the standard normal distribution at `p` in (0, 1), by
/// Acklam's rational approximation (relative error below 1.15e-9).
fn inverse_normal(p: f64) -> f64 {
    const A: [f64; 6] = [
        -3.969683028665376e1,
        2.209460984245205e2,
        -2.759285104469687e2,
        1.38357751867269e2,
        -3.066479806614716e1,
        2.506628277459239,
    ];
    const B: [f64; 5] = [
        -5.447609879822406e1,
        1.615858368580409e2,
        -1.556989798598866e2,
        6.680131188771972e1,
        -1.328068155288572e1,
    ];
    const C: [f64; 6] = [
        -7.784894002430293e-3,
        -3.223964580411365e-1,
        -2.400758277161838,
        -2.549732539343734,
        4.374664141464968,
        2.938163982698783,
    ];
    const D: [f64; 4] =
        [7.784695709041462e-3, 3.224671290700398e-1, 2.445134137142996, 3.754408661907416];
    const TAIL: f64 = 0.02425;

    let horner = |coefficients: &[f64], x: f64| coefficients.iter().fold(0.0, |sum, c| sum * x + c);
    let tail = |p: f64| {
        let q = libm::sqrt(-2.0 * libm::log(p));
        horner(&C, q) / (horner(&D, q) * q + 1.0)
    };
    if p < TAIL {
        tail(p)
    } else if p > 1.0 - TAIL {
        -tail(1.0 - p)
    } else {
        let q = p - 0.5;
        let r = q * q;
        horner(&A, r) * q / (horner(&B, r) * r + 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_answers() {
        let mut dice = Dice { state: 0 };
        // The published first outputs of SplitMix64 from state 0.
        assert_eq!(dice.bits(), 0xe220_a839_7b1d_cdaf);
        assert_eq!(dice.bits(), 0x6e78_9e6a_a1b9_65f4);
        let mut keyed = Dice::keyed(7, 3, Purpose::Policy);
        let drawn: Vec<u64> = (0..4).map(|_| keyed.below(1000)).collect();
        assert_eq!(drawn, [KNOWN[0], KNOWN[1], KNOWN[2], KNOWN[3]]);
    }

    /// Draws that digests depend on: if these change, so does every digest.
    const KNOWN: [u64; 4] = [660, 963, 592, 129];

    #[test]
    fn a_name_has_one_key_however_it_is_put_together() {
        let parts = [Part::Text("job-"), Part::Number(12), Part::Text("-tool-"), Part::Number(345)];
        assert_eq!(key_of_parts(&parts), key_of("job-12-tool-345"));
        assert_eq!(parts.map(|part| part.to_string()).concat(), "job-12-tool-345");
        assert_ne!(key_of("job-12-tool-345"), key_of("job-123-tool-45"));
    }

    #[test]
    fn entities_and_purposes_do_not_share_luck() {
        let first = |seed, entity, purpose| Dice::keyed(seed, entity, purpose).bits();
        let base = first(1, 1, Purpose::Hop);
        assert_ne!(base, first(2, 1, Purpose::Hop));
        assert_ne!(base, first(1, 2, Purpose::Hop));
        assert_ne!(base, first(1, 1, Purpose::Policy));
    }

    #[test]
    fn normal_quantiles_match_the_tables() {
        for (p, z) in [(0.5, 0.0), (0.975, 1.959_964), (0.025, -1.959_964), (0.999, 3.090_232)] {
            assert!((inverse_normal(p) - z).abs() < 1e-5, "quantile at {p}");
        }
    }

    #[test]
    fn up_to_stays_within_bounds() {
        let mut dice = Dice::keyed(1, 1, Purpose::Policy);
        let longest = Duration::from_millis(50);
        assert!((0..1000).all(|_| dice.up_to(longest) <= longest));
        assert_eq!(dice.up_to(Duration::ZERO), Duration::ZERO);
    }
}
