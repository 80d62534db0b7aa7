//! `limits`: what may be asked of STS in which time.

use super::value::whole_rate;
use crate::config::file::{LimitFile, RefillFile, ScopeFile, TokenBucketFile};
use crate::config::problem::Problems;
use crate::config::unit::count;
use crate::config::{LimitConfig, Refill, Scope};

pub(super) fn limits(files: &[LimitFile], problems: &mut Problems) -> Option<Vec<LimitConfig>> {
    // All of them are checked before the first failure counts.
    let checked: Vec<_> = files
        .iter()
        .map(|file| match file {
            LimitFile::TokenBucket(bucket) => token_bucket(bucket, problems),
        })
        .collect();
    checked.into_iter().collect()
}

fn token_bucket(file: &TokenBucketFile, problems: &mut Problems) -> Option<LimitConfig> {
    let rate_per_s = whole_rate(&file.rate, problems);
    let burst = count(&file.burst, &(1..=1_000_000_000), problems);
    Some(LimitConfig {
        per: match file.per {
            ScopeFile::AccountRegion => Scope::AccountRegion,
            ScopeFile::Role => Scope::Role,
        },
        rate_per_s: rate_per_s?,
        burst: burst?,
        refill: match file.refill {
            None | Some(RefillFile::EachSecond) => Refill::EachSecond,
            Some(RefillFile::Continuous) => Refill::Continuous,
        },
    })
}
