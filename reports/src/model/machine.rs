//! What a run over sockets was made on: enough to know a like machine by, and nobody's name.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A machine, as far as its times depend on it. It has neither the machine's name nor a user's.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, Default, PartialEq, Eq)]
pub struct Machine {
    /// The operating system and, where it is known, its version: `linux 6.1.0`.
    pub system: String,
    /// The processor's architecture: `x86_64`.
    pub architecture: String,
    /// The processor's model; none where the system does not say.
    pub cpu: Option<String>,
    /// Processors that the run could use.
    pub cores: u64,
    /// Main memory; none where the system does not say.
    pub memory_mib: Option<u64>,
}

impl Machine {
    /// Whether times on both can be compared: all is the same, but for a twentieth of the memory,
    /// which systems keep for themselves now more, now less.
    pub fn is_like(&self, other: &Machine) -> bool {
        let memory = match (self.memory_mib, other.memory_mib) {
            (Some(a), Some(b)) => a.abs_diff(b) <= a.max(b) / 20,
            (a, b) => a == b,
        };
        let of = |it: &Machine| Machine { memory_mib: None, ..it.clone() };
        memory && of(self) == of(other)
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Machine { system, architecture, cpu, cores, memory_mib } = self;
        write!(f, "{system} on {architecture}")?;
        if let Some(cpu) = cpu {
            write!(f, ", {cpu}")?;
        }
        write!(f, ", {cores} {}", if *cores == 1 { "core" } else { "cores" })?;
        match memory_mib {
            Some(mib) => write!(f, ", {:.1} GiB", *mib as f64 / 1_024.0),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn machines_are_alike_but_for_a_little_memory() {
        let one = Machine {
            system: "linux 6.1.0".into(),
            architecture: "x86_64".into(),
            cpu: Some("A CPU".into()),
            cores: 2,
            memory_mib: Some(8_000),
        };
        assert_eq!(one.to_string(), "linux 6.1.0 on x86_64, A CPU, 2 cores, 7.8 GiB");
        let like = Machine { memory_mib: Some(7_700), ..one.clone() };
        assert!(one.is_like(&like) && like.is_like(&one));
        for other in [
            Machine { memory_mib: Some(7_500), ..one.clone() },
            Machine { memory_mib: None, ..one.clone() },
            Machine { cores: 4, ..one.clone() },
            Machine { cpu: None, ..one.clone() },
            Machine { system: "linux 6.2.0".into(), ..one.clone() },
        ] {
            assert!(!one.is_like(&other) && !other.is_like(&one), "{other}");
        }
        let bare = Machine { cores: 1, cpu: None, memory_mib: None, ..one };
        assert_eq!(bare.to_string(), "linux 6.1.0 on x86_64, 1 core");
    }
}
