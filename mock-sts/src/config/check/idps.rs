//! `[[idps]]`: further identity providers, each under a path of its own.

use crate::config::spanned::Spanned;

use super::idp;
use crate::config::file::IdpFile;
use crate::config::problem::Problems;
use crate::config::profile::profile;
use crate::config::{IdpConfig, MockConfig, PROFILES};

/// Each starts from the profile's provider, not from the file's `[idp]`: what
/// that one changes is its own.
pub(super) fn idps(
    files: &[Spanned<IdpFile>],
    base: &MockConfig,
    problems: &mut Problems,
) -> Option<Vec<IdpConfig>> {
    let start = profile(base.profile).unwrap_or(&PROFILES[0]).config().idp;
    let mut known: Vec<IdpConfig> = vec![base.idp.clone()];
    let mut fine = true;
    for file in files {
        let name = named(file, &known, problems);
        let mut config = start.clone();
        // Reports name the list as a whole.
        let mut overridden = Vec::new();
        let applied = idp::apply(file.get_ref(), &mut config, &mut overridden, problems);
        let (Some(name), Some(())) = (name, applied) else {
            fine = false;
            continue;
        };
        config.name = name;
        if let Some(other) = known.iter().find(|other| other.issuer == config.issuer) {
            let other =
                if other.name.is_empty() { "`[idp]`".into() } else { format!("`{}`", other.name) };
            let place = file.get_ref().issuer.as_ref().map_or(file.span(), Spanned::span);
            problems
                .push(
                    place,
                    format!("`{}` and {other} have the same issuer", config.name),
                    format!("{} again", config.issuer),
                )
                .help("an account has one provider an issuer: set another `preset` or `issuer`");
            fine = false;
        }
        known.push(config);
    }
    known.remove(0);
    fine.then_some(known)
}

/// The default provider is at the root and has no name.
pub(super) fn name_of_the_default(name: &Spanned<String>, problems: &mut Problems) {
    problems
        .push(name.span(), "the default identity provider has no name", "it is served at the root")
        .help("take the name out, or move the provider to `[[idps]]`");
}

fn named(file: &Spanned<IdpFile>, known: &[IdpConfig], problems: &mut Problems) -> Option<String> {
    let Some(name) = &file.get_ref().name else {
        problems
            .push(file.span(), "this identity provider has no name", "`name` is missing")
            .help("write it like name = \"gitlab\": it is served under /gitlab/");
        return None;
    };
    let text = name.get_ref();
    let fine = (1..=40).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    if !fine || text == "token" {
        problems
            .push(
                name.span(),
                "this name cannot be a path",
                "expected 1 to 40 small letters, digits and dashes, and not `token`",
            )
            .help("write it like \"gitlab\"");
        return None;
    }
    if known.iter().any(|other| other.name == *text) {
        problems.push(
            name.span(),
            format!("the provider `{text}` is there twice"),
            "already defined",
        );
        return None;
    }
    Some(text.clone())
}
