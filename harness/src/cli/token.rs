//! `stampede token`: one web identity token of a mock that is running, for use
//! with any tool.

use std::io::Write as _;

use anyhow::{Context as _, bail};
use bytes::Bytes;
use clap::builder::PossibleValuesParser;
use mock_sts::config::PROFILES;
use mock_sts::idp::{PRESETS, Preset};
use mock_sts::token_claims::unverified;
use serde::Deserialize;

use super::exit::Exit;
use crate::world::JobName;
use crate::world::real::{Endpoint, ask};

/// What `stampede token --help` ends with.
const HELP: &str = "Exit codes: 0 the token is on standard output, 1 no token (nobody answers, \
the endpoint refuses, the mock has no such provider), 2 usage or an endpoint that is not this \
machine's";

#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Arguments {
    /// The CI system whose token it is to be; the mock's default provider if left out
    #[arg(long, value_name = "NAME", conflicts_with = "idp",
          value_parser = PossibleValuesParser::new(PRESETS.map(|info| info.name)))]
    preset: Option<String>,
    /// The name of one of the mock's further providers ([[idps]])
    #[arg(long, value_name = "NAME")]
    idp: Option<String>,
    /// The number of the job that asks
    #[arg(long, value_name = "N", default_value_t = 1)]
    job: u32,
    /// Whom the token is for [default: the preset's audience, or sts.amazonaws.com]
    #[arg(long, value_name = "AUD")]
    audience: Option<String>,
    /// Where the mock is running
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:4599")]
    endpoint: String,
    /// A host beyond this machine that may be asked; never AWS itself (repeatable)
    #[arg(long, value_name = "HOST")]
    allow_remote: Vec<String>,
}

pub(super) fn main(arguments: &Arguments) -> anyhow::Result<Exit> {
    let endpoint = Endpoint::parse(&arguments.endpoint, &arguments.allow_remote)?;
    let preset = arguments.preset.as_deref().and_then(Preset::named);
    let path = match (preset, &arguments.idp) {
        (Some(preset), _) => path_of(&endpoint, preset)?,
        (None, Some(name)) => format!("/{name}"),
        (None, None) => String::new(),
    };
    let audience = arguments.audience.clone().unwrap_or_else(|| default_audience(preset));
    let query: String = form_urlencoded::byte_serialize(audience.as_bytes()).collect();
    let path = format!("{path}/token?api-version=2.0&audience={query}");
    let job = JobName(arguments.job).request_token();
    let (status, body) = answer(&endpoint, &path, Some(&job))?;
    let token = read(&endpoint, status, &body)?;
    if let Some(preset) = preset {
        check_subject(&token, preset)?;
    }
    writeln!(std::io::stdout(), "{token}").context("cannot write the token")?;
    Ok(Exit::Pass)
}

/// What a token needs to be for, so that the preset's provider accepts it.
fn default_audience(preset: Option<Preset>) -> String {
    let mut idp = PROFILES[0].config().idp;
    if let Some(preset) = preset {
        preset.apply(&mut idp);
    }
    idp.audiences.first().cloned().unwrap_or_default()
}

/// The path under which the mock serves the preset's issuer: the preset's own
/// name, or the root.
fn path_of(endpoint: &Endpoint, preset: Preset) -> anyhow::Result<String> {
    #[derive(Deserialize)]
    struct Discovery {
        issuer: String,
    }
    let mut idp = PROFILES[0].config().idp;
    preset.apply(&mut idp);
    let name = preset.info().name;
    for path in [format!("/{name}"), String::new()] {
        let document = format!("{path}/.well-known/openid-configuration");
        let (_, body) = answer(endpoint, &document, None)?;
        let served = serde_json::from_slice(&body).map(|served: Discovery| served.issuer);
        if served.is_ok_and(|issuer| issuer == idp.issuer) {
            return Ok(path);
        }
    }
    bail!(
        "the mock at {endpoint} has no provider of the preset `{name}`: start it with {}",
        remedy(name)
    )
}

fn remedy(name: &str) -> String {
    format!("[[idps]] name = \"{name}\", preset = \"{name}\" in its configuration")
}

/// Presets can share an issuer and differ in their subjects.
fn check_subject(token: &str, preset: Preset) -> anyhow::Result<()> {
    let claims = unverified(token);
    let subject = claims.as_ref().and_then(|claims| claims.get("sub")?.as_str());
    let subject = subject.context("the answer's `value` is not a JSON Web Token")?;
    let info = preset.info();
    let begins = info.subjects.split('*').next().unwrap_or_default();
    if !subject.starts_with(begins) {
        let name = info.name;
        bail!(
            "the mock issues `{subject}`, not of the preset `{name}`: start it with {}",
            remedy(name)
        );
    }
    Ok(())
}

fn answer(endpoint: &Endpoint, path: &str, bearer: Option<&str>) -> anyhow::Result<(u16, Bytes)> {
    ask(endpoint, path, bearer.map(|bearer| format!("Bearer {bearer}")).as_deref()).map_err(
        |error| {
            anyhow::anyhow!(
                "no token from {endpoint}: {}: {}; is `mock-sts serve` running there?",
                error.failure,
                error.message()
            )
        },
    )
}

fn read(endpoint: &Endpoint, status: u16, body: &[u8]) -> anyhow::Result<String> {
    #[derive(Deserialize)]
    struct Issued {
        value: String,
    }
    #[derive(Deserialize)]
    struct Refused {
        message: String,
    }
    if status == 200 {
        let issued: Issued = serde_json::from_slice(body).with_context(|| {
            format!("{endpoint} is no token endpoint: there is no `value` in its answer")
        })?;
        return Ok(issued.value);
    }
    let refused: Option<Refused> = serde_json::from_slice(body).ok();
    let why = refused.map(|refused| format!(": {}", refused.message)).unwrap_or_default();
    bail!("no token from {endpoint}: HTTP {status}{why}")
}
