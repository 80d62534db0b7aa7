//! Bytes written as a UUID.

use data_encoding::HEXLOWER;

/// Sixteen bytes as the text of a version 4 UUID (RFC 9562 §5.4): version and
/// variant bits are overwritten, the other 122 are kept.
pub(crate) fn uuid_shaped(mut bytes: [u8; 16]) -> String {
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let (time, rest) = bytes.split_at(4);
    let (others, node) = rest.split_at(6);
    let mut text = HEXLOWER.encode(time);
    for part in others.chunks(2).chain([node]) {
        text.push('-');
        HEXLOWER.encode_append(part, &mut text);
    }
    text
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
