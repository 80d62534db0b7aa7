//! Which of STS's regions a call goes to. Credentials are good everywhere, wherever they were
//! issued; limits and the keys that tokens are verified with are each region's own.

use mock_sts::config::problem::Problems;
use mock_sts::config::spanned::Spanned;
use schemars::JsonSchema;
use serde::Deserialize;

/// `regions = "by-job"`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RegionsFile {
    /// Each job has a region of its own, in turn.
    ByJob,
    /// All begin in the service's own region; each attempt that fails moves on to the next.
    Failover,
    /// Each job has a region in turn, and each attempt that fails moves on to the next.
    ByJobFailover,
}

/// Which region a call goes to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Regions {
    /// At least 1.
    count: u16,
    by_job: bool,
    moves_on: bool,
}

impl Regions {
    /// All calls go to the service's own region.
    pub const HOME: Self = Self { count: 1, by_job: false, moves_on: false };

    /// The checked spread over `count` regions; what is wrong goes to `problems`.
    pub(crate) fn check(
        file: &Spanned<RegionsFile>,
        count: u16,
        problems: &mut Problems,
    ) -> Option<Self> {
        if count < 2 {
            problems
                .push(file.span(), "there is only one region to call", "nothing to spread over")
                .help("name others: `other-regions = [\"us-west-2\", \"eu-west-1\"]` in [service]");
            return None;
        }
        let (by_job, moves_on) = match file.get_ref() {
            RegionsFile::ByJob => (true, false),
            RegionsFile::Failover => (false, true),
            RegionsFile::ByJobFailover => (true, true),
        };
        Some(Self { count, by_job, moves_on })
    }

    /// The region of a call of `job`, as the service numbers them, after so many attempts of the
    /// same acquisition that failed.
    #[must_use]
    pub fn of(self, job: u32, failed: u32) -> u16 {
        let start = if self.by_job { job } else { 0 };
        let moved = if self.moves_on { failed } else { 0 };
        (start.wrapping_add(moved) % u32::from(self.count)) as u16
    }

    /// Whether jobs begin in different regions.
    #[must_use]
    pub fn is_by_job(self) -> bool {
        self.by_job
    }

    /// Whether a failed attempt is followed by one in the next region.
    #[must_use]
    pub fn moves_on(self) -> bool {
        self.moves_on
    }

    /// The regions over which first attempts are spread.
    #[must_use]
    pub fn at_first(self) -> u16 {
        if self.by_job { self.count } else { 1 }
    }

    /// For reports; none where all calls go to the service's own region.
    #[must_use]
    pub fn describe(self) -> Option<String> {
        let count = self.count;
        match (self.by_job, self.moves_on) {
            (false, false) => None,
            (true, false) => Some(format!("over {count} regions by job")),
            (false, true) => Some(format!("a failure moves on to the next of {count} regions")),
            (true, true) => {
                Some(format!("over {count} regions by job, a failure moves on to the next"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jobs_and_failures_decide_where_a_call_goes() {
        let four = Regions { count: 4, ..Regions::HOME };
        let where_to = |regions: Regions| {
            [(0, 0), (1, 0), (6, 0), (1, 1), (1, 3), (u32::MAX, 1)]
                .map(|(job, failed)| regions.of(job, failed))
        };
        assert_eq!(where_to(Regions::HOME), [0; 6]);
        assert_eq!(where_to(Regions { by_job: true, ..four }), [0, 1, 2, 1, 1, 3]);
        assert_eq!(where_to(Regions { moves_on: true, ..four }), [0, 0, 0, 1, 3, 1]);
        let both = Regions { by_job: true, moves_on: true, ..four };
        assert_eq!(where_to(both), [0, 1, 2, 2, 0, 0]);
    }
}
