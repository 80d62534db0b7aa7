//! Whom a daemon calls: STS, and the CI that issues its tokens. On this machine,
//! or on a host that was named; beyond it over https only where that is AWS.

use std::fmt;
use std::net::SocketAddr;
use std::path::Path;

use bytes::Bytes;
use http_body_util::Full;
use hyper::{Request, Uri};
use mock_sts::http::tls::{Tls, TlsError};
use tokio::net::TcpStream;

use crate::record::{CallError, Failure};
use crate::world::real::{Endpoint, EndpointError, Exchanged, exchange, is_aws, over, resolved};

/// A service that a daemon may call.
#[derive(Clone, Debug)]
pub struct Service(Way);

#[derive(Clone, Debug)]
enum Way {
    Plain(Endpoint),
    Https { authority: String, host: String, to: To, tls: Tls },
}

/// Where a connection goes.
#[derive(Clone, Debug)]
enum To {
    /// This machine.
    Here(SocketAddr),
    /// A name that was allowed: it is looked up for each call, because a daemon
    /// outlives addresses.
    Named(u16),
}

/// Why a daemon does not call somebody.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// Over plain http.
    #[error(transparent)]
    Plain(#[from] EndpointError),
    /// Not a URL that can be used.
    #[error("`{0}` is not an endpoint: write it like https://sts.example.com (no path)")]
    Malformed(String),
    /// A web identity token and the keys for it would be for all to read.
    #[error("`{0}` belongs to AWS: the daemon calls it over https only, write https://{0}")]
    Unencrypted(String),
    /// Another machine, and nobody said so.
    #[error(
        "`{0}` is not this machine: if the daemon is to send its web identity there, repeat its \
         name with --allow-remote {0}"
    )]
    NotNamed(String),
    /// The name leads nowhere.
    #[error("cannot resolve `{0}`: check the name")]
    Unresolved(String),
    /// Nobody is trusted.
    #[error(transparent)]
    Tls(#[from] TlsError),
}

impl Service {
    /// The service at `url`, if a daemon may call it: http or https on this
    /// machine or on a host among `allowed`, which AWS's own must be and over
    /// https. The certificates of `ca_file` are trusted, or the system's.
    ///
    /// # Errors
    /// Says which rule forbids it.
    pub fn parse(
        url: &str,
        allowed: &[String],
        ca_file: Option<&Path>,
    ) -> Result<Self, ServiceError> {
        let malformed = || ServiceError::Malformed(url.to_owned());
        let uri: Uri = url.parse().map_err(|_| malformed())?;
        let host = uri.host().ok_or_else(malformed)?.to_ascii_lowercase();
        if uri.scheme_str() != Some("https") {
            if is_aws(&host) {
                return Err(ServiceError::Unencrypted(host));
            }
            return Ok(Self(Way::Plain(Endpoint::parse(url, allowed)?)));
        }
        let authority = uri.authority().filter(|authority| !authority.as_str().contains('@'));
        let authority = authority.ok_or_else(malformed)?.to_string();
        if uri.path() != "/" || uri.query().is_some() {
            return Err(malformed());
        }
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let port = uri.port_u16().unwrap_or(443);
        let to = if allowed.iter().any(|name| name.eq_ignore_ascii_case(&host)) {
            To::Named(port)
        } else {
            To::Here(here(&host, port)?)
        };
        Ok(Self(Way::Https { authority, host, to, tls: Tls::trusting(ca_file)? }))
    }

    /// Host and port, as the `Host` header has them.
    #[must_use]
    pub fn authority(&self) -> &str {
        match &self.0 {
            Way::Plain(endpoint) => &endpoint.authority,
            Way::Https { authority, .. } => authority,
        }
    }

    /// Sends `request` and reads the whole answer. Has no time limit of its own.
    ///
    /// # Errors
    /// What became of the call instead.
    pub(super) async fn exchange(
        &self,
        request: Request<Full<Bytes>>,
    ) -> Result<Exchanged, CallError> {
        let (host, to, tls) = match &self.0 {
            Way::Plain(endpoint) => return exchange(endpoint, request).await,
            Way::Https { host, to, tls, .. } => (host, to, tls),
        };
        let unreachable = |error| CallError::new(Failure::Unreachable, format!("{self}: {error}"));
        let stream = match to {
            To::Here(address) => TcpStream::connect(address).await,
            To::Named(port) => TcpStream::connect((host.as_str(), *port)).await,
        };
        let stream = tls.connect(host, stream.map_err(unreachable)?).await.map_err(unreachable)?;
        over(stream, request).await
    }
}

/// The address of a host that nobody named: it has to be this machine's.
fn here(host: &str, port: u16) -> Result<SocketAddr, ServiceError> {
    // A look-up would tell others of AWS's name before it is known to be wanted.
    if is_aws(host) {
        return Err(ServiceError::NotNamed(host.to_owned()));
    }
    let address = resolved(host, port).ok_or_else(|| ServiceError::Unresolved(host.to_owned()))?;
    if address.ip().is_loopback() {
        Ok(address)
    } else {
        Err(ServiceError::NotNamed(host.to_owned()))
    }
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Way::Plain(endpoint) => endpoint.fmt(f),
            Way::Https { authority, .. } => write!(f, "https://{authority}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(url: &str, allowed: &[&str]) -> String {
        let allowed: Vec<String> = allowed.iter().map(|&name| name.into()).collect();
        match Service::parse(url, &allowed, None) {
            Ok(service) => format!("calls {service}"),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn this_machine_may_be_called_and_others_when_they_are_named() {
        assert_eq!(verdict("http://127.0.0.1:8080", &[]), "calls http://127.0.0.1:8080");
        assert_eq!(verdict("https://127.0.0.1:8443/", &[]), "calls https://127.0.0.1:8443");
        assert_eq!(verdict("https://[::1]", &[]), "calls https://[::1]");
        assert!(verdict("https://192.0.2.1", &[]).ends_with("--allow-remote 192.0.2.1"));
        assert!(verdict("https://192.0.2.1", &["192.0.2.2"]).contains("is not this machine"));
        assert_eq!(verdict("https://192.0.2.1", &["192.0.2.1"]), "calls https://192.0.2.1");
        assert!(verdict("http://192.0.2.1", &[]).contains("is not this machine"));
    }

    /// A name that is allowed is not looked up before it is called.
    #[test]
    fn aws_is_called_over_https_only_and_only_when_it_is_named() {
        let sts = "sts.eu-central-1.amazonaws.com";
        let (http, https) = (format!("http://{sts}"), format!("https://{sts}"));
        assert!(verdict(&http, &[sts]).contains("over https only"));
        assert!(verdict(&https, &[]).contains("is not this machine"));
        assert!(verdict(&https, &["amazonaws.com"]).contains("is not this machine"));
        assert_eq!(verdict(&https, &["STS.eu-central-1.amazonaws.com"]), format!("calls {https}"));
    }

    #[test]
    fn what_is_no_endpoint_is_malformed() {
        for url in ["", "sts", "https://127.0.0.1/path", "https://a@127.0.0.1", "https://h?x=y"] {
            assert!(verdict(url, &["h"]).contains("is not an endpoint"), "{url}");
        }
        assert!(verdict("ftp://127.0.0.1", &[]).contains("is not an endpoint"));
    }
}
