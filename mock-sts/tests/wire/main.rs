//! The server as its clients see it: requests in, answers out.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

mod abuse;
mod accounts;
mod binary;
mod certificates;
mod endpoint;
mod external;
mod faults;
mod fuzz;
mod garbage;
mod identity;
mod idps;
mod keys;
mod operations;
mod outbound;
mod presets;
mod provider;
mod regions;
mod saml;
mod signatures;
mod sockets;
mod standing;
mod support;
mod tokens;
mod unlocked;
