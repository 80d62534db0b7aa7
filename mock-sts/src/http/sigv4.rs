//! Checks Signature Version 4, in the `Authorization` header or in the query
//! string, made with a user's static keys or with credentials that this
//! process issued.
//!
//! Any region is accepted, since one listener stands for all of them; the
//! service must be `sts`.

use aws_lc_rs::hmac::{self, HMAC_SHA256};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

pub use super::canonical::Received;
use super::canonical::{hash, hex};
use super::keyring::Keyring;
use super::signature::{ALGORITHM, BASIC, Signature, scope_parts};
use crate::config::Signatures;
use crate::request::{Session, Signed};

pub(super) const SERVICE: &str = "sts";
pub(super) const TERMINATOR: &str = "aws4_request";
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
    /// Ours, but wrong.
    Invalid,
    /// Ours, but made at another time or for another service, as the text says.
    Wrong(String),
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
            Self::Wrong(why) => Signed::Wrong(why),
            Self::Valid(session) => Signed::Valid(session),
        }
    }
}

/// Whom a signature names, right or wrong.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Signer {
    /// Empty when none is named.
    pub access_key_id: String,
    /// The region of the credential's scope; empty when there is none.
    pub region: String,
}

/// Checks the signature of `request`, received at `now_unix` (seconds since
/// 1970). Also hands out whom it names.
#[must_use]
pub fn check(request: &Received<'_>, keys: &Keyring<'_>, now_unix: u64) -> (Signer, Checked) {
    match Signature::read(request) {
        Ok(None) => (Signer::default(), Checked::Missing),
        Err(why) => (Signer::default(), Checked::Incomplete(why)),
        Ok(Some(signature)) => {
            let checked = signature.check(request, keys, now_unix);
            let [_, region, ..] = scope_parts(&signature.scope).unwrap_or([""; 4]);
            let region = region.to_owned();
            (Signer { access_key_id: signature.access_key_id, region }, checked)
        }
    }
}

impl Signature {
    fn check(&self, request: &Received<'_>, keys: &Keyring<'_>, now_unix: u64) -> Checked {
        let Some((session, secret)) = keys.find(&self.access_key_id, &self.session_token) else {
            return Checked::UnknownKey;
        };
        if keys.signatures == Signatures::Unchecked {
            return Checked::Valid(session);
        }
        if let Err(why) = self.timely(now_unix).and_then(|()| self.scoped()) {
            return Checked::Wrong(why);
        }
        if !self.covers("host") {
            let why = "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.";
            return Checked::Wrong(why.into());
        }
        if self.covers_all_of_aws(request) && self.verifies(request, &secret).is_some() {
            Checked::Valid(session)
        } else {
            Checked::Invalid
        }
    }

    /// Captured from STS and other services, but for the words when a signature
    /// in a query string outlives what it says itself.
    fn timely(&self, now_unix: u64) -> Result<(), String> {
        let date = &self.date;
        let signed = DateTime::strptime(BASIC, date)
            .and_then(|date| date.to_zoned(TimeZone::UTC))
            .map(|date| date.timestamp().as_second());
        let (Ok(signed), Ok(now)) = (signed, i64::try_from(now_unix)) else {
            return Err(format!(
                "Date must be in ISO-8601 'basic format'. Got '{date}'. \
                 See http://en.wikipedia.org/wiki/ISO_8601"
            ));
        };
        let valid_s = self.valid_s.map_or(SKEW_S, |asked| asked.clamp(0, LONGEST_VALID_S));
        let age_s = now.saturating_sub(signed);
        let at = |unix: i64| {
            Timestamp::from_second(unix).unwrap_or(Timestamp::MIN).strftime(BASIC).to_string()
        };
        if age_s > valid_s {
            let (earliest, within) = (at(now - valid_s), minutes(valid_s));
            let now = at(now);
            return Err(format!(
                "Signature expired: {date} is now earlier than {earliest} ({now} - {within})"
            ));
        }
        if age_s < -SKEW_S {
            let (latest, now) = (at(now + SKEW_S), at(now));
            return Err(format!(
                "Signature not yet current: {date} is still later than {latest} \
                 ({now} + 15 min.)"
            ));
        }
        Ok(())
    }

    /// The words are those of AWS's guide to troubleshooting signatures.
    fn scoped(&self) -> Result<(), String> {
        let [day, _, service, terminator] = scope_parts(&self.scope).unwrap_or([""; 4]);
        let date = &self.date;
        let of_date = date.get(..8).unwrap_or_default();
        if terminator != TERMINATOR {
            Err(format!("Credential should be scoped with a valid terminator: '{TERMINATOR}'"))
        } else if service != SERVICE {
            Err(format!("Credential should be scoped to correct service: '{SERVICE}'."))
        } else if day != of_date {
            Err(format!(
                "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date \
                 from HTTP: '{day}' != '{of_date}', from '{date}'."
            ))
        } else {
            Ok(())
        }
    }

    fn covers(&self, name: &str) -> bool {
        self.signed_headers.split(';').any(|header| header == name)
    }

    /// Every `x-amz-` header must be signed, or it could be exchanged on the way.
    fn covers_all_of_aws(&self, request: &Received<'_>) -> bool {
        let names = request.headers.keys().map(|name| name.as_str());
        names.filter(|name| name.starts_with("x-amz-")).all(|name| self.covers(name))
    }

    fn verifies(&self, request: &Received<'_>, secret_access_key: &str) -> Option<()> {
        let canonical = hash(request, &self.signed_headers)?;
        let expected = signature(&canonical, &self.date, &self.scope, secret_access_key)?;
        same(&expected, &self.signature).then_some(())
    }
}

/// The signature over a canonical request's hash; none where the scope is not one.
pub(super) fn signature(
    canonical: &str,
    date: &str,
    scope: &str,
    secret_access_key: &str,
) -> Option<String> {
    let text = format!("{ALGORITHM}\n{date}\n{scope}\n{canonical}");
    let mut key = hmac::Key::new(HMAC_SHA256, format!("AWS4{secret_access_key}").as_bytes());
    for part in scope_parts(scope)? {
        key = hmac::Key::new(HMAC_SHA256, hmac::sign(&key, part.as_bytes()).as_ref());
    }
    Some(hex(hmac::sign(&key, text.as_bytes()).as_ref()))
}

/// `15 min.`, or seconds where they are no whole minutes.
fn minutes(seconds: i64) -> String {
    if seconds % 60 == 0 { format!("{} min.", seconds / 60) } else { format!("{seconds} s.") }
}

/// Comparing tells nothing about where two texts of one length differ.
fn same(one: &str, other: &str) -> bool {
    aws_lc_rs::constant_time::verify_slices_are_equal(one.as_bytes(), other.as_bytes()).is_ok()
}
