//! The provider's signing keys, and tokens signed with them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;

use super::algorithm::Algorithm;
use super::jwks;
use super::rotation::Rotation;
use super::signing_key::SigningKey;
use crate::clock::Instant;
use crate::request::TokenSignature;

/// An identity provider's keys: one, or one after the other. Keys are made
/// when they are first needed.
#[derive(Debug)]
pub struct Issuer {
    algorithm: Algorithm,
    rotation: Option<Rotation>,
    first: Arc<SigningKey>,
    first_jwks: String,
    /// By the period in which they sign; only those that can still be published.
    later: Mutex<BTreeMap<u64, Arc<SigningKey>>>,
}

/// Why a key could not be made or a token not be signed.
#[derive(Debug, thiserror::Error)]
pub enum IssuerError {
    /// The cryptographic library made no key.
    #[error("cannot generate the identity provider's key: no randomness from the system?")]
    KeyGeneration,
    /// The cryptographic library refused to sign.
    #[error("cannot sign the web identity token with the identity provider's key")]
    Signing,
    /// The claims have no JSON form.
    #[error("cannot write the web identity token's claims as JSON")]
    Claims(#[from] serde_json::Error),
}

/// What a token says about its own signature.
#[derive(Clone, Copy, Debug)]
pub struct Named<'a> {
    /// `alg` of its header.
    pub algorithm: &'a str,
    /// `kid` of its header; empty when there is none.
    pub kid: &'a str,
    /// What was signed.
    pub message: &'a [u8],
}

impl Issuer {
    /// A provider with one RS256 key of its own; making it takes 50 ms to 150 ms.
    ///
    /// # Errors
    /// [`IssuerError::KeyGeneration`] when the system has no randomness.
    pub fn generate() -> Result<Self, IssuerError> {
        Self::new(Algorithm::Rs256, None)
    }

    /// A provider that signs with `algorithm` and changes its key by `rotation`.
    ///
    /// # Errors
    /// [`IssuerError::KeyGeneration`] when the system has no randomness.
    pub fn new(algorithm: Algorithm, rotation: Option<Rotation>) -> Result<Self, IssuerError> {
        let first = Arc::new(SigningKey::generate(algorithm)?);
        let first_jwks = jwks::document(&[&first.jwk])?;
        Ok(Self { algorithm, rotation, first, first_jwks, later: Mutex::default() })
    }

    /// What it signs with.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Whether its keys change.
    #[must_use]
    pub fn rotates(&self) -> bool {
        self.rotation.is_some()
    }

    /// The name of the first key in tokens and in the key set.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.first.kid
    }

    /// The key set of the beginning as JSON, as it is served.
    #[must_use]
    pub fn jwks(&self) -> &str {
        &self.first_jwks
    }

    /// The key set at `now` as JSON: the key that signs, and the one before it
    /// while it is still published. May make a key.
    ///
    /// # Errors
    /// [`IssuerError::KeyGeneration`] when the system has no randomness.
    pub fn jwks_at(&self, now: Instant) -> Result<String, IssuerError> {
        let Some(rotation) = self.rotation else { return Ok(self.first_jwks.clone()) };
        let period = rotation.period(now);
        let current = self.key(period)?;
        let before = period.checked_sub(1).filter(|period| rotation.publishes(*period, now));
        let before = before.map(|period| self.key(period)).transpose()?;
        let keys: Vec<_> = std::iter::once(&current).chain(&before).map(|key| &key.jwk).collect();
        Ok(jwks::document(&keys)?)
    }

    /// A JSON Web Token of these claims, signed with the first key. RSA takes
    /// about 350 µs of computing: keep it off threads that must not stall.
    ///
    /// # Errors
    /// [`IssuerError::Claims`] when the claims have no JSON form,
    /// [`IssuerError::Signing`] when the library refuses.
    pub fn sign(&self, claims: &impl Serialize) -> Result<String, IssuerError> {
        self.first.sign(claims)
    }

    /// The same, signed with the key of `now`. May make a key.
    ///
    /// # Errors
    /// As [`Issuer::sign`], and [`IssuerError::KeyGeneration`].
    pub fn sign_at(&self, now: Instant, claims: &impl Serialize) -> Result<String, IssuerError> {
        let period = self.rotation.map_or(0, |rotation| rotation.period(now));
        self.key(period)?.sign(claims)
    }

    /// What a token's signature is worth at `now`: the token names its key and
    /// algorithm. Makes no key: a token cannot name one that has signed nothing.
    #[must_use]
    pub fn check(&self, now: Instant, named: Named<'_>, signature: &[u8]) -> TokenSignature {
        if Algorithm::named(named.algorithm).is_none() {
            return TokenSignature::Invalid;
        }
        let Some(key) = self.published(now, named.kid) else { return TokenSignature::UnknownKey };
        let verified = key.public.verifies(named.algorithm, named.message, signature);
        if verified { TokenSignature::Valid } else { TokenSignature::Invalid }
    }

    /// The key of this name, if the key set has it at `now`.
    fn published(&self, now: Instant, kid: &str) -> Option<Arc<SigningKey>> {
        let is_published =
            |period| self.rotation.is_none_or(|rotation| rotation.publishes(period, now));
        if kid == self.first.kid {
            return is_published(0).then(|| Arc::clone(&self.first));
        }
        let later = self.later();
        let found = later.iter().find(|(period, key)| key.kid == kid && is_published(**period));
        found.map(|(_, key)| Arc::clone(key))
    }

    fn key(&self, period: u64) -> Result<Arc<SigningKey>, IssuerError> {
        if period == 0 {
            return Ok(Arc::clone(&self.first));
        }
        // Held while a key is made, so that all who need it get the same one.
        let mut later = self.later();
        if let Some(key) = later.get(&period) {
            return Ok(Arc::clone(key));
        }
        let key = Arc::new(SigningKey::generate(self.algorithm)?);
        later.insert(period, Arc::clone(&key));
        later.retain(|known, _| known + 2 > period);
        Ok(key)
    }

    /// A panic elsewhere must not take every later token down with it.
    fn later(&self) -> MutexGuard<'_, BTreeMap<u64, Arc<SigningKey>>> {
        self.later.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use serde_json::{Value, json};

    use super::*;

    fn header(token: &str) -> Value {
        let header = token.split('.').next().unwrap_or_default();
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).unwrap()).unwrap()
    }

    #[test]
    fn header_and_key_set_name_the_same_key() {
        let issuer = Issuer::generate().unwrap();
        let token = issuer.sign(&json!({"sub": "x"})).unwrap();
        let header = header(&token);
        let jwks: Value = serde_json::from_str(issuer.jwks()).unwrap();
        assert_eq!(header["typ"], "JWT");
        assert_eq!(header["alg"], "RS256");
        assert_eq!(header["kid"], issuer.kid());
        assert_eq!(jwks["keys"][0]["kid"], issuer.kid());
        assert_eq!(jwks["keys"][0]["x5t"], header["x5t"]);
        let signature = token.rsplit('.').next().unwrap_or_default();
        assert_eq!(URL_SAFE_NO_PAD.decode(signature).unwrap().len(), 256);
    }

    #[test]
    fn every_algorithm_is_checked_by_another_library_and_read_back_from_the_key_set() {
        let lengths = [256, 256, 256, 64, 96, 132];
        for (algorithm, length) in Algorithm::ALL.into_iter().zip(lengths) {
            let issuer = Issuer::new(algorithm, None).unwrap();
            let token = issuer.sign(&json!({"sub": "x"})).unwrap();
            let (signed, signature) = token.rsplit_once('.').unwrap();
            let bytes = URL_SAFE_NO_PAD.decode(signature).unwrap();
            assert_eq!(
                (header(&token)["alg"].as_str(), bytes.len()),
                (Some(algorithm.name()), length)
            );
            let keys = jwks::read(issuer.jwks().as_bytes()).unwrap();
            let (kid, key) = &keys[0];
            assert_eq!(kid, issuer.kid());
            assert!(key.verifies(algorithm.name(), signed.as_bytes(), &bytes), "{algorithm}");
            assert!(!key.verifies(algorithm.name(), b"other", &bytes), "{algorithm}");
            assert!(!key.verifies("none", signed.as_bytes(), &bytes), "{algorithm}");
            // ES512 is unknown to jsonwebtoken.
            let Ok(name) = algorithm.name().parse() else { continue };
            let set: jsonwebtoken::jwk::JwkSet = serde_json::from_str(issuer.jwks()).unwrap();
            let theirs = jsonwebtoken::DecodingKey::from_jwk(&set.keys[0]).unwrap();
            let verified =
                jsonwebtoken::crypto::verify(signature, signed.as_bytes(), &theirs, name);
            assert!(verified.unwrap(), "{algorithm}");
        }
    }

    #[test]
    fn a_rotated_key_signs_in_its_time_and_is_published_for_the_overlap() {
        let rotation =
            Rotation { every: Duration::from_secs(60), overlap: Duration::from_secs(10) };
        let issuer = Issuer::new(Algorithm::Es256, Some(rotation)).unwrap();
        let at = |seconds| Instant::ZERO + Duration::from_secs(seconds);
        let kid = |now| {
            let token = issuer.sign_at(now, &json!({})).unwrap();
            header(&token)["kid"].as_str().unwrap().to_owned()
        };
        let published = |now| {
            let keys = jwks::read(issuer.jwks_at(now).unwrap().as_bytes()).unwrap();
            keys.into_iter().map(|(kid, _)| kid).collect::<Vec<_>>()
        };
        let (first, second) = (kid(at(59)), kid(at(60)));
        assert_eq!((first.as_str(), kid(at(0))), (issuer.kid(), first.clone()));
        assert_eq!(kid(at(119)), second);
        assert_eq!(published(at(65)), [second.clone(), first.clone()]);
        assert_eq!(published(at(70)), std::slice::from_ref(&second));
        let known = |now, kid: &str| issuer.published(now, kid).is_some();
        assert!(known(at(69), &first) && !known(at(70), &first));
        assert!(known(at(70), &second) && !known(at(59), &second));
        assert!(!known(at(70), "stranger"));
    }

    #[test]
    fn keys_of_other_kinds_are_passed_over() {
        let issuer = Issuer::new(Algorithm::Es256, None).unwrap();
        let mut set: Value = serde_json::from_str(issuer.jwks()).unwrap();
        let good = set["keys"][0].clone();
        let changed = |name: &str, value: Value| {
            let mut key = good.clone();
            key[name] = value;
            key
        };
        set["keys"] = json!([
            changed("use", "enc".into()),
            changed("kty", "OKP".into()),
            changed("alg", "HS256".into()),
            changed("crv", "P-384".into()),
            changed("x", "AAAA".into()),
            changed("kid", Value::Null),
            {},
            7,
            good,
        ]);
        let keys = jwks::read(set.to_string().as_bytes()).unwrap();
        assert_eq!(keys.len(), 1);
        for text in ["", "[]", "{}", "{\"keys\":{}}"] {
            assert!(jwks::read(text.as_bytes()).is_none(), "{text}");
        }
    }
}
