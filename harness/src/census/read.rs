//! Runs of one case -> what the command does about it.

use mock_sts::clock::Instant;
use mock_sts::http::watch::WireCall;

use super::cases::{Case, HINT};
use super::fit::{fit, median};
use super::result::{Connections, Exit, Hint, Row, Token};
use crate::external::JobEnd;
use crate::record::Failure;

/// One run of the command, off the wire.
pub(super) struct Seen {
    pub(super) end: JobEnd,
    /// All its calls to STS, in their order.
    pub(super) calls: Vec<WireCall>,
    /// Tokens it had from the token endpoint.
    pub(super) fetched: u32,
}

/// The least that counts as a wait after the last try, in ms, beyond what nine
/// in ten runs of a single try take to end.
const AFTER_LAST_MS: f64 = 250.0;
/// What clocks may differ by where a hint is honoured to the point, in ms.
const HINT_TOLERANCE_MS: f64 = 20.0;

impl Seen {
    /// Its requests for a role.
    pub(super) fn tries(&self) -> impl Iterator<Item = &WireCall> {
        self.calls.iter().filter(|call| call.action.starts_with("AssumeRole"))
    }

    /// From each answer to the next try, and whether that is of the same call.
    fn waits(&self) -> Vec<(f64, bool)> {
        let tries: Vec<&WireCall> = self.tries().collect();
        let pair = |pair: &[&WireCall]| {
            let wait = ms(pair[0].at + pair[0].took, pair[1].at);
            (wait, pair[0].invocation == pair[1].invocation)
        };
        tries.windows(2).map(pair).collect()
    }

    fn waits_ms(&self) -> Vec<f64> {
        self.waits().into_iter().map(|(wait, _)| wait).collect()
    }

    /// From its last answer to its end.
    fn rest_ms(&self) -> Option<f64> {
        let last = self.calls.last()?;
        self.is_ended().then(|| ms(last.at + last.took, self.end.ended))
    }

    fn is_ended(&self) -> bool {
        self.end.how.failure != Some(Failure::CommandTimedOut)
    }

    fn exit(&self) -> Exit {
        match self.end.how.code {
            Some(code) => Exit::Code(code),
            None if self.is_ended() => Exit::Signal,
            None => Exit::Killed,
        }
    }

    /// How many calls it made of how many tries, if each of several numbered
    /// calls has the same number of tries, more than one.
    fn nested(&self) -> Option<(u32, u32)> {
        let mut sizes: Vec<(&str, u32)> = Vec::new();
        for call in self.tries() {
            match sizes.last_mut() {
                Some((last, size)) if *last == call.invocation => *size += 1,
                _ => sizes.push((&call.invocation, 1)),
            }
        }
        let (_, first) = *sizes.first()?;
        let alike = sizes.iter().all(|(name, size)| !name.is_empty() && *size == first);
        (alike && first > 1 && sizes.len() > 1).then_some((sizes.len() as u32, first))
    }
}

/// From one moment to a later one, in ms to a tenth.
fn ms(from: Instant, to: Instant) -> f64 {
    (to.since(from).as_secs_f64() * 1e4).round() / 10.0
}

/// How long each run that tried once took to end after its only answer, in ms,
/// from the shortest: what ending takes.
pub(super) fn endings(runs: &[Vec<Seen>]) -> Vec<f64> {
    let once = runs.iter().flatten().filter(|run| run.tries().count() == 1);
    let mut endings: Vec<f64> = once.filter_map(Seen::rest_ms).collect();
    endings.sort_by(f64::total_cmp);
    endings
}

/// The row of `case` from its runs; `endings` are what ending takes, `unhinted`
/// is the row of the same answer without a hint.
pub(super) fn row(case: &Case, runs: &[Seen], endings: &[f64], unhinted: Option<&Row>) -> Row {
    let tries = || runs.iter().map(|run| run.tries().count() as u32);
    let nested = runs.first().and_then(Seen::nested);
    let nested = nested.filter(|first| runs.iter().all(|run| run.nested() == Some(*first)));
    let of_kind =
        |inner: bool| -> Vec<Vec<f64>> { runs.iter().flat_map(|run| split(run, inner)).collect() };
    let waits_ms: Vec<Vec<f64>> = runs.iter().map(Seen::waits_ms).collect();
    let (waits, outer_waits) = match nested {
        Some(_) => (fit(&of_kind(true)), fit(&of_kind(false))),
        None => (fit(&waits_ms), None),
    };
    let rest = median(runs.iter().filter_map(Seen::rest_ms));
    let late = endings.get(endings.len() * 9 / 10).copied().unwrap_or(0.0);
    let again = tries().max().unwrap_or(0) > 1;
    let failed = runs.iter().all(|run| run.is_ended() && !run.end.how.is_fine());
    let beyond = rest - median(endings.iter().copied());
    let after_last_ms = (again && failed && case.ends()).then(|| (beyond * 10.0).round() / 10.0);
    let last_wait = median(waits_ms.iter().filter_map(|waits| waits.last().copied()));
    let says = runs.iter().find(|run| !run.end.how.is_fine());
    Row {
        case: case.name.into(),
        runs: runs.len() as u32,
        tries: (tries().min().unwrap_or(0), tries().max().unwrap_or(0)),
        nested,
        hint: case.unhinted().map(|_| hint(&waits_ms, unhinted)),
        sleeps_after_last: after_last_ms.map(|_| rest - late > AFTER_LAST_MS.max(last_wait / 2.0)),
        after_last_ms,
        token: token(runs),
        connections: connections(runs),
        recovers: None,
        lasts_s: median(runs.iter().map(|run| ms(run.end.started, run.end.ended))) / 1e3,
        exit: exit(runs),
        says: says.map(|run| run.end.how.detail.clone()).unwrap_or_default(),
        waits,
        outer_waits,
        waits_ms,
    }
}

/// The waits within each call, or the one list of those between calls.
fn split(run: &Seen, inner: bool) -> Vec<Vec<f64>> {
    let waits = run.waits();
    if inner {
        let calls = waits.split(|(_, same)| !same);
        calls.map(|call| call.iter().map(|(wait, _)| *wait).collect()).collect()
    } else {
        vec![waits.iter().filter(|(_, same)| !same).map(|(wait, _)| *wait).collect()]
    }
}

fn hint(waits_ms: &[Vec<f64>], unhinted: Option<&Row>) -> Hint {
    let asked = HINT.as_secs_f64() * 1e3 - HINT_TOLERANCE_MS;
    let long = |waits: &[Vec<f64>]| waits.iter().flatten().all(|wait| *wait >= asked);
    let none = waits_ms.iter().all(Vec::is_empty);
    match unhinted {
        _ if none => Hint::CannotTell,
        _ if !long(waits_ms) => Hint::Ignored,
        Some(row) if !long(&row.waits_ms) => Hint::Honoured,
        _ => Hint::CannotTell,
    }
}

fn token(runs: &[Seen]) -> Token {
    let again = runs.iter().any(|run| run.tries().count() > 1);
    let changed = runs.iter().any(|run| {
        let mut tries = run.tries();
        let first = tries.next().map(|call| &call.token_id);
        tries.any(|call| Some(&call.token_id) != first)
    });
    let fetched = runs.iter().map(|run| run.fetched).max().unwrap_or(0);
    match (fetched, changed) {
        (0, true) => Token::ReRead,
        (0, false) if again => Token::Kept,
        (0, false) => Token::Once,
        (1, _) => Token::FetchedOnce,
        (_, _) => Token::FetchedAgain,
    }
}

fn connections(runs: &[Seen]) -> Connections {
    let (mut reused, mut new, mut closed) = (false, false, false);
    for pair in runs.iter().flat_map(|run| run.calls.windows(2)) {
        match (pair[0].peer == pair[1].peer, pair[0].closes) {
            (true, _) => reused = true,
            (false, true) => closed = true,
            (false, false) => new = true,
        }
    }
    match (reused, new, closed) {
        (true, true, _) => Connections::Mixed,
        (true, false, _) => Connections::Reused,
        (false, true, _) => Connections::New,
        (false, false, true) => Connections::Ended,
        (false, false, false) => Connections::Single,
    }
}

/// How most runs ended; of equals, the first.
fn exit(runs: &[Seen]) -> Exit {
    let exits: Vec<Exit> = runs.iter().map(Seen::exit).collect();
    let count = |exit: &Exit| exits.iter().filter(|other| *other == exit).count();
    let most = exits.iter().map(count).max();
    exits.iter().find(|exit| Some(count(exit)) == most).copied().unwrap_or(Exit::Signal)
}
