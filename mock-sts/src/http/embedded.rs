//! A mock inside a test: one line starts it, its end stops it.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::thread::JoinHandle;

use tokio::sync::watch;

use super::listener::listen;
use super::router::{Mock, StartError};
use super::serve::serve;
use crate::config::{MockConfig, PROFILES};
use crate::idp::{IssuerError, issue};
use crate::service::Ledger;

/// Why there is no embedded mock.
#[derive(Debug, thiserror::Error)]
pub enum EmbedError {
    /// No mock.
    #[error(transparent)]
    Start(#[from] StartError),
    /// No thread, runtime or address.
    #[error("cannot open what an embedded mock needs (a thread, a loopback listener)")]
    System(#[from] io::Error),
}

/// A mock STS with its identity provider on a loopback port and a thread of its
/// own. It stops when it is dropped.
///
/// ```
/// let sts = mock_sts::Embedded::start()?;
/// let token = sts.token("stampede-job-1")?;
/// // Point any AWS SDK at it: AWS_ENDPOINT_URL_STS is sts.url(), AWS_ROLE_ARN is sts.role_arn(),
/// // and the file that AWS_WEB_IDENTITY_TOKEN_FILE names holds the token.
/// assert!(sts.url().starts_with("http://127.0.0.1:"));
/// assert_eq!(token.split('.').count(), 3);
/// assert_eq!(sts.ledger().requests(), 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Embedded {
    mock: Arc<Mock>,
    address: SocketAddr,
    stop: watch::Sender<bool>,
    thread: Option<JoinHandle<()>>,
}

impl Embedded {
    /// Starts a mock of the default profile, whose luck is that of seed 1.
    ///
    /// # Errors
    /// [`EmbedError`] when the system lacks randomness, a port or a thread.
    pub fn start() -> Result<Self, EmbedError> {
        Self::with(PROFILES[0].config(), 1)
    }

    /// Starts a mock of these numbers and this luck.
    ///
    /// # Errors
    /// As [`Embedded::start`].
    pub fn with(config: MockConfig, seed: u64) -> Result<Self, EmbedError> {
        let mock = Mock::new(config, seed)?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let listener = {
            let _entered = runtime.enter();
            let any_port = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
            // Within another runtime nothing can be waited for, and nothing has to be.
            tokio::net::TcpListener::from_std(listen(any_port)?)?
        };
        let address = listener.local_addr()?;
        let (stop, mut stopped) = watch::channel(false);
        let serving = Arc::clone(&mock);
        let thread = std::thread::Builder::new().name("mock-sts".into()).spawn(move || {
            let told = async move { drop(stopped.wait_for(|stop| *stop).await) };
            // What goes wrong on a connection ends that connection.
            let _ = runtime.block_on(serve(listener, serving, told));
        })?;
        Ok(Self { mock, address, stop, thread: Some(thread) })
    }

    /// Where it listens: `AWS_ENDPOINT_URL_STS`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The first role that tokens can assume; empty where there is none.
    #[must_use]
    pub fn role_arn(&self) -> &str {
        self.mock.config().service.roles.first().map_or("", |role| &role.arn)
    }

    /// A web identity token of the job of this name, good for the configured
    /// lifetime from now.
    ///
    /// # Errors
    /// [`IssuerError`] when the token cannot be signed.
    pub fn token(&self, job: &str) -> Result<String, IssuerError> {
        let idp = &self.mock.config().idp;
        let audience = idp.audiences.first().unwrap_or(&idp.default_audience);
        let claims = issue(idp, job, audience, self.mock.now_unix());
        self.mock.issuer().sign_at(self.mock.now(), &claims)
    }

    /// What it counted so far.
    #[must_use]
    pub fn ledger(&self) -> Ledger {
        self.mock.ledger()
    }

    /// The mock itself, for all else.
    #[must_use]
    pub fn mock(&self) -> &Arc<Mock> {
        &self.mock
    }
}

impl Drop for Embedded {
    fn drop(&mut self) {
        self.stop.send_replace(true);
        if let Some(thread) = self.thread.take() {
            // A mock that panicked has nothing left to stop.
            let _ = thread.join();
        }
    }
}
