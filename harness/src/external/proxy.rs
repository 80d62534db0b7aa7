//! The only way off this machine that a job's program is told of, and it leads
//! nowhere: it records who wanted to go where, and refuses.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Hosts that are told.
const MOST: usize = 100;

/// Jobs of one host that are told by their numbers.
const NUMBERED: usize = 3;

/// By host, the jobs that wanted to go there; none of who did not say which it is.
type Wanted = BTreeMap<String, BTreeSet<Option<u32>>>;

/// A proxy on a loopback port, until the process ends.
#[derive(Clone)]
pub(crate) struct Proxy {
    address: SocketAddr,
    attempts: Arc<Mutex<Wanted>>,
}

impl Proxy {
    pub(crate) fn start() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let attempts = Arc::new(Mutex::new(Wanted::new()));
        let seen = Arc::clone(&attempts);
        thread::Builder::new().name("proxy".into()).spawn(move || {
            for client in listener.incoming().flatten() {
                let seen = Arc::clone(&seen);
                // A client that hangs up has got what it gets here.
                let answer = move || drop(refuse(client, &seen));
                drop(thread::Builder::new().name("proxy".into()).spawn(answer));
            }
        })?;
        Ok(Self { address, attempts })
    }

    /// What a job is told: its user name tells whose connection it is.
    pub(super) fn url(&self, job: u32) -> String {
        format!("http://job-{job}:none@{}", self.address)
    }

    /// What was attempted, one sentence a host.
    pub(crate) fn attempts(&self) -> Vec<String> {
        let attempts = self.attempts.lock().unwrap_or_else(PoisonError::into_inner);
        attempts.iter().map(|(host, jobs)| sentence(host, jobs)).collect()
    }
}

fn sentence(host: &str, jobs: &BTreeSet<Option<u32>>) -> String {
    let named: Vec<String> =
        jobs.iter().flatten().take(NUMBERED).map(ToString::to_string).collect();
    let others = jobs.len() - named.len();
    let who = match (&named[..], others) {
        ([], _) => "a job".into(),
        ([one], 0) => format!("job {one}"),
        (several, 0) => format!("jobs {}", several.join(", ")),
        (several, others) => format!("jobs {} and {others} more", several.join(", ")),
    };
    format!("{who} tried to reach {host}, which is not on this machine")
}

fn refuse(mut client: TcpStream, seen: &Mutex<Wanted>) -> io::Result<()> {
    client.set_read_timeout(Some(Duration::from_secs(5)))?;
    let mut reader = BufReader::new(client.try_clone()?.take(16 * 1024));
    let (mut first, mut job) = (String::new(), None);
    reader.read_line(&mut first)?;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 || line.trim().is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("proxy-authorization")
            && let Some(number) = user(value)
        {
            job = Some(number);
        }
    }
    let host = host(&first);
    let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
    if seen.len() < MOST || seen.contains_key(&host) {
        seen.entry(host).or_default().insert(job);
    }
    drop(seen);
    client.write_all(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
}

/// `CONNECT host:port HTTP/1.1`, or `GET http://host/… HTTP/1.1`.
fn host(first: &str) -> String {
    let target = first.split(' ').nth(1).unwrap_or_default();
    let target = target.split_once("://").map_or(target, |(_, rest)| rest);
    let host = target.split('/').next().unwrap_or_default();
    // The name comes from the program: nothing but a host's letters is repeated.
    let plain = |c: char| c.is_ascii_alphanumeric() || ".-:[]".contains(c);
    let host: String = host.chars().filter(|c| plain(*c)).take(200).collect();
    if host.is_empty() { "nowhere that can be read".into() } else { host }
}

fn user(value: &str) -> Option<u32> {
    let basic = value.trim().strip_prefix("Basic ")?;
    let decoded = String::from_utf8(STANDARD.decode(basic).ok()?).ok()?;
    let user = decoded.split(':').next()?;
    user.strip_prefix("job-")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_who_wanted_to_go_where_and_lets_nobody() {
        let proxy = Proxy::start().unwrap();
        assert!(proxy.url(7).starts_with("http://job-7:none@127.0.0.1:"));
        let mut client = TcpStream::connect(proxy.address).unwrap();
        let authorization = STANDARD.encode("job-7:none");
        write!(
            client,
            "CONNECT sts.amazonaws.com:443 HTTP/1.1\r\nProxy-Authorization: Basic {authorization}\r\n\r\n"
        )
        .unwrap();
        let mut answer = String::new();
        client.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 403"), "{answer}");
        let expected = "job 7 tried to reach sts.amazonaws.com:443, which is not on this machine";
        assert_eq!(proxy.attempts(), [expected]);
    }

    #[test]
    fn a_host_is_told_once_however_many_jobs_wanted_it() {
        let told = |jobs: &[Option<u32>]| {
            let all = sentence("h:443", &jobs.iter().copied().collect());
            all.split_once(" tried to reach h:443, which").unwrap().0.to_owned()
        };
        assert_eq!(told(&[None]), "a job");
        assert_eq!(told(&[None, Some(4)]), "jobs 4 and 1 more");
        assert_eq!(told(&[Some(10), Some(2)]), "jobs 2, 10");
        let twenty: Vec<_> = (0..20).map(Some).collect();
        assert_eq!(told(&twenty), "jobs 0, 1, 2 and 17 more");
    }

    #[test]
    fn hosts_are_read_from_either_form() {
        assert_eq!(host("GET http://example.com/x HTTP/1.1\r\n"), "example.com");
        assert_eq!(host("CONNECT [2001:db8::1]:443 HTTP/1.1"), "[2001:db8::1]:443");
        assert_eq!(host("\r\n"), "nowhere that can be read");
    }
}
