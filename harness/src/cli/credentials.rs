//! `stampede credentials`: a running daemon's credentials as a
//! `credential_process` prints them, for clients that know that protocol only.

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::{env, fs};

use anyhow::{Context as _, bail};
use serde::{Deserialize, Serialize};

use super::exit::{Exit, UsageError};
use crate::world::real::{Endpoint, ask};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Where the daemon listens [default: AWS_CONTAINER_CREDENTIALS_FULL_URI]
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// The daemon's authorization token [default: AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE, or else AWS_CONTAINER_AUTHORIZATION_TOKEN]
    #[arg(long, value_name = "FILE")]
    authorization_file: Option<PathBuf>,
    /// The last part of a role's name, where the daemon holds several [default: its first]
    #[arg(long, value_name = "NAME")]
    role_name: Option<String>,
}

/// What the daemon answers.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    access_key_id: String,
    secret_access_key: String,
    token: String,
    expiration: String,
}

/// Why it has nothing to answer with.
#[derive(Deserialize)]
struct Refusal {
    code: String,
    message: String,
}

/// What SDKs read from a `credential_process`.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Printed {
    version: u8,
    access_key_id: String,
    secret_access_key: String,
    session_token: String,
    expiration: String,
}

pub(super) fn main(arguments: &Arguments) -> anyhow::Result<Exit> {
    let url = arguments.url.clone().or_else(|| env::var("AWS_CONTAINER_CREDENTIALS_FULL_URI").ok());
    let url = url.ok_or_else(|| {
        UsageError(
            "no daemon to ask: give --url URL, or set AWS_CONTAINER_CREDENTIALS_FULL_URI".into(),
        )
    })?;
    let endpoint = Endpoint::parse(url.trim_end_matches('/'), &[])?;
    let authorization = arguments.authorization()?;
    let path = match &arguments.role_name {
        Some(name)
            if name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"+=,.@_-".contains(&byte)) =>
        {
            format!("/role/{name}")
        }
        Some(name) => {
            return Err(UsageError(format!(
                "--role-name {name}: the last part of a role's ARN is wanted"
            ))
            .into());
        }
        None => "/".into(),
    };
    let (status, body) = ask(&endpoint, &path, Some(authorization.trim()))
        .map_err(|error| anyhow::anyhow!("{}: {}", error.failure, error.message()))
        .with_context(|| format!("no daemon answers at {endpoint}: is it running?"))?;
    if status != 200 {
        match serde_json::from_slice::<Refusal>(&body) {
            Ok(Refusal { code, message }) => bail!("the daemon at {endpoint}: {code}: {message}"),
            Err(_) => bail!("{endpoint} answers HTTP {status}: is that a daemon of stampede?"),
        }
    }
    let answer: Answer = serde_json::from_slice(&body)
        .with_context(|| format!("what {endpoint} answers holds no credentials"))?;
    let printed = Printed {
        version: 1,
        access_key_id: answer.access_key_id,
        secret_access_key: answer.secret_access_key,
        session_token: answer.token,
        expiration: answer.expiration,
    };
    writeln!(io::stdout(), "{}", serde_json::to_string(&printed)?)?;
    Ok(Exit::Pass)
}

impl Arguments {
    fn authorization(&self) -> anyhow::Result<String> {
        let file = self.authorization_file.clone();
        let file = file
            .or_else(|| env::var_os("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE").map(PathBuf::from));
        if let Some(file) = file {
            return fs::read_to_string(&file).with_context(|| {
                format!("cannot read the authorization token in {}", file.display())
            });
        }
        env::var("AWS_CONTAINER_AUTHORIZATION_TOKEN").map_err(|_| {
            UsageError(
                "no authorization token: give --authorization-file FILE, or set \
                 AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"
                    .into(),
            )
            .into()
        })
    }
}
