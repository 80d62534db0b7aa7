//! What other programs are given, read by those programs. Each is pinned, and set up once in the
//! build directory; where that cannot be done the test is skipped, and says why.

mod benchstat;
#[path = "../common/mod.rs"]
mod common;
mod hdrhistogram;
mod openmetrics;
mod tool;
