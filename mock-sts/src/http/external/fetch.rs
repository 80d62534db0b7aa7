//! From an issuer to its keys: the discovery document, then the key set it
//! names. Only named hosts are asked, redirects are not followed.

use std::time::Duration;

use axum::http::Uri;
use serde::Deserialize;

use super::https::{Client, ClientError};
use crate::config::jwks_lifetime;
use crate::http::provider::DISCOVERY_PATH;
use crate::idp::{PublicKey, jwks};

/// The largest discovery document and the largest key set, in bytes. STS takes
/// 100 RSA and 100 EC keys, of about 500 bytes each.
const LARGEST: usize = 256 * 1024;

/// A key set as it was fetched.
pub(super) struct KeySet {
    pub(super) keys: Vec<(String, PublicKey)>,
    /// How long its `Cache-Control` lets it be used; zero if not at all.
    pub(super) lifetime: Duration,
}

/// Why there are no keys.
#[derive(Debug, thiserror::Error)]
pub(super) enum FetchError {
    #[error("not within {0:?}")]
    Late(Duration),
    #[error("{url}: {source}")]
    Get { url: String, source: ClientError },
    #[error("{0} is not a discovery document with `issuer` and `jwks_uri`")]
    Discovery(String),
    #[error("the discovery document is of `{0}`, another issuer")]
    OtherIssuer(String),
    #[error("the keys are at {0}, which is not https, or on a host that `hosts` does not name")]
    ForeignHost(String),
    #[error("{0} is not a key set")]
    KeySet(String),
}

#[derive(Deserialize)]
struct Discovery {
    issuer: String,
    jwks_uri: String,
}

pub(super) async fn key_set(
    client: &Client,
    issuer: &str,
    hosts: &[String],
) -> Result<KeySet, FetchError> {
    let get = async |url: &str| {
        let got = client.get(url, LARGEST).await;
        got.map_err(|source| FetchError::Get { url: url.to_owned(), source })
    };
    let document = format!("{}{DISCOVERY_PATH}", issuer.trim_end_matches('/'));
    let answer = get(&document).await?;
    let found: Discovery =
        serde_json::from_slice(&answer.body).map_err(|_| FetchError::Discovery(document))?;
    if found.issuer != issuer {
        return Err(FetchError::OtherIssuer(found.issuer));
    }
    if !is_named(&found.jwks_uri, issuer, hosts) {
        return Err(FetchError::ForeignHost(found.jwks_uri));
    }
    let answer = get(&found.jwks_uri).await?;
    let keys = jwks::read(&answer.body).ok_or(FetchError::KeySet(found.jwks_uri))?;
    Ok(KeySet { keys, lifetime: jwks_lifetime(&answer.cache_control) })
}

/// Whether the keys may be fetched from there: from the issuer's own host, or
/// from one that the configuration names.
fn is_named(jwks_uri: &str, issuer: &str, hosts: &[String]) -> bool {
    let host = |url: &str| {
        let url: Uri = url.parse().ok()?;
        let is_https = url.scheme_str() == Some("https");
        url.host().filter(|_| is_https).map(str::to_ascii_lowercase)
    };
    let Some(asked) = host(jwks_uri) else { return false };
    Some(&asked) == host(issuer).as_ref()
        || hosts.iter().any(|named| named.eq_ignore_ascii_case(&asked))
}

#[cfg(test)]
mod tests {
    use super::is_named;

    #[test]
    fn keys_come_from_the_issuers_host_or_a_named_one() {
        let hosts = ["keys.example".to_owned()];
        let table = [
            ("https://idp.example/keys", true),
            ("https://IDP.example:8443/keys", true),
            ("https://keys.example/x", true),
            ("https://evil.example/x", false),
            ("https://keys.example.evil.example/x", false),
            ("http://idp.example/keys", false),
            ("https://user@evil.example/", false),
            ("file:///etc/passwd", false),
            ("", false),
        ];
        for (url, named) in table {
            assert_eq!(is_named(url, "https://idp.example/tenant", &hosts), named, "{url}");
        }
    }
}
