//! `faults`: what goes wrong, and when.

use std::time::Duration;

use crate::config::spanned::Spanned;

use super::value;
use crate::clock::Instant;
use crate::config::file::fault::{
    BrownoutFile, FaultFile, FlappingFile, NoisyNeighbourFile, OutageFile, WireFile,
};
use crate::config::problem::Problems;
use crate::config::unit;
use crate::config::{
    Appetite, Effect, FaultConfig, FaultKind, LimitConfig, LimitRule, Scope, Window, WireFault,
};
use crate::decision::injected_message;
use crate::error_code::ErrorCode;

/// The shortest mean of a turn, so that a week has a bounded number of them.
const SHORTEST_TURN: Duration = Duration::from_millis(100);

/// A week, as long as any run.
const LAST: Duration = Duration::from_secs(7 * 86_400);

/// What an outage answers when nobody says otherwise.
const DEFAULT_CODE: ErrorCode = ErrorCode::ServiceUnavailable;

pub(super) fn faults(
    files: &[FaultFile],
    limits: &[LimitConfig],
    problems: &mut Problems,
) -> Option<Vec<FaultConfig>> {
    // All of them are checked before the first failure counts.
    let checked: Vec<_> = files.iter().map(|file| fault(file, limits, problems)).collect();
    checked.into_iter().collect()
}

fn fault(file: &FaultFile, limits: &[LimitConfig], problems: &mut Problems) -> Option<FaultConfig> {
    let (during, kind) = match file {
        FaultFile::ErrorRate(file) => {
            let (share, effect) = (
                unit::share(&file.share, 1.0, problems),
                effect(file.code.as_ref(), file.wire.as_ref(), problems),
            );
            let kind = share.zip(effect);
            (
                during(file.during.as_ref(), problems),
                kind.map(|(share, effect)| FaultKind::ErrorRate { share, effect }),
            )
        }
        FaultFile::Outage(OutageFile { during: span, code, wire }) => {
            let effect = effect(code.as_ref(), wire.as_ref(), problems);
            (during(span.as_ref(), problems), effect.map(|effect| FaultKind::Outage { effect }))
        }
        FaultFile::Flapping(file) => {
            (during(file.during.as_ref(), problems), flapping(file, problems))
        }
        FaultFile::Brownout(file) => return brownout(file.get_ref(), problems),
        FaultFile::FailFirst(file) => {
            let requests = unit::count(&file.requests, &(1..=1_000_000_000), problems);
            let kind = requests.zip(effect(file.code.as_ref(), file.wire.as_ref(), problems));
            (
                during(file.during.as_ref(), problems),
                kind.map(|(requests, effect)| FaultKind::FailFirst { requests, effect }),
            )
        }
        FaultFile::RecoverAfter(file) => {
            let after = value::positive(&file.after, problems);
            let kind = after.zip(effect(file.code.as_ref(), file.wire.as_ref(), problems));
            (
                during(file.during.as_ref(), problems),
                kind.map(|(after, effect)| FaultKind::RecoverAfter { after, effect }),
            )
        }
        FaultFile::NoisyNeighbour(file) => (
            during(file.get_ref().during.as_ref(), problems),
            noisy_neighbour(file, limits, problems),
        ),
        FaultFile::KeyOutage(file) => {
            (during(file.during.as_ref(), problems), Some(FaultKind::KeyOutage))
        }
        FaultFile::KeySlowdown(file) => {
            let factor = factor(&file.factor, problems);
            (
                during(file.during.as_ref(), problems),
                factor.map(|factor| FaultKind::KeySlowdown { factor }),
            )
        }
    };
    Some(FaultConfig { during: during?, kind: kind? })
}

fn flapping(file: &FlappingFile, problems: &mut Problems) -> Option<FaultKind> {
    let turn = |text: &Spanned<String>, problems: &mut Problems| {
        unit::duration_within(text, &(SHORTEST_TURN..=value::LONGEST), problems)
    };
    let (up, down) = (turn(&file.mean_up, problems), turn(&file.mean_down, problems));
    let effect = effect(file.code.as_ref(), file.wire.as_ref(), problems);
    Some(FaultKind::Flapping { mean_up: up?, mean_down: down?, effect: effect? })
}

fn brownout(file: &BrownoutFile, problems: &mut Problems) -> Option<FaultConfig> {
    let peak = factor(&file.peak, problems);
    let during = during(Some(&file.during), problems)?;
    if during.until == Instant::MAX {
        problems
            .push(file.during.span(), "a brownout needs an end", "it never falls again")
            .help("write it like \"10s..70s\"");
        return None;
    }
    let half = during.length() / 2;
    let ramp = match &file.ramp {
        Some(text) => unit::duration_within(text, &(Duration::from_nanos(1)..=half), problems),
        None => Some(half),
    };
    Some(FaultConfig { during, kind: FaultKind::Brownout { peak: peak?, ramp: ramp? } })
}

fn noisy_neighbour(
    file: &Spanned<NoisyNeighbourFile>,
    limits: &[LimitConfig],
    problems: &mut Problems,
) -> Option<FaultKind> {
    let place = file.span();
    let file = file.get_ref();
    let appetite = match (&file.share, &file.rate) {
        // More than all there is takes what has been saved up as well.
        (Some(text), None) => unit::share(text, 10.0, problems).map(Appetite::Share),
        (None, Some(text)) => value::whole_rate(text, problems).map(Appetite::RatePerS),
        (Some(_), Some(rate)) => {
            problems
                .push(rate.span(), "a neighbour has one appetite", "`share` is set as well")
                .help("keep `share` or `rate` and remove the other");
            None
        }
        (None, None) => {
            problems
                .push(
                    place.clone(),
                    "a neighbour needs an appetite",
                    "`share` or `rate` is missing",
                )
                .help("write it like `share = \"80%\"` or `rate = \"500/s\"`");
            None
        }
    };
    let number = file.limit.as_ref().map_or(1, |limit| *limit.get_ref());
    let index = usize::try_from(number).ok().and_then(|number| number.checked_sub(1));
    let place = file.limit.as_ref().map_or(place, Spanned::span);
    let Some(limit) = index.filter(|index| *index < limits.len()) else {
        let label = format!("the service has {}", limits.len());
        problems
            .push(place, format!("there is no limit {number} to use up"), label)
            .help("limits are counted from 1, in the order of `limits`");
        return None;
    };
    let per = limits[limit].per;
    if !matches!(per, Scope::AccountRegion | Scope::Role) {
        problems
            .push(place, "a neighbour uses up what it shares", "this limit keeps callers apart")
            .help("let the limit be per `account-region` or `role`");
        return None;
    }
    if let (LimitRule::Concurrency { .. }, Some(rate)) = (limits[limit].rule, &file.rate) {
        problems
            .push(
                rate.span(),
                "a rate takes no known part of a concurrency limit",
                "how long its requests take is not said",
            )
            .help("write the share of its places, like `share = \"80%\"`");
        return None;
    }
    Some(FaultKind::NoisyNeighbour { limit, appetite: appetite? })
}

/// The span of the run that `text` writes; the whole run where there is none.
fn during(text: Option<&Spanned<String>>, problems: &mut Problems) -> Option<Window> {
    let Some(text) = text else { return Some(Window::ALWAYS) };
    let end = |part: &str, open: Instant| match part.trim() {
        "" => Some(open),
        part => unit::parse_duration(part).filter(|at| *at <= LAST).map(|at| Instant::ZERO + at),
    };
    let ends = text.get_ref().split_once("..");
    let window = ends.and_then(|(from, until)| {
        Some(Window { from: end(from, Instant::ZERO)?, until: end(until, Instant::MAX)? })
    });
    let Some(window) = window else {
        problems
            .push(
                text.span(),
                "this is not a span of the run",
                "expected two times, a week at most",
            )
            .help("write it like \"10s..70s\", \"10s..\" or \"..70s\"");
        return None;
    };
    if window.from >= window.until {
        problems.push(text.span(), "this span of the run is empty", "it ends before it begins");
        return None;
    }
    Some(window)
}

/// How struck requests fail: with a code, or on the wire.
fn effect(
    code: Option<&Spanned<String>>,
    wire: Option<&Spanned<WireFile>>,
    problems: &mut Problems,
) -> Option<Effect> {
    match (code, wire) {
        (None, None) => Some(Effect::Refuse(DEFAULT_CODE)),
        (Some(code), None) => error_code(code, problems).map(Effect::Refuse),
        (None, Some(wire)) => wire_fault(wire.get_ref(), problems).map(Effect::Wire),
        (Some(_), Some(wire)) => {
            problems
                .push(wire.span(), "a fault fails requests in one way", "`code` is set as well")
                .help("keep `code` or `wire` and remove the other");
            None
        }
    }
}

fn wire_fault(file: &WireFile, problems: &mut Problems) -> Option<WireFault> {
    Some(match file {
        WireFile::ResetBefore => WireFault::ResetBefore,
        WireFile::ResetAfter => WireFault::ResetAfter,
        WireFile::Empty => WireFault::Empty,
        WireFile::Hang => WireFault::Hang,
        WireFile::SlowBody(takes) => WireFault::SlowBody(value::positive(takes, problems)?),
        WireFile::Truncated => WireFault::Truncated,
    })
}

/// A code whose text is the same whatever was asked.
fn error_code(text: &Spanned<String>, problems: &mut Problems) -> Option<ErrorCode> {
    let usable = |code: &ErrorCode| injected_message(*code).is_some();
    let found = ErrorCode::from_wire(text.get_ref());
    if let Some(code) = found.filter(usable) {
        return Some(code);
    }
    let names: Vec<&str> =
        ErrorCode::ALL.iter().filter(|code| usable(code)).map(|code| code.as_str()).collect();
    let (message, label) = match found {
        Some(code) => (
            format!("a fault cannot answer `{code}`"),
            "its text depends on the request".to_owned(),
        ),
        None => (
            format!("STS has no error code `{text}`"),
            unit::guess(text.get_ref(), names.iter().copied(), "no such code"),
        ),
    };
    problems
        .push(text.span(), message, label)
        .help(format!("the codes for faults are {}", names.join(", ")));
    None
}

/// A factor that makes something slower.
fn factor(number: &Spanned<f64>, problems: &mut Problems) -> Option<f64> {
    let factor = *number.get_ref();
    let fine = factor > 1.0 && factor <= 1e6;
    if !fine {
        let label = "expected more than 1 and 1_000_000 at the most";
        problems
            .push(number.span(), "this factor is out of range", label)
            .help("2.0 is twice as slow");
    }
    fine.then_some(factor)
}
