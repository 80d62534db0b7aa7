//! `mock-sts serve`: the mock as a server.

mod cli;

use std::{fs, io::Write as _, process::ExitCode, sync::Arc};

use clap::Parser as _;
use cli::{Cli, Serve};
use mock_sts::config::{MockConfig, Profile, check::load, profile};
use mock_sts::http::{BindError, Mock, bind, serve, serve_control, told_to_stop};

fn main() -> ExitCode {
    let Cli::Serve(serve) = Cli::parse();
    let (code, error) = match numbers(&serve).map(|config| run(config, &serve)) {
        Ok(Ok(())) => return ExitCode::SUCCESS,
        Ok(Err(error)) => match error.downcast_ref() {
            Some(BindError::Remote(_)) => (2, format!("error: {error:#}")),
            _ => (1, format!("error: {error:#}")),
        },
        Err(error) => (2, error),
    };
    eprintln!("{error}");
    ExitCode::from(code)
}

fn numbers(serve: &Serve) -> Result<MockConfig, String> {
    let named = || profile(&serve.profile).map(Profile::config).ok_or_else(String::new);
    let read = |path: &std::path::PathBuf| {
        let path = path.display().to_string();
        let text =
            fs::read_to_string(&path).map_err(|why| format!("error: cannot read {path}: {why}"))?;
        load(&path, &text).map_err(|invalid| invalid.render(false))
    };
    let mut config = serve.config.as_ref().map_or_else(named, read)?;
    if let Some(how) = serve.signatures {
        config.service.identities.signatures = how.into();
    }
    Ok(config)
}

#[tokio::main]
async fn run(config: MockConfig, options: &Serve) -> anyhow::Result<()> {
    let (watchers, token) = (options.watchers()?, options.control_token()?);
    let listener = bind(options.bind, options.allow_remote).await?;
    let control = match options.control {
        Some(address) => Some(bind(address, options.allow_remote).await?),
        None => None,
    };
    let url = format!("http://{}", listener.local_addr()?);
    let (stop, mock) = (told_to_stop()?, Mock::new(config, options.seed)?);
    if let Some(watchers) = watchers {
        mock.watched_by(watchers);
    }
    let mut out = std::io::stdout();
    writeln!(out, "listening on {url}\n{}", mock.how_to_use(&url))?;
    let serving = serve(listener, Arc::clone(&mock), stop);
    if let Some((control, token)) = control.zip(token) {
        writeln!(out, "  # control: http://{} with {}", control.local_addr()?, token.told())?;
        tokio::spawn(async move {
            serve_control(control, mock, token.secret(), std::future::pending()).await
        });
    }
    Ok(serving.await?)
}
