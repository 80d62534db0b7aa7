//! STS and the identity provider over sockets.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST, HeaderValue};
use hyper::{HeaderMap, Request};
use mock_sts::clock::Instant;
use mock_sts::dice::{Purpose, key_of};
use mock_sts::latency::Latency;
use tokio::sync::Notify;

use super::Endpoint;
use super::answer::{Granted, read_sts, read_token};
use super::chain::Chain;
use super::client::{Exchanged, exchange};
use crate::record::{CallError, Credentials, Failure};
use crate::world::{
    ANSWER_WITHIN, Ask, ChainApi, Clock, Host, JobName, StsApi, ToolId, WebToken, timed_out,
    timeout,
};

/// One thread's real world. Must live within a [`tokio::task::LocalSet`].
#[derive(Debug)]
pub struct RealWorld {
    began: tokio::time::Instant,
    /// Nanoseconds since 1970 when the run began.
    began_unix_ns: i128,
    endpoint: Endpoint,
    seed: u64,
    hop: Latency,
    /// How long a caller waits for an answer.
    patience: Duration,
    role_arn: String,
    audience: String,
    running: Rc<Running>,
    /// By the service's numbers: its regions, each with the host that calls to it name.
    regions: Vec<(String, String)>,
    /// Where roles are chained.
    chain: Option<Chain>,
    /// Of the answer that was read last.
    request_id: RefCell<Option<HeaderValue>>,
}

/// The tasks that the run waits for.
#[derive(Debug, Default)]
struct Running {
    count: Cell<usize>,
    idle: Notify,
}

/// What all threads of a run agree on.
#[derive(Clone, Debug)]
pub struct Beginning {
    /// The run's instant zero.
    pub at: tokio::time::Instant,
    /// The same in nanoseconds since 1970.
    pub unix_ns: i128,
}

impl Beginning {
    /// A run that begins now.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the real world begins by the system's clock")]
    pub fn now() -> Self {
        let unix = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        let unix_ns = unix.map_or(0, |since| since.as_nanos() as i128);
        Self { at: tokio::time::Instant::now(), unix_ns }
    }
}

impl RealWorld {
    /// A world that asks the STS at `endpoint` for `role_arn`.
    #[must_use]
    pub fn new(
        beginning: &Beginning,
        endpoint: Endpoint,
        seed: u64,
        hop: Latency,
        role_arn: &str,
        audience: &str,
    ) -> Self {
        Self {
            began: beginning.at,
            began_unix_ns: beginning.unix_ns,
            endpoint,
            seed,
            hop,
            patience: ANSWER_WITHIN,
            role_arn: role_arn.into(),
            audience: audience.into(),
            running: Rc::default(),
            regions: Vec::new(),
            chain: None,
            request_id: RefCell::default(),
        }
    }

    /// The same, with callers who wait so long for an answer and no longer.
    #[must_use]
    pub fn patient_for(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// The same, of a service that answers in these regions. They share its endpoint, so a call to
    /// another than the first names it in its `Host` header, as a regional endpoint's would.
    #[must_use]
    pub fn answering_in(self, regions: Vec<String>) -> Self {
        let port = self.endpoint.address.port();
        let hosts = regions.into_iter().enumerate().map(|(number, name)| {
            let host = match number {
                0 => self.endpoint.authority.clone(),
                _ => format!("sts.{name}.localhost:{port}"),
            };
            (name, host)
        });
        Self { regions: hosts.collect(), ..self }
    }

    /// The same, whose tools can go on to another of the service's `roles` with the keys of the
    /// first.
    #[must_use]
    pub fn chaining(self, roles: Vec<String>) -> Self {
        Self { chain: Some(Chain::new(roles)), ..self }
    }

    /// Waits until every task that the run waits for has ended.
    pub async fn all_ended(&self) {
        while self.running.count.get() > 0 {
            self.running.idle.notified().await;
        }
    }

    /// A moment in seconds since 1970 on the run's clock.
    fn on_clock(&self, unix_s: i64) -> Instant {
        let ns = i128::from(unix_s) * 1_000_000_000 - self.began_unix_ns;
        Instant::from_nanos(u64::try_from(ns).unwrap_or(0))
    }

    /// Sends `request` over hops that take so long, there and back.
    async fn send(
        &self,
        request: Request<Full<Bytes>>,
        (there, back): (Duration, Duration),
    ) -> Result<Exchanged, CallError> {
        let answer = timeout(self, self.patience, async {
            if !there.is_zero() {
                self.sleep(there).await;
            }
            // Boxed, lest every tool that waits has to carry the room that an exchange takes.
            let answer = Box::pin(exchange(&self.endpoint, request)).await;
            if !back.is_zero() {
                self.sleep(back).await;
            }
            answer
        });
        answer.await.unwrap_or_else(|| Err(timed_out(self.patience)))
    }

    /// Sends the form of a call of a tool, signed where `sign` does so, and reads what is granted.
    async fn call<P>(
        &self,
        ask: &Ask<P>,
        form: String,
        sign: impl FnOnce(&mut HeaderMap, &[u8]) -> Result<(), CallError>,
    ) -> Result<Granted, CallError> {
        let mut dice = ask.dice(self.seed, Purpose::Hop);
        let (there, back) = (self.hop.sample(&mut dice), self.hop.sample(&mut dice));
        let form = Bytes::from(form);
        let regional = self.regions.get(usize::from(ask.region));
        let host = regional.map_or(&self.endpoint.authority, |(_, host)| host);
        let mut request = Request::post("/")
            .header(HOST, host)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("x-stampede-attempt", ask.attempt)
            .header("x-stampede-source", ask.tool.job)
            .body(Full::from(form.clone()))
            .map_err(|error| unwritable(&error))?;
        sign(request.headers_mut(), &form)?;
        let answer = self.send(request, (there, back)).await;
        let name = answer.as_ref().ok().and_then(|answer| answer.request_id.clone());
        *self.request_id.borrow_mut() = name;
        let answer = answer?;
        read_sts(answer.status, &answer.body).map_err(|error| error.hinting(answer.hint))
    }

    /// What a tool makes of what is granted, if it is for the role it asked for.
    fn credentials<P>(
        &self,
        ask: &Ask<P>,
        role_arn: &str,
        granted: &Granted,
    ) -> Result<Credentials, CallError> {
        let role = role_arn.rsplit('/').next().unwrap_or_default();
        let expected = format!(":assumed-role/{role}/{}", ask.tool.session_name());
        if !granted.arn.ends_with(&expected) {
            let text = format!("asked for {role_arn}, got {}", granted.arn);
            return Err(CallError::new(Failure::WrongIdentity, text));
        }
        Ok(Credentials {
            expires_at: self.on_clock(granted.expires_unix),
            serial: key_of(&granted.access_key_id),
        })
    }

    /// Now in seconds since 1970.
    fn now_unix(&self) -> u64 {
        let ns = self.began_unix_ns + i128::from(self.now().as_nanos());
        u64::try_from(ns / 1_000_000_000).unwrap_or(0)
    }
}

/// A request that could not even be written; only a role or token with control
/// characters does that.
fn unwritable(error: &hyper::http::Error) -> CallError {
    CallError::new(Failure::Unreadable, format!("the request cannot be written: {error}"))
}

impl Clock for RealWorld {
    fn now(&self) -> Instant {
        Instant::from_nanos(self.began.elapsed().as_nanos() as u64)
    }

    fn sleep_until(&self, at: Instant) -> impl Future<Output = ()> {
        tokio::time::sleep_until(self.began + Duration::from_nanos(at.as_nanos()))
    }
}

impl StsApi for RealWorld {
    async fn fetch_token(&self, job: &JobName) -> Result<WebToken, CallError> {
        let audience: String = form_urlencoded::byte_serialize(self.audience.as_bytes()).collect();
        let request = Request::get(format!("/token?api-version=2.0&audience={audience}"))
            .header(HOST, &self.endpoint.authority)
            .header(AUTHORIZATION, format!("Bearer {}", job.request_token()))
            .body(Full::default())
            .map_err(|error| unwritable(&error))?;
        let answer = Box::pin(self.send(request, (Duration::ZERO, Duration::ZERO))).await?;
        let (text, expires_unix) = read_token(answer.status, &answer.body)?;
        Ok(WebToken { text: Rc::from(text), expires_at: self.on_clock(expires_unix) })
    }

    async fn assume_role(&self, ask: &Ask) -> Result<Credentials, CallError> {
        let form = form_urlencoded::Serializer::new(String::new())
            .append_pair("Action", "AssumeRoleWithWebIdentity")
            .append_pair("Version", "2011-06-15")
            .append_pair("RoleArn", &self.role_arn)
            .append_pair("RoleSessionName", &ask.tool.session_name())
            .append_pair("WebIdentityToken", &ask.proof.text)
            .append_pair("DurationSeconds", &ask.session_s.to_string())
            .finish();
        let granted = Box::pin(self.call(ask, form, |_, _| Ok(()))).await?;
        let credentials = self.credentials(ask, &self.role_arn, &granted)?;
        if let Some(chain) = &self.chain {
            chain.keep(self.now(), credentials, granted);
        }
        Ok(credentials)
    }

    fn request_id(&self) -> Option<String> {
        let name = self.request_id.borrow();
        name.as_ref()?.to_str().ok().map(str::to_owned)
    }
}

impl ChainApi for RealWorld {
    async fn assume_next_role(&self, ask: &Ask<Credentials>) -> Result<Credentials, CallError> {
        let Some(chain) = &self.chain else {
            let text = "the keys of the first role were not kept";
            return Err(CallError::new(Failure::Unreachable, text));
        };
        let role = chain.role(ask.tool.tool);
        let form = form_urlencoded::Serializer::new(String::new())
            .append_pair("Action", "AssumeRole")
            .append_pair("Version", "2011-06-15")
            .append_pair("RoleArn", role)
            .append_pair("RoleSessionName", &ask.tool.session_name())
            .append_pair("DurationSeconds", &ask.session_s.to_string())
            .finish();
        let region = self.regions.get(usize::from(ask.region)).map_or("", |(name, _)| name);
        let sign = |headers: &mut HeaderMap, body: &[u8]| {
            chain.sign(headers, body, ask.proof, region, self.now_unix())
        };
        let granted = Box::pin(self.call(ask, form, sign)).await?;
        self.credentials(ask, role, &granted)
    }
}

impl Host for RealWorld {
    fn spawn(&self, _: ToolId, task: impl Future<Output = ()> + 'static) {
        let running = Rc::clone(&self.running);
        running.count.set(running.count.get() + 1);
        tokio::task::spawn_local(async move {
            task.await;
            running.count.set(running.count.get() - 1);
            if running.count.get() == 0 {
                running.idle.notify_one();
            }
        });
    }

    fn spawn_background(&self, _: ToolId, task: impl Future<Output = ()> + 'static) {
        tokio::task::spawn_local(task);
    }
}
