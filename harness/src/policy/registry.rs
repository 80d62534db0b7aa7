//! The policies there are: one line each.

use mock_sts::config::problem::Problems;
use schemars::JsonSchema;
use serde::Deserialize;

use super::presets::PresetFile;
use super::{
    Listed, Policy, backoff, decorrelated_jitter, equal_jitter, exponential, fixed, full_jitter,
    none, presets,
};

macro_rules! policies {
    ($($variant:ident = $name:literal: $file:ty => $config:ty, $summary:expr;)*) => {
        /// A `policy` table as a scenario writes it.
        #[derive(Clone, Debug, Deserialize, JsonSchema)]
        pub enum PolicyFile {
            $(#[doc = $summary] #[serde(rename = $name)] $variant($file),)*
        }

        /// A checked policy with its numbers.
        #[derive(Clone, Debug)]
        pub enum PolicyConfig {
            $(#[doc = $summary] $variant($config),)*
        }

        /// The policies there are.
        pub const POLICIES: &[Listed] = &[$(Listed { name: $name, summary: $summary },)*];

        impl PolicyFile {
            /// The checked policy; what is wrong goes to `problems`.
            pub fn check(&self, problems: &mut Problems) -> Option<PolicyConfig> {
                match self { $(Self::$variant(file) => {
                    <$config>::check(file, problems).map(PolicyConfig::$variant)
                })* }
            }
        }

        impl PolicyConfig {
            /// The policy itself.
            #[must_use]
            pub fn build(&self) -> Box<dyn Policy> {
                match self { $(Self::$variant(config) => Box::new(config.clone()),)* }
            }

            /// Its name in scenarios.
            #[must_use]
            pub fn name(&self) -> &'static str {
                match self { $(Self::$variant(_) => $name,)* }
            }
        }
    };
}

policies! {
    None = "none": none::File => none::NoRetry, "give up after the first failure";
    Fixed = "fixed": fixed::File => fixed::Fixed, "the shell loop: a constant wait, a bounded number of retries";
    Exponential = "exponential": backoff::File => exponential::Exponential, "exponential backoff without jitter";
    EqualJitter = "equal-jitter": backoff::File => equal_jitter::EqualJitter, "half of the backoff, and a random part of the other half";
    FullJitter = "full-jitter": backoff::File => full_jitter::FullJitter, "a random part of the backoff";
    DecorrelatedJitter = "decorrelated-jitter": backoff::File => decorrelated_jitter::DecorrelatedJitter, "a random wait up to three times the last";
    Client = "client": presets::told::File => presets::told::Told, "a real client that was told how often to try";
    Preset = "preset": PresetFile => presets::Preset, "a real client by name and version";
}
