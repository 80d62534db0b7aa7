//! One GET over HTTPS.

use std::net::SocketAddr;

use axum::body::Bytes;
use axum::http::header::{ACCEPT, CACHE_CONTROL, HOST, USER_AGENT};
use axum::http::{Request, Uri};
use http_body_util::{BodyExt as _, Empty, LengthLimitError, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use crate::config::ExternalConfig;
use crate::http::tls::{Tls, TlsError};

/// Why a client cannot be made, or a GET brought nothing.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// No TLS.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// Not a URL that can be fetched.
    #[error("not an https URL")]
    Url,
    /// No connection, or no TLS on it: a certificate that is not trusted, say.
    #[error("cannot connect: {0}")]
    Connect(#[from] std::io::Error),
    /// The exchange broke off.
    #[error("no whole answer: {0}")]
    Http(#[from] hyper::Error),
    /// The answer is not 200.
    #[error("HTTP {0}")]
    Status(u16),
    /// More bytes than anybody needs.
    #[error("the answer is larger than {0} bytes")]
    TooLarge(usize),
}

/// What a GET brought.
pub(super) struct Answer {
    pub(super) body: Bytes,
    /// Empty when there is none.
    pub(super) cache_control: String,
}

/// Trusts the system's certificates, or those of a file and no others.
pub(super) struct Client {
    tls: Tls,
    /// Connect there, whatever the name resolves to.
    connect: Option<SocketAddr>,
}

impl Client {
    pub(super) fn new(external: &ExternalConfig) -> Result<Self, ClientError> {
        let tls = Tls::trusting(external.ca_file.as_deref())?;
        Ok(Self { tls, connect: external.connect })
    }

    /// The body of a 200 answer of at most `largest` bytes. Follows no
    /// redirect and has no time limit of its own.
    pub(super) async fn get(&self, url: &str, largest: usize) -> Result<Answer, ClientError> {
        let url: Uri = url.parse().map_err(|_| ClientError::Url)?;
        let host = url.host().ok_or(ClientError::Url)?.to_owned();
        let authority = url.authority().ok_or(ClientError::Url)?.as_str();
        let stream = match self.connect {
            Some(address) => TcpStream::connect(address).await?,
            None => TcpStream::connect((&*host, url.port_u16().unwrap_or(443))).await?,
        };
        let stream = self.tls.connect(&host, stream).await?;
        let path = url.path_and_query().map_or("/", |path| path.as_str());
        let request = Request::get(path)
            .header(HOST, authority)
            .header(ACCEPT, "application/json")
            .header(USER_AGENT, concat!("mock-sts/", env!("CARGO_PKG_VERSION")))
            .body(Empty::<Bytes>::new())
            .map_err(|_| ClientError::Url)?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        // Ends with this call, however that ends.
        let mut background = tokio::task::JoinSet::new();
        background.spawn(connection);
        let answer = sender.send_request(request).await?;
        if answer.status() != 200 {
            return Err(ClientError::Status(answer.status().as_u16()));
        }
        let cached = answer.headers().get(CACHE_CONTROL).and_then(|value| value.to_str().ok());
        let cache_control = cached.unwrap_or_default().to_owned();
        let body = Limited::new(answer.into_body(), largest).collect().await;
        let body = body.map_err(|error| match error.downcast::<hyper::Error>() {
            Ok(error) => ClientError::Http(*error),
            Err(error) => {
                debug_assert!(error.is::<LengthLimitError>(), "the only other error of a body");
                ClientError::TooLarge(largest)
            }
        })?;
        Ok(Answer { body: body.to_bytes(), cache_control })
    }
}
