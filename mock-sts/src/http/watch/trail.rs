//! Events as CloudTrail writes them: gzipped files of records, in the folders
//! that CloudTrail would use, without what CloudTrail leaves out.
//!
//! The fields are those of published records (AWS's CloudTrail and IAM user
//! guides, and records in public issues). Verification-key failures are absent
//! from CloudTrail (reported by AWS's support in public threads); the JWT and
//! the secret key are never in it; a denied call's message is "An unknown error
//! occurred", not the one on the wire (a public record of 2023).

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};

use super::exchange::Exchange;
use super::writer::{OpenError, Writer};
use crate::decision::Delivery;
use crate::dice::key_of;
use crate::error_code::ErrorCode;
use crate::http::router::Mock;
use crate::http::sigv4::Checked;
use crate::session::{Principal, Session};

/// A file is written when so many events wait for one, or after
/// [`FILE_EVERY`], or at the end.
const EVENTS_A_FILE: usize = 1_000;

/// CloudTrail delivers about every five minutes; tests have less patience.
const FILE_EVERY: Duration = Duration::from_secs(10);

/// Whether throttled calls are in the trail.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum ThrottledEvents {
    /// They are not. Assumed: no published record of one was found.
    #[default]
    LeftOut,
    /// They are, with their code as `errorCode`.
    Kept,
}

/// Writes records on a thread of its own.
pub struct Trail {
    writer: Writer<Record>,
    throttled: ThrottledEvents,
}

/// One event, and which folder and file it belongs to.
struct Record {
    unix_ms: u64,
    account: String,
    region: String,
    event: Value,
}

impl Trail {
    /// Writes below `directory`, which is made if it is not there.
    ///
    /// # Errors
    /// [`OpenError`] when the directory cannot be made.
    pub fn open(directory: &Path, throttled: ThrottledEvents) -> Result<Self, OpenError> {
        let path = directory.to_path_buf();
        fs::create_dir_all(&path).map_err(|source| OpenError::Io { path: path.clone(), source })?;
        let writer = Writer::start(move |records, _| {
            if let Err(error) = keep(&path, &records) {
                let _ = writeln!(io::stderr(), "the event log ends here: {error}");
            }
        })?;
        Ok(Self { writer, throttled })
    }

    pub(super) fn write(&self, mock: &Mock, exchange: &Exchange) {
        if !self.keeps(exchange) {
            return;
        }
        let service = &mock.config().service;
        self.writer.send(Record {
            unix_ms: exchange.arrived_unix_ms,
            account: service.account.clone(),
            region: service.region_name(exchange.region).to_owned(),
            event: event(mock, exchange),
        });
    }

    fn keeps(&self, exchange: &Exchange) -> bool {
        let dropped = matches!(exchange.delivery, Delivery::Empty | Delivery::Hang)
            || (exchange.delivery == Delivery::Reset && exchange.answer.is_empty());
        let code = exchange.code();
        let known = crate::action::Action::from_name(exchange.action()).is_some()
            || ["AssumeRoleWithWebIdentity", "GetCallerIdentity"].contains(&exchange.action());
        let key_failure = exchange.message().starts_with("Couldn't retrieve verification key");
        let code = ErrorCode::from_wire(&code);
        // What did not come from STS, STS could not write down.
        let throttled = code.is_some_and(ErrorCode::is_bare)
            || (code.is_some_and(ErrorCode::is_throttle)
                && self.throttled == ThrottledEvents::LeftOut);
        !exchange.request_id().is_empty() && known && !dropped && !key_failure && !throttled
    }
}

/// Collects records into files until nobody sends any more.
fn keep(directory: &Path, records: &Receiver<Record>) -> io::Result<()> {
    let mut waiting: Vec<Record> = Vec::new();
    let mut files = 0;
    loop {
        let received = records.recv_timeout(FILE_EVERY);
        let ended = matches!(received, Err(RecvTimeoutError::Disconnected));
        let idle = received.is_err();
        waiting.extend(received.ok());
        let old = match (waiting.first(), waiting.last()) {
            (Some(first), Some(last)) => {
                last.unix_ms - first.unix_ms.min(last.unix_ms) > FILE_EVERY.as_millis() as u64
            }
            _ => false,
        };
        if !waiting.is_empty() && (idle || old || waiting.len() >= EVENTS_A_FILE) {
            while let Some(first) = waiting.first() {
                // A file is one region's, as its folder and name say.
                let region = first.region.clone();
                let (its, others): (Vec<_>, Vec<_>) =
                    waiting.into_iter().partition(|it| it.region == region);
                files += 1;
                write_file(directory, &its, files)?;
                waiting = others;
            }
        }
        if ended {
            return Ok(());
        }
    }
}

/// `AWSLogs/ACCOUNT/CloudTrail/REGION/YYYY/MM/DD/ACCOUNT_CloudTrail_REGION_YYYYMMDDTHHmmZ_UNIQUE.json.gz`
fn write_file(directory: &Path, records: &[Record], number: u64) -> io::Result<()> {
    let Some(Record { unix_ms, account, region, .. }) = records.first() else { return Ok(()) };
    let at = time(*unix_ms).to_zoned(TimeZone::UTC);
    let folder: PathBuf = directory
        .join(format!("AWSLogs/{account}/CloudTrail/{region}"))
        .join(at.strftime("%Y/%m/%d").to_string());
    fs::create_dir_all(&folder)?;
    let unique = key_of(&format!("{unix_ms} {number} {}", std::process::id()));
    let stamp = at.strftime("%Y%m%dT%H%MZ");
    let name = format!("{account}_CloudTrail_{region}_{stamp}_{unique:016x}.json.gz");
    let events: Vec<&Value> = records.iter().map(|record| &record.event).collect();
    let mut file = GzEncoder::new(File::create(folder.join(name))?, Compression::default());
    serde_json::to_writer(&mut file, &json!({ "Records": events }))?;
    file.finish()?.flush()
}

fn time(unix_ms: u64) -> Timestamp {
    let ms = i64::try_from(unix_ms).unwrap_or(i64::MAX);
    Timestamp::from_millisecond(ms).unwrap_or(Timestamp::MAX)
}

fn event(mock: &Mock, exchange: &Exchange) -> Value {
    let service = &mock.config().service;
    let failed = exchange.status >= 400;
    let action = exchange.action();
    let session = session(mock, exchange);
    let mut event = json!({
        "eventVersion": "1.11",
        "userIdentity": user_identity(exchange, session.as_ref(), mock),
        "eventTime": time(exchange.arrived_unix_ms).strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        "eventSource": "sts.amazonaws.com",
        "eventName": action,
        "awsRegion": service.region_name(exchange.region),
        "sourceIPAddress": exchange.peer().map_or_else(String::new, |peer| peer.ip().to_string()),
        "userAgent": exchange.header("user-agent"),
        "requestParameters": request_parameters(exchange),
        "responseElements": if failed { Value::Null } else { response_elements(exchange, action) },
        "requestID": exchange.request_id(),
        "eventID": event_id(exchange),
        "readOnly": true,
        "eventType": "AwsApiCall",
        "managementEvent": true,
        "recipientAccountId": service.account,
        "eventCategory": "Management",
        "tlsDetails": { "clientProvidedHostHeader": exchange.header("host") },
    });
    if let Some(fields) = event.as_object_mut() {
        if failed {
            let code = exchange.code();
            let message = match &*code {
                "AccessDenied" => "An unknown error occurred".into(),
                _ => exchange.message(),
            };
            fields.insert("errorCode".into(), code.into());
            fields.insert("errorMessage".into(), message.into());
        }
        let role = exchange.field("RoleArn");
        if !role.is_empty() && !failed {
            let account = role.split(':').nth(4).unwrap_or_default();
            let role = json!([{ "accountId": account, "type": "AWS::IAM::Role", "ARN": role }]);
            fields.insert("resources".into(), role);
        }
    }
    event
}

/// Whom the signature speaks for.
fn session(mock: &Mock, exchange: &Exchange) -> Option<Session> {
    match mock.check(&exchange.head, &exchange.body).1 {
        Checked::Valid(session) => Some(session),
        _ => None,
    }
}

fn user_identity(exchange: &Exchange, session: Option<&Session>, mock: &Mock) -> Value {
    let subject = exchange.claim("sub");
    if exchange.action() == "AssumeRoleWithWebIdentity" {
        let provider = mock.provider_arn(&exchange.claim("iss"));
        let audience = exchange.claim("aud");
        return json!({
            "type": "WebIdentityUser",
            "principalId": format!("{provider}:{audience}:{subject}"),
            "userName": subject,
            "identityProvider": provider,
        });
    }
    let Some(session) = session else { return json!({ "type": "Unknown" }) };
    let kind = match &session.principal {
        Principal::Role { .. } => "AssumedRole",
        Principal::User { .. } => "IAMUser",
        Principal::Federated { .. } => "FederatedUser",
        Principal::Root => "Root",
    };
    json!({
        "type": kind,
        "principalId": session.user_id(),
        "arn": session.arn(mock.partition()),
        "accountId": session.account,
        "accessKeyId": exchange.access_key_id(),
    })
}

/// Fields that are never written: secrets, and what belongs to the protocol.
const UNWRITTEN: [&str; 7] = [
    "Action",
    "Version",
    "WebIdentityToken",
    "SAMLAssertion",
    "TokenCode",
    "TradeInToken",
    "EncodedMessage",
];

fn request_parameters(exchange: &Exchange) -> Value {
    let mut parameters = Map::new();
    for (name, value) in exchange.fields() {
        let plain = !UNWRITTEN.contains(&&**name) && !name.starts_with("X-Amz-");
        if plain && !name.contains('.') {
            let value = match (&**name, value.parse::<u64>()) {
                ("DurationSeconds", Ok(seconds)) => json!(seconds),
                _ => Value::String(value.clone()),
            };
            parameters.entry(lower_camel(name)).or_insert(value);
        }
    }
    if parameters.is_empty() { Value::Null } else { Value::Object(parameters) }
}

/// The result's elements in lowerCamelCase, times as an American would write
/// them, and without the secret.
fn response_elements(exchange: &Exchange, action: &str) -> Value {
    let elements = exchange.elements();
    let response = elements.get(format!("{action}Response"));
    let result = response.and_then(|response| response.get(format!("{action}Result")));
    match action {
        // CloudTrail has none of these for calls that only read.
        "GetCallerIdentity" | "GetAccessKeyInfo" | "DecodeAuthorizationMessage" => Value::Null,
        _ => result.map_or(Value::Null, written),
    }
}

fn written(value: &Value) -> Value {
    let Value::Object(fields) = value else { return value.clone() };
    let mut kept = Map::new();
    for (name, inner) in fields {
        let inner = match (&**name, inner) {
            ("SecretAccessKey" | "WebIdentityToken", _) => continue,
            ("Expiration", Value::String(at)) => Value::String(american(at)),
            ("PackedPolicySize", Value::String(size)) => {
                size.parse::<u64>().map_or_else(|_| inner.clone(), |size| json!(size))
            }
            _ => written(inner),
        };
        kept.insert(lower_camel(name), inner);
    }
    Value::Object(kept)
}

/// `Mar 23, 2016, 2:39:51 AM`.
fn american(at: &str) -> String {
    at.parse::<Timestamp>()
        .map(|at| at.to_zoned(TimeZone::UTC).strftime("%b %-d, %Y, %-I:%M:%S %p").to_string())
        .unwrap_or_default()
}

fn lower_camel(name: &str) -> String {
    let mut characters = name.chars();
    let first = characters.next().map(|first| first.to_ascii_lowercase());
    first.into_iter().chain(characters).collect()
}

/// A UUID of the request's own, as stable as its id.
fn event_id(exchange: &Exchange) -> String {
    let halves = ["event", "id"].map(|half| key_of(&format!("{half} {}", exchange.request_id())));
    let text = format!("{:016x}{:016x}", halves[0], halves[1]);
    let part = |from: usize, to: usize| text.get(from..to).unwrap_or_default();
    format!("{}-{}-4{}-8{}-{}", part(0, 8), part(8, 12), part(13, 16), part(17, 20), part(20, 32))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_names_are_written_as_in_records() {
        assert_eq!(american("2016-03-23T02:39:51Z"), "Mar 23, 2016, 2:39:51 AM");
        assert_eq!(american("2026-11-09T13:05:09Z"), "Nov 9, 2026, 1:05:09 PM");
        assert_eq!(lower_camel("RoleArn"), "roleArn");
        assert_eq!(lower_camel(""), "");
    }
}
