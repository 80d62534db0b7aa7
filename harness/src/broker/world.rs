//! The world of a daemon's one tool: the system's clock, an STS that may be
//! anybody's, and tokens from a file or a CI. It keeps what STS grants, which a
//! tool of a fleet never looks at.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use hyper::{Method, Request};
use mock_sts::dice::key_of;

use super::BrokerConfig;
use super::held::{Keys, now_unix};
use super::service::Service;
use super::source::{TokenSource, from_file};
use crate::record::{CallError, Credentials, Failure};
use crate::world::real::{Exchanged, read_sts, read_token};
use crate::world::{Ask, Clock, Instant, JobName, StsApi, WebToken, timed_out, timeout};

/// The longest an answer is waited for: clients of the daemon wait for memory,
/// not for this.
const PATIENCE: Duration = Duration::from_secs(30);

/// One role's way to STS.
pub(super) struct BrokerWorld {
    began: tokio::time::Instant,
    began_unix: i64,
    config: Rc<BrokerConfig>,
    role: String,
    /// What the latest successful call granted.
    pub(super) granted: RefCell<Option<Keys>>,
}

impl BrokerWorld {
    pub(super) fn new(config: Rc<BrokerConfig>, role: &str) -> Self {
        Self {
            began: tokio::time::Instant::now(),
            began_unix: now_unix(),
            config,
            role: role.into(),
            granted: RefCell::new(None),
        }
    }

    fn on_clock(&self, unix_s: i64) -> Instant {
        let after = u64::try_from(unix_s - self.began_unix).unwrap_or(0);
        Instant::ZERO + Duration::from_secs(after)
    }

    async fn send(
        &self,
        service: &Service,
        request: Result<Request<Full<Bytes>>, hyper::http::Error>,
    ) -> Result<Exchanged, CallError> {
        let request = request.map_err(|error| {
            CallError::new(Failure::Unreadable, format!("the request cannot be written: {error}"))
        })?;
        let answer = timeout(self, PATIENCE, service.exchange(request)).await;
        answer.unwrap_or_else(|| Err(timed_out(PATIENCE)))
    }
}

impl Clock for BrokerWorld {
    fn now(&self) -> Instant {
        Instant::ZERO + self.began.elapsed()
    }

    async fn sleep_until(&self, at: Instant) {
        tokio::time::sleep_until(self.began + at.since(Instant::ZERO)).await;
    }
}

impl StsApi for BrokerWorld {
    async fn fetch_token(&self, _: &JobName) -> Result<WebToken, CallError> {
        let (text, expires) = match &self.config.source {
            TokenSource::File(path) => from_file(path)?,
            TokenSource::Endpoint { service, path, bearer } => {
                let request = Request::builder()
                    .method(Method::GET)
                    .uri(format!("{path}&audience=sts.amazonaws.com"))
                    .header(HOST, service.authority())
                    .header(AUTHORIZATION, format!("Bearer {bearer}"))
                    .body(Full::default());
                let answer = self.send(service, request).await?;
                read_token(answer.status, &answer.body)?
            }
        };
        Ok(WebToken { text: Rc::from(text), expires_at: self.on_clock(expires) })
    }

    async fn assume_role(&self, ask: &Ask) -> Result<Credentials, CallError> {
        let sts = &self.config.sts;
        let form: String = form_urlencoded::Serializer::new(String::new())
            .append_pair("Action", "AssumeRoleWithWebIdentity")
            .append_pair("Version", "2011-06-15")
            .append_pair("RoleArn", &self.role)
            .append_pair("RoleSessionName", &self.config.session_name)
            .append_pair("WebIdentityToken", &ask.proof.text)
            .append_pair("DurationSeconds", &ask.session_s.to_string())
            .finish();
        let request = Request::builder()
            .method(Method::POST)
            .uri("/")
            .header(HOST, sts.authority())
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("user-agent", concat!("stampede-daemon/", env!("CARGO_PKG_VERSION")))
            .body(Full::from(form));
        let answer = self.send(sts, request).await?;
        let granted =
            read_sts(answer.status, &answer.body).map_err(|error| error.hinting(answer.hint))?;
        let name = self.role.rsplit('/').next().unwrap_or_default();
        let expected = format!(":assumed-role/{name}/{}", self.config.session_name);
        if !granted.arn.ends_with(&expected) {
            let text = format!("asked for {}, got {}", self.role, granted.arn);
            return Err(CallError::new(Failure::WrongIdentity, text));
        }
        if granted.secret_access_key.is_empty() || granted.session_token.is_empty() {
            return Err(CallError::new(Failure::Unreadable, "the answer holds no secret"));
        }
        if granted.expires_unix <= now_unix() {
            let text = "the credentials have expired already: is this machine's clock right?";
            return Err(CallError::new(Failure::Unreadable, text));
        }
        let credentials = Credentials {
            expires_at: self.on_clock(granted.expires_unix),
            serial: key_of(&granted.access_key_id),
        };
        *self.granted.borrow_mut() = Some(Keys {
            access_key_id: granted.access_key_id,
            secret_access_key: granted.secret_access_key,
            session_token: granted.session_token,
            expires_unix: granted.expires_unix,
        });
        Ok(credentials)
    }
}
