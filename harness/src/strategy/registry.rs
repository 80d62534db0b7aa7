//! The strategies there are: one line each.

use mock_sts::config::problem::Problems;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Listed, Strategy, cached, daemon, hand_off, hedged, naive, role_chaining, sdk_cache};

/// Something to do with a strategy of any type: the static dispatch.
pub trait Visitor {
    /// What doing it brings.
    type Output;
    /// Does it with the strategy `S` under `config`.
    fn visit<S: Strategy>(self, config: &S::Config) -> Self::Output;
}

macro_rules! strategies {
    ($($variant:ident = $name:literal: $module:ident, $summary:literal;)*) => {
        /// A `strategy` table as a scenario writes it.
        #[derive(Clone, Debug, Deserialize, JsonSchema)]
        pub enum StrategyFile {
            $(#[doc = $summary] #[serde(rename = $name)] $variant($module::File),)*
        }

        /// A checked strategy with its numbers.
        #[derive(Clone, Debug)]
        pub enum StrategyConfig {
            $(#[doc = $summary] $variant(<$module::$variant as Strategy>::Config),)*
        }

        /// The strategies there are.
        pub const STRATEGIES: &[Listed] = &[$(Listed { name: $name, summary: $summary },)*];

        impl StrategyFile {
            /// The checked strategy; what is wrong goes to `problems`.
            pub fn check(&self, problems: &mut Problems) -> Option<StrategyConfig> {
                match self { $(Self::$variant(file) => {
                    $module::Config::check(file, problems).map(StrategyConfig::$variant)
                })* }
            }
        }

        impl StrategyConfig {
            /// Its name in scenarios.
            #[must_use]
            pub fn name(&self) -> &'static str {
                match self { $(Self::$variant(_) => $name,)* }
            }

            /// One line for reports.
            #[must_use]
            pub fn describe(&self) -> String {
                match self { $(Self::$variant(config) => config.describe(),)* }
            }

            /// Lets the visitor meet the strategy's own type.
            pub fn accept<V: Visitor>(&self, visitor: V) -> V::Output {
                match self { $(Self::$variant(config) => {
                    visitor.visit::<$module::$variant>(config)
                })* }
            }
        }
    };
}

strategies! {
    Naive = "naive": naive, "each tool calls STS for itself, whenever it needs credentials";
    Cached = "cached": cached, "one acquisition per job, shared by its tools";
    Daemon = "daemon": daemon, "a broker holds credentials, refreshes them ahead and hands them out";
    HandOff = "hand-off": hand_off, "one job assumes the role and hands its keys to those that follow";
    SdkCache = "sdk-cache": sdk_cache, "each tool for itself, renewed as its SDK does";
    Hedged = "hedged": hedged, "each tool for itself, with a second call when the first takes long";
    RoleChaining = "role-chaining": role_chaining, "one web identity call per job, from whose role each tool assumes its own";
}
