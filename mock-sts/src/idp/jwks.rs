//! The two documents of the provider: discovery and key set (OpenID Connect
//! Discovery 1.0 §3, RFC 7517).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;

#[derive(Serialize)]
struct KeySet<'a> {
    keys: [Key<'a>; 1],
}

#[derive(Serialize)]
struct Key<'a> {
    kty: &'a str,
    alg: &'a str,
    #[serde(rename = "use")]
    purpose: &'a str,
    kid: &'a str,
    n: String,
    e: String,
    x5t: &'a str,
}

/// A key set of one RSA key, as JSON.
pub(super) fn document(
    kid: &str,
    x5t: &str,
    modulus: &[u8],
    exponent: &[u8],
) -> serde_json::Result<String> {
    let (n, e) = (URL_SAFE_NO_PAD.encode(modulus), URL_SAFE_NO_PAD.encode(exponent));
    let key = Key { kty: "RSA", alg: "RS256", purpose: "sig", kid, n, e, x5t };
    serde_json::to_string(&KeySet { keys: [key] })
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

/// The discovery document of `issuer`, whose keys are at `jwks_uri`.
///
/// # Errors
/// None in practice: two texts always have a JSON form.
pub fn discovery(issuer: &str, jwks_uri: &str) -> serde_json::Result<String> {
    serde_json::to_string(&Discovery {
        issuer,
        jwks_uri,
        subject_types_supported: ["public", "pairwise"],
        response_types_supported: ["id_token"],
        claims_supported: super::tokens::CLAIM_NAMES,
        id_token_signing_alg_values_supported: &["RS256"],
        scopes_supported: ["openid"],
    })
}
