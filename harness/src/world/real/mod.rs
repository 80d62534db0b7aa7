//! The real world: a clock, sockets, real tokens. One current-thread runtime a
//! thread, so strategies need no `Send`.

mod answer;
mod ask;
mod chain;
mod client;
mod endpoint;
mod files;
mod machine;
mod sts;

pub(crate) use self::answer::{expiry, read_sts, read_token};
pub use self::ask::ask;
pub(crate) use self::client::{Exchanged, exchange, over};
pub use self::endpoint::{Endpoint, EndpointError};
pub(crate) use self::endpoint::{is_aws, resolved};
pub use self::files::{FilesError, make_room_for};
pub use self::machine::machine;
pub use self::sts::{Beginning, RealWorld};
