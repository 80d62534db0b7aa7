//! The two documents of the provider: discovery and key set (OpenID Connect
//! Discovery 1.0 §3, RFC 7517), and the way back from a key set to its keys.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde_json::Value;

use super::algorithm::Algorithm;
use super::public_key::PublicKey;

#[derive(Serialize)]
struct KeySet<'a> {
    keys: &'a [&'a Key],
}

/// One entry of a key set.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub(super) struct Key {
    kty: &'static str,
    alg: &'static str,
    #[serde(rename = "use")]
    purpose: &'static str,
    kid: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    n: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    e: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    crv: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    x: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    y: Option<String>,
    x5t: String,
}

/// What a public key is made of; big-endian.
pub(super) enum KeyNumbers {
    Rsa { n: Vec<u8>, e: Vec<u8> },
    Ec { x: Vec<u8>, y: Vec<u8> },
}

impl Key {
    pub(super) fn new(algorithm: Algorithm, kid: &str, x5t: &str, numbers: &KeyNumbers) -> Self {
        let text = |number: &Vec<u8>| Some(URL_SAFE_NO_PAD.encode(number));
        let (kty, n, e, x, y) = match numbers {
            KeyNumbers::Rsa { n, e } => ("RSA", text(n), text(e), None, None),
            KeyNumbers::Ec { x, y } => ("EC", None, None, text(x), text(y)),
        };
        let (alg, crv) = (algorithm.name(), algorithm.curve());
        let (kid, x5t) = (kid.to_owned(), x5t.to_owned());
        Self { kty, alg, purpose: "sig", kid, n, e, crv, x, y, x5t }
    }
}

/// A key set, as JSON.
pub(super) fn document(keys: &[&Key]) -> serde_json::Result<String> {
    serde_json::to_string(&KeySet { keys })
}

/// The keys of a set that tokens can be signed with, by their `kid`; none when
/// the text is no key set. Keys of other kinds are passed over.
#[must_use]
pub fn read(document: &[u8]) -> Option<Vec<(String, PublicKey)>> {
    let document: Value = serde_json::from_slice(document).ok()?;
    let keys = document.get("keys")?.as_array()?;
    Some(keys.iter().filter_map(PublicKey::from_jwk).collect())
}

#[derive(Serialize)]
struct Discovery<'a> {
    issuer: &'a str,
    jwks_uri: &'a str,
    subject_types_supported: [&'a str; 2],
    response_types_supported: [&'a str; 1],
    claims_supported: &'a [&'a str],
    id_token_signing_alg_values_supported: &'a [&'a str],
    scopes_supported: [&'a str; 1],
}

/// The discovery document of the tokens that STS itself issues.
pub(crate) fn outbound_discovery(issuer: &str, jwks_uri: &str) -> serde_json::Result<String> {
    serde_json::to_string(&Discovery {
        issuer,
        jwks_uri,
        subject_types_supported: ["public", "pairwise"],
        response_types_supported: ["id_token"],
        claims_supported: &["iss", "aud", "sub", "iat", "exp", "jti"],
        id_token_signing_alg_values_supported: &["RS256", "ES384"],
        scopes_supported: ["openid"],
    })
}

/// The discovery document of `issuer`, whose keys are at `jwks_uri` and whose
/// tokens have these `claims` and are signed by this `algorithm`.
///
/// # Errors
/// None in practice: two texts always have a JSON form.
pub fn discovery(
    issuer: &str,
    jwks_uri: &str,
    claims: &[&str],
    algorithm: Algorithm,
) -> serde_json::Result<String> {
    serde_json::to_string(&Discovery {
        issuer,
        jwks_uri,
        subject_types_supported: ["public", "pairwise"],
        response_types_supported: ["id_token"],
        claims_supported: claims,
        id_token_signing_alg_values_supported: &[algorithm.name()],
        scopes_supported: ["openid"],
    })
}
