//! The keys that STS itself signs web identity tokens with.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde_json::{Value, json};

use super::issuer::{Issuer, IssuerError};
use super::uuid::uuid_shaped;
use crate::reply::Algorithm;

/// One RSA-2048 and one P-384 key.
#[derive(Debug)]
pub struct OutboundKeys {
    rsa: Issuer,
    ec: EcdsaKeyPair,
    ec_header: String,
    random: SystemRandom,
    jwks: String,
}

impl OutboundKeys {
    /// New keys.
    ///
    /// # Errors
    /// [`IssuerError::KeyGeneration`] when the system has no randomness.
    pub fn generate() -> Result<Self, IssuerError> {
        let rsa = Issuer::generate()?;
        let ec = EcdsaKeyPair::generate(&ECDSA_P384_SHA384_FIXED_SIGNING)
            .map_err(|_| IssuerError::KeyGeneration)?;
        let point = ec.public_key().as_ref();
        let mut fingerprint = [0; 16];
        fingerprint.copy_from_slice(&digest(&SHA256, point).as_ref()[..16]);
        let kid = uuid_shaped(fingerprint);
        // Uncompressed: a byte that says so, then both coordinates of 48 bytes.
        let (x, y) = (&point[1..49], &point[49..97]);
        let key = json!({
            "kty": "EC", "alg": "ES384", "use": "sig", "kid": &kid, "crv": "P-384",
            "x": URL_SAFE_NO_PAD.encode(x), "y": URL_SAFE_NO_PAD.encode(y),
        });
        let mut set: Value = serde_json::from_str(rsa.jwks())?;
        if let Some(keys) = set["keys"].as_array_mut() {
            keys.push(key);
        }
        let header = json!({"typ": "JWT", "alg": "ES384", "kid": &kid});
        Ok(Self {
            ec_header: URL_SAFE_NO_PAD.encode(header.to_string()),
            random: SystemRandom::new(),
            jwks: set.to_string(),
            rsa,
            ec,
        })
    }

    /// Both public keys, as they are served.
    #[must_use]
    pub fn jwks(&self) -> &str {
        &self.jwks
    }

    /// A JSON Web Token of these claims. Takes up to 350 µs of computing.
    ///
    /// # Errors
    /// As [`Issuer::sign`].
    pub fn sign(
        &self,
        algorithm: Algorithm,
        claims: &impl Serialize,
    ) -> Result<String, IssuerError> {
        match algorithm {
            Algorithm::Rs256 => self.rsa.sign(claims),
            Algorithm::Es384 => {
                let claims = URL_SAFE_NO_PAD.encode(serde_json::to_vec(claims)?);
                let mut token = format!("{}.{claims}", self.ec_header);
                let signed = self.ec.sign(&self.random, token.as_bytes());
                let signature = signed.map_err(|_| IssuerError::Signing)?;
                token.push('.');
                URL_SAFE_NO_PAD.encode_string(signature.as_ref(), &mut token);
                Ok(token)
            }
        }
    }
}
