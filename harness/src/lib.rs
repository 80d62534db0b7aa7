//! Runs fleets of jobs with competing strategies against the mock STS: over
//! sockets, or in virtual time, from one source.

pub mod admission;
pub mod broker;
pub mod census;
pub mod cli;
pub mod external;
pub mod fleet;
pub mod live;
pub mod policy;
pub mod record;
pub mod regions;
pub mod restraint;
pub mod run;
pub mod scenario;
pub mod strategy;
pub mod tool;
pub mod tune;
pub mod world;
