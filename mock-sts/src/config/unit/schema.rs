//! Texts with units as a JSON Schema tells them: what an editor can know of them. A little is left
//! to the checks, such as the longest duration there is.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

macro_rules! texts {
    ($($(#[$doc:meta])* $name:ident, $called:literal, $pattern:expr, $example:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Debug)]
        pub struct $name;

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                $called.into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "string", "pattern": $pattern, "examples": [$example] })
            }
        }
    )*};
}

/// Numbers with their units, as friendly durations have them; a clock's reading; or ISO 8601's.
macro_rules! duration {
    () => {
        "(\\+?([0-9]+([.,][0-9]+)? ?(h|hrs?|hours?|m|mins?|minutes?|s|secs?|seconds?|ms|msecs?|millis?|milliseconds?|us|µs|usecs?|micros?|microseconds?|ns|nsecs?|nanos?|nanoseconds?),? ?)+|\\+?[0-9]+:[0-9]{2}:[0-9]{2}([.,][0-9]+)?|\\+?[Pp][Tt][0-9.,HMShms]+)"
    };
}

/// A number above zero as a float is read.
macro_rules! number {
    () => {
        r"\+?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?"
    };
}

texts! {
    /// `"250ms"`, `"20s"`, `"1h 30m"`.
    DurationText, "Duration", concat!("^", duration!(), "$"), "1h 30m";
    /// `"10s..1m 10s"`, with either end left out or not.
    SpanText, "Span",
        concat!("^ *(", duration!(), r")? *\.\. *(", duration!(), ")? *$"), "10s..1m 10s";
    /// `"600/s"`.
    RateText, "Rate", concat!("^ *", number!(), " */ *[smh] *$"), "600/s";
    /// `"5%"`.
    ShareText, "Share", concat!("^ *", number!(), " *% *$"), "5%";
}
