//! A proxy between client and mock, which counts on the server's side.

use std::io::{self, BufReader};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use crate::http::Message;

/// What stands between the client and the mock.
#[derive(Clone, Copy)]
pub(crate) enum Between {
    /// Nothing: each request goes to the mock once.
    Nothing,
    /// Others, who have always just spent the last of the rate limit: each
    /// request goes to the mock until that finds its bucket empty. The slowest
    /// bucket gains a token a second, so one retry in time would find it filled.
    OthersWhoSpendTheLimit,
    /// Nobody at all: nothing listens at the address.
    Nobody,
}

/// Passes whole requests and answers on, byte by byte as they are.
pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    /// In front of `mock`, until the test's process ends.
    pub(crate) fn start(mock: SocketAddr, between: Between) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&requests);
        if matches!(between, Between::Nobody) {
            return Self { address, requests };
        }
        thread::spawn(move || {
            for client in listener.incoming() {
                let (client, seen) = (client.unwrap(), Arc::clone(&seen));
                // A client that hangs up has got what it wanted.
                thread::spawn(move || drop(pass_on(client, mock, between, &seen)));
            }
        });
        Self { address, requests }
    }

    /// What the client has sent so far, in order: each request's `Action` and
    /// the attempt that its `amz-sdk-request` header says it is.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

fn pass_on(
    mut client: TcpStream,
    mock: SocketAddr,
    between: Between,
    seen: &Mutex<Vec<String>>,
) -> io::Result<()> {
    let mut reader = BufReader::new(client.try_clone()?);
    while let Some(request) = Message::read(&mut reader)? {
        seen.lock().unwrap().push(summary(&request));
        let answer = match between {
            Between::Nothing | Between::Nobody => request.ask(mock)?,
            Between::OthersWhoSpendTheLimit => until_throttled(&request, mock)?,
        };
        answer.write(&mut client)?;
        if answer.header("connection") == "close" {
            break;
        }
    }
    Ok(())
}

fn until_throttled(request: &Message, mock: SocketAddr) -> io::Result<Message> {
    for _ in 0..100 {
        let answer = request.ask(mock)?;
        if String::from_utf8_lossy(&answer.body).contains("<Code>Throttling</Code>") {
            return Ok(answer);
        }
    }
    Err(io::Error::other("the mock throttles nobody"))
}

fn summary(request: &Message) -> String {
    let fields = request.header("amz-sdk-request").split(';');
    let mut attempts = fields.filter_map(|field| field.trim().strip_prefix("attempt="));
    format!("{} {}", request.field("Action"), attempts.next().unwrap_or("of no number"))
}
