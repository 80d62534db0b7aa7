//! Searches over a scenario's numbers: the same strategies in virtual time,
//! thousands of times.

pub mod axis;
pub mod cell;
pub mod chart;
pub mod design;
pub mod edit;
pub mod engine;
pub mod progress;
pub mod show;
pub mod sweep;
pub mod value;
