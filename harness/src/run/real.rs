//! The real world: every contender with a mock, a fleet and threads of its own,
//! all side by side.

mod options;

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::rc::Rc;
use std::sync::mpsc;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use mock_sts::clock::Instant;
use mock_sts::http::{Mock, StartError, issuers, listen, serve};
use mock_sts::service::Ledger;
use tokio::net::TcpListener;
use tokio::sync::watch;

pub use self::options::RealOptions;
use self::options::watch_over;
use super::simulate::{shape, shared};
use super::{ContenderRecord, SeedRun, early};
use crate::external::External;
use crate::fleet::Fleet;
use crate::record::{Progress, Recorder};
use crate::scenario::{Contender, Scenario};
use crate::strategy::{Sharing, Strategy, Visitor};
use crate::world::real::{Beginning, Endpoint, FilesError, RealWorld, make_room_for};
use crate::world::{Clock as _, Either, Host as _, ToolId, race, region_names, role_arns};

/// How long somebody else's service is given to accept a first connection.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);

/// Why the real world cannot run.
#[derive(Debug, thiserror::Error)]
pub enum RealError {
    /// Too few open files.
    #[error(transparent)]
    Files(#[from] FilesError),
    /// No mock: no randomness for its keys.
    #[error("cannot start the mock for `{contender}`")]
    Mock {
        /// Whose mock.
        contender: String,
        /// Why.
        source: StartError,
    },
    /// Somebody else's service is not there.
    #[error("nobody answers at {endpoint}: start it first, or leave --endpoint out")]
    NobodyAnswers {
        /// Where.
        endpoint: Endpoint,
        /// What the system says.
        source: io::Error,
    },
    /// No sockets, threads or timers.
    #[error("cannot open what the real world needs (a loopback listener, a thread)")]
    System(#[from] io::Error),
}

/// Runs every contender once over sockets, side by side. `progress` has one
/// entry per contender.
///
/// # Errors
/// What the system lacks, before any load is sent.
pub fn run(
    scenario: &Scenario,
    progress: &[Arc<Progress>],
    options: &RealOptions,
) -> Result<Vec<ContenderRecord>, RealError> {
    let connections: u64 = scenario.contenders.iter().map(Contender::connections).sum();
    // What is embedded has the other ends.
    let ends = if options.endpoint.is_some() { 1 } else { 2 };
    make_room_for(connections, ends)?;
    if let Some(endpoint) = &options.endpoint {
        TcpStream::connect_timeout(&endpoint.address, CONNECT_WITHIN)
            .map_err(|source| RealError::NobodyAnswers { endpoint: endpoint.clone(), source })?;
    }
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = (cores / scenario.contenders.len()).max(1);
    let stages = stages(scenario, options)?;
    for (stage, progress) in stages.iter().zip(progress) {
        if let Some(mock) = stage.mock.clone() {
            progress.gauged_by(Box::new(move || mock.room()));
        }
    }
    if !early::is_possible(scenario) {
        return side_by_side(scenario, progress, options, &stages, threads);
    }
    let (stop, stopped) = watch::channel(false);
    let (running, over) = mpsc::channel();
    std::thread::scope(|scope| {
        scope.spawn(move || watch_over(scenario, progress, options, &stop, &over));
        let watched = RealOptions { stop: stopped, ..options.clone() };
        let records = side_by_side(scenario, progress, &watched, &stages, threads);
        drop(running);
        records
    })
}

/// All contenders at once, each on its own stage.
fn side_by_side(
    scenario: &Scenario,
    progress: &[Arc<Progress>],
    options: &RealOptions,
    stages: &[Stage],
    threads: usize,
) -> Result<Vec<ContenderRecord>, RealError> {
    std::thread::scope(|scope| {
        let running: Vec<_> = stages
            .iter()
            .zip(&scenario.contenders)
            .zip(progress)
            .map(|((stage, contender), progress)| {
                scope.spawn(move || stage.run(scenario, contender, progress, options, threads))
            })
            .collect();
        running
            .into_iter()
            .map(|thread| match thread.join() {
                Ok(run) => run,
                Err(panic) => std::panic::resume_unwind(panic),
            })
            .collect()
    })
}

/// One stage a contender. Signing keys are made first, as they take long:
/// faults count from when a mock's clock starts, and that is to be when the run
/// begins.
fn stages(scenario: &Scenario, options: &RealOptions) -> Result<Vec<Stage>, RealError> {
    let contenders = || scenario.contenders.iter();
    if let Some(endpoint) = &options.endpoint {
        return Ok(contenders().map(|_| Stage::elsewhere(endpoint)).collect());
    }
    let failed = |contender: &Contender, source| RealError::Mock {
        contender: contender.name.clone(),
        source,
    };
    let keys =
        |contender| issuers(&scenario.mock).map_err(|source| failed(contender, source.into()));
    let keys = contenders().map(keys).collect::<Result<Vec<_>, _>>()?;
    let stage = |(contender, keys)| {
        let mock = Mock::with_issuers(scenario.mock.clone(), keys, options.seed);
        Ok(Stage::set(mock.map_err(|source| failed(contender, source))?)?)
    };
    contenders().zip(keys).map(stage).collect()
}

/// A contender's mock, ready to answer.
struct Stage {
    endpoint: Endpoint,
    mock: Option<Arc<Mock>>,
    listener: Mutex<Option<std::net::TcpListener>>,
}

impl Stage {
    /// Somebody else's service.
    fn elsewhere(endpoint: &Endpoint) -> Self {
        Self { endpoint: endpoint.clone(), mock: None, listener: Mutex::new(None) }
    }

    fn set(mock: Arc<Mock>) -> io::Result<Self> {
        let listener = listen((Ipv4Addr::LOCALHOST, 0).into())?;
        let address: SocketAddr = listener.local_addr()?;
        Ok(Self {
            endpoint: Endpoint::local(address),
            mock: Some(mock),
            listener: Mutex::new(Some(listener)),
        })
    }

    fn run(
        &self,
        scenario: &Scenario,
        contender: &Contender,
        progress: &Arc<Progress>,
        options: &RealOptions,
        threads: usize,
    ) -> Result<ContenderRecord, RealError> {
        let server = self.serve()?;
        if let (Some(command), Some(mock)) = (&contender.command, &self.mock) {
            let external = External {
                scenario,
                contender,
                command,
                seed: options.seed,
                mock,
                endpoint: &self.endpoint,
                progress,
                stop: options.stop.clone(),
                lines: options.lines_of(scenario, contender),
            };
            let left = external.run()?;
            if let Some(server) = server {
                server.stop();
            }
            let mut record = ContenderRecord::default();
            (record.notes, record.strays) = (left.notes, Some((left.leaks, left.strangers)));
            record.add(0, options.seed, left.run);
            return Ok(record);
        }
        let fleet_wide = contender.restraints.are_fleet_wide()
            || contender.admission.is_some_and(|admission| admission.is_fleet_wide());
        let wanted = match fleet_wide {
            true => 1,
            false => threads.min(contender.jobs as usize),
        };
        let threads = contender.strategy.accept(Threads { wanted });
        let beginning = Beginning::now();
        let (sender, receiver) = mpsc::channel();
        std::thread::scope(|scope| {
            for thread in 0..threads {
                let (sender, beginning) = (sender.clone(), beginning.clone());
                scope.spawn(move || {
                    let recorder = Recorder::watched_closely(Arc::clone(progress));
                    let recorder = recorder.writing(options.lines_of(scenario, contender));
                    let share = Share { thread, threads };
                    let run = RealRun {
                        scenario,
                        contender,
                        options,
                        recorder,
                        share,
                        beginning,
                        endpoint: self.endpoint.clone(),
                    };
                    // The receiver outlives every sender.
                    drop(sender.send(contender.strategy.accept(run)));
                });
            }
        });
        drop(sender);
        if let Some(server) = server {
            server.stop();
        }
        self.gather(options.seed, contender, receiver.into_iter())
    }

    fn gather(
        &self,
        seed: u64,
        contender: &Contender,
        shares: impl Iterator<Item = io::Result<(Recorder, Instant)>>,
    ) -> Result<ContenderRecord, RealError> {
        let mut recorder = Recorder::default();
        let mut ended = Instant::ZERO;
        for share in shares {
            let (part, part_ended) = share?;
            recorder.add(&part);
            ended = ended.max(part_ended);
        }
        let ledger = self.mock.as_ref().map_or_else(Ledger::default, |mock| mock.ledger());
        let run =
            SeedRun { recorder, ledger, planned_jobs: u64::from(contender.jobs), ended, events: 0 };
        let mut record = ContenderRecord::default();
        record.add(0, seed, run);
        Ok(record)
    }

    /// Serves the mock on a thread of its own until told to stop.
    fn serve(&self) -> io::Result<Option<Server>> {
        let listener = self.listener.lock().unwrap_or_else(PoisonError::into_inner).take();
        let (Some(listener), Some(mock)) = (listener, self.mock.clone()) else { return Ok(None) };
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let (stop, mut stopped) = watch::channel(false);
        let _entered = runtime.enter();
        let listener = TcpListener::from_std(listener)?;
        let serving = runtime.spawn(serve(listener, mock, async move {
            drop(stopped.wait_for(|stop| *stop).await);
        }));
        Ok(Some(Server { stop, serving, runtime }))
    }
}

struct Server {
    stop: watch::Sender<bool>,
    serving: tokio::task::JoinHandle<io::Result<()>>,
    runtime: tokio::runtime::Runtime,
}

impl Server {
    /// Ends the server; tools that were cut off by the horizon or by the user
    /// are not waited for.
    fn stop(self) {
        self.stop.send_replace(true);
        self.serving.abort();
        self.runtime.shutdown_timeout(Duration::from_secs(1));
    }
}

/// How many threads a strategy's fleet can be spread over: one where all of it
/// shares one instance.
struct Threads {
    wanted: usize,
}

impl Visitor for Threads {
    type Output = usize;

    fn visit<S: Strategy>(self, config: &S::Config) -> usize {
        match S::sharing(config) {
            Sharing::Fleet | Sharing::Jobs(_) => 1,
            Sharing::Job => self.wanted.max(1),
        }
    }
}

/// The jobs of one thread: every `threads`th, from the `thread`th.
#[derive(Clone, Copy)]
struct Share {
    thread: usize,
    threads: usize,
}

struct RealRun<'a> {
    scenario: &'a Scenario,
    contender: &'a Contender,
    options: &'a RealOptions,
    recorder: Recorder,
    share: Share,
    beginning: Beginning,
    endpoint: Endpoint,
}

impl Visitor for RealRun<'_> {
    type Output = io::Result<(Recorder, Instant)>;

    fn visit<S: Strategy>(self, config: &S::Config) -> Self::Output {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let local = tokio::task::LocalSet::new();
        Ok(local.block_on(&runtime, self.fleet::<S>(config)))
    }
}

impl RealRun<'_> {
    async fn fleet<S: Strategy>(self, config: &S::Config) -> (Recorder, Instant) {
        let Self { scenario, contender, options, recorder, share, beginning, endpoint } = self;
        let mock = &scenario.mock;
        let role = &mock.service.roles[0].arn;
        let audience = mock.idp.audiences.first().map_or("sts.amazonaws.com", String::as_str);
        let (seed, hop) = (options.seed, scenario.hop);
        let world = RealWorld::new(&beginning, endpoint, seed, hop, role, audience);
        let world = world.patient_for(contender.attempt_timeout);
        let world = world.answering_in(region_names(&mock.service));
        let world = match S::CHAINS_ROLES {
            true => world.chaining(role_arns(&mock.service)),
            false => world,
        };
        let world = Rc::new(world);
        let shared = Rc::new(shared(scenario, contender, options.seed, recorder));
        let shape = shape(scenario, contender);
        let fleet = Fleet::<_, S>::new(&world, Rc::clone(&shared), shape, config, contender.jobs);
        let starts = scenario.fleet.arrivals.starts(options.seed, contender.jobs);
        let mine = move |(job, _): &(u32, Instant)| *job as usize % share.threads == share.thread;
        world.spawn(ToolId { job: 0, tool: 0 }, fleet.drive(starts.filter(mine)));
        let mut stop = options.stop.clone();
        let stopped = async { drop(stop.wait_for(|stop| *stop).await) };
        let horizon = world.sleep_until(Instant::ZERO + scenario.horizon);
        let ended = match race(world.all_ended(), race(stopped, horizon)).await {
            Either::Left(()) | Either::Right(Either::Left(())) => world.now(),
            Either::Right(Either::Right(())) => Instant::ZERO + scenario.horizon,
        };
        let mut recorder = shared.recorder.take();
        recorder.finish();
        (recorder, ended)
    }
}
