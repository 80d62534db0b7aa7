//! The histogram's serialised form: HdrHistogram's own V2 encoding, deflated, in base64. Any
//! HdrHistogram tool reads the string (its unit is the microsecond).

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hdrhistogram::Histogram as Hdr;
use hdrhistogram::serialization::{
    Deserializer as HdrDeserializer, Serializer as _, V2DeflateSerializeError, V2DeflateSerializer,
};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};

use super::{Histogram, LARGEST_US, SIGNIFICANT_DIGITS};

/// Times in microseconds, to three significant digits.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Histogram")]
struct Encoded {
    /// HdrHistogram's V2 encoding, deflated, in base64; empty when nothing was recorded.
    #[schemars(regex(pattern = "^[A-Za-z0-9+/]*={0,2}$"))]
    hdr_v2_deflate_base64: String,
    /// How many of them were over a day, and count as a day.
    clamped: u64,
}

impl JsonSchema for Histogram {
    fn schema_name() -> Cow<'static, str> {
        Encoded::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Encoded::json_schema(generator)
    }
}

impl Serialize for Histogram {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text = self.counts.as_deref().map(encode).transpose().map_err(ser::Error::custom)?;
        Encoded { hdr_v2_deflate_base64: text.unwrap_or_default(), clamped: self.clamped }
            .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Histogram {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Histogram, D::Error> {
        let encoded = Encoded::deserialize(deserializer)?;
        let counts = decode(&encoded.hdr_v2_deflate_base64).map_err(|problem| {
            de::Error::custom(format_args!("histogram is damaged: {problem}"))
        })?;
        Ok(Histogram { counts: counts.map(Box::new), clamped: encoded.clamped })
    }
}

/// V2, deflated, in base64.
pub(crate) fn encode(counts: &Hdr<u64>) -> Result<String, V2DeflateSerializeError> {
    let mut bytes = Vec::new();
    V2DeflateSerializer::new().serialize(counts, &mut bytes)?;
    Ok(STANDARD.encode(bytes))
}

/// The counts of such a text; none where it is empty or nothing was counted.
pub(crate) fn decode(text: &str) -> Result<Option<Hdr<u64>>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let bytes = STANDARD.decode(text).map_err(|e| e.to_string())?;
    let mut counts: Hdr<u64> =
        HdrDeserializer::new().deserialize(&mut &bytes[..]).map_err(|e| e.to_string())?;
    // A foreign histogram could not be merged with ours, and would be read in the wrong unit.
    if counts.sigfig() != SIGNIFICANT_DIGITS
        || counts.low() != 1
        || (!counts.is_empty() && counts.max() > 2 * LARGEST_US)
    {
        return Err(format!(
            "expected {SIGNIFICANT_DIGITS} significant digits of microseconds up to a day"
        ));
    }
    counts.auto(true);
    Ok((!counts.is_empty()).then_some(counts))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_encoding_is_the_one_other_tools_read() {
        let mut histogram = Histogram::default();
        histogram.record_ns(1_000);
        let json = serde_json::to_string(&histogram).unwrap();
        assert!(json.starts_with(r#"{"hdr_v2_deflate_base64":"HISTFAAA"#), "{json}");
        assert_eq!(
            serde_json::to_string(&Histogram::default()).unwrap(),
            r#"{"hdr_v2_deflate_base64":"","clamped":0}"#
        );
    }

    #[test]
    fn it_reads_back_what_it_wrote_and_goes_on_recording() {
        let mut histogram = Histogram::default();
        [1, 5_000_000, 5_000_000, u64::MAX].into_iter().for_each(|ns| histogram.record_ns(ns));
        let mut back: Histogram =
            serde_json::from_str(&serde_json::to_string(&histogram).unwrap()).unwrap();
        assert_eq!(back, histogram);
        back.record_ns(1_000_000_000);
        assert_eq!(back.count(), 5);
    }

    #[test]
    fn damage_is_refused() {
        let refusal = |data: &str| {
            let json = format!(r#"{{"hdr_v2_deflate_base64":"{data}","clamped":0}}"#);
            serde_json::from_str::<Histogram>(&json).unwrap_err().to_string()
        };
        assert!(
            refusal("!!").starts_with("histogram is damaged: Invalid symbol 33"),
            "{}",
            refusal("!!")
        );
        assert!(refusal("AAAA").starts_with("histogram is damaged: "), "{}", refusal("AAAA"));
        let mut bytes = Vec::new();
        V2DeflateSerializer::new()
            .serialize(&Hdr::<u64>::new_with_bounds(1, 1_000, 2).unwrap(), &mut bytes)
            .unwrap();
        insta::assert_snapshot!(
            refusal(&STANDARD.encode(bytes)),
            @"histogram is damaged: expected 3 significant digits of microseconds up to a day"
        );
    }
}
