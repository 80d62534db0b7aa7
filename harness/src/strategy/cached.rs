//! One acquisition per job, shared by its tools.
//!
//! - `environment`: a step assumes the role and exports the three keys, which
//!   take precedence in every tool. They are frozen: when they expire, every
//!   tool that still uses them fails. If the step fails, so does the job.
//! - `file`: tools share a cache file, which is renewed when less than
//!   `refresh-before` is left (botocore: 15 min, so a 900-second session is
//!   never reused). With `lock`, one tool at a time asks STS and the others
//!   wait; without, all that find the file cold ask at once, as the AWS CLI does.
//!   A writer that writes in place leaves half a file for `write-takes`; a tool
//!   that reads it then fails or asks STS, as `on-garbage` says. Two writers at
//!   once may spoil it (`overlap-spoils`): it stays garbage until somebody writes
//!   it alone, and where everybody fails on garbage, nobody does.

use std::cell::Cell;
use std::ops::RangeInclusive;
use std::time::Duration;

use mock_sts::config::problem::Problems;
use mock_sts::config::spanned::Spanned;
use mock_sts::config::unit;
use mock_sts::config::unit::schema::DurationText;
use schemars::JsonSchema;
use serde::Deserialize;
use tokio::sync::{Mutex, OnceCell};

use super::Strategy;
use crate::record::{Credentials, GaveUp};
use crate::tool::Tool;
use crate::world::{Instant, World};

/// `strategy.cached = { store = "environment" }`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct File {
    /// Where they are kept.
    store: Spanned<StoreFile>,
    /// Of the file store: whether one tool at a time asks STS; it does by default.
    lock: Option<Spanned<bool>>,
    /// Of the file store: credentials with less than this left count as expired; `15m` by default.
    #[schemars(with = "Option<DurationText>")]
    refresh_before: Option<Spanned<String>>,
    /// Of the file store: the file is written in place and is garbage for so long, 1 ms to a minute; renamed into
    /// place, and so never garbage, by default.
    #[schemars(with = "Option<DurationText>")]
    write_takes: Option<Spanned<String>>,
    /// Of a file written in place without a lock: whether two writers at once leave garbage, until somebody writes the
    /// file alone; by default the last one's answer stands.
    overlap_spoils: Option<Spanned<bool>>,
    /// Of a file written in place: what a tool does that reads garbage; it fails by default, as botocore does.
    on_garbage: Option<Spanned<OnGarbage>>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum StoreFile {
    /// In exported variables, frozen.
    Environment,
    /// In a file that is renewed.
    File,
}

/// What a tool does that finds garbage.
///
/// botocore's `JSONFileCache` says that a key is there when the file is, and
/// raises `KeyError` when it is not JSON (1.40.0 and 1.44.5), so that the tool
/// fails and the file stays as it is. A script that asks for a readable answer
/// before it trusts the file goes on to STS.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OnGarbage {
    /// It fails, without a call.
    Fail,
    /// It takes the file for missing, and goes to STS; under a lock once the writer is done.
    Ask,
}

/// A file that is written where it is read, without a rename: botocore's until
/// boto/botocore#3597 (1.42.10 writes so, 1.44.5 renames), and most shell scripts'.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct InPlace {
    /// For so long after a write began, the file is garbage.
    pub write_takes: Duration,
    /// What a tool does that reads it then.
    pub on_garbage: OnGarbage,
    /// Whether two writers at once mix what they write, so that the file stays garbage until
    /// somebody writes it alone. Each overlap does: assumed, the worst case.
    pub overlap_spoils: bool,
}

/// Where a job's credentials are kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Config {
    /// In exported variables, frozen.
    Environment,
    /// In a file.
    File {
        /// Whether one tool at a time asks STS.
        lock: bool,
        /// Cached credentials with less than this left count as expired.
        refresh_before: Duration,
        /// How the file is written, unless it is renamed into place.
        in_place: Option<InPlace>,
    },
}

/// How long writing a file may take.
const WRITES: RangeInclusive<Duration> = Duration::from_millis(1)..=Duration::from_secs(60);

/// botocore's `CachedCredentialFetcher` holds credentials with less than
/// 15 minutes left for expired.
pub(super) const BOTOCORE_WINDOW: Duration = Duration::from_secs(15 * 60);

impl Config {
    pub(super) fn check(file: &File, problems: &mut Problems) -> Option<Self> {
        let window = unit::duration_or(file.refresh_before.as_ref(), BOTOCORE_WINDOW, problems);
        if *file.store.get_ref() == StoreFile::File {
            let lock = file.lock.as_ref().is_none_or(|lock| *lock.get_ref());
            let in_place = match &file.write_takes {
                Some(takes) => Some(InPlace::check(takes, file, lock, problems)?),
                None => {
                    let on_garbage = file.on_garbage.as_ref().map(|on| (on.span(), "on-garbage"));
                    let overlap = file.overlap_spoils.as_ref();
                    let overlap = overlap.map(|spoils| (spoils.span(), "overlap-spoils"));
                    for (span, key) in [on_garbage, overlap].into_iter().flatten() {
                        let only = format!("`{key}` is for a file written in place");
                        problems
                            .push(span, only, "has no effect here")
                            .help("say how long a write takes, write-takes = \"50ms\", or drop it");
                    }
                    None
                }
            };
            return Some(Self::File { lock, refresh_before: window?, in_place });
        }
        let misplaced = [
            file.lock.as_ref().map(|lock| (lock.span(), "lock")),
            file.refresh_before.as_ref().map(|window| (window.span(), "refresh-before")),
            file.write_takes.as_ref().map(|takes| (takes.span(), "write-takes")),
            file.on_garbage.as_ref().map(|on| (on.span(), "on-garbage")),
            file.overlap_spoils.as_ref().map(|spoils| (spoils.span(), "overlap-spoils")),
        ];
        for (span, key) in misplaced.into_iter().flatten() {
            problems
                .push(span, format!("`{key}` is for the file store"), "has no effect here")
                .help("exported keys are frozen: drop it, or use store = \"file\"");
        }
        Some(Self::Environment)
    }

    pub(super) fn describe(&self) -> String {
        match self {
            Self::Environment => "one acquisition per job, exported and frozen".into(),
            Self::File { lock, refresh_before, in_place } => {
                let lock = if *lock { "a locked" } else { "an unlocked" };
                let written = in_place.map(InPlace::describe).unwrap_or_default();
                format!(
                    "{lock} cache file per job, renewed {refresh_before:?} before expiry{written}"
                )
            }
        }
    }
}

impl InPlace {
    fn check(
        takes: &Spanned<String>,
        file: &File,
        lock: bool,
        problems: &mut Problems,
    ) -> Option<Self> {
        let on_garbage = file.on_garbage.as_ref().map_or(OnGarbage::Fail, |does| *does.get_ref());
        let overlap_spoils = file.overlap_spoils.as_ref().is_some_and(|spoils| *spoils.get_ref());
        if let Some(spoils) = file.overlap_spoils.as_ref().filter(|_| lock && overlap_spoils) {
            problems
                .push(spoils.span(), "one tool at a time writes a locked file", "nothing overlaps")
                .help("drop `overlap-spoils`, or say lock = false");
        }
        let write_takes = unit::duration_within(takes, &WRITES, problems)?;
        Some(Self { write_takes, on_garbage, overlap_spoils })
    }

    fn describe(self) -> String {
        let does = match self.on_garbage {
            OnGarbage::Fail => "fails",
            OnGarbage::Ask => "asks STS",
        };
        let spoils = if self.overlap_spoils { ", two writers at once spoil it" } else { "" };
        format!(", written in place in {:?}: who reads half of it {does}{spoils}", self.write_takes)
    }
}

/// What the tools of a job share.
#[derive(Debug)]
pub enum Cached {
    /// The step's result, good or bad.
    Environment(OnceCell<Result<Credentials, GaveUp>>),
    /// The file and its lock.
    File {
        /// Held while STS is asked.
        lock: Option<Mutex<()>>,
        /// See [`Config::File`].
        refresh_before: Duration,
        /// What the file holds.
        stored: Cell<Option<Credentials>>,
        /// See [`Config::File`].
        in_place: Option<InPlace>,
        /// When the last of its writers will be done: until then it is garbage.
        whole_at: Cell<Instant>,
        /// Whether two of its writers mixed what they wrote, and nobody has written it alone since.
        spoiled: Cell<bool>,
    },
}

impl Strategy for Cached {
    type Config = Config;

    const SHARES_CREDENTIALS: bool = true;

    fn for_job(config: &Config) -> Self {
        match *config {
            Config::Environment => Self::Environment(OnceCell::new()),
            Config::File { lock, refresh_before, in_place } => Self::File {
                lock: lock.then(|| Mutex::new(())),
                refresh_before,
                stored: Cell::new(None),
                in_place,
                whole_at: Cell::new(Instant::ZERO),
                spoiled: Cell::new(false),
            },
        }
    }

    async fn credentials<W: World>(&self, tool: &mut Tool<W>) -> Result<Credentials, GaveUp> {
        let (lock, refresh_before, stored, in_place, whole_at, spoiled) = match self {
            Self::Environment(exported) => return *exported.get_or_init(|| tool.obtain()).await,
            Self::File { lock, refresh_before, stored, in_place, whole_at, spoiled } => {
                (lock, *refresh_before, stored, *in_place, whole_at, spoiled)
            }
        };
        let read = |tool: &Tool<W>| {
            let now = tool.now();
            if now < whole_at.get() || spoiled.get() {
                return Read::Garbage;
            }
            let enough = |found: &Credentials| found.expires_at > now + refresh_before;
            stored.get().filter(enough).map_or(Read::Nothing, Read::Fresh)
        };
        match read(tool) {
            Read::Fresh(found) => return Ok(found),
            Read::Garbage if in_place.is_some_and(|file| file.on_garbage == OnGarbage::Fail) => {
                return Err(tool.read_garbage(spoiled.get()));
            }
            Read::Garbage | Read::Nothing => {}
        }
        let _held = match lock {
            Some(lock) => Some(lock.lock().await),
            None => None,
        };
        if let Read::Fresh(found) = read(tool) {
            return Ok(found);
        }
        let obtained = tool.obtain().await?;
        stored.set(Some(obtained));
        if let Some(file) = in_place {
            let (now, written) = (tool.now(), tool.now() + file.write_takes);
            // Who writes alone begins with an empty file, whatever was in it.
            spoiled.set(file.overlap_spoils && now < whole_at.get());
            whole_at.set(whole_at.get().max(written));
            tool.sleep_until(written).await;
        }
        Ok(obtained)
    }
}

/// What a tool finds in the file.
enum Read {
    /// Credentials that live long enough.
    Fresh(Credentials),
    /// No file, or credentials that count as expired.
    Nothing,
    /// A part of what is being written, or what several have written at once.
    Garbage,
}
