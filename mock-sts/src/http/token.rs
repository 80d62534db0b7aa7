//! A web identity token's text -> its claims and what its signature is worth.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::seen::Seen;
use crate::clock::Instant;
use crate::idp::{Issuer, Named};
use crate::request::{TokenSignature, WebIdentity};
use crate::token_claims::{PRINCIPAL_TAGS, SOURCE_IDENTITY, TAGS, TRANSITIVE_TAG_KEYS};

/// A token's signature, and what the token says about it.
pub(super) struct TokenParts<'a> {
    pub(super) algorithm: String,
    /// Empty when the header has none.
    pub(super) kid: String,
    pub(super) message: &'a str,
    pub(super) signature: Vec<u8>,
}

impl<'a> TokenParts<'a> {
    /// The parts of a token that has been read before.
    pub(super) fn of(token: &'a str) -> Option<Self> {
        let (message, signature) = token.rsplit_once('.')?;
        let (header, _) = message.split_once('.')?;
        let header: Header = serde_json::from_slice(&decode(header)?).ok()?;
        let (algorithm, kid) = (header.alg, header.kid.unwrap_or_default());
        Some(Self { algorithm, kid, message, signature: decode(signature)? })
    }
}

/// Reads tokens and checks their signatures with their issuer's keys.
#[derive(Default)]
pub struct Verifier {
    issuers: Vec<(String, Arc<Issuer>)>,
    kept: BTreeSet<String>,
    seen: Seen,
}

impl Verifier {
    /// A verifier of these issuers' tokens, each by its `iss`.
    #[must_use]
    pub fn new(issuers: Vec<(String, Arc<Issuer>)>) -> Self {
        Self { issuers, ..Self::default() }
    }

    /// The same, which also hands out these claims.
    #[must_use]
    pub fn keeping(self, claims: impl IntoIterator<Item = String>) -> Self {
        Self { kept: claims.into_iter().collect(), ..self }
    }

    /// As [`Verifier::read`], but a token that was read before is not read
    /// again, unless its issuer changes keys: then the same token is worth
    /// something else later.
    pub(super) fn recall(&self, now: Instant, token: &str) -> Option<Arc<WebIdentity>> {
        if let Some(identity) = self.seen.find(token) {
            return Some(identity);
        }
        let identity = Arc::new(self.read(now, token)?);
        let known = self.issuers.iter().find(|(name, _)| *name == identity.issuer);
        if known.is_none_or(|(_, issuer)| !issuer.rotates()) {
            self.seen.remember(token, &identity);
        }
        Some(identity)
    }

    /// The token's claims at `now`, or nothing when it is not a JSON Web Token.
    /// Claims of the wrong type count as missing. Nothing but the signature is
    /// judged.
    #[must_use]
    pub fn read(&self, now: Instant, token: &str) -> Option<WebIdentity> {
        let (signed, signature) = token.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        let header: Header = serde_json::from_slice(&decode(header)?).ok()?;
        let claims: Map<String, Value> = serde_json::from_slice(&decode(claims)?).ok()?;
        let signature = decode(signature)?;
        let text = |name: &str| claims.get(name).and_then(Value::as_str).map(str::to_owned);
        let issuer = text("iss").unwrap_or_default();
        let known = self.issuers.iter().find(|(name, _)| *name == issuer);
        let signature = match known {
            Some((_, issuer)) => {
                let (algorithm, message) = (&*header.alg, signed.as_bytes());
                let kid = header.kid.as_deref().unwrap_or_default();
                issuer.check(now, Named { algorithm, kid, message }, &signature)
            }
            // Another issuer's tokens are refused for their issuer; its keys are not known here.
            None => TokenSignature::Unchecked,
        };
        Some(WebIdentity {
            length: token.len(),
            issuer,
            audiences: claims.get("aud").map(texts).unwrap_or_default(),
            subject: text("sub"),
            others: self.others(&claims),
            expires_unix: claims.get("exp").and_then(seconds),
            not_before_unix: claims.get("nbf").and_then(seconds),
            signature,
        })
    }

    fn others(&self, claims: &Map<String, Value>) -> BTreeMap<String, Vec<String>> {
        let kept = self.kept.iter().map(String::as_str).chain([SOURCE_IDENTITY]);
        let there = |name: &str| Some((name.to_owned(), texts(claims.get(name)?)));
        let mut others: BTreeMap<_, _> = kept.filter_map(there).collect();
        if let Some(Value::Object(about)) = claims.get(TAGS) {
            if let Some(Value::Object(tags)) = about.get("principal_tags") {
                let tags = tags.iter();
                others.extend(
                    tags.map(|(key, value)| (format!("{PRINCIPAL_TAGS}{key}"), texts(value))),
                );
            }
            if let Some(keys) = about.get("transitive_tag_keys") {
                others.insert(TRANSITIVE_TAG_KEYS.into(), texts(keys));
            }
        }
        others
    }
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
}

fn decode(part: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(part).ok()
}

/// A claim of one text or several.
fn texts(claim: &Value) -> Vec<String> {
    match claim {
        Value::String(one) => vec![one.clone()],
        Value::Array(several) => {
            several.iter().filter_map(Value::as_str).map(str::to_owned).collect()
        }
        _ => Vec::new(),
    }
}

/// A timestamp in whole seconds, as STS demands; before 1970 is 1970.
fn seconds(claim: &Value) -> Option<u64> {
    claim.as_u64().or_else(|| claim.as_i64().map(|_| 0))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::idp::Algorithm;

    const ISSUER: &str = "https://issuer.example";

    const NOW: Instant = Instant::ZERO;

    fn setup() -> (Arc<Issuer>, Verifier) {
        setup_with(Algorithm::Rs256)
    }

    fn setup_with(algorithm: Algorithm) -> (Arc<Issuer>, Verifier) {
        let issuer = Arc::new(Issuer::new(algorithm, None).unwrap());
        let verifier = Verifier::new(vec![(ISSUER.into(), Arc::clone(&issuer))]);
        (issuer, verifier.keeping(["ref".into(), "absent".into()]))
    }

    fn unsigned(header: &Value, claims: &Value) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        format!("{}.{}.", part(header), part(claims))
    }

    #[test]
    fn claims_are_read_and_the_signature_is_checked() {
        let (issuer, verifier) = setup();
        let token = issuer
            .sign(&json!({"iss": ISSUER, "aud": ["a", "b"], "sub": "s", "exp": 30, "nbf": -5, "ref": "main", "x": 1}))
            .unwrap();
        let expected = WebIdentity {
            length: token.len(),
            issuer: ISSUER.into(),
            audiences: vec!["a".into(), "b".into()],
            subject: Some("s".into()),
            others: [("ref".into(), vec!["main".into()])].into(),
            expires_unix: Some(30),
            not_before_unix: Some(0),
            signature: TokenSignature::Valid,
        };
        assert_eq!(verifier.read(NOW, &token), Some(expected));
    }

    #[test]
    fn claims_of_the_wrong_type_are_missing() {
        let (issuer, verifier) = setup();
        let token = issuer.sign(&json!({"iss": 1, "aud": 2, "sub": 3, "exp": 1.5})).unwrap();
        let read = verifier.read(NOW, &token).unwrap();
        assert_eq!((&*read.issuer, read.audiences.len()), ("", 0));
        assert_eq!((read.subject, read.expires_unix, read.not_before_unix), (None, None, None));
    }

    #[test]
    fn bad_signatures_are_told_apart() {
        for algorithm in Algorithm::ALL {
            told_apart(algorithm);
        }
    }

    fn told_apart(algorithm: Algorithm) {
        let (issuer, verifier) = setup_with(algorithm);
        let claims = json!({"iss": ISSUER});
        let signature = |token: &str| verifier.read(NOW, token).unwrap().signature;
        let good = issuer.sign(&claims).unwrap();
        let (head, _) = good.rsplit_once('.').unwrap();
        assert_eq!(signature(&format!("{head}.AAAA")), TokenSignature::Invalid);
        let other = issuer.sign(&json!({"iss": ISSUER, "sub": "other"})).unwrap();
        let (_, foreign) = other.rsplit_once('.').unwrap();
        assert_eq!(signature(&format!("{head}.{foreign}")), TokenSignature::Invalid);
        assert_eq!(signature(&good), TokenSignature::Valid);
        let stranger = Issuer::new(algorithm, None).unwrap().sign(&claims).unwrap();
        assert_eq!(signature(&stranger), TokenSignature::UnknownKey);
        let none = unsigned(&json!({"alg": "none", "kid": issuer.kid()}), &claims);
        assert_eq!(signature(&none), TokenSignature::Invalid);
        for other in Algorithm::ALL.into_iter().filter(|other| *other != algorithm) {
            let header = json!({"alg": other.name(), "kid": issuer.kid()});
            let (forged, (_, tail)) = (unsigned(&header, &claims), good.rsplit_once('.').unwrap());
            assert_eq!(signature(&format!("{forged}{tail}")), TokenSignature::Invalid, "{other}");
        }
        let hs256 = unsigned(&json!({"alg": "HS256", "kid": issuer.kid()}), &claims);
        assert_eq!(signature(&hs256), TokenSignature::Invalid);
        let elsewhere = issuer.sign(&json!({"iss": "https://elsewhere.example"})).unwrap();
        assert_eq!(signature(&elsewhere), TokenSignature::Unchecked);
    }

    #[test]
    fn what_is_no_token_is_not_read() {
        let (issuer, verifier) = setup();
        let good = issuer.sign(&json!({"iss": ISSUER})).unwrap();
        let array = unsigned(&json!({"alg": "RS256"}), &json!([1]));
        let deep = format!("e30.{}.", URL_SAFE_NO_PAD.encode("[".repeat(10_000)));
        for token in ["", ".", "..", "a.b", "a.b.c", "e30.e30.", &good[..20], &array, &deep] {
            assert_eq!(verifier.read(NOW, token), None, "{token}");
        }
    }
}
