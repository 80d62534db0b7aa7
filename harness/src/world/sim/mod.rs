//! The simulated world: virtual time, one thread, no sockets.

mod delivery;
mod direct;
mod executor;
mod queues;
mod sim_world;
mod wheel;

pub use self::direct::{DirectSts, Shown};
pub use self::executor::{Executor, Sleep, Stuck};
pub use self::sim_world::{DirectWorld, Engine, SimWorld};
pub use self::wheel::Wheel;

#[cfg(test)]
mod tests;
