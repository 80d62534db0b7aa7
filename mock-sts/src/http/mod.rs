//! The wire: sockets, forms, signatures and XML around [`crate::service`] and
//! [`crate::idp`]. Only here the mock meets a clock, a socket and the system's
//! randomness.

mod answer;
mod calls;
mod canonical;
mod connected;
mod control;
pub mod credentials;
mod delivery;
pub mod elements;
mod embedded;
mod external;
mod gate;
mod header_case;
pub mod keyring;
mod listener;
mod metrics;
mod outbound;
mod provider;
pub mod query;
mod race;
mod request_id;
mod router;
mod saml;
pub mod sealed;
mod seen;
mod serve;
mod signature;
pub mod signing;
pub mod sigv4;
mod sts;
pub mod tls;
pub mod token;
pub mod watch;
pub mod xml;
mod xml_signature;

pub use self::control::{control, names_this_machine};
pub use self::embedded::{EmbedError, Embedded};
pub use self::external::ClientError;
pub use self::gate::Gate;
pub use self::listener::listen;
pub use self::race::told_to_stop;
pub use self::router::{Issuers, Mock, StartError, issuers, router};
pub use self::serve::{BindError, bind, serve, serve_control};
