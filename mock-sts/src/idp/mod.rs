//! The identity provider: what a CI system's does for its jobs, in this
//! process. Documents and claims are values; only [`crate::http`] serves them.

mod algorithm;
mod endpoint;
pub mod issuer;
pub mod jwks;
mod outbound;
pub mod presets;
mod public_key;
mod rotation;
mod signing_key;
pub mod tokens;
mod uuid;

pub use self::algorithm::Algorithm;
pub use self::endpoint::{TokenAnswer, TokenEndpoint, TokenRefusal};
pub use self::issuer::{Issuer, IssuerError, Named};
pub use self::outbound::OutboundKeys;
pub use self::presets::github::{Claims, claims};
pub use self::presets::{PRESETS, Preset, PresetInfo, TokenClaims};
pub use self::public_key::PublicKey;
pub use self::rotation::Rotation;
pub use self::tokens::{issue, job_number};
pub(crate) use self::uuid::uuid_shaped;
