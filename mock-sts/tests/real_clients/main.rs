//! AWS's own clients against the mock: each gets credentials, sees each failure
//! as itself, and tries as often as it was measured to try against STS. And a
//! JOSE library that verifies the identity providers' tokens.
//!
//! The clients come from their registries at pinned versions, into
//! `target/clients/`. One that cannot be set up is skipped by name and reason,
//! unless `CI` is `true`.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

mod aws_cli;
mod boto3;
mod clients;
mod http;
mod matrix;
mod metrics;
mod mock;
mod operations;
mod proxy;
mod pyjwt;
mod stage;
mod toolchain;
mod venv;
