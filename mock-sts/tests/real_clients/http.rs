//! As much of HTTP/1.1 as is needed to look at messages that pass by.

use std::io::{self, BufRead, BufReader, Write as _};
use std::net::{SocketAddr, TcpStream};

/// A request or an answer, whole.
pub(crate) struct Message {
    /// First line and headers, with the empty line that ends them.
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Message {
    /// The next message of a connection; nothing where the peer has closed it.
    /// A body is as long as `Content-Length` says.
    pub(crate) fn read(from: &mut impl BufRead) -> io::Result<Option<Self>> {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if from.read_line(&mut head)? == 0 {
                return if head.is_empty() {
                    Ok(None)
                } else {
                    Err(io::ErrorKind::UnexpectedEof.into())
                };
            }
        }
        let mut message = Self { head, body: Vec::new() };
        let length = message.header("content-length").parse().unwrap_or(0);
        message.body = vec![0; length];
        from.read_exact(&mut message.body)?;
        Ok(Some(message))
    }

    /// The value of the first header of this name; empty where there is none.
    pub(crate) fn header(&self, name: &str) -> &str {
        let headers = self.head.lines().filter_map(|line| line.split_once(':'));
        let mut named = headers.filter(|(key, _)| key.eq_ignore_ascii_case(name));
        named.next().map_or("", |(_, value)| value.trim())
    }

    /// The value of the first field of this name in a form; empty where there
    /// is none.
    pub(crate) fn field(&self, name: &str) -> String {
        let mut fields = form_urlencoded::parse(&self.body);
        fields.find(|(key, _)| key == name).map_or(String::new(), |(_, value)| value.into_owned())
    }

    pub(crate) fn write(&self, to: &mut TcpStream) -> io::Result<()> {
        to.write_all(&[self.head.as_bytes(), &self.body].concat())
    }

    /// The answer to this message on a connection of its own.
    pub(crate) fn ask(&self, server: SocketAddr) -> io::Result<Self> {
        let mut connection = TcpStream::connect(server)?;
        self.write(&mut connection)?;
        let answer = Self::read(&mut BufReader::new(connection))?;
        answer.ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
    }
}
