//! A key that signatures are checked with: one of our own, or one from an
//! issuer's key set.

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::signature::{ParsedPublicKey, RsaPublicKeyComponents};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use super::algorithm::Algorithm;

/// A public key, parsed once, bound to the algorithm it was published for.
#[derive(Clone, Debug)]
pub struct PublicKey {
    algorithm: Algorithm,
    key: ParsedPublicKey,
}

impl PublicKey {
    /// A key from its bytes: RFC 8017's `RSAPublicKey` or an X.509 key, or an
    /// uncompressed point of the algorithm's curve.
    pub(super) fn new(algorithm: Algorithm, bytes: &[u8]) -> Option<Self> {
        let key = ParsedPublicKey::new(algorithm.verification(), bytes).ok()?;
        Some(Self { algorithm, key })
    }

    /// A key from its entry in a key set, with its `kid`; none when it is not
    /// one that tokens can be signed with (another use, type or curve).
    pub(super) fn from_jwk(jwk: &Value) -> Option<(String, Self)> {
        let text = |name: &str| jwk.get(name).and_then(Value::as_str);
        let number = |name: &str| URL_SAFE_NO_PAD.decode(text(name)?).ok();
        if text("use").is_some_and(|purpose| purpose != "sig") {
            return None;
        }
        let kid = text("kid")?.to_owned();
        let curve = text("crv");
        // `alg` is optional: an RSA key without one is taken for the usual algorithm.
        let algorithm = match (text("alg"), text("kty")?) {
            (Some(name), _) => Algorithm::named(name)?,
            (None, "RSA") => Algorithm::Rs256,
            (None, _) => {
                Algorithm::ALL.into_iter().find(|a| a.curve().is_some() && a.curve() == curve)?
            }
        };
        if algorithm.curve() != curve {
            return None;
        }
        let bytes = match text("kty")? {
            "RSA" => {
                let components = RsaPublicKeyComponents { n: number("n")?, e: number("e")? };
                let der: PublicKeyX509Der<'_> = components.as_der().ok()?;
                der.as_ref().to_vec()
            }
            "EC" => [vec![4], number("x")?, number("y")?].concat(),
            _ => return None,
        };
        Some((kid, Self::new(algorithm, &bytes)?))
    }

    /// Whether `signature` is this key's over `message` by the algorithm that
    /// the token names. Another algorithm than the key's own is a forgery.
    #[must_use]
    pub fn verifies(&self, algorithm: &str, message: &[u8], signature: &[u8]) -> bool {
        algorithm == self.algorithm.name() && self.key.verify_sig(message, signature).is_ok()
    }
}
