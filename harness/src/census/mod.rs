//! The retry census: a command, run against each error of STS in turn, and what
//! it does about it, read off the wire.
//!
//! Each run has a mock of its own that fails in one way: always, to see all the
//! command does before it gives up, and then at all but its last try, to see
//! whether it recovers. The token file is replaced whenever a request arrives,
//! so a command that reads it again shows it.

mod cases;
mod diff;
mod fit;
mod read;
mod result;
mod show;

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use mock_sts::http::watch::{CallLog, Watchers};
use mock_sts::http::{Issuers, Mock, StartError, issuers, serve};
use mock_sts::private;
use tokio::net::TcpListener;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::{JoinSet, LocalSet};

pub use self::cases::{CASES, Case};
pub use self::diff::changes;
pub use self::fit::{Fit, Shape};
use self::read::{Seen, endings, row};
pub use self::result::{CensusResult, Connections, Exit, FORMAT_VERSION, Hint, Row, Token};
pub use self::show::{list, markdown, matrix, text};
use crate::external::{CommandConfig, Once, Place, Proxy, Surroundings, issue};
use crate::record::Failure;
use crate::world::JobName;

/// A census, about to start.
pub struct Census {
    /// What tables call the command.
    pub name: String,
    /// What is run, and for how long at the most.
    pub command: CommandConfig,
    /// Runs against each case; above 0.
    pub repeats: u32,
    /// Runs at once; above 0.
    pub at_once: usize,
    /// Programs that start at once, before their first call; above 0.
    pub starting: usize,
    /// The cases; the first is the one without an error.
    pub cases: Vec<&'static Case>,
    /// Becomes true when it is to end early.
    pub stop: watch::Receiver<bool>,
}

/// Why there is no census.
#[derive(Debug, thiserror::Error)]
pub enum CensusError {
    /// No directory, listener or runtime.
    #[error("cannot open what a census needs (a directory, a loopback listener)")]
    System(#[from] io::Error),
    /// No mock.
    #[error(transparent)]
    Mock(#[from] StartError),
    /// The command cannot be run.
    #[error("{0}")]
    NotStarted(String),
    /// The command does not use what it is given.
    #[error(
        "the command never asked STS for a role, although nothing was wrong ({0}): \
         it must read AWS_ENDPOINT_URL_STS, and need credentials for what it does"
    )]
    NeverAsked(String),
    /// The command tried to reach somebody else.
    #[error("the census is worth nothing, as the command asked somebody else too: {}", .0.join("; "))]
    Leaks(Vec<String>),
}

/// One run to do: which case, failing how many requests (all where none), and
/// its number among all runs.
#[derive(Clone, Copy)]
struct Run {
    case: &'static Case,
    first: Option<u64>,
    number: u32,
}

/// What all runs share.
struct Hall {
    issuers: Issuers,
    proxy: Proxy,
    place: Rc<Place>,
    slots: Arc<Semaphore>,
    starting: Arc<Semaphore>,
}

impl Census {
    /// How many runs there are at the most, for a progress bar.
    #[must_use]
    pub fn runs(&self) -> u64 {
        let again = self.cases.iter().filter(|case| case.can_stop()).count();
        self.cases.len() as u64 * u64::from(self.repeats) + again as u64
    }

    /// Runs the command against every case; `done` is told of each run.
    ///
    /// # Errors
    /// [`CensusError`]; nothing that was started is left running.
    pub fn run(&self, done: &dyn Fn()) -> Result<CensusResult, CensusError> {
        let hall = Hall {
            issuers: issuers(&CASES[0].config(None)).map_err(StartError::from)?,
            proxy: Proxy::start()?,
            place: Rc::new(Place::make("census")?),
            slots: Arc::new(Semaphore::new(self.at_once)),
            starting: Arc::new(Semaphore::new(self.starting)),
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let result = LocalSet::new().block_on(&runtime, self.rows(&hall, done));
        runtime.shutdown_background();
        let leaks = hall.proxy.attempts();
        if leaks.is_empty() { result } else { Err(CensusError::Leaks(leaks)) }
    }

    async fn rows(&self, hall: &Hall, done: &dyn Fn()) -> Result<CensusResult, CensusError> {
        let (first, others) = self.cases.split_at(1);
        let mut seen = self.always(hall, first, 0, done).await?;
        check(seen.iter().flatten())?;
        seen.extend(self.always(hall, others, self.repeats, done).await?);
        let endings = endings(&seen);
        let mut rows: Vec<Row> = Vec::new();
        for (case, runs) in self.cases.iter().zip(&seen) {
            if runs.is_empty() {
                continue;
            }
            let unhinted = rows.iter().find(|row| case.unhinted() == Some(&row.case));
            let row = row(case, runs, &endings, unhinted);
            rows.push(row);
        }
        self.recoveries(hall, &mut rows, done).await?;
        Ok(CensusResult {
            census_version: FORMAT_VERSION,
            stampede: env!("CARGO_PKG_VERSION").into(),
            name: self.name.clone(),
            command: self.command.words.clone(),
            repeats: self.repeats,
            timeout_s: self.command.timeout.as_secs_f64(),
            complete: !*self.stop.borrow(),
            rows,
        })
    }

    /// Every case as often as is asked, failing always; the runs of each case.
    async fn always(
        &self,
        hall: &Hall,
        cases: &[&'static Case],
        before: u32,
        done: &dyn Fn(),
    ) -> Result<Vec<Vec<Seen>>, CensusError> {
        let each = cases.iter().flat_map(|case| std::iter::repeat_n(*case, self.repeats as usize));
        let runs = each.zip(before..).map(|(case, number)| Run { case, first: None, number });
        let seen = self.all(hall, runs.collect(), done).await?;
        let mut by_case: Vec<Vec<Seen>> = cases.iter().map(|_| Vec::new()).collect();
        for (run, seen) in seen {
            let at = cases.iter().position(|case| case.name == run.case.name);
            if let Some(at) = at {
                by_case[at].push(seen);
            }
        }
        Ok(by_case)
    }

    /// Once more for each case that was tried again, failing all but the last try.
    async fn recoveries(
        &self,
        hall: &Hall,
        rows: &mut [Row],
        done: &dyn Fn(),
    ) -> Result<(), CensusError> {
        let before = self.cases.len() as u32 * self.repeats;
        let runs = rows.iter().filter_map(|row| {
            let case = self.cases.iter().find(|case| case.name == row.case && case.can_stop())?;
            let all_but_last = u64::from(row.tries.0).checked_sub(1).filter(|first| *first > 0)?;
            Some((*case, all_but_last))
        });
        let runs = runs.zip(before..);
        let runs = runs.map(|((case, first), number)| Run { case, first: Some(first), number });
        for (run, seen) in self.all(hall, runs.collect(), done).await? {
            if let Some(row) = rows.iter_mut().find(|row| row.case == run.case.name) {
                row.recovers = Some(seen.end.how.is_fine());
            }
        }
        Ok(())
    }

    /// Does all of these, side by side, and gives them in their order.
    async fn all(
        &self,
        hall: &Hall,
        runs: Vec<Run>,
        done: &dyn Fn(),
    ) -> Result<Vec<(Run, Seen)>, CensusError> {
        let mut running = JoinSet::new();
        for run in runs {
            let stage = self.stage(hall, run);
            running.spawn_local(async move { stage.run().await.map(|seen| (run, seen)) });
        }
        let mut seen = Vec::new();
        while let Some(ended) = running.join_next().await {
            done();
            let Ok(ended) = ended else { continue };
            let (run, one) = ended?;
            let Some(one) = one else { continue };
            if one.end.how.failure == Some(Failure::CommandNotStarted) {
                return Err(CensusError::NotStarted(one.end.how.detail));
            }
            seen.push((run, one));
        }
        seen.sort_by_key(|(run, _)| run.number);
        Ok(seen)
    }

    fn stage(&self, hall: &Hall, run: Run) -> Stage {
        Stage {
            run,
            command: self.command.clone(),
            issuers: hall.issuers.clone(),
            proxy: hall.proxy.clone(),
            place: Rc::clone(&hall.place),
            slots: Arc::clone(&hall.slots),
            starting: Arc::clone(&hall.starting),
            stop: self.stop.clone(),
        }
    }
}

/// Without an error, the command must have asked.
fn check<'s>(mut baseline: impl Iterator<Item = &'s Seen>) -> Result<(), CensusError> {
    match baseline.find(|run| run.tries().next().is_none()) {
        Some(run) if run.end.how.is_fine() => {
            Err(CensusError::NeverAsked("it ended with 0".into()))
        }
        Some(run) => Err(CensusError::NeverAsked(run.end.how.detail.clone())),
        None => Ok(()),
    }
}

/// One run's mock and program.
struct Stage {
    run: Run,
    command: CommandConfig,
    issuers: Issuers,
    proxy: Proxy,
    place: Rc<Place>,
    slots: Arc<Semaphore>,
    starting: Arc<Semaphore>,
    stop: watch::Receiver<bool>,
}

impl Stage {
    /// Nothing when it was stopped before it started.
    async fn run(self) -> Result<Option<Seen>, CensusError> {
        // Neither semaphore is ever closed.
        let _slot = self.slots.acquire().await;
        let start = Arc::clone(&self.starting).acquire_owned().await.ok();
        let job = self.run.number;
        let config = self.run.case.config(self.run.first);
        let mock = Mock::with_issuers(config, self.issuers, u64::from(job))?;
        let calls = noticing(&mock, job, self.place.token_file(job), start);
        mock.watched_by(Watchers::default().keeping(Arc::clone(&calls)));
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let (ended, mut told) = watch::channel(false);
        tokio::spawn(serve(listener, Arc::clone(&mock), async move {
            drop(told.wait_for(|ended| *ended).await);
        }));
        let surroundings = Surroundings::of(job, mock.config(), &url, &self.proxy);
        let once = Once {
            job,
            command: self.command,
            mock,
            calls: Arc::clone(&calls),
            surroundings,
            place: self.place,
            stop: self.stop.clone(),
        };
        let end = once.run().await;
        ended.send_replace(true);
        // What the user stopped says nothing about the command.
        let stopped = *self.stop.borrow();
        let Some(end) = end.filter(|_| !stopped) else { return Ok(None) };
        let name = JobName(job).request_token();
        let mut of_job = calls.calls().remove(&name).unwrap_or_default();
        of_job.sort_by_key(|call| call.at);
        Ok(Some(Seen { end, calls: of_job, fetched: calls.fetched(&name) }))
    }
}

/// A log that, whenever a call arrives, puts another token into the job's file
/// and lets the next program start.
fn noticing(
    mock: &Arc<Mock>,
    job: u32,
    file: PathBuf,
    start: Option<OwnedSemaphorePermit>,
) -> Arc<CallLog> {
    let (mock, start) = (Arc::downgrade(mock), Mutex::new(start));
    let arrived = AtomicU64::new(0);
    Arc::new_cyclic(|calls: &std::sync::Weak<CallLog>| {
        let calls = calls.clone();
        CallLog::noticing(move || {
            drop(start.lock().unwrap_or_else(PoisonError::into_inner).take());
            let (Some(mock), Some(calls)) = (mock.upgrade(), calls.upgrade()) else { return };
            let number = arrived.fetch_add(1, Ordering::Relaxed) % OLDEST_TOKEN_S + 1;
            if let Ok(token) = issue(&mock, &calls, job, number) {
                // A token that cannot be replaced stays, and is taken for kept.
                let _ = replace(&file, &token);
            }
        })
    })
}

/// Replaced tokens are issued up to so long ago; they live for an hour.
const OLDEST_TOKEN_S: u64 = 1000;

fn replace(file: &Path, token: &str) -> io::Result<()> {
    let next = file.with_extension("next");
    // A command that was killed may have left one.
    let _ = fs::remove_file(&next);
    private::create(&next)?.write_all(token.as_bytes())?;
    fs::rename(next, file)
}
