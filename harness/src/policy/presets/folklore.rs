//! Loops that people copy from articles.

use std::time::Duration;

use super::client::{Client, Delay, Jitter, Layer, Retries};
use crate::restraint::Restraints;

/// The shell loop of the post that started this: at most 5 retries, a constant
/// wait. The wait was left to the reader: 3 s is assumed.
pub(super) const SHELL_LOOP: Client = Client {
    name: "article-shell-loop",
    summary: "the shell loop people write first: sleep a constant time, at most 5 retries",
    source: "a published post; its wait was left to the reader, 3 s is assumed",
    inner: Layer {
        attempts: 6,
        retries: Retries::Everything,
        delay: Delay::of(Jitter::Constant, Duration::from_secs(3), None),
        sleeps_after_last: false,
    },
    outer: None,
    restraints: Restraints::NONE,
    flaws: &["A constant wait keeps a herd together: all who failed at once come back at once."],
};

/// The simulation of "Exponential Backoff And Jitter" (AWS Architecture Blog,
/// 2015): base 5 ms, cap 2 s, and no end.
const fn blog(name: &'static str, summary: &'static str, jitter: Jitter) -> Client {
    Client {
        name,
        summary,
        source: "aws-samples/aws-arch-backoff-simulator: base 5 ms, cap 2 s, no limit of attempts",
        inner: Layer {
            attempts: u32::MAX,
            retries: Retries::Everything,
            delay: Delay::of(jitter, Duration::from_millis(5), Some(Duration::from_secs(2))),
            sleeps_after_last: false,
        },
        outer: None,
        restraints: Restraints::NONE,
        flaws: &["It never gives up: permanent errors are retried for as long as the job lives."],
    }
}

/// b.
pub(super) const BLOG_EXPONENTIAL: Client =
    blog("aws-blog-exponential", "the architecture blog's simulation without jitter", Jitter::None);

/// U(b/2, b).
pub(super) const BLOG_EQUAL: Client =
    blog("aws-blog-equal-jitter", "the architecture blog's equal jitter", Jitter::Equal);

/// U(0, b).
pub(super) const BLOG_FULL: Client =
    blog("aws-blog-full-jitter", "the architecture blog's full jitter", Jitter::Full);

/// U(base, 3 · last).
pub(super) const BLOG_DECORRELATED: Client = blog(
    "aws-blog-decorrelated-jitter",
    "the architecture blog's decorrelated jitter",
    Jitter::Decorrelated,
);
