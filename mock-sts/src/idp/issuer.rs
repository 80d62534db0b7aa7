//! The provider's signing key, and tokens signed with it.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;

use super::jwks;
use super::uuid::uuid_shaped;

/// An identity provider's RSA-2048 key with the names it goes by.
#[derive(Debug)]
pub struct Issuer {
    key: RsaKeyPair,
    random: SystemRandom,
    kid: String,
    header: String,
    jwks: String,
}

/// Why a key could not be made or a token not be signed.
#[derive(Debug, thiserror::Error)]
pub enum IssuerError {
    /// The cryptographic library made no key.
    #[error("cannot generate the identity provider's RSA-2048 key: no randomness from the system?")]
    KeyGeneration,
    /// The cryptographic library refused to sign.
    #[error("cannot sign the web identity token with the identity provider's RSA-2048 key")]
    Signing,
    /// The claims have no JSON form.
    #[error("cannot write the web identity token's claims as JSON")]
    Claims(#[from] serde_json::Error),
}

#[derive(Serialize)]
struct Header<'a> {
    typ: &'a str,
    alg: &'a str,
    kid: &'a str,
    x5t: &'a str,
}

impl Issuer {
    /// A provider with a key of its own; making one takes 50 ms to 150 ms.
    ///
    /// # Errors
    /// [`IssuerError::KeyGeneration`] when the system has no randomness.
    pub fn generate() -> Result<Self, IssuerError> {
        let key = RsaKeyPair::generate(KeySize::Rsa2048).map_err(|_| IssuerError::KeyGeneration)?;
        let public = key.public_key();
        let fingerprint = digest(&SHA256, public.as_ref());
        let kid = uuid_shaped(first(fingerprint.as_ref()));
        // GitHub's x5t is the SHA-1 of a certificate. There is none here, and nobody can look it
        // up, so it is twenty bytes of the key's own fingerprint.
        let x5t = URL_SAFE_NO_PAD.encode(first::<20>(fingerprint.as_ref()));
        let header = Header { typ: "JWT", alg: "RS256", kid: &kid, x5t: &x5t };
        let header = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&header)?);
        let modulus = public.modulus().big_endian_without_leading_zero();
        let exponent = public.exponent().big_endian_without_leading_zero();
        let jwks = jwks::document(&kid, &x5t, modulus, exponent)?;
        Ok(Self { random: SystemRandom::new(), kid, header, jwks, key })
    }

    /// The name of the key in tokens and in the key set.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The key set as JSON, as it is served.
    #[must_use]
    pub fn jwks(&self) -> &str {
        &self.jwks
    }

    /// A JSON Web Token of these claims, signed with RS256. Takes about 350 µs
    /// of computing: keep it off threads that must not stall.
    ///
    /// # Errors
    /// [`IssuerError::Claims`] when the claims have no JSON form,
    /// [`IssuerError::Signing`] when the library refuses.
    pub fn sign(&self, claims: &impl Serialize) -> Result<String, IssuerError> {
        let claims = URL_SAFE_NO_PAD.encode(serde_json::to_vec(claims)?);
        let mut token = format!("{}.{claims}", self.header);
        let mut signature = vec![0; self.key.public_modulus_len()];
        self.key
            .sign(&RSA_PKCS1_SHA256, &self.random, token.as_bytes(), &mut signature)
            .map_err(|_| IssuerError::Signing)?;
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(&signature, &mut token);
        Ok(token)
    }
}

fn first<const N: usize>(bytes: &[u8]) -> [u8; N] {
    let mut taken = [0; N];
    for (to, from) in taken.iter_mut().zip(bytes) {
        *to = *from;
    }
    taken
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn header_and_key_set_name_the_same_key() {
        let issuer = Issuer::generate().unwrap();
        let token = issuer.sign(&json!({"sub": "x"})).unwrap();
        let parts: Vec<&str> = token.split('.').collect();
        let header: Value =
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(parts[0]).unwrap()).unwrap();
        let jwks: Value = serde_json::from_str(issuer.jwks()).unwrap();
        assert_eq!(header["typ"], "JWT");
        assert_eq!(header["alg"], "RS256");
        assert_eq!(header["kid"], issuer.kid());
        assert_eq!(jwks["keys"][0]["kid"], issuer.kid());
        assert_eq!(jwks["keys"][0]["x5t"], header["x5t"]);
        assert_eq!(URL_SAFE_NO_PAD.decode(parts[2]).unwrap().len(), 256);
    }
}
