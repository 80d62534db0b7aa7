//! `external` of `[[idps]]`: an issuer that is not ours, whose keys are fetched.

use crate::config::spanned::Spanned;

use crate::config::ExternalConfig;
use crate::config::file::{ExternalFile, IdpFile};
use crate::config::problem::Problems;

pub(super) fn external(
    file: &Spanned<ExternalFile>,
    problems: &mut Problems,
) -> Option<ExternalConfig> {
    let file = file.get_ref();
    let hosts = file
        .hosts
        .as_ref()
        .map_or(Some(Vec::new()), |list| list.iter().map(|name| host(name, problems)).collect());
    let connect = match &file.connect {
        Some(text) => address(text, problems).map(Some),
        None => Some(None),
    };
    let ca_file = file.ca_file.as_ref().map(|path| path.get_ref().into());
    Some(ExternalConfig { hosts: hosts?, ca_file, connect: connect? })
}

/// An external issuer signs its tokens itself: what is about signing and about
/// the token endpoint has no effect, and an issuer must be named.
pub(super) fn fits(file: &IdpFile, problems: &mut Problems) -> bool {
    let Some(external) = &file.external else { return true };
    if file.issuer.is_none() {
        problems
            .push(external.span(), "an external issuer must be named", "`issuer` is missing")
            .help("write it like issuer = \"https://idp.example.com\"");
        return false;
    }
    let ours = [
        ("preset", file.preset.as_ref().map(Spanned::span)),
        ("claims", file.claims.as_ref().map(Spanned::span)),
        ("token-lifetime", file.token_lifetime.as_ref().map(Spanned::span)),
        ("cache-control", file.cache_control.as_ref().map(Spanned::span)),
        ("token-latency", file.token_latency.as_ref().map(Spanned::span)),
        ("algorithm", file.algorithm.as_ref().map(Spanned::span)),
        ("rotate-every", file.rotate_every.as_ref().map(Spanned::span)),
    ];
    let mut fine = true;
    for (key, place) in ours {
        if let Some(place) = place {
            problems
                .push(place, format!("`{key}` is not ours to set"), "the issuer is external")
                .help(format!("take out `{key}`, or take out `external`"));
            fine = false;
        }
    }
    fine
}

/// The default provider issues the tokens, so it cannot be somebody else's.
pub(super) fn not_for_the_default(file: &Spanned<ExternalFile>, problems: &mut Problems) {
    problems
        .push(
            file.span(),
            "the default identity provider cannot be external",
            "it issues the tokens itself",
        )
        .help("move it to `[[idps]]`, with a name");
}

fn host(name: &Spanned<String>, problems: &mut Problems) -> Option<String> {
    let fine = super::idp::is_host(name.get_ref());
    if !fine {
        problems
            .push(name.span(), "this is not a host name", "no scheme, no port, no path")
            .help("write it like \"keys.example.com\"");
    }
    fine.then(|| name.get_ref().to_ascii_lowercase())
}

fn address(text: &Spanned<String>, problems: &mut Problems) -> Option<std::net::SocketAddr> {
    let address = text.get_ref().parse().ok();
    if address.is_none() {
        problems
            .push(text.span(), "this is not an address", "expected an IP address and a port")
            .help("write it like \"127.0.0.1:8443\"");
    }
    address
}
