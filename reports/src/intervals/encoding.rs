//! Intervals in a result file: where each begins, and its histogram as other tools read it.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};

use super::{FIRST_WIDTH_NS, INTERVAL_SHIFT, Interval, Intervals, MOST};
use crate::histogram::{decode, encode};

/// The same times by the stretch of the run in which the need was met.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Intervals")]
struct Encoded {
    /// How long each is: a second, doubled so often that at most 60 reach to the last.
    width_ns: u64,
    /// Those in which any need was met, in the order of time; summed over the seeds.
    intervals: Vec<EncodedInterval>,
}

/// One stretch of the run.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Interval")]
struct EncodedInterval {
    /// Where it begins, since the beginning of the run: a multiple of the width.
    from_ns: u64,
    /// HdrHistogram's V2 encoding of its times in microseconds, deflated, in base64.
    #[schemars(regex(pattern = "^[A-Za-z0-9+/]+={0,2}$"))]
    hdr_v2_deflate_base64: String,
}

impl JsonSchema for Intervals {
    fn schema_name() -> Cow<'static, str> {
        Encoded::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Encoded::json_schema(generator)
    }
}

impl Serialize for Intervals {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let encoded = |Interval { from_ns, times }: Interval| {
            let interval =
                |hdr_v2_deflate_base64| EncodedInterval { from_ns, hdr_v2_deflate_base64 };
            encode(&times).map(interval).map_err(ser::Error::custom)
        };
        let intervals = self.histograms().map(encoded).collect::<Result<Vec<_>, S::Error>>()?;
        Encoded { width_ns: self.width_ns(), intervals }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Intervals {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Intervals, D::Error> {
        let encoded = Encoded::deserialize(deserializer)?;
        decoded(&encoded)
            .map_err(|problem| de::Error::custom(format_args!("intervals are damaged: {problem}")))
    }
}

fn decoded(encoded: &Encoded) -> Result<Intervals, String> {
    let width_ns = encoded.width_ns;
    let seconds = width_ns / FIRST_WIDTH_NS;
    if !seconds.is_power_of_two() || seconds * FIRST_WIDTH_NS != width_ns {
        return Err(format!("width_ns {width_ns} is not a second doubled so and so often"));
    }
    let mut counts: Vec<(u64, u64)> = Vec::new();
    let mut next = 0;
    for EncodedInterval { from_ns, hdr_v2_deflate_base64 } in &encoded.intervals {
        let index = from_ns / width_ns;
        if from_ns % width_ns != 0 || !(next..MOST).contains(&index) {
            return Err(format!("no interval begins at {from_ns} ns here"));
        }
        next = index + 1;
        let times = decode(hdr_v2_deflate_base64)?.ok_or("an interval without times")?;
        counts.extend(times.iter_recorded().map(|step| {
            let class = times.lowest_equivalent(step.value_iterated_to());
            (index << INTERVAL_SHIFT | class, step.count_at_value())
        }));
    }
    Ok(Intervals { doublings: seconds.trailing_zeros(), counts })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::IntervalRecorder;

    #[test]
    fn they_read_back_as_they_were_and_damage_is_refused() {
        let mut recorder = IntervalRecorder::default();
        for i in 0..2_000_u64 {
            recorder.record(i * 77_000_000, 1 + i * i * 12_345);
        }
        let intervals = recorder.intervals();
        let text = serde_json::to_string(&intervals).unwrap();
        assert_eq!(serde_json::from_str::<Intervals>(&text).unwrap(), intervals);
        let empty = serde_json::to_string(&Intervals::default()).unwrap();
        assert_eq!(empty, r#"{"width_ns":1000000000,"intervals":[]}"#);
        assert_eq!(serde_json::from_str::<Intervals>(&empty).unwrap(), Intervals::default());

        let refusal = |from: &str, to: &str| {
            assert!(text.contains(from), "{from} in {text}");
            serde_json::from_str::<Intervals>(&text.replacen(from, to, 1)).unwrap_err().to_string()
        };
        let table = [
            ("\"width_ns\":4000000000", "\"width_ns\":0", "width_ns 0 is not"),
            ("\"width_ns\":4000000000", "\"width_ns\":4000000001", "width_ns 4000000001"),
            ("\"width_ns\":4000000000", "\"width_ns\":3000000000", "width_ns 3000000000"),
            ("\"width_ns\":4000000000", "\"width_ns\":1000000000", "begins at 60000000000 ns"),
            ("\"from_ns\":4000000000", "\"from_ns\":4000000001", "begins at 4000000001 ns"),
            ("\"from_ns\":4000000000", "\"from_ns\":0", "begins at 0 ns"),
            ("HISTFAAA", "HISTEAAA", "intervals are damaged: "),
        ];
        for (from, to, words) in table {
            let told = refusal(from, to);
            assert!(told.contains(words), "{from} to {to}: {told}");
        }
    }
}
