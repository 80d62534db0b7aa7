//! Where load may go: loopback, unless a host is named explicitly; AWS never.

use std::fmt;
use std::net::{SocketAddr, ToSocketAddrs};

use hyper::Uri;

/// An STS endpoint that load may go to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Endpoint {
    /// Host and port, as the `Host` header has them.
    pub authority: String,
    /// Where to connect.
    pub address: SocketAddr,
}

/// Why load does not go there.
#[derive(Debug, thiserror::Error)]
pub enum EndpointError {
    /// Not a URL that can be used.
    #[error("`{0}` is not an endpoint: write it like http://127.0.0.1:8080 (plain http, no path)")]
    Malformed(String),
    /// AWS itself.
    #[error("`{0}` belongs to AWS: stampede never sends load there, whatever is allowed")]
    Aws(String),
    /// Another machine, and nobody said so.
    #[error(
        "`{0}` is not this machine: if it is yours to load, repeat its name with --allow-remote {0}"
    )]
    Remote(String),
    /// The name leads nowhere.
    #[error("cannot resolve `{0}`: check the name")]
    Unresolved(String),
}

impl Endpoint {
    /// The endpoint of the mock that this process serves itself.
    #[must_use]
    pub fn local(address: SocketAddr) -> Self {
        Self { authority: address.to_string(), address }
    }

    /// The endpoint at `url`, if load may go there: to loopback, or to a host
    /// among `allowed`.
    ///
    /// # Errors
    /// Says which rule forbids it.
    pub fn parse(url: &str, allowed: &[String]) -> Result<Self, EndpointError> {
        let malformed = || EndpointError::Malformed(url.to_owned());
        let uri: Uri = url.parse().map_err(|_| malformed())?;
        let host = uri.host().ok_or_else(malformed)?.to_ascii_lowercase();
        if is_aws(&host) {
            return Err(EndpointError::Aws(host));
        }
        if uri.scheme_str() != Some("http") || uri.path() != "/" || uri.query().is_some() {
            return Err(malformed());
        }
        let authority = uri.authority().filter(|authority| !authority.as_str().contains('@'));
        let authority = authority.ok_or_else(malformed)?.to_string();
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let address = resolved(bare, uri.port_u16().unwrap_or(80));
        let address = address.ok_or_else(|| EndpointError::Unresolved(host.clone()))?;
        let named = allowed.iter().any(|name| name.eq_ignore_ascii_case(bare));
        if address.ip().is_loopback() || named {
            Ok(Self { authority, address })
        } else {
            Err(EndpointError::Remote(bare.to_owned()))
        }
    }
}

/// The first address of a host; none where there is no such host.
pub(crate) fn resolved(host: &str, port: u16) -> Option<SocketAddr> {
    (host, port).to_socket_addrs().ok()?.next()
}

/// Whether a name is one of AWS's own.
pub(crate) fn is_aws(host: &str) -> bool {
    let host = host.trim_end_matches('.');
    ["amazonaws.com", "amazonaws.com.cn", "aws.amazon.com", "api.aws"]
        .iter()
        .any(|zone| host == *zone || host.ends_with(&format!(".{zone}")))
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "http://{}", self.authority)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(url: &str, allowed: &[&str]) -> String {
        let allowed: Vec<String> = allowed.iter().map(|&name| name.into()).collect();
        match Endpoint::parse(url, &allowed) {
            Ok(endpoint) => format!("goes to {}", endpoint.address),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn loopback_is_fine_and_everything_else_must_be_named() {
        assert_eq!(verdict("http://127.0.0.1:8080", &[]), "goes to 127.0.0.1:8080");
        assert_eq!(verdict("http://[::1]:8080/", &[]), "goes to [::1]:8080");
        let refused = "`192.0.2.1` is not this machine: if it is yours to load, repeat its name with --allow-remote 192.0.2.1";
        assert_eq!(verdict("http://192.0.2.1:80", &[]), refused);
        assert_eq!(verdict("http://192.0.2.1:80", &["192.0.2.2"]), refused);
        assert_eq!(verdict("http://192.0.2.1:81", &["192.0.2.1"]), "goes to 192.0.2.1:81");
    }

    #[test]
    fn aws_is_refused_whatever_is_allowed() {
        for host in ["sts.amazonaws.com", "STS.us-east-1.AMAZONAWS.com", "sts.amazonaws.com."] {
            let verdict = verdict(&format!("http://{host}"), &[host]);
            assert!(verdict.contains("belongs to AWS"), "{host}: {verdict}");
        }
        let near = verdict("http://notamazonaws.com.invalid", &[]);
        assert!(near.contains("cannot resolve"), "{near}");
    }

    #[test]
    fn what_is_not_a_plain_http_endpoint_is_malformed() {
        for url in
            ["", "127.0.0.1", "https://127.0.0.1", "http://127.0.0.1/path", "http://a@127.0.0.1"]
        {
            assert!(verdict(url, &[]).contains("is not an endpoint"), "{url}");
        }
    }
}
