//! What was read of tokens that came before: a fleet's jobs present the same
//! token again and again, and checking an RSA signature costs more than all the
//! rest of a request.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::dice::mix;
use crate::request::WebIdentity;

/// Tokens remembered at the most. A power of two.
const SLOTS: usize = 1024;

/// The longest token that is remembered, in bytes: so all of them take 4 MiB at
/// the most, and GitHub's have under 2 kB.
const LONGEST: usize = 4096;

/// The latest token of each slot; another one that falls into the same slot
/// takes its place.
pub(super) struct Seen {
    slots: Vec<Mutex<Option<Read>>>,
}

struct Read {
    token: Box<str>,
    identity: Arc<WebIdentity>,
}

impl Default for Seen {
    fn default() -> Self {
        Self { slots: (0..SLOTS).map(|_| Mutex::default()).collect() }
    }
}

impl Seen {
    /// What was read of this very token.
    pub(super) fn find(&self, token: &str) -> Option<Arc<WebIdentity>> {
        let slot = self.slot(token);
        let read = slot.as_ref().filter(|read| *read.token == *token)?;
        Some(Arc::clone(&read.identity))
    }

    /// Remembers what was read of `token`.
    pub(super) fn remember(&self, token: &str, identity: &Arc<WebIdentity>) {
        if token.len() <= LONGEST {
            let read = Read { token: token.into(), identity: Arc::clone(identity) };
            *self.slot(token) = Some(read);
        }
    }

    /// A token ends in its signature, so its last bytes are as good as a hash.
    fn slot(&self, token: &str) -> MutexGuard<'_, Option<Read>> {
        let end = token.as_bytes().rchunks(8).next().unwrap_or_default();
        let bits = end.iter().fold(0, |bits, byte| (bits << 8) | u64::from(*byte));
        let slot = mix(bits) as usize % SLOTS;
        self.slots[slot].lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::TokenSignature;

    fn identity(subject: &str) -> Arc<WebIdentity> {
        Arc::new(WebIdentity {
            length: 0,
            issuer: String::new(),
            audiences: Vec::new(),
            subject: Some(subject.into()),
            others: [].into(),
            expires_unix: None,
            not_before_unix: None,
            signature: TokenSignature::Valid,
        })
    }

    #[test]
    fn only_the_very_token_is_found() {
        let seen = Seen::default();
        seen.remember("head.claims.signature", &identity("one"));
        assert_eq!(seen.find("head.claims.signature"), Some(identity("one")));
        // The same slot, but other claims before the same signature.
        assert_eq!(seen.find("head.CLAIMS.signature"), None);
        seen.remember("head.CLAIMS.signature", &identity("two"));
        assert_eq!(seen.find("head.claims.signature"), None);
        assert_eq!(seen.find("head.CLAIMS.signature"), Some(identity("two")));
    }

    #[test]
    fn what_is_too_long_is_not_kept() {
        let seen = Seen::default();
        let long = "a".repeat(LONGEST + 1);
        seen.remember(&long, &identity("long"));
        assert_eq!(seen.find(&long), None);
        assert_eq!(seen.find(""), None);
    }
}
