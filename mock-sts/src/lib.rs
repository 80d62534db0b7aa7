//! A throttling mock of AWS STS with its identity provider.
//!
//! The mock is a function of (now, request): [`service::Service::handle`] takes
//! both and answers with a [`decision::Decision`]. Nothing in it waits, reads a
//! clock or draws from a global source of chance, so the same source runs
//! behind sockets ([`http`]) and in virtual time.

pub mod action;
mod arn;
pub mod call_refusal;
pub mod clock;
pub mod config;
pub mod decision;
pub mod dice;
pub mod error_code;
pub mod fields;
pub mod http;
pub mod idp;
pub mod ids;
pub mod latency;
pub mod private;
pub mod reply;
pub mod request;
pub mod saml_refusal;
pub mod service;
pub mod session;
pub mod token_claims;

pub use self::http::Embedded;
