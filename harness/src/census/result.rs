//! What a census found, as it is kept: one row a case.

use serde::{Deserialize, Serialize};

use super::fit::Fit;

/// The version of the format; later versions read earlier ones.
pub const FORMAT_VERSION: u32 = 1;

/// What a census found.
#[derive(Clone, PartialEq, Serialize, Deserialize, Debug)]
pub struct CensusResult {
    /// [`FORMAT_VERSION`] of what wrote it.
    pub census_version: u32,
    /// The version of this program.
    pub stampede: String,
    /// What tables call the command.
    pub name: String,
    /// Program and arguments.
    pub command: Vec<String>,
    /// Runs against each case.
    pub repeats: u32,
    /// When a run was given up, in seconds.
    pub timeout_s: f64,
    /// False when it was stopped before its end.
    pub complete: bool,
    /// In the order of the cases.
    pub rows: Vec<Row>,
}

/// What the command did about one error.
#[derive(Clone, PartialEq, Serialize, Deserialize, Debug)]
pub struct Row {
    /// The case.
    pub case: String,
    /// Runs of the command against it.
    pub runs: u32,
    /// The fewest and the most requests for a role in one run.
    pub tries: (u32, u32),
    /// How two nested loops make up the tries, outer first, where the client
    /// numbers its calls (`amz-sdk-invocation-id`).
    pub nested: Option<(u32, u32)>,
    /// The waits between tries; those within one call where loops nest.
    pub waits: Option<Fit>,
    /// The waits between calls, where loops nest.
    pub outer_waits: Option<Fit>,
    /// Whether it waits as long as the answer asked, in rows that ask.
    pub hint: Option<Hint>,
    /// What is left between the last answer and the end, beyond what runs that try
    /// once take to end: the median in ms, none of a single try or a killed run.
    pub after_last_ms: Option<f64>,
    /// Whether that is a wait: as long as half the wait before it would be.
    pub sleeps_after_last: Option<bool>,
    /// What became of its token from try to try.
    pub token: Token,
    /// What became of its connection from try to try.
    pub connections: Connections,
    /// Whether it succeeded when all but its last try failed; none where it
    /// does not try again, or the error cannot stop.
    pub recovers: Option<bool>,
    /// From its start to its end, the median in seconds.
    pub lasts_s: f64,
    /// How it ended, mostly.
    pub exit: Exit,
    /// The first lines of what it said, of the first run that failed.
    pub says: String,
    /// Every wait between tries, in ms: a list a run.
    pub waits_ms: Vec<Vec<f64>>,
}

/// Whether hints are honoured.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Debug)]
#[serde(rename_all = "kebab-case")]
pub enum Hint {
    /// Every wait is as long as asked, which they are not by themselves.
    Honoured,
    /// Some wait is shorter.
    Ignored,
    /// It waits that long anyway, or does not try again.
    CannotTell,
}

/// What tries present.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Debug)]
#[serde(rename_all = "kebab-case")]
pub enum Token {
    /// The same token in every try.
    Kept,
    /// The file's new content: it was changed after each try.
    ReRead,
    /// One from the token endpoint, the same in every try.
    FetchedOnce,
    /// One from the token endpoint, asked for anew.
    FetchedAgain,
    /// Tried once, from a file.
    Once,
}

/// What tries travel on.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Debug)]
#[serde(rename_all = "kebab-case")]
pub enum Connections {
    /// One connection.
    Reused,
    /// A new one each, although the answer left the old one open.
    New,
    /// Both happened.
    Mixed,
    /// Every answer, or its absence, ended its connection.
    Ended,
    /// There was one request.
    Single,
}

/// How a command ends.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Debug)]
#[serde(rename_all = "kebab-case")]
pub enum Exit {
    /// With this exit code.
    Code(i32),
    /// It was still running when its time was over.
    Killed,
    /// By a signal.
    Signal,
}
