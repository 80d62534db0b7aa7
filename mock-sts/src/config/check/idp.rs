//! `[idp]`: who signs the tokens.

use std::ops::RangeInclusive;
use std::time::Duration;

use crate::config::spanned::Spanned;

use super::identity;
use super::value::{self, Setter};
use super::{claim, external, key, token_faults};
use crate::config::IdpConfig;
use crate::config::file::IdpFile;
use crate::config::problem::Problems;
use crate::config::unit::{guess, seconds_within};
use crate::idp::{PRESETS, Preset};

/// A token lives for a second to a day.
const LIFETIME: RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_secs(86_400);

pub(super) fn apply(
    file: &IdpFile,
    config: &mut IdpConfig,
    overridden: &mut Vec<String>,
    problems: &mut Problems,
) -> Option<()> {
    let preset_is_fine = preset(file, config, overridden, problems);
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
    let fine = set.fine & preset_is_fine & key::apply(file, config, overridden, problems);
    let faults = file.token_faults.as_ref();
    let fine = fine
        & faults.is_none_or(|faults| token_faults::apply(faults, config, overridden, problems));
    let external = file
        .external
        .as_ref()
        .map_or(Some(None), |file| external::external(file, problems).map(Some));
    let fine = fine & external.is_some() & external::fits(file, problems);
    config.external = external.flatten();
    let claims = file.claims.as_ref();
    (fine & claims.is_none_or(|claims| claim::apply(claims, config, overridden, problems)))
        .then_some(())
}

/// What the preset changes counts as changed by the file.
fn preset(
    file: &IdpFile,
    config: &mut IdpConfig,
    overridden: &mut Vec<String>,
    problems: &mut Problems,
) -> bool {
    let Some(name) = &file.preset else { return true };
    let Some(preset) = Preset::named(name.get_ref()) else {
        let names: Vec<&str> = PRESETS.iter().map(|info| info.name).collect();
        let label = guess(name.get_ref(), names.iter().copied(), "no such preset");
        problems
            .push(name.span(), format!("there is no identity provider `{name}`"), label)
            .help(format!("the presets are {}", names.join(", ")));
        return false;
    };
    let before = config.clone();
    preset.apply(config);
    let changed = [
        ("preset", true),
        ("issuer", before.issuer != config.issuer),
        ("audiences", before.audiences != config.audiences),
        ("token-lifetime", before.token_lifetime != config.token_lifetime),
        ("cache-control", before.cache_control != config.cache_control),
    ];
    let changed = changed.iter().filter(|(_, changed)| *changed);
    overridden.extend(changed.map(|(key, _)| format!("idp.{key}")));
    true
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

pub(super) fn is_host(host: &str) -> bool {
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
