//! The command line as its users meet it: what it prints, what it refuses and
//! how it ends.

mod action;
mod again;
mod attempts;
mod commands;
mod compare;
mod explain;
mod export;
mod gates;
mod github;
mod limits;
mod live;
mod merge;
mod refusals;
mod reports;
mod result_files;
mod stability;
mod start;
mod support;
mod sweep;
mod terraform;
mod token;
mod tune;
mod words;
