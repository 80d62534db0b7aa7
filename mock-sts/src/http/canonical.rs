//! The canonical request of Signature Version 4: the text both sides hash.

use std::fmt::Write as _;

use aws_lc_rs::digest::{SHA256, digest};
use axum::http::HeaderMap;

/// The parts of a received request that a signature covers.
#[derive(Clone, Copy, Debug)]
pub struct Received<'a> {
    /// `GET` or `POST`.
    pub method: &'a str,
    /// As it stood in the request line.
    pub path: &'a str,
    /// As it stood in the request line, without its question mark.
    pub query: &'a str,
    /// All of them.
    pub headers: &'a HeaderMap,
    /// Whole.
    pub body: &'a [u8],
}

/// The lowercase hex SHA-256 of the canonical request; nothing when a header
/// that is said to be signed is not there. The body is hashed as received:
/// what `x-amz-content-sha256` claims about it is not asked.
pub(super) fn hash(request: &Received<'_>, signed_headers: &str) -> Option<String> {
    let mut text = String::with_capacity(512);
    text.push_str(request.method);
    text.push('\n');
    path(request.path, &mut text);
    text.push('\n');
    query(request.query, &mut text);
    text.push('\n');
    let mut bytes = text.into_bytes();
    for name in signed_headers.split(';') {
        bytes.extend_from_slice(name.as_bytes());
        bytes.push(b':');
        header(request.headers, name, &mut bytes)?;
        bytes.push(b'\n');
    }
    let payload = hex(digest(&SHA256, request.body).as_ref());
    for line in ["\n", signed_headers, "\n", &payload] {
        bytes.extend_from_slice(line.as_bytes());
    }
    Some(hex(digest(&SHA256, &bytes).as_ref()))
}

/// Lowercase hex.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut hex, byte| {
        // Writing to a String cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// Dot segments and empty segments resolved, then encoded once more: every
/// service but S3 signs the doubly encoded path.
fn path(raw: &str, out: &mut String) {
    let mut segments: Vec<&str> = Vec::new();
    for segment in raw.split('/') {
        match segment {
            "" | "." => {}
            ".." => drop(segments.pop()),
            segment => segments.push(segment),
        }
    }
    for segment in &segments {
        out.push('/');
        encode(segment.as_bytes(), out);
    }
    let directory = raw.ends_with('/') || raw.ends_with("/.") || raw.ends_with("/..");
    if segments.is_empty() || directory {
        out.push('/');
    }
}

/// Sorted by encoded name, then value; the signature itself is not signed.
fn query(raw: &str, out: &mut String) {
    let encoded = |text: &str| {
        let mut out = String::with_capacity(text.len());
        encode(text.as_bytes(), &mut out);
        out
    };
    let mut pairs: Vec<(String, String)> = form_urlencoded::parse(raw.as_bytes())
        .filter(|(name, _)| name != "X-Amz-Signature")
        .map(|(name, value)| (encoded(&name), encoded(&value)))
        .collect();
    pairs.sort_unstable();
    for (at, (name, value)) in pairs.iter().enumerate() {
        if at > 0 {
            out.push('&');
        }
        out.push_str(name);
        out.push('=');
        out.push_str(value);
    }
}

/// The values of one header, trimmed, runs of spaces made one, joined by commas.
fn header(headers: &HeaderMap, name: &str, out: &mut Vec<u8>) -> Option<()> {
    let mut present = None;
    for value in headers.get_all(name) {
        if present.is_some() {
            out.push(b',');
        }
        present = Some(());
        let mut words =
            value.as_bytes().split(|byte| *byte == b' ').filter(|word| !word.is_empty());
        out.extend_from_slice(words.next().unwrap_or_default());
        for word in words {
            out.push(b' ');
            out.extend_from_slice(word);
        }
    }
    present
}

/// Percent-encoding that leaves only RFC 3986's unreserved characters.
fn encode(bytes: &[u8], out: &mut String) {
    for byte in bytes {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                out.push(char::from(*byte));
            }
            // Writing to a String cannot fail.
            _ => drop(write!(out, "%{byte:02X}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_resolved_and_encoded_once_more() {
        let table = [
            ("", "/"),
            ("/", "/"),
            ("/a/b", "/a/b"),
            ("/a/b/", "/a/b/"),
            ("//a//b", "/a/b"),
            ("/a/./b/../c", "/a/c"),
            ("/../..", "/"),
            ("/a%20b", "/a%2520b"),
        ];
        for (raw, canonical) in table {
            let mut out = String::new();
            path(raw, &mut out);
            assert_eq!(out, canonical, "{raw}");
        }
    }

    #[test]
    fn queries_are_sorted_and_lose_the_signature() {
        let mut out = String::new();
        query("b=2&a=x+y&a=%2F&X-Amz-Signature=00&flag&a-b=1", &mut out);
        assert_eq!(out, "a=%2F&a=x%20y&a-b=1&b=2&flag=");
    }

    #[test]
    fn header_values_are_trimmed_and_joined() {
        let mut headers = HeaderMap::new();
        headers.append("x-a", "  one   two ".parse().unwrap());
        headers.append("x-a", "three".parse().unwrap());
        let mut out = Vec::new();
        assert_eq!(header(&headers, "x-a", &mut out), Some(()));
        assert_eq!(out, b"one two,three");
        assert_eq!(header(&headers, "x-b", &mut out), None);
    }
}
