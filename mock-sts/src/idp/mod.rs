//! The identity provider: what GitHub's does for Actions, in this process.
//! Documents and claims are values; only [`crate::http`] serves them.

pub mod issuer;
pub mod jwks;
mod outbound;
pub mod tokens;
mod uuid;

pub use self::issuer::{Issuer, IssuerError};
pub use self::outbound::OutboundKeys;
pub use self::tokens::{Claims, claims, default_audience, job_number};
pub(crate) use self::uuid::uuid_shaped;
