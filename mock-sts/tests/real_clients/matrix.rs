//! The compatibility table: every client in every situation. What is measured
//! here is held against `docs/compatibility.md`, row by row; the test prints
//! the row that should stand there.

use std::path::Path;
use std::{fs, thread};

use crate::clients::{CLIENTS, Client};
use crate::stage::{Outcome, Situation, Stage};

/// The columns: heading, situation, where credentials come from, and the words
/// of STS that the client must pass on; none where the client uses its own.
const COLUMNS: &[(&str, Situation, &str, &str)] = &[
    ("granted", Situation::Fine, "implicit", ""),
    ("granted, explicit call", Situation::Fine, "explicit", ""),
    ("Throttling", Situation::Throttled, "implicit", "Rate exceeded"),
    ("Throttling, explicit call", Situation::Throttled, "explicit", "Rate exceeded"),
    (
        "InvalidIdentityToken",
        Situation::NoKey,
        "implicit",
        "Couldn't retrieve verification key from your identity provider,  please",
    ),
    (
        "InvalidIdentityToken, explicit call",
        Situation::NoKey,
        "explicit",
        "Couldn't retrieve verification key from your identity provider,  please",
    ),
    (
        "AccessDenied",
        Situation::Untrusted,
        "implicit",
        "Not authorized to perform sts:AssumeRoleWithWebIdentity",
    ),
    ("ExpiredTokenException", Situation::Expired, "implicit", "Token expired: current date/time"),
    ("IDPCommunicationError", Situation::Failing("IDPCommunicationError"), "implicit", ""),
    ("IDPRejectedClaim", Situation::Failing("IDPRejectedClaim"), "implicit", ""),
    ("InternalFailure", Situation::Failing("InternalFailure"), "implicit", ""),
    ("ServiceUnavailable", Situation::Failing("ServiceUnavailable"), "implicit", ""),
    ("closed", Situation::Closed, "implicit", ""),
    ("unreachable", Situation::Unreachable, "implicit", ""),
];

#[test]
fn every_client_is_as_the_compatibility_table_says() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/compatibility.md");
    let page = fs::read_to_string(page).unwrap();
    // Before there are tokens: making a client can take longer than a token lives.
    thread::scope(|scope| {
        for client in CLIENTS {
            scope.spawn(|| client.command("implicit").is_some());
        }
    });
    let stages: Vec<Stage> =
        COLUMNS.iter().map(|(_, situation, ..)| Stage::set(*situation)).collect();
    let rows: Vec<String> = thread::scope(|scope| {
        let stages = &stages;
        let measure = |client| scope.spawn(move || row(client, stages));
        let running: Vec<_> = CLIENTS.iter().map(measure).collect();
        running.into_iter().filter_map(|running| running.join().unwrap()).collect()
    });
    let headings: Vec<&str> = COLUMNS.iter().map(|(heading, ..)| *heading).collect();
    let mut missing = vec![format!("| client | {} |", headings.join(" | "))];
    missing.extend(rows);
    missing.retain(|row| !page.lines().any(|line| line == row));
    assert!(missing.is_empty(), "docs/compatibility.md should say:\n{}", missing.join("\n"));
}

/// What the page should say of `client`; nothing when it cannot be run.
fn row(client: &Client, stages: &[Stage]) -> Option<String> {
    let mut cells = Vec::new();
    for (column, stage) in COLUMNS.iter().zip(stages) {
        let (heading, situation, source, words) = *column;
        let outcome = stage.run(client.command(source)?);
        let granted = outcome.succeeded && outcome.stdout.contains("assumed-role/ci/real-client");
        cells.push(match situation {
            Situation::Fine if granted => format!("yes, {}", outcome.requests.len()),
            Situation::Closed | Situation::Unreachable if !outcome.succeeded => {
                attempts(&outcome).to_string()
            }
            _ if !outcome.succeeded && outcome.stderr.contains(words) => {
                let code = heading.split(',').next().unwrap_or_default();
                let lost = if outcome.stderr.contains(code) { "" } else { ", code lost" };
                format!("{}{lost}", attempts(&outcome))
            }
            // Never in the page: the test's message shows it.
            _ => format!("WRONG: {} {}", outcome.stdout, outcome.stderr),
        });
    }
    Some(format!("| {} | {} |", client.name, cells.join(" | ")))
}

/// How often STS was asked for the role.
fn attempts(outcome: &Outcome) -> usize {
    let asked = |request: &&String| request.starts_with("AssumeRoleWithWebIdentity ");
    outcome.requests.iter().filter(asked).count()
}
