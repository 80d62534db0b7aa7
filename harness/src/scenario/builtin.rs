//! The scenarios that come with the program, so that a name is enough.

/// A scenario that comes with the program.
#[derive(Clone, Copy, Debug)]
pub struct Builtin {
    /// What it is called: the stem of its file in `scenarios/`.
    pub name: &'static str,
    /// The file.
    pub text: &'static str,
}

macro_rules! embedded {
    ($($name:literal,)*) => {
        /// The first is the one to try first.
        const BUILTIN: &[Builtin] = &[$(Builtin {
            name: $name,
            text: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../scenarios/", $name, ".toml")),
        },)*];
    };
}

embedded! {
    "issue-299",
    "issue-348",
    "pr-350",
    "action-attempts",
    "multi-region",
    "throttled-burst",
    "token-expiry",
    "regional-incident",
    "sts-fails",
    "wire-fails",
    "retry-storm",
    "take-turns",
    "refresh-herd",
    "regional-spread",
    "regional-keys",
    "chained-roles",
    "chained-hours",
    "half-written-cache",
    "spoiled-cache",
    "silent-downgrade",
    "presets-under-299",
    "retry-rules-2026",
    "real-tools",
    "real-action",
    "real-terraform",
    "steady-trickle",
}

/// The scenarios that come with the program.
pub fn builtin() -> impl Iterator<Item = &'static Builtin> {
    BUILTIN.iter()
}
