//! Asks STS who it is and prints the ARN, or `CODE: MESSAGE` on stderr. The
//! argument says where credentials come from: `implicit` is the SDK's own chain
//! of providers, `explicit` a call of AssumeRoleWithWebIdentity.

use std::error::Error;
use std::process::ExitCode;
use std::{env, fs};

use aws_config::BehaviorVersion;
use aws_sdk_sts::Client;
use aws_sdk_sts::config::Credentials;
use aws_sdk_sts::error::ProvideErrorMetadata;
use aws_sdk_sts::operation::assume_role_with_web_identity::AssumeRoleWithWebIdentityError;

type Failed = Box<dyn Error + Send + Sync>;

async fn explicit(client: &Client) -> Result<Credentials, Failed> {
    let granted = client
        .assume_role_with_web_identity()
        .role_arn(env::var("AWS_ROLE_ARN")?)
        .role_session_name(env::var("AWS_ROLE_SESSION_NAME")?)
        .web_identity_token(fs::read_to_string(env::var("AWS_WEB_IDENTITY_TOKEN_FILE")?)?)
        .send()
        .await
        .map_err(|error| error.into_service_error())?;
    let granted = granted.credentials().ok_or("no credentials")?;
    let token = Some(granted.session_token().to_owned());
    Ok(Credentials::new(granted.access_key_id(), granted.secret_access_key(), token, None, "sts"))
}

async fn who_am_i(source: &str) -> Result<String, Failed> {
    let plain = aws_smithy_http_client::Builder::new().build_http();
    let defaults = aws_config::defaults(BehaviorVersion::latest());
    let config = defaults.http_client(plain).load().await;
    let mut client = Client::new(&config);
    if source == "explicit" {
        let credentials = explicit(&client).await?;
        let own = aws_sdk_sts::config::Builder::from(&config).credentials_provider(credentials);
        client = Client::from_conf(own.build());
    }
    let me = client.get_caller_identity().send().await?;
    Ok(me.arn().unwrap_or_default().to_owned())
}

/// STS's own words, however deep in the chain of providers they are.
fn told(failed: &(dyn Error + 'static)) -> String {
    let mut inner = Some(failed);
    let mut words = Vec::new();
    while let Some(error) = inner {
        if let Some(refused) = error.downcast_ref::<AssumeRoleWithWebIdentityError>() {
            let (code, message) = (refused.code(), refused.message());
            return format!("{}: {}", code.unwrap_or_default(), message.unwrap_or_default());
        }
        words.push(error.to_string());
        inner = error.source();
    }
    format!("Failed: {}", words.join(": "))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match who_am_i(&env::args().nth(1).unwrap_or_default()).await {
        Ok(arn) => {
            println!("{arn}");
            ExitCode::SUCCESS
        }
        Err(failed) => {
            eprintln!("{}", told(&*failed));
            ExitCode::FAILURE
        }
    }
}
