//! A running hash of everything that happened: same seed, same digest.

use std::fmt;

use crate::world::Instant;

/// 64 bits over (time, entity, event), in the order of the events.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Digest(u64);

impl Default for Digest {
    fn default() -> Self {
        Self(0x5374_616d_7065_6465)
    }
}

impl Digest {
    /// Takes in one event.
    pub fn add(&mut self, at: Instant, entity: u64, event: u64) {
        self.mix(at.as_nanos());
        self.mix(entity);
        self.mix(event);
    }

    /// Takes in another digest, as one event.
    pub fn absorb(&mut self, other: Self) {
        self.mix(other.0);
    }

    /// From its 16 hex digits; none of anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let is_one = text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_one.then(|| u64::from_str_radix(text, 16).ok())?.map(Self)
    }

    /// One round of the finaliser of MurmurHash3 over the state and the word.
    fn mix(&mut self, word: u64) {
        let mut state = (self.0 ^ word).wrapping_mul(0xff51_afd7_ed55_8ccd);
        state ^= state >> 32;
        self.0 = state.wrapping_mul(0xc4ce_b9fe_1a85_ec53).rotate_left(23);
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(events: &[(u64, u64, u64)]) -> String {
        let mut digest = Digest::default();
        for &(at, entity, event) in events {
            digest.add(Instant::from_nanos(at), entity, event);
        }
        digest.to_string()
    }

    #[test]
    fn order_and_every_word_count() {
        let base = digest(&[(1, 2, 3), (4, 5, 6)]);
        assert_eq!(base.len(), 16);
        assert_eq!(base, digest(&[(1, 2, 3), (4, 5, 6)]));
        for other in [
            digest(&[(4, 5, 6), (1, 2, 3)]),
            digest(&[(1, 2, 3), (4, 5, 7)]),
            digest(&[(1, 2, 3), (4, 6, 6)]),
            digest(&[(1, 2, 3), (5, 5, 6)]),
        ] {
            assert_ne!(base, other);
        }
    }
}
