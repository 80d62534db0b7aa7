//! `faults` of `[service]` as serde sees them.

use crate::config::spanned::Spanned;
use crate::config::unit::schema::{DurationText, RateText, ShareText, SpanText};
use schemars::JsonSchema;
use serde::Deserialize;

/// A fault, named by its one key. Every one takes `during`, a span of the
/// run's clock such as `"10s..70s"`; the whole run by default.
#[derive(Deserialize, JsonSchema, Clone, Debug)]
#[serde(rename_all = "kebab-case")]
pub enum FaultFile {
    /// A share of the requests fails.
    ErrorRate(ErrorRateFile),
    /// Every request fails.
    Outage(OutageFile),
    /// Up and down by turns.
    Flapping(FlappingFile),
    /// The service's latency rises and falls.
    Brownout(Spanned<BrownoutFile>),
    /// The first requests fail.
    FailFirst(FailFirstFile),
    /// Requests fail until some time after the first.
    RecoverAfter(RecoverAfterFile),
    /// Somebody else uses up a limit.
    NoisyNeighbour(Spanned<NoisyNeighbourFile>),
    /// The identity provider refuses key fetches.
    KeyOutage(KeyOutageFile),
    /// The identity provider takes longer.
    KeySlowdown(KeySlowdownFile),
}

/// How the wire fails: by its name, or as a table where it takes a value.
#[derive(Deserialize, JsonSchema, Clone, Debug)]
#[serde(rename_all = "kebab-case")]
pub enum WireFile {
    /// Reset before the request is served.
    ResetBefore,
    /// Reset after it was served.
    ResetAfter,
    /// Closed without an answer.
    Empty,
    /// Never answered.
    Hang,
    /// How long the answer's body takes to arrive, for example `"30s"`.
    SlowBody(#[schemars(with = "DurationText")] Spanned<String>),
    /// Half of the answer's body.
    Truncated,
}

/// The parameters of an error rate.
#[derive(Deserialize, JsonSchema, Clone, Debug)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ErrorRateFile {
    /// When.
    #[schemars(with = "Option<SpanText>")]
    pub during: Option<Spanned<String>>,
    /// For example `"5%"`.
    #[schemars(with = "ShareText")]
    pub share: Spanned<String>,
    /// The code that is answered; `ServiceUnavailable` by default.
    pub code: Option<Spanned<String>>,
    /// How the wire fails, in the place of a code.
    pub wire: Option<Spanned<WireFile>>,
}

/// The parameters of an outage.
#[derive(Deserialize, JsonSchema, Clone, Debug)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct OutageFile {
    /// When.
    #[schemars(with = "Option<SpanText>")]
    pub during: Option<Spanned<String>>,
    /// The code that is answered; `ServiceUnavailable` by default.
    pub code: Option<Spanned<String>>,
    /// How the wire fails, in the place of a code.
    pub wire: Option<Spanned<WireFile>>,
}

/// The parameters of flapping.
#[derive(Deserialize, JsonSchema, Clone, Debug)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct FlappingFile {
    /// When.
    #[schemars(with = "Option<SpanText>")]
    pub during: Option<Spanned<String>>,
    /// The mean time up.
    #[schemars(with = "DurationText")]
    pub mean_up: Spanned<String>,
    /// The mean time down.
    #[schemars(with = "DurationText")]
    pub mean_down: Spanned<String>,
    /// The code that is answered; `ServiceUnavailable` by default.
    pub code: Option<Spanned<String>>,
    /// How the wire fails, in the place of a code.
    pub wire: Option<Spanned<WireFile>>,
}

/// The parameters of a brownout.
#[derive(Deserialize, JsonSchema, Clone, Debug)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct BrownoutFile {
    /// When; it must have an end.
    #[schemars(with = "SpanText")]
    pub during: Spanned<String>,
    /// The latency's factor at its worst.
    pub peak: Spanned<f64>,
    /// How long the latency rises, and falls; half of `during` by default.
    #[schemars(with = "Option<DurationText>")]
    pub ramp: Option<Spanned<String>>,
}

/// The parameters of first failures.
#[derive(Deserialize, JsonSchema, Clone, Debug)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct FailFirstFile {
    /// When.
    #[schemars(with = "Option<SpanText>")]
    pub during: Option<Spanned<String>>,
    /// How many.
    pub requests: Spanned<i64>,
    /// The code that is answered; `ServiceUnavailable` by default.
    pub code: Option<Spanned<String>>,
    /// How the wire fails, in the place of a code.
    pub wire: Option<Spanned<WireFile>>,
}

/// The parameters of a recovery.
#[derive(Deserialize, JsonSchema, Clone, Debug)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RecoverAfterFile {
    /// When.
    #[schemars(with = "Option<SpanText>")]
    pub during: Option<Spanned<String>>,
    /// How long after the first request.
    #[schemars(with = "DurationText")]
    pub after: Spanned<String>,
    /// The code that is answered; `ServiceUnavailable` by default.
    pub code: Option<Spanned<String>>,
    /// How the wire fails, in the place of a code.
    pub wire: Option<Spanned<WireFile>>,
}

/// The parameters of a noisy neighbour.
#[derive(Deserialize, JsonSchema, Clone, Debug)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct NoisyNeighbourFile {
    /// When.
    #[schemars(with = "Option<SpanText>")]
    pub during: Option<Spanned<String>>,
    /// Which of the limits, counted from 1; the first by default.
    pub limit: Option<Spanned<i64>>,
    /// A share of the limit's rate, for example `"80%"`; this or `rate`.
    #[schemars(with = "Option<ShareText>")]
    pub share: Option<Spanned<String>>,
    /// For example `"500/s"`; this or `share`.
    #[schemars(with = "Option<RateText>")]
    pub rate: Option<Spanned<String>>,
}

/// The parameters of a key outage.
#[derive(Deserialize, JsonSchema, Clone, Debug)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct KeyOutageFile {
    /// When.
    #[schemars(with = "Option<SpanText>")]
    pub during: Option<Spanned<String>>,
}

/// The parameters of a slow provider.
#[derive(Deserialize, JsonSchema, Clone, Debug)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct KeySlowdownFile {
    /// When.
    #[schemars(with = "Option<SpanText>")]
    pub during: Option<Spanned<String>>,
    /// How many times longer a key fetch takes.
    pub factor: Spanned<f64>,
}
