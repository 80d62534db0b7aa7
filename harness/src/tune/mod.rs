//! Searches over a scenario's numbers: the same strategies in virtual time,
//! thousands of times.

pub mod axis;
pub mod breaking;
pub mod cell;
pub mod chart;
pub mod curve;
pub mod design;
pub mod draft;
pub mod drift;
pub mod edit;
pub mod engine;
pub mod fits;
pub mod found;
pub mod map;
pub mod objective;
pub mod paste;
pub mod planning;
pub mod probe;
pub mod progress;
pub mod race;
pub mod result;
pub mod score;
pub mod show;
pub mod shrink;
pub mod space;
pub mod stability;
pub mod strain;
pub mod sweep;
pub mod threshold;
pub mod tool;
pub mod value;
pub mod verdict;
pub mod wish;
