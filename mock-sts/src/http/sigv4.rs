//! Checks Signature Version 4, in the `Authorization` header or in the query
//! string, made with credentials that this process issued.
//!
//! Any region is accepted, since one listener stands for all of them; the
//! service must be `sts`.

use aws_lc_rs::hmac::{self, HMAC_SHA256};
use axum::http::header::AUTHORIZATION;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

pub use super::canonical::Received;
use super::canonical::{hash, hex};
use super::credentials::{Secret, open};
use crate::request::{Session, Signed};

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
/// How far the caller's clock may be off.
const SKEW_S: i64 = 15 * 60;
/// The longest a signature in a query string may say it is valid: a week.
const LONGEST_VALID_S: i64 = 7 * 24 * 3600;

/// What checking found; owns what [`Signed`] borrows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Checked {
    /// There is no signature.
    Missing,
    /// The signature's parts are not all there, as the text says.
    Incomplete(String),
    /// The access key or session token is none of ours.
    UnknownKey,
    /// Ours, but wrong, for another service, or made at another time.
    Invalid,
    /// Ours and right.
    Valid(Session),
}

impl Checked {
    /// The same for the service.
    #[must_use]
    pub fn as_signed(&self) -> Signed<'_> {
        match self {
            Self::Missing => Signed::Missing,
            Self::Incomplete(why) => Signed::Incomplete(why),
            Self::UnknownKey => Signed::UnknownKey,
            Self::Invalid => Signed::Invalid,
            Self::Valid(session) => Signed::Valid(session),
        }
    }
}

/// Checks the signature of `request`, received at `now_unix` (seconds since
/// 1970). Also hands out the access key id it names; empty when it names none.
#[must_use]
pub fn check(request: &Received<'_>, secret: &Secret, now_unix: u64) -> (String, Checked) {
    match Signature::read(request) {
        Ok(None) => (String::new(), Checked::Missing),
        Err(why) => (String::new(), Checked::Incomplete(why)),
        Ok(Some(signature)) => {
            let checked = signature.check(request, secret, now_unix);
            (signature.access_key_id, checked)
        }
    }
}

/// A signature's parts as they were sent.
struct Signature {
    access_key_id: String,
    /// `date/region/service/aws4_request`.
    scope: String,
    signed_headers: String,
    signature: String,
    date: String,
    session_token: String,
    /// Seconds a signature in a query string says it is valid.
    valid_s: Option<i64>,
}

impl Signature {
    fn read(request: &Received<'_>) -> Result<Option<Self>, String> {
        if let Some(authorization) = request.headers.get(AUTHORIZATION) {
            let authorization = authorization.to_str().unwrap_or_default();
            return Self::from_header(request, authorization).map(Some);
        }
        if request.query.contains("X-Amz-") {
            return Self::from_query(request.query);
        }
        Ok(None)
    }

    fn from_header(request: &Received<'_>, authorization: &str) -> Result<Self, String> {
        let (algorithm, fields) = authorization.split_once(' ').unwrap_or((authorization, ""));
        let field = |name: &str| {
            let named =
                |field: &str| field.trim().strip_prefix(name)?.strip_prefix('=').map(str::to_owned);
            fields.split(',').find_map(named).filter(|value| !value.is_empty())
        };
        let header = |name: &str| {
            request.headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
        };
        let supported = algorithm == ALGORITHM;
        let (credential, signature) = (field("Credential"), field("Signature"));
        let (signed_headers, date) = (field("SignedHeaders"), header("x-amz-date"));
        let mut why = Lacking::default();
        why.note(supported, "Authorization header requires the algorithm AWS4-HMAC-SHA256.");
        why.note(credential.is_some(), "Authorization header requires 'Credential' parameter.");
        why.note(signature.is_some(), "Authorization header requires 'Signature' parameter.");
        why.note(
            signed_headers.is_some(),
            "Authorization header requires 'SignedHeaders' parameter.",
        );
        why.note(
            date.is_some(),
            "Authorization header requires existence of a 'X-Amz-Date' header.",
        );
        let (Some(credential), Some(signature), Some(signed_headers), Some(date), true) =
            (credential, signature, signed_headers, date, supported)
        else {
            return Err(format!("{} Authorization={algorithm}", why.0));
        };
        let (access_key_id, scope) = split(&credential)?;
        let session_token = header("x-amz-security-token").unwrap_or_default();
        Ok(Self {
            access_key_id,
            scope,
            signed_headers,
            signature,
            date,
            session_token,
            valid_s: None,
        })
    }

    fn from_query(query: &str) -> Result<Option<Self>, String> {
        let field = |name: &str| {
            form_urlencoded::parse(query.as_bytes())
                .find(|(field, _)| field == name)
                .map(|(_, value)| value.into_owned())
        };
        let algorithm = field("X-Amz-Algorithm");
        let (credential, signature) = (field("X-Amz-Credential"), field("X-Amz-Signature"));
        if algorithm.is_none() && credential.is_none() && signature.is_none() {
            return Ok(None);
        }
        let supported = algorithm.as_deref() == Some(ALGORITHM);
        let (signed_headers, date) = (field("X-Amz-SignedHeaders"), field("X-Amz-Date"));
        let mut why = Lacking::default();
        why.note(supported, "AWS query-string parameters must include 'X-Amz-Algorithm'.");
        why.note(
            credential.is_some(),
            "AWS query-string parameters must include 'X-Amz-Credential'.",
        );
        why.note(
            signature.is_some(),
            "AWS query-string parameters must include 'X-Amz-Signature'.",
        );
        why.note(
            signed_headers.is_some(),
            "AWS query-string parameters must include 'X-Amz-SignedHeaders'.",
        );
        why.note(date.is_some(), "AWS query-string parameters must include 'X-Amz-Date'.");
        let (Some(credential), Some(signature), Some(signed_headers), Some(date), true) =
            (credential, signature, signed_headers, date, supported)
        else {
            return Err(format!("{} Re-examine the query-string parameters.", why.0));
        };
        let (access_key_id, scope) = split(&credential)?;
        let session_token = field("X-Amz-Security-Token").unwrap_or_default();
        // Without a lifetime it is judged like a signature in a header.
        let valid_s = field("X-Amz-Expires").map(|text| text.parse().unwrap_or(0));
        Ok(Some(Self {
            access_key_id,
            scope,
            signed_headers,
            signature,
            date,
            session_token,
            valid_s,
        }))
    }

    fn check(&self, request: &Received<'_>, secret: &Secret, now_unix: u64) -> Checked {
        let Some((session, key)) = open(secret, &self.access_key_id, &self.session_token) else {
            return Checked::UnknownKey;
        };
        let timely = self.timely(now_unix);
        if timely && self.covers_enough(request) && self.verifies(request, &key).is_some() {
            Checked::Valid(session)
        } else {
            Checked::Invalid
        }
    }

    fn timely(&self, now_unix: u64) -> bool {
        let signed = DateTime::strptime("%Y%m%dT%H%M%SZ", &self.date)
            .and_then(|date| date.to_zoned(TimeZone::UTC))
            .map(|date| date.timestamp().as_second());
        let (Ok(signed), Ok(now)) = (signed, i64::try_from(now_unix)) else { return false };
        let valid_s = self.valid_s.map_or(SKEW_S, |asked| asked.clamp(0, LONGEST_VALID_S));
        let age = now.saturating_sub(signed);
        (-SKEW_S..=valid_s).contains(&age)
    }

    /// The host and every `x-amz-` header must be signed, or they could be
    /// exchanged on the way.
    fn covers_enough(&self, request: &Received<'_>) -> bool {
        let signed = |name: &str| self.signed_headers.split(';').any(|header| header == name);
        let amz = request.headers.keys().map(|name| name.as_str());
        signed("host") && amz.filter(|name| name.starts_with("x-amz-")).all(signed)
    }

    fn verifies(&self, request: &Received<'_>, secret_access_key: &str) -> Option<()> {
        let [day, region, service, terminator] = scope_parts(&self.scope)?;
        if service != "sts" || terminator != "aws4_request" || self.date.get(..8) != Some(day) {
            return None;
        }
        let canonical = hash(request, &self.signed_headers)?;
        let text = format!("{ALGORITHM}\n{}\n{}\n{canonical}", self.date, self.scope);
        let mut key = hmac::Key::new(HMAC_SHA256, format!("AWS4{secret_access_key}").as_bytes());
        for part in [day, region, service, terminator] {
            key = hmac::Key::new(HMAC_SHA256, hmac::sign(&key, part.as_bytes()).as_ref());
        }
        let expected = hex(hmac::sign(&key, text.as_bytes()).as_ref());
        same(&expected, &self.signature).then_some(())
    }
}

/// Comparing tells nothing about where two texts of one length differ.
fn same(one: &str, other: &str) -> bool {
    aws_lc_rs::constant_time::verify_slices_are_equal(one.as_bytes(), other.as_bytes()).is_ok()
}

/// `key/date/region/service/aws4_request` -> the key and the rest.
fn split(credential: &str) -> Result<(String, String), String> {
    match credential.split_once('/') {
        Some((key, scope)) if scope_parts(scope).is_some() => Ok((key.into(), scope.into())),
        _ => Err(format!(
            "Credential must have exactly 5 slash-delimited elements, \
             e.g. keyid/date/region/service/term, got '{credential}'"
        )),
    }
}

fn scope_parts(scope: &str) -> Option<[&str; 4]> {
    let mut parts = scope.split('/');
    let scope = [parts.next()?, parts.next()?, parts.next()?, parts.next()?];
    parts.next().is_none().then_some(scope)
}

/// Everything that lacks, in one text. The wording is that of AWS's common
/// front; none of it was captured from STS.
#[derive(Default)]
struct Lacking(String);

impl Lacking {
    fn note(&mut self, there: bool, sentence: &str) {
        if !there {
            if !self.0.is_empty() {
                self.0.push(' ');
            }
            self.0.push_str(sentence);
        }
    }
}
