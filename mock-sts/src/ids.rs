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
    let bit = |at: usize| (bytes.get(at / 8).copied().unwrap_or(0) >> (7 - at % 8)) & 1;
    let five = |at: usize| (0..5).fold(0, |value, i| (value << 1) | bit(at * 5 + i));
    (0..characters).map(|at| char::from(ALPHABET[usize::from(five(at))])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base32_is_rfc_4648s() {
        assert_eq!(base32(b"foobar", 10), "MZXW6YTBOI");
        assert_eq!(base32(b"", 2), "AA");
    }
}
