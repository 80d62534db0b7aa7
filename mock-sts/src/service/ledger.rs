//! What the service counted: the server's side of every report.

use super::course::Course;
use crate::clock::Instant;
use crate::decision::{Refusal, Verdict};
use crate::error_code::ErrorCode;
use crate::reply::Reply;

/// Counters of one service. Its size does not depend on how long it runs.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Ledger {
    requests: u64,
    granted: u64,
    identified: u64,
    answered: u64,
    issued: u64,
    dropped: u64,
    refused: Vec<u64>,
    throttled: Vec<u64>,
    struck: Vec<u64>,
    keys: KeyCounts,
    regions: Vec<RegionCounts>,
    course: Course,
    second: u64,
    in_second: u64,
    peak_per_s: u64,
    peak_second: u64,
}

/// How verification keys were had.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct KeyCounts {
    /// Fetches sent to the identity provider.
    pub started: u64,
    /// Of those, the ones that were refused or missed the deadline.
    pub failed: u64,
    /// Requests that waited for a fetch somebody else had started.
    pub joined: u64,
    /// Requests that found the keys cached.
    pub cache_hits: u64,
    /// Requests that were refused on the memory of a failed fetch.
    pub negative_hits: u64,
}

/// What one region was asked.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct RegionCounts {
    /// Requests that arrived.
    pub requests: u64,
    /// Of those, the ones that a limit refused.
    pub throttled: u64,
    /// Fetches of keys that it sent to the identity provider.
    pub key_fetches: u64,
}

impl KeyCounts {
    /// What was counted after `before` was.
    #[must_use]
    pub fn since(self, before: Self) -> Self {
        Self {
            started: self.started - before.started,
            failed: self.failed - before.failed,
            joined: self.joined - before.joined,
            cache_hits: self.cache_hits - before.cache_hits,
            negative_hits: self.negative_hits - before.negative_hits,
        }
    }
}

impl Ledger {
    pub(super) fn new(limits: usize, faults: usize) -> Self {
        Self {
            refused: vec![0; ErrorCode::ALL.len()],
            throttled: vec![0; limits],
            struck: vec![0; faults],
            ..Self::default()
        }
    }

    /// Other limits and faults are in force: their counts begin at zero.
    pub(super) fn change(&mut self, limits: usize, faults: usize) {
        self.throttled = vec![0; limits];
        self.struck = vec![0; faults];
    }

    pub(super) fn arrived(&mut self, now: Instant, region: u16) {
        self.requests += 1;
        self.region(region).requests += 1;
        let second = now.as_nanos() / 1_000_000_000;
        if second != self.second {
            self.second = second;
            self.in_second = 0;
        }
        self.in_second += 1;
        if self.in_second > self.peak_per_s {
            self.peak_per_s = self.in_second;
            self.peak_second = second;
        }
    }

    pub(super) fn decided(&mut self, verdict: &Verdict, region: u16) {
        match verdict {
            Verdict::Granted(_) => self.granted += 1,
            Verdict::Identified => self.identified += 1,
            Verdict::Answered(reply) => {
                self.answered += 1;
                self.issued += u64::from(matches!(**reply, Reply::Issued(_)));
            }
            Verdict::Dropped => self.dropped += 1,
            Verdict::Refused(refusal) => {
                self.refused[refusal.code() as usize] += 1;
                if let Refusal::Throttled { limit } = refusal {
                    self.throttled[*limit] += 1;
                    self.region(region).throttled += 1;
                }
            }
        }
    }

    /// A region has sent so many fetches of keys.
    pub(super) fn fetched(&mut self, now: Instant, region: u16, fetches: u64) {
        self.region(region).key_fetches += fetches;
        self.course.fetched(now, fetches);
    }

    /// The first limit has so much left.
    pub(super) fn left(&mut self, now: Instant, left: u64) {
        self.course.left(now, left);
    }

    fn region(&mut self, number: u16) -> &mut RegionCounts {
        let index = usize::from(number);
        if self.regions.len() <= index {
            self.regions.resize(index + 1, RegionCounts::default());
        }
        &mut self.regions[index]
    }

    pub(super) fn struck_by(&mut self, fault: usize) {
        self.struck[fault] += 1;
    }

    pub(super) fn keys_mut(&mut self) -> &mut KeyCounts {
        &mut self.keys
    }

    /// Requests that reached the service's pipeline.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.requests
    }

    /// `AssumeRoleWithWebIdentity` requests answered with credentials.
    #[must_use]
    pub fn granted(&self) -> u64 {
        self.granted
    }

    /// `GetCallerIdentity` requests answered with an identity.
    #[must_use]
    pub fn identified(&self) -> u64 {
        self.identified
    }

    /// Requests of all other operations that were answered with what they asked for.
    #[must_use]
    pub fn answered(&self) -> u64 {
        self.answered
    }

    /// Of those, the ones that were answered with credentials.
    #[must_use]
    pub fn issued(&self) -> u64 {
        self.issued
    }

    /// Requests that a fault took before they were decided.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// How often each code was answered; codes never answered are left out.
    pub fn refused(&self) -> impl Iterator<Item = (ErrorCode, u64)> + '_ {
        let counted = |code: &ErrorCode| self.refused.get(*code as usize).copied().unwrap_or(0);
        ErrorCode::ALL.iter().map(move |code| (*code, counted(code))).filter(|(_, n)| *n > 0)
    }

    /// Refusals by each limit, in the order of the configuration.
    #[must_use]
    pub fn throttled(&self) -> &[u64] {
        &self.throttled
    }

    /// Requests that each fault struck, in the order of the configuration.
    #[must_use]
    pub fn struck(&self) -> &[u64] {
        &self.struck
    }

    /// How verification keys were had.
    #[must_use]
    pub fn keys(&self) -> KeyCounts {
        self.keys
    }

    /// What each region was asked, by its number, as far as any was.
    #[must_use]
    pub fn regions(&self) -> &[RegionCounts] {
        &self.regions
    }

    /// What the region of this number was asked: nothing, where nobody asked it.
    #[must_use]
    pub fn of_region(&self, number: u16) -> RegionCounts {
        self.regions.get(usize::from(number)).copied().unwrap_or_default()
    }

    /// The service over time.
    #[must_use]
    pub fn course(&self) -> &Course {
        &self.course
    }

    /// The most requests in one second of the run, and when that second began.
    #[must_use]
    pub fn peak_per_s(&self) -> (u64, Instant) {
        (self.peak_per_s, Instant::from_nanos(self.peak_second * 1_000_000_000))
    }

    /// Adds the counts of another run of the same configuration.
    pub fn add(&mut self, other: &Self) {
        self.requests += other.requests;
        self.granted += other.granted;
        self.identified += other.identified;
        self.answered += other.answered;
        self.issued += other.issued;
        self.dropped += other.dropped;
        add_each(&mut self.refused, &other.refused);
        add_each(&mut self.throttled, &other.throttled);
        add_each(&mut self.struck, &other.struck);
        self.keys.started += other.keys.started;
        self.keys.failed += other.keys.failed;
        self.keys.joined += other.keys.joined;
        self.keys.cache_hits += other.keys.cache_hits;
        self.keys.negative_hits += other.keys.negative_hits;
        for (number, addend) in (0..).zip(&other.regions) {
            let sum = self.region(number);
            sum.requests += addend.requests;
            sum.throttled += addend.throttled;
            sum.key_fetches += addend.key_fetches;
        }
        self.course.merge(&other.course);
        if other.peak_per_s > self.peak_per_s {
            self.peak_per_s = other.peak_per_s;
            self.peak_second = other.peak_second;
        }
    }
}

fn add_each(sums: &mut Vec<u64>, addends: &[u64]) {
    sums.resize(sums.len().max(addends.len()), 0);
    for (sum, addend) in sums.iter_mut().zip(addends) {
        *sum += addend;
    }
}
