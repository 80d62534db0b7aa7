//! A certificate's text -> the key it vouches for. Who signed it, and until when it is valid, is not asked:
//! of a SAML provider's metadata, AWS takes the key and nothing else.

use aws_lc_rs::signature::{ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

const INTEGER: u8 = 0x02;
const SEQUENCE: u8 = 0x30;
/// The version of a certificate, which the first ones lack.
const VERSION: u8 = 0xa0;

/// The public key (X.509's `SubjectPublicKeyInfo`, DER) of a certificate in PEM, or in base64 alone as
/// metadata has it; nothing when it is none, or not of an RSA key of 2048 to 8192 bits.
pub(super) fn public_key(text: &str) -> Option<Vec<u8>> {
    let lines = text.lines().map(str::trim).filter(|line| !line.starts_with("-----"));
    let base64: String = lines.flat_map(str::split_whitespace).collect();
    let der = STANDARD.decode(base64).ok()?;
    let mut certificate = content(&mut &*der, SEQUENCE)?;
    let mut signed = content(&mut certificate, SEQUENCE)?;
    if signed.first() == Some(&VERSION) {
        content(&mut signed, VERSION)?;
    }
    // The serial number; then algorithm, issuer, validity and subject.
    content(&mut signed, INTEGER)?;
    for _ in 0..4 {
        content(&mut signed, SEQUENCE)?;
    }
    let key = signed;
    content(&mut signed, SEQUENCE)?;
    let key = &key[..key.len() - signed.len()];
    ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key).ok()?;
    Some(key.to_vec())
}

/// What is in the next element, which has this tag; `bytes` goes on behind it.
fn content<'a>(bytes: &mut &'a [u8], tag: u8) -> Option<&'a [u8]> {
    let (&[found, first], rest) = bytes.split_first_chunk()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(first), rest),
        // Longer ones than four bytes can tell are no certificate.
        0x81..=0x84 => {
            let (length, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            (length.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)), rest)
        }
        _ => return None,
    };
    let (content, rest) = rest.split_at_checked(length)?;
    *bytes = rest;
    (found == tag).then_some(content)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CERTIFICATE: &str = include_str!("../../tests/saml/cert.pem");

    #[test]
    fn the_key_of_a_certificate_is_found_with_and_without_its_frame() {
        let key = public_key(CERTIFICATE).expect("a certificate");
        assert_eq!(key.len(), 294, "the usual length of a key of 2048 bits");
        let bare: String = CERTIFICATE.lines().filter(|line| !line.contains('-')).collect();
        assert_eq!(public_key(&bare), Some(key));
    }

    #[test]
    fn what_is_no_certificate_has_no_key() {
        for text in ["", "-----BEGIN CERTIFICATE-----", "MIID", "!", &CERTIFICATE[..600]] {
            assert_eq!(public_key(text), None, "{text}");
        }
        let der: String = CERTIFICATE.lines().filter(|line| !line.contains('-')).collect();
        let der = STANDARD.decode(der).expect("base64");
        for at in 0..der.len().min(300) {
            let mut other = der.clone();
            other[at] ^= 0xff;
            // Any outcome but a panic.
            let _ = public_key(&STANDARD.encode(other));
        }
    }
}
