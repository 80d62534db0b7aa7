//! Where web identity tokens come from.

use std::path::PathBuf;

use super::service::Service;
use crate::record::{CallError, Failure};
use crate::world::real::expiry;

/// Where web identity tokens come from, anew each time.
#[derive(Clone, Debug)]
pub enum TokenSource {
    /// A file that somebody keeps fresh, as Kubernetes does.
    File(PathBuf),
    /// A CI's token endpoint: `GET PATH&audience=AUDIENCE` with a bearer.
    Endpoint {
        /// Where.
        service: Service,
        /// Path and query, to which the audience is appended.
        path: String,
        /// The request token.
        bearer: String,
    },
}

/// The token in a file.
pub(super) fn from_file(path: &PathBuf) -> Result<(String, i64), CallError> {
    let failed = |why: String| {
        let text = format!("the web identity token file {}: {why}", path.display());
        CallError::new(Failure::TokenRefused, text)
    };
    let text = std::fs::read_to_string(path).map_err(|error| failed(error.to_string()))?;
    let token = text.trim().to_owned();
    let expires = expiry(&token).ok_or_else(|| failed("it holds no token that expires".into()))?;
    Ok((token, expires))
}
