//! Signs a request to STS with temporary credentials, as a client does: Signature
//! Version 4 in the `Authorization` header.

use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, HOST, InvalidHeaderValue};
use axum::http::{HeaderMap, HeaderValue};
use jiff::Timestamp;

use super::canonical::{Received, hash};
use super::credentials::Credentials;
use super::signature::{ALGORITHM, BASIC};
use super::sigv4::{SERVICE, TERMINATOR, signature};

const DATE: &str = "x-amz-date";
const TOKEN: &str = "x-amz-security-token";

/// Why a request cannot be signed.
#[derive(Debug, thiserror::Error)]
pub enum SigningError {
    /// The time has no date of four-digit years.
    #[error("{0} s since 1970 is no time to sign at")]
    Time(u64),
    /// A key or token holds characters that no header can.
    #[error("a key holds characters that no header can")]
    Key(#[from] InvalidHeaderValue),
    /// The region is no part of a scope.
    #[error("`{0}` is not a region")]
    Region(String),
}

/// Signs a `POST` of `body` to `/` with `keys`, for STS in `region`, at `at_unix` (seconds since
/// 1970): adds to `headers` what a signature needs. Signed are the host and the content type that
/// are there, and what is added.
///
/// # Errors
/// Says which argument no signature can be made with; then nothing is added.
pub fn sign(
    headers: &mut HeaderMap,
    body: &[u8],
    keys: &Credentials,
    region: &str,
    at_unix: u64,
) -> Result<(), SigningError> {
    let seconds = i64::try_from(at_unix).map_err(|_| SigningError::Time(at_unix))?;
    let at = Timestamp::from_second(seconds).map_err(|_| SigningError::Time(at_unix))?;
    let date = at.strftime(BASIC).to_string();
    let day = date.get(..8).unwrap_or_default();
    let scope = format!("{day}/{region}/{SERVICE}/{TERMINATOR}");
    let mut signed = headers.clone();
    signed.insert(DATE, HeaderValue::from_str(&date)?);
    signed.insert(TOKEN, HeaderValue::from_str(&keys.session_token)?);
    let names: Vec<&str> = [CONTENT_TYPE.as_str(), HOST.as_str(), DATE, TOKEN]
        .into_iter()
        .filter(|name| signed.contains_key(*name))
        .collect();
    let names = names.join(";");
    let request = Received { method: "POST", path: "/", query: "", headers: &signed, body };
    let made = hash(&request, &names)
        .and_then(|canonical| signature(&canonical, &date, &scope, &keys.secret_access_key))
        .ok_or_else(|| SigningError::Region(region.to_owned()))?;
    let credential = format!("{}/{scope}", keys.access_key_id);
    let authorization =
        format!("{ALGORITHM} Credential={credential}, SignedHeaders={names}, Signature={made}");
    signed.insert(AUTHORIZATION, HeaderValue::from_str(&authorization)?);
    *headers = signed;
    Ok(())
}
