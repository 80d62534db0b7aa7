//! The ids that IAM gives to roles and users.

use aws_lc_rs::digest::{SHA256, digest};

/// The id of the role with this ARN, the same in every process: `AROA` and 17
/// of `A-Z2-7`.
#[must_use]
pub fn role_id(role_arn: &str) -> String {
    format!("AROA{}", base32(digest(&SHA256, role_arn.as_bytes()).as_ref(), 17))
}

/// The id of the user with this ARN, the same in every process: `AIDA` and 17
/// of `A-Z2-7`.
#[must_use]
pub fn user_id(user_arn: &str) -> String {
    format!("AIDA{}", base32(digest(&SHA256, user_arn.as_bytes()).as_ref(), 17))
}

/// The first `characters` of the bytes in RFC 4648 base32.
pub(crate) fn base32(bytes: &[u8], characters: usize) -> String {
    const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let mut bytes = bytes.iter();
    let (mut buffer, mut bits) = (0_u32, 0);
    let next = |_| {
        if bits < 5 {
            buffer = (buffer << 8) | u32::from(bytes.next().copied().unwrap_or(0));
            bits += 8;
        }
        bits -= 5;
        char::from(ALPHABET[(buffer >> bits) as usize & 31])
    };
    (0..characters).map(next).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base32_is_rfc_4648s() {
        assert_eq!(base32(b"foobar", 10), "MZXW6YTBOI");
        assert_eq!(base32(b"", 2), "AA");
        assert_eq!(base32(b"fooba", 8), "MZXW6YTB");
        assert_eq!(base32(&[0xff; 8], 17), "7777777777776AAAA");
    }
}
