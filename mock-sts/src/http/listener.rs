//! Sockets that listen for herds.

use std::io;
use std::net::{SocketAddr, TcpListener};

use socket2::{Domain, Socket, Type};

/// How many connections may wait to be accepted; the system takes
/// `net.core.somaxconn` at the most, which is 4096 on Linux. Listeners of the
/// standard library and of tokio let 128 wait. What comes beyond is dropped and
/// tried again by its client's system a second later, and then three: the herd
/// would be measured by that.
const WAITING: i32 = 4096;

/// A listener on `address` with room for a herd, ready for tokio's `from_std`;
/// port 0 is a free port.
///
/// # Errors
/// When the address is taken or not this machine's.
pub fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    // As tokio does: a port can be bound again without waiting for its old connections to be
    // forgotten. On Windows the same option would let others share the port.
    #[cfg(not(windows))]
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(WAITING)?;
    Ok(socket.into())
}
