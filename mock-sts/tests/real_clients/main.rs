//! AWS's own clients against the mock: each gets credentials, sees each failure
//! as itself, and tries as often as it was measured to try against STS. And a
//! JOSE library that verifies the identity providers' tokens.
//!
//! The clients come from their registries at pinned versions, into
//! `target/clients/`. One that cannot be set up is skipped by name and reason,
//! unless `CI` is `true`; AWS CLI v2 and Terraform, which not every system can
//! have, always.

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
mod terraform;
mod toolchain;
mod venv;
