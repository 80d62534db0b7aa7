//! One program, run once as one job against one mock.

use std::rc::Rc;
use std::sync::Arc;

use mock_sts::clock::Instant;
use mock_sts::http::Mock;
use mock_sts::http::watch::CallLog;
use mock_sts::idp;
use tokio::sync::watch;

use super::children::{Ended, run_child};
use super::config::CommandConfig;
use super::environment::{Place, Surroundings};
use crate::world::JobName;

/// One job that has ended.
pub(crate) struct JobEnd {
    /// Its number.
    pub(crate) job: u32,
    /// When its program was started, on the mock's clock.
    pub(crate) started: Instant,
    /// When its program had ended.
    pub(crate) ended: Instant,
    /// How.
    pub(crate) how: Ended,
}

/// One job, about to start.
pub(crate) struct Once {
    /// Its number.
    pub(crate) job: u32,
    /// What it runs.
    pub(crate) command: CommandConfig,
    /// Whom it asks, watched by `calls`.
    pub(crate) mock: Arc<Mock>,
    /// Where its calls are kept.
    pub(crate) calls: Arc<CallLog>,
    /// What it finds around it.
    pub(crate) surroundings: Surroundings,
    /// Where its files are.
    pub(crate) place: Rc<Place>,
    /// Becomes true when it is to end early.
    pub(crate) stop: watch::Receiver<bool>,
}

impl Once {
    /// Nothing when it was stopped before it started.
    pub(crate) async fn run(mut self) -> Option<JobEnd> {
        if *self.stop.borrow() {
            return None;
        }
        let started = self.mock.now();
        let token = issue(&self.mock, &self.calls, self.job, 0);
        let how = match token.map(|token| self.place.job(&self.surroundings, &token)) {
            Ok(Ok(room)) => {
                let Self { command, surroundings, mock, stop, .. } = &mut self;
                run_child(command, surroundings, &room, mock, stop).await
            }
            Ok(Err(error)) => Ended::not_started(&format!("no directory for the job: {error}")),
            Err(error) => Ended::not_started(&error.to_string()),
        };
        Some(JobEnd { job: self.job, started, ended: self.mock.now(), how })
    }
}

/// A job's own web identity token, as its CI would have put it into a file
/// `aged_s` seconds ago; tokens of different age are different tokens.
pub(crate) fn issue(
    mock: &Mock,
    calls: &CallLog,
    job: u32,
    aged_s: u64,
) -> Result<String, idp::IssuerError> {
    let config = &mock.config().idp;
    let name = JobName(job).request_token();
    let audience = config.audiences.first().map_or("", String::as_str);
    let claims = idp::issue(config, &name, audience, mock.now_unix().saturating_sub(aged_s));
    let token = mock.issuer().sign_at(mock.now(), &claims)?;
    calls.issued(&token, &name);
    Ok(token)
}
