//! The identity provider: what a CI system's does for its jobs, in this
//! process. Documents and claims are values; only [`crate::http`] serves them.

pub mod issuer;
pub mod jwks;
pub mod presets;
pub mod tokens;
mod uuid;

pub use self::issuer::{Issuer, IssuerError};
pub use self::presets::github::{Claims, claims};
pub use self::presets::{PRESETS, Preset, PresetInfo, TokenClaims};
pub use self::tokens::{issue, job_number};
pub(crate) use self::uuid::uuid_shaped;
