//! One key of a provider: it signs, it checks, and it has a place in the key set.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING,
    ECDSA_P521_SHA512_FIXED_SIGNING, EcdsaKeyPair, EcdsaSigningAlgorithm, KeyPair as _,
    RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RsaEncoding, RsaKeyPair,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;

use super::algorithm::Algorithm;
use super::issuer::IssuerError;
use super::jwks::{Key, KeyNumbers};
use super::public_key::PublicKey;
use super::uuid::uuid_shaped;

/// A private key with the names it goes by.
#[derive(Debug)]
pub(super) struct SigningKey {
    pair: Pair,
    random: SystemRandom,
    pub(super) kid: String,
    header: String,
    /// Its entry in a key set.
    pub(super) jwk: Key,
    pub(super) public: PublicKey,
}

#[derive(Debug)]
enum Pair {
    Rsa(RsaKeyPair, &'static dyn RsaEncoding),
    Ecdsa(EcdsaKeyPair),
}

#[derive(Serialize)]
struct Header<'a> {
    typ: &'a str,
    alg: &'a str,
    kid: &'a str,
    x5t: &'a str,
}

impl SigningKey {
    /// A new key. RSA takes 50 ms to 150 ms, the others next to nothing.
    pub(super) fn generate(algorithm: Algorithm) -> Result<Self, IssuerError> {
        let pair = Pair::generate(algorithm).ok_or(IssuerError::KeyGeneration)?;
        let bytes = pair.public();
        let fingerprint = digest(&SHA256, bytes);
        let kid = uuid_shaped(first(fingerprint.as_ref()));
        // GitHub's x5t is the SHA-1 of a certificate. There is none here, and nobody can look it
        // up, so it is twenty bytes of the key's own fingerprint.
        let x5t = URL_SAFE_NO_PAD.encode(first::<20>(fingerprint.as_ref()));
        let header = Header { typ: "JWT", alg: algorithm.name(), kid: &kid, x5t: &x5t };
        let header = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&header)?);
        let public = PublicKey::new(algorithm, bytes).ok_or(IssuerError::KeyGeneration)?;
        let jwk = Key::new(algorithm, &kid, &x5t, &pair.numbers());
        Ok(Self { random: SystemRandom::new(), kid, header, jwk, public, pair })
    }

    /// A JSON Web Token of these claims.
    pub(super) fn sign(&self, claims: &impl Serialize) -> Result<String, IssuerError> {
        let claims = URL_SAFE_NO_PAD.encode(serde_json::to_vec(claims)?);
        let mut token = format!("{}.{claims}", self.header);
        let signature = self.pair.sign(&self.random, token.as_bytes());
        let signature = signature.ok_or(IssuerError::Signing)?;
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(&signature, &mut token);
        Ok(token)
    }
}

impl Pair {
    fn generate(algorithm: Algorithm) -> Option<Self> {
        let rsa = |encoding: &'static dyn RsaEncoding| {
            RsaKeyPair::generate(KeySize::Rsa2048).ok().map(|pair| Self::Rsa(pair, encoding))
        };
        let ecdsa = |signing: &'static EcdsaSigningAlgorithm| {
            EcdsaKeyPair::generate(signing).ok().map(Self::Ecdsa)
        };
        match algorithm {
            Algorithm::Rs256 => rsa(&RSA_PKCS1_SHA256),
            Algorithm::Rs384 => rsa(&RSA_PKCS1_SHA384),
            Algorithm::Rs512 => rsa(&RSA_PKCS1_SHA512),
            Algorithm::Es256 => ecdsa(&ECDSA_P256_SHA256_FIXED_SIGNING),
            Algorithm::Es384 => ecdsa(&ECDSA_P384_SHA384_FIXED_SIGNING),
            Algorithm::Es512 => ecdsa(&ECDSA_P521_SHA512_FIXED_SIGNING),
        }
    }

    /// The public key as the library reads it back.
    fn public(&self) -> &[u8] {
        match self {
            Self::Rsa(pair, _) => pair.public_key().as_ref(),
            Self::Ecdsa(pair) => pair.public_key().as_ref(),
        }
    }

    fn numbers(&self) -> KeyNumbers {
        match self {
            Self::Rsa(pair, _) => {
                let public = pair.public_key();
                KeyNumbers::Rsa {
                    n: public.modulus().big_endian_without_leading_zero().to_vec(),
                    e: public.exponent().big_endian_without_leading_zero().to_vec(),
                }
            }
            Self::Ecdsa(pair) => {
                // SEC 1 §2.3.3, uncompressed: 4, then x and y in equal halves.
                let point = pair.public_key().as_ref().get(1..).unwrap_or_default();
                let (x, y) = point.split_at(point.len() / 2);
                KeyNumbers::Ec { x: x.to_vec(), y: y.to_vec() }
            }
        }
    }

    fn sign(&self, random: &SystemRandom, message: &[u8]) -> Option<Vec<u8>> {
        match self {
            Self::Rsa(pair, encoding) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(*encoding, random, message, &mut signature).ok()?;
                Some(signature)
            }
            Self::Ecdsa(pair) => {
                pair.sign(random, message).ok().map(|signature| signature.as_ref().to_vec())
            }
        }
    }
}

fn first<const N: usize>(bytes: &[u8]) -> [u8; N] {
    let mut taken = [0; N];
    for (to, from) in taken.iter_mut().zip(bytes) {
        *to = *from;
    }
    taken
}
