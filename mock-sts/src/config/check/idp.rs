//! `[idp]`: who signs the tokens.

use std::ops::RangeInclusive;
use std::time::Duration;

use toml::Spanned;

use super::identity;
use super::value::{self, Setter};
use crate::config::IdpConfig;
use crate::config::file::IdpFile;
use crate::config::problem::Problems;
use crate::config::unit::seconds_within;

/// A token lives for a second to a day.
const LIFETIME: RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_secs(86_400);

pub(super) fn apply(
    file: &IdpFile,
    config: &mut IdpConfig,
    overridden: &mut Vec<String>,
    problems: &mut Problems,
) -> Option<()> {
    let mut set = Setter { table: "idp", overridden, problems, fine: true };
    set.checked("issuer", file.issuer.as_ref(), &mut config.issuer, issuer);
    set.checked("audiences", file.audiences.as_ref(), &mut config.audiences, |list, problems| {
        value::names(list, "audiences", problems)
    });
    let thumbprints = file.thumbprints.as_deref();
    set.checked("thumbprints", thumbprints, &mut config.thumbprints, identity::thumbprints);
    let shown = file.certificate_thumbprint.as_ref();
    set.checked("certificate-thumbprint", shown, &mut config.certificate_thumbprint, |t, p| {
        identity::thumbprint(t, p).map(Some)
    });
    let lifetime = file.token_lifetime.as_ref();
    set.checked("token-lifetime", lifetime, &mut config.token_lifetime, |text, problems| {
        seconds_within(text, &LIFETIME, problems)
    });
    let header = file.cache_control.as_ref();
    set.checked("cache-control", header, &mut config.cache_control, header_value);
    let latency = file.token_latency.as_ref();
    set.checked("token-latency", latency, &mut config.token_latency, value::latency);
    set.fine.then_some(())
}

/// What IAM accepts as a provider: https, no port, no query.
fn issuer(text: &Spanned<String>, problems: &mut Problems) -> Option<String> {
    let label = match text.get_ref().strip_prefix("https://") {
        None => "it must begin with https://",
        Some(rest) => {
            let host = rest.split('/').next().unwrap_or_default();
            if host.contains(':') {
                "IAM takes no port here"
            } else if !is_host(host) {
                "there is no host name in it"
            } else if !rest
                .bytes()
                .all(|byte| byte.is_ascii_graphic() && !b"?#\"<>".contains(&byte))
            {
                "there is a character in it that cannot be there"
            } else {
                return Some(text.get_ref().clone());
            }
        }
    };
    problems
        .push(text.span(), "this cannot be the issuer of web identity tokens", label)
        .help("write it like \"https://token.actions.githubusercontent.com\"");
    None
}

fn is_host(host: &str) -> bool {
    let labels_are_fine = host.split('.').all(|label| {
        !label.is_empty()
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    });
    labels_are_fine && host.len() <= 253
}

/// Text that can be sent as a header.
fn header_value(text: &Spanned<String>, problems: &mut Problems) -> Option<String> {
    let fine = text.get_ref().bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ');
    if !fine {
        problems.push(text.span(), "this cannot be sent as a header", "only printable ASCII can");
    }
    fine.then(|| text.get_ref().clone())
}
