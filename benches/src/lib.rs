//! What the benchmarks share: one herd of jobs, and a second engine to run it on.

mod herd;
mod requests;
mod tokio_world;
pub mod wrk;

pub use self::herd::{Herd, HerdRun};
pub use self::requests::{ROLE_ARN, cached_keys, form, identity, request};
pub use self::tokio_world::{TokioEngine, TokioWorld};
