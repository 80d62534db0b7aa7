//! The real world's client against answers that the mock would never give:
//! proxies, cut connections, other protocols. Each has its class of failure.

mod answers;
mod connections;
mod support;
mod tokens;
