//! `limits`: what may be asked of STS in which time.

use crate::config::spanned::Spanned;

use super::value::{self, whole_rate};
use crate::config::file::limit::{
    ConcurrencyFile, LimitFile, RefillFile, ScopeFile, ThrottleHeadersFile, TokenBucketFile,
    WindowFile,
};
use crate::config::problem::Problems;
use crate::config::unit::count;
use crate::config::{LimitConfig, LimitRule, Refill, Scope, ThrottleHeaders};
use crate::{clock::nanos, config::unit};

/// A sliding window remembers each request, and a concurrency limit each place.
const REMEMBERED: std::ops::RangeInclusive<i64> = 1..=1_000_000;

pub(super) fn limits(files: &[LimitFile], problems: &mut Problems) -> Option<Vec<LimitConfig>> {
    // All of them are checked before the first failure counts.
    let checked: Vec<_> = files.iter().map(|file| limit(file, problems)).collect();
    checked.into_iter().collect()
}

fn limit(file: &LimitFile, problems: &mut Problems) -> Option<LimitConfig> {
    let (per, rule) = match file {
        LimitFile::TokenBucket(file) => (file.per, token_bucket(file, problems)),
        LimitFile::FixedWindow(file) => (file.per, fixed_window(file, problems)),
        LimitFile::SlidingWindow(file) => (file.per, sliding_window(file, problems)),
        LimitFile::Concurrency(file) => (file.per, concurrency(file, problems)),
    };
    let per = match per {
        ScopeFile::AccountRegion => Scope::AccountRegion,
        ScopeFile::Role => Scope::Role,
        ScopeFile::Issuer => Scope::Issuer,
        ScopeFile::Source => Scope::Source,
    };
    rule.map(|rule| LimitConfig { per, rule })
}

fn token_bucket(file: &TokenBucketFile, problems: &mut Problems) -> Option<LimitRule> {
    let rate_per_s = whole_rate(&file.rate, problems);
    let burst = count(&file.burst, &(1..=1_000_000_000), problems);
    let refill = match file.refill {
        None | Some(RefillFile::EachSecond) => Refill::EachSecond,
        Some(RefillFile::Continuous) => Refill::Continuous,
    };
    Some(LimitRule::TokenBucket { rate_per_s: rate_per_s?, burst: burst?, refill })
}

fn fixed_window(file: &WindowFile, problems: &mut Problems) -> Option<LimitRule> {
    let requests = count(&file.requests, &(1..=1_000_000_000), problems);
    let window = value::positive(&file.window, problems);
    Some(LimitRule::FixedWindow { requests: requests?, window: window? })
}

fn sliding_window(file: &WindowFile, problems: &mut Problems) -> Option<LimitRule> {
    let requests = count(&file.requests, &REMEMBERED, problems);
    let window = value::positive(&file.window, problems);
    Some(LimitRule::SlidingWindow { requests: requests?, window: window? })
}

fn concurrency(file: &ConcurrencyFile, problems: &mut Problems) -> Option<LimitRule> {
    let at_once = count(&file.at_once, &REMEMBERED, problems);
    let queue = match &file.queue {
        Some(places) => count(places, &(0..=*REMEMBERED.end()), problems),
        None => Some(0),
    };
    let max_wait = unit::duration_or(file.max_wait.as_ref(), value::LONGEST, problems);
    if let (Some(text), Some(0)) = (&file.max_wait, queue)
        && max_wait.is_some_and(|wait| nanos(wait) > 0)
    {
        problems
            .push(text.span(), "nobody waits without a queue", "`queue` is 0")
            .help("set `queue` to how many may wait, or remove `max-wait`");
        return None;
    }
    Some(LimitRule::Concurrency {
        at_once: at_once?,
        queue: queue?,
        max_wait: max_wait?.min(value::LONGEST),
    })
}

/// The headers of throttled answers.
pub(super) fn throttle_headers(
    file: &ThrottleHeadersFile,
    problems: &mut Problems,
) -> Option<ThrottleHeaders> {
    let mut header = |text: Option<&Spanned<String>>, unit_ns: u64, label: &str| match text {
        None => Some(None),
        Some(text) => {
            let duration = value::duration(text, problems)?;
            if !nanos(duration).is_multiple_of(unit_ns) {
                problems.push(text.span(), "this header knows no fractions", label);
                return None;
            }
            Some(Some(duration))
        }
    };
    let retry_after = header(file.retry_after.as_ref(), 1_000_000_000, "expected whole seconds");
    let x_amz_retry_after =
        header(file.x_amz_retry_after.as_ref(), 1_000_000, "expected whole milliseconds");
    Some(ThrottleHeaders { retry_after: retry_after?, x_amz_retry_after: x_amz_retry_after? })
}
