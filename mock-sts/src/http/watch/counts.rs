//! What was asked and answered, by action and code, by caller and by job.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Serialize;

use super::exchange::Exchange;

/// Upper bounds of the delays' buckets, in seconds.
pub const DELAYS_S: [f64; 12] =
    [0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0];

/// Callers, and jobs, that are counted one by one; all others together.
const MOST_NAMES: usize = 10_000;

/// The name of those who are counted together.
const OTHERS: &str = "(others)";

/// How requests are told apart.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum By {
    /// By role session name, or else by access key.
    Caller,
    /// By the `jti` of the web identity token, which each job has one of.
    Job,
    /// By `Action`.
    Action,
}

/// What somebody asked and was answered.
#[derive(Clone, PartialEq, Default, Serialize, Debug)]
pub struct Counted {
    /// Requests.
    pub requests: u64,
    /// Answered with 200.
    pub succeeded: u64,
    /// Answered with an error, by its code.
    pub refused: BTreeMap<String, u64>,
    /// When the first request came, in milliseconds since 1970.
    pub first_unix_ms: u64,
    /// When the last one came.
    pub last_unix_ms: u64,
}

/// Counters; their size is bounded.
#[derive(Default)]
pub struct Counts {
    tables: Mutex<Tables>,
}

#[derive(Default)]
struct Tables {
    by: BTreeMap<By, BTreeMap<String, Counted>>,
    /// Answers by delay, the last bucket without a bound, and the sum of all.
    delays: [u64; DELAYS_S.len() + 1],
    delays_sum_s: f64,
}

impl Counts {
    pub(super) fn count(&self, exchange: &Exchange) {
        if exchange.request_id().is_empty() {
            return;
        }
        let job = exchange.claim("jti");
        let names =
            [(By::Caller, exchange.caller()), (By::Job, &job), (By::Action, exchange.action())];
        let code = exchange.code();
        let mut tables = self.tables();
        for (by, name) in names {
            if name.is_empty() {
                continue;
            }
            let table = tables.by.entry(by).or_default();
            let known = table.len() < MOST_NAMES || table.contains_key(name);
            let counted = table.entry(if known { name } else { OTHERS }.into()).or_default();
            if counted.requests == 0 {
                counted.first_unix_ms = exchange.arrived_unix_ms;
            }
            counted.requests += 1;
            counted.last_unix_ms = exchange.arrived_unix_ms;
            if code.is_empty() {
                counted.succeeded += 1;
            } else {
                *counted.refused.entry(code.clone()).or_default() += 1;
            }
        }
        let seconds = exchange.took.as_secs_f64();
        let bucket = DELAYS_S.iter().position(|bound| seconds <= *bound);
        tables.delays[bucket.unwrap_or(DELAYS_S.len())] += 1;
        tables.delays_sum_s += seconds;
    }

    /// Everybody, by name.
    #[must_use]
    pub fn table(&self, by: By) -> BTreeMap<String, Counted> {
        self.tables().by.get(&by).cloned().unwrap_or_default()
    }

    /// Answers in each bucket of [`DELAYS_S`] and beyond the last, and the sum
    /// of their delays in seconds.
    #[must_use]
    pub fn delays(&self) -> ([u64; DELAYS_S.len() + 1], f64) {
        let tables = self.tables();
        (tables.delays, tables.delays_sum_s)
    }

    /// Forgets everything.
    pub fn reset(&self) {
        *self.tables() = Tables::default();
    }

    fn tables(&self) -> MutexGuard<'_, Tables> {
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
