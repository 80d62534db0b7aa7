//! Sockets: accepting, timing out slow clients, and ending without cutting off
//! answers that are under way.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::connected::{Connected, Connection};
use super::control::control;
use super::delivery::{Fate, Wire};
use super::listener::listen;
use super::race::unless;
use super::router::{Mock, router};

/// The longest a request's head may take, and the longest a connection stays
/// open without one.
const HEAD_WITHIN: Duration = Duration::from_secs(10);
/// The longest answers under way are waited for at the end.
const DRAIN_WITHIN: Duration = Duration::from_secs(10);
/// The wait after the system could not hand over a connection (no free file
/// descriptor, say).
const ACCEPT_AGAIN_AFTER: Duration = Duration::from_millis(50);

/// Why there is no listener.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// The address can be reached from other machines.
    #[error(
        "{0} is reachable from other machines: bind a loopback address such as 127.0.0.1, or allow it with --allow-remote"
    )]
    Remote(SocketAddr),
    /// The system said no.
    #[error("cannot listen on {address}: choose another address or port, or 0 for a free port")]
    Io {
        /// What was asked for.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
}

/// A listener on `address`; port 0 is a free port.
///
/// # Errors
/// [`BindError::Remote`] for anything but loopback unless `allow_remote`,
/// [`BindError::Io`] when the address is taken or not this machine's.
pub async fn bind(address: SocketAddr, allow_remote: bool) -> Result<TcpListener, BindError> {
    if !address.ip().is_loopback() && !allow_remote {
        return Err(BindError::Remote(address));
    }
    let listening = listen(address).and_then(TcpListener::from_std);
    listening.map_err(|source| BindError::Io { address, source })
}

/// Serves `mock` until `shutdown`, then finishes the answers under way, for 10 s
/// at most.
///
/// # Errors
/// None at present: what goes wrong on a connection ends that connection.
pub async fn serve(
    listener: TcpListener,
    mock: Arc<Mock>,
    shutdown: impl Future<Output = ()>,
) -> io::Result<()> {
    accept(listener, router(Arc::clone(&mock)), Some(mock), shutdown).await
}

/// Serves the control listener's paths to who has `token`, until `shutdown`.
///
/// # Errors
/// As [`serve`].
pub async fn serve_control(
    listener: TcpListener,
    mock: Arc<Mock>,
    token: &str,
    shutdown: impl Future<Output = ()>,
) -> io::Result<()> {
    accept(listener, control(mock, token), None, shutdown).await
}

async fn accept(
    listener: TcpListener,
    router: Router,
    sts: Option<Arc<Mock>>,
    shutdown: impl Future<Output = ()>,
) -> io::Result<()> {
    let (stop, stopped) = watch::channel(());
    let mut connections = JoinSet::new();
    let mut shutdown = pin!(shutdown);
    loop {
        let Some(accepted) = unless(shutdown.as_mut(), listener.accept()).await else { break };
        match accepted {
            Ok((stream, peer)) => {
                let (router, sts) = (router.clone(), sts.clone());
                let service = |connection| Connected::new(router, sts, connection);
                connections.spawn(connection(stream, peer, service, stopped.clone()));
            }
            Err(error) if is_the_peers(&error) => {}
            Err(_) => pause(ACCEPT_AGAIN_AFTER).await,
        }
        while connections.try_join_next().is_some() {}
    }
    drop(listener);
    drop(stop);
    let drained = async { while connections.join_next().await.is_some() {} };
    let _ = unless(pin!(pause(DRAIN_WITHIN)), drained).await;
    Ok(())
}

/// One connection until its end; whatever ends it concerns nobody else.
async fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    service: impl FnOnce(Connection) -> Connected,
    mut stopped: watch::Receiver<()>,
) {
    // Answers are small and complete: waiting to fill packets would only delay them.
    let _ = stream.set_nodelay(true);
    let fate = Fate::default();
    let service = service(Connection { fate: fate.clone(), peer });
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_WITHIN)
        .serve_connection(TokioIo::new(Wire::new(stream, fate)), service);
    let mut served = pin!(served);
    let told = async { drop(stopped.changed().await) };
    if unless(pin!(told), served.as_mut()).await.is_none() {
        served.as_mut().graceful_shutdown();
        let _ = served.await;
    }
}

#[expect(clippy::disallowed_methods, reason = "sockets live in real time")]
async fn pause(duration: Duration) {
    tokio::time::sleep(duration).await;
}

/// Whether only the connection that was being accepted is lost.
fn is_the_peers(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionReset
    )
}
