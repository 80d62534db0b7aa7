//! From a connection to the handlers of its requests.

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;

use axum::Router;
use axum::http::Request;
use axum::response::Response;
use hyper::body::Incoming;
use hyper::service::Service;
use hyper_util::service::TowerToHyperService;

use super::delivery::Fate;
use super::router::Mock;
use super::sts;

/// What the handler of a request can know of its connection: one extension and
/// not several, since each costs every request an allocation.
#[derive(Clone, Debug)]
pub(super) struct Connection {
    /// What is to become of it.
    pub(super) fate: Fate,
    /// The address it comes from.
    pub(super) peer: SocketAddr,
}

/// Brings the requests of one connection to their handlers.
pub(super) struct Connected {
    router: TowerToHyperService<Router>,
    /// Whose STS is called at `/`, if anybody's is.
    sts: Option<Arc<Mock>>,
    connection: Connection,
}

impl Connected {
    /// All requests go through `router`, but for those to `sts`.
    pub(super) fn new(router: Router, sts: Option<Arc<Mock>>, connection: Connection) -> Self {
        Self { router: TowerToHyperService::new(router), sts, connection }
    }
}

impl Service<Request<Incoming>> for Connected {
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn call(&self, mut request: Request<Incoming>) -> Self::Future {
        match &self.sts {
            // Where every client calls STS: there is nothing to find out about.
            Some(mock) if request.uri().path() == "/" => {
                let (mock, connection) = (Arc::clone(mock), self.connection.clone());
                Box::pin(async move { Ok(sts::answer_on(&mock, connection, request).await) })
            }
            _ => {
                request.extensions_mut().insert(self.connection.clone());
                Box::pin(self.router.call(request))
            }
        }
    }
}
