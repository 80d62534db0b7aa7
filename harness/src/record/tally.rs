//! Failures counted by kind and message.

use super::{Cause, Failure};
use crate::world::Instant;

/// Messages kept apart for one kind of failure; later ones join the last.
const MESSAGES: usize = 8;

/// Counts failures. Its size does not depend on how many there were.
#[derive(Clone, Debug, Default)]
pub struct FailureTally {
    counted: Vec<Tallied>,
}

/// One kind of failure with one message.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Tallied {
    /// The kind.
    pub failure: Failure,
    /// The first message of its kind; later ones differed in digits at most.
    pub message: String,
    /// How many there were.
    pub count: u64,
    /// When the first came.
    pub first_at: Instant,
}

impl FailureTally {
    /// Counts one failure, and says where.
    pub fn count(&mut self, at: Instant, failure: Failure, message: &str) -> Cause {
        let known = self
            .counted
            .iter()
            .position(|known| known.failure == failure && alike(&known.message, message));
        let index = match known {
            Some(index) => {
                self.counted[index].count += 1;
                index
            }
            None => {
                self.insert(Tallied { failure, message: message.into(), count: 1, first_at: at })
            }
        };
        // Kinds and messages are bounded, so the index is small.
        Cause(index as u16)
    }

    /// The message of a failure that this tally has counted.
    #[must_use]
    pub fn message(&self, cause: Cause) -> &str {
        self.counted.get(usize::from(cause.0)).map_or("", |counted| &counted.message)
    }

    /// Adds another tally's counts.
    pub fn add(&mut self, other: &Self) {
        for addend in &other.counted {
            let known = self.counted.iter_mut().find(|known| {
                known.failure == addend.failure && alike(&known.message, &addend.message)
            });
            match known {
                Some(known) => {
                    known.count += addend.count;
                    known.first_at = known.first_at.min(addend.first_at);
                }
                None => {
                    self.insert(addend.clone());
                }
            }
        }
    }

    /// All failures.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.counted.iter().map(|counted| counted.count).sum()
    }

    /// The most frequent first.
    #[must_use]
    pub fn sorted(&self) -> Vec<Tallied> {
        let mut sorted = self.counted.clone();
        sorted.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.message.cmp(&b.message)));
        sorted
    }

    fn insert(&mut self, new: Tallied) -> usize {
        let kind = new.failure;
        let same_kind = |known: &Tallied| known.failure == kind;
        if self.counted.iter().filter(|known| same_kind(known)).count() < MESSAGES {
            self.counted.push(new);
            return self.counted.len() - 1;
        }
        let last = self.counted.iter().rposition(same_kind).unwrap_or(0);
        self.counted[last].count += new.count;
        self.counted[last].first_at = self.counted[last].first_at.min(new.first_at);
        last
    }
}

/// Whether two messages are the same but for their digits: an expiry error
/// carries two times of day.
fn alike(a: &str, b: &str) -> bool {
    if a == b {
        return true;
    }
    let letters =
        |text: &str| text.bytes().filter(|byte| !byte.is_ascii_digit()).collect::<Vec<_>>();
    a.len() == b.len() && letters(a) == letters(b)
}

#[cfg(test)]
mod tests {
    use mock_sts::error_code::ErrorCode;

    use super::*;

    #[test]
    fn messages_that_differ_in_digits_are_one() {
        let mut tally = FailureTally::default();
        let expired = Failure::Refused(ErrorCode::ExpiredTokenException);
        tally.count(Instant::from_nanos(5), expired, "Token expired: 1731098245");
        tally.count(Instant::from_nanos(3), expired, "Token expired: 1731098246");
        tally.count(Instant::from_nanos(4), expired, "something else");
        let sorted = tally.sorted();
        assert_eq!(sorted.len(), 2);
        assert_eq!((sorted[0].count, sorted[0].message.as_str()), (2, "Token expired: 1731098245"));
    }

    #[test]
    fn a_flood_of_messages_is_bounded_and_none_is_lost() {
        let mut tally = FailureTally::default();
        for i in 0..1000_u32 {
            let message = "x".repeat(i as usize + 1);
            tally.count(Instant::ZERO, Failure::Unreadable, &message);
        }
        assert_eq!(tally.sorted().len(), MESSAGES);
        assert_eq!(tally.total(), 1000);
    }
}
