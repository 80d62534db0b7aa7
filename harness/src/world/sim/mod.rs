//! The simulated world: virtual time, one thread, no sockets.

mod executor;
mod sts;
mod wheel;

pub use self::executor::{Executor, Sleep, Stuck};
pub use self::sts::SimWorld;
pub use self::wheel::Wheel;
