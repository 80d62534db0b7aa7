//! The daemon as a program: holds roles' credentials for all processes of a
//! host. A plainly real-world module: files, sockets, the system's clock.
//!
//! One task a role obtains and refreshes, so there is one STS call a refresh
//! whatever the number of clients; answers come from memory. Credentials that
//! are still valid are served when STS fails; expired or empty ones never.

mod held;
mod keeper;
mod serve;
mod service;
mod source;
mod world;

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use mock_sts::private;

use self::held::Held;
pub use self::service::{Service, ServiceError};
pub use self::source::TokenSource;
use crate::policy::Policy;

/// What a daemon is told.
pub struct BrokerConfig {
    /// The roles to hold; the first is what clients get who ask for none. Not
    /// empty.
    pub roles: Vec<String>,
    /// Where web identity tokens come from, anew at each refresh.
    pub source: TokenSource,
    /// STS.
    pub sts: Service,
    /// What to do after a failed attempt.
    pub policy: fn() -> Box<dyn Policy>,
    /// A preset's name instead of that policy.
    pub preset: Option<&'static crate::policy::presets::client::Client>,
    /// `RoleSessionName`.
    pub session_name: String,
    /// `DurationSeconds`.
    pub session_s: u16,
    /// How long before expiry credentials are refreshed, at the latest; never
    /// more than half of their life.
    pub refresh_ahead: Duration,
    /// Refreshes come up to this much earlier, by chance, so that daemons that
    /// started together do not refresh together.
    pub jitter: Duration,
}

/// Why there is no daemon.
#[derive(Debug, thiserror::Error)]
pub enum BrokerError {
    /// No socket, runtime or thread.
    #[error("cannot open what the daemon needs (a loopback listener, a thread)")]
    System(#[from] io::Error),
    /// The address is another machine's to reach.
    #[error("{0} is reachable from other machines: the daemon listens on loopback only")]
    NotLoopback(SocketAddr),
    /// No randomness for the authorization token.
    #[error("cannot make an authorization token: no randomness from the system?")]
    NoRandomness,
    /// The authorization token's file.
    #[error("cannot write the authorization token to {}", .path.display())]
    TokenFile {
        /// Where.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

/// What clients must know to reach a daemon.
#[derive(Clone, Debug)]
pub struct Address {
    /// `AWS_CONTAINER_CREDENTIALS_FULL_URI`.
    pub url: String,
    /// The secret of the `Authorization` header.
    pub secret: Arc<str>,
}

/// The secret of an `Authorization` header, new.
///
/// # Errors
/// [`BrokerError::NoRandomness`].
pub fn secret() -> Result<Arc<str>, BrokerError> {
    private::secret().map(Into::into).ok_or(BrokerError::NoRandomness)
}

/// Serves on `listen` until `stop` is done; `ready` is told where once clients
/// can ask. Blocks.
///
/// # Errors
/// What the system lacks, before anything is served.
pub fn run(
    config: BrokerConfig,
    listen: SocketAddr,
    secret: Arc<str>,
    stop: impl Future<Output = ()>,
    ready: impl FnOnce(Address),
) -> Result<(), BrokerError> {
    if !listen.ip().is_loopback() {
        return Err(BrokerError::NotLoopback(listen));
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let local = tokio::task::LocalSet::new();
    local.block_on(&runtime, async {
        let listener = tokio::net::TcpListener::from_std(mock_sts::http::listen(listen)?)?;
        let address = listener.local_addr()?;
        let held: Vec<Arc<Held>> =
            config.roles.iter().map(|role| Arc::new(Held::new(role))).collect();
        let config = Rc::new(config);
        for held in &held {
            tokio::task::spawn_local(keeper::keep(Rc::clone(&config), Arc::clone(held)));
        }
        let router = serve::router(held, Arc::clone(&secret));
        ready(Address { url: format!("http://{address}/"), secret });
        let serving = async { axum::serve(listener, router).await };
        match crate::world::race(stop, serving).await {
            crate::world::Either::Left(()) => Ok(()),
            crate::world::Either::Right(ended) => Ok(ended?),
        }
    })
}
