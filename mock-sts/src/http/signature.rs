//! The parts of a Signature Version 4, from the `Authorization` header or the
//! query string.

use axum::http::header::AUTHORIZATION;

use super::canonical::Received;

pub(super) const ALGORITHM: &str = "AWS4-HMAC-SHA256";
/// The form of `X-Amz-Date`: ISO 8601's basic one.
pub(super) const BASIC: &str = "%Y%m%dT%H%M%SZ";

/// A signature's parts as they were sent.
pub(super) struct Signature {
    pub(super) access_key_id: String,
    /// `date/region/service/aws4_request`.
    pub(super) scope: String,
    pub(super) signed_headers: String,
    pub(super) signature: String,
    pub(super) date: String,
    pub(super) session_token: String,
    /// Seconds a signature in a query string says it is valid.
    pub(super) valid_s: Option<i64>,
}

impl Signature {
    /// Nothing when there is no signature; what lacks when a part of it does.
    pub(super) fn read(request: &Received<'_>) -> Result<Option<Self>, String> {
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
        let signed_headers = field("SignedHeaders");
        let date = header("x-amz-date").or_else(|| basic(&header("date")?));
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
            "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.",
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

pub(super) fn scope_parts(scope: &str) -> Option<[&str; 4]> {
    let mut parts = scope.split('/');
    let scope = [parts.next()?, parts.next()?, parts.next()?, parts.next()?];
    parts.next().is_none().then_some(scope)
}

/// A `Date` header in the form of `X-Amz-Date`.
fn basic(date: &str) -> Option<String> {
    let signed = jiff::fmt::rfc2822::parse(date).ok()?;
    Some(signed.timestamp().strftime(BASIC).to_string())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_header_is_as_good_as_aws_own() {
        let basic = |text| basic(text).unwrap_or_default();
        assert_eq!(basic("Wed, 27 Oct 2021 00:00:00 GMT"), "20211027T000000Z");
        assert_eq!(basic("Wed, 27 Oct 2021 02:00:00 +0200"), "20211027T000000Z");
        assert_eq!(basic("27 October"), "");
    }
}
