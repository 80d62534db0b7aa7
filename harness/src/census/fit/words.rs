//! A rule in a few words.

use std::fmt;

use super::{Fit, Shape};

impl fmt::Display for Fit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let base = span(self.base_ms);
        match self.shape {
            Shape::Short => return write!(f, "within {base}"),
            Shape::Irregular => {
                let medians: Vec<String> = self.medians_ms.iter().map(|ms| span(*ms)).collect();
                return write!(f, "irregular, medians {}", medians.join(", "));
            }
            Shape::None if self.factor == 1.0 => write!(f, "fixed {base}")?,
            Shape::None => write!(f, "exponential {base}")?,
            Shape::Full if self.factor == 1.0 => write!(f, "random up to {base}")?,
            Shape::Full => write!(f, "full jitter {base}")?,
            Shape::Equal => write!(f, "equal jitter {base}")?,
            Shape::Decorrelated => write!(f, "decorrelated jitter {base}")?,
            Shape::Range => write!(f, "{} to {base}", span(self.low_ms.unwrap_or(0.0)))?,
        }
        if self.factor != 1.0 && self.shape != Shape::Decorrelated {
            write!(f, " ×{}", self.factor)?;
        }
        match self.cap_ms {
            Some(cap) => write!(f, ", cap {}", span(cap)),
            None => Ok(()),
        }
    }
}

/// Milliseconds as people read them, two digits of them.
pub(in crate::census) fn span(ms: f64) -> String {
    match ms {
        ms if ms >= 9_950.0 => format!("{:.0} s", ms / 1e3),
        ms if ms >= 950.0 => format!("{:.1} s", ms / 1e3),
        ms if ms >= 95.0 => format!("{:.0} ms", (ms / 10.0).round() * 10.0),
        ms => format!("{ms:.0} ms"),
    }
}
