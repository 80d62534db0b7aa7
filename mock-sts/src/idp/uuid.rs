//! Bytes written as a UUID.

/// Sixteen bytes as the text of a version 4 UUID (RFC 9562 §5.4): version and
/// variant bits are overwritten, the other 122 are kept.
pub(crate) fn uuid_shaped(mut bytes: [u8; 16]) -> String {
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let hex = format!("{:032x}", u128::from_be_bytes(bytes));
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn version_and_variant_are_where_rfc_9562_puts_them() {
        assert_eq!(uuid_shaped([0xff; 16]), "ffffffff-ffff-4fff-bfff-ffffffffffff");
        assert_eq!(uuid_shaped([0; 16]), "00000000-0000-4000-8000-000000000000");
    }
}
