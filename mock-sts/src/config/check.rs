//! From the mirror of a file to numbers that cannot be wrong.

mod claim;
mod external;
mod fault;
mod identity;
mod idp;
mod idps;
mod key;
mod keys;
mod limit;
mod role;
mod saml;
mod token_faults;
mod value;

use crate::config::spanned::Spanned;

pub use self::value::latency;
use super::file::fault::FaultFile;
use super::file::limit::LimitFile;
use super::file::parse::parse;
use super::file::{IdpFile, MockFile, ServiceFile};
use super::problem::{InvalidFile, Problems};
use super::profile::{PROFILES, Profile, profile};
use super::unit::guess;
use super::{FaultConfig, FaultKind, LimitConfig, MockConfig, RoleConfig, ServiceConfig};

/// A checked configuration, and what the file changed of its profile.
#[derive(Clone, PartialEq, Debug)]
pub struct Checked {
    /// The numbers.
    pub config: MockConfig,
    /// The keys the file sets, as profiles name them
    /// (`service.verification-key.hosts`), in the order of the schema.
    pub overridden: Vec<String>,
}

/// Reads a file that holds `[service]` and `[idp]` only. `path` is the name it
/// has in messages.
///
/// # Errors
/// Everything that is wrong with `text`, each at its place.
pub fn load(path: &str, text: &str) -> Result<MockConfig, InvalidFile> {
    let mut problems = Problems::default();
    let checked = parse::<MockFile>(text, &mut problems).and_then(|file| {
        let checked = mock_config(file.service.as_ref(), file.idp.as_ref(), &mut problems);
        with_idps(checked, file.service.as_ref(), file.idps.as_deref(), &mut problems)
    });
    problems.finish(path, text, checked.map(|checked| checked.config))
}

/// What a running service can be told to change.
#[derive(serde::Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct ChangeFile {
    limits: Option<Vec<LimitFile>>,
    faults: Option<Vec<FaultFile>>,
}

/// The limits and faults in force after the change that `text` asks for:
/// `limits` and `faults` as a file has them under `[service]`. What it leaves
/// out stays. `path` is the name it has in messages.
///
/// # Errors
/// Everything that is wrong with `text`, each at its place.
pub fn changed(
    path: &str,
    text: &str,
    limits: &[LimitConfig],
    faults: &[FaultConfig],
) -> Result<(Vec<LimitConfig>, Vec<FaultConfig>), InvalidFile> {
    let mut problems = Problems::default();
    let changed = parse::<ChangeFile>(text, &mut problems).and_then(|file| {
        let limits = match &file.limits {
            Some(files) => limit::limits(files, &mut problems)?,
            None => limits.to_vec(),
        };
        let faults = match &file.faults {
            Some(files) => fault::faults(files, &limits, &mut problems)?,
            None => faults.to_vec(),
        };
        let stands = |fault: &FaultConfig| match fault.kind {
            FaultKind::NoisyNeighbour { limit, .. } => limit < limits.len(),
            _ => true,
        };
        if !faults.iter().all(stands) {
            problems
                .push(0..0, "a noisy neighbour uses up a limit that would not be there", "")
                .help("set `faults` too");
            return None;
        }
        Some((limits, faults))
    });
    problems.finish(path, text, changed)
}

/// The numbers of a profile with the file's own in their place. Everything is
/// checked, even after a problem; nothing is returned once there is one.
pub fn mock_config(
    service: Option<&ServiceFile>,
    idp: Option<&IdpFile>,
    problems: &mut Problems,
) -> Option<Checked> {
    let (service, idp) = (service.cloned().unwrap_or_default(), idp.cloned().unwrap_or_default());
    let base = base_profile(&service, problems);
    // A wrong profile name must not hide what else is wrong.
    let mut config = base.unwrap_or(&PROFILES[0]).config();
    let mut overridden = Vec::new();
    let service_is_fine =
        apply_service(&service, &mut config.service, &mut overridden, problems).is_some();
    let idp_is_fine = idp::apply(&idp, &mut config.idp, &mut overridden, problems).is_some();
    if service.roles.is_none() {
        admit(&mut config);
    }
    if let Some(name) = &idp.name {
        idps::name_of_the_default(name, problems);
    }
    if let Some(external) = &idp.external {
        external::not_for_the_default(external, problems);
    }
    (base.is_some() && service_is_fine && idp_is_fine).then_some(Checked { config, overridden })
}

/// The same with further identity providers, `[[idps]]`: each starts from the
/// profile's, and the profile's roles admit the jobs of all.
pub fn with_idps(
    checked: Option<Checked>,
    service: Option<&ServiceFile>,
    idps: Option<&[Spanned<IdpFile>]>,
    problems: &mut Problems,
) -> Option<Checked> {
    let files = idps.unwrap_or_default();
    let base = checked.as_ref().map_or_else(|| PROFILES[0].config(), |known| known.config.clone());
    let providers = idps::idps(files, &base, problems);
    let mut checked = checked?;
    checked.config.idps = providers?;
    if !files.is_empty() {
        checked.overridden.push("idps".into());
        if service.is_none_or(|service| service.roles.is_none()) {
            admit(&mut checked.config);
        }
    }
    Some(checked)
}

/// The profile's roles admit the jobs of whichever providers there are.
fn admit(config: &mut MockConfig) {
    let (mut audiences, mut subjects) = (Vec::new(), Vec::new());
    for idp in config.providers() {
        audiences.extend(idp.audiences.iter().cloned());
        // Who an external issuer's jobs are, nobody knows here.
        let subject = if idp.external.is_some() { "*" } else { idp.preset.info().subjects };
        subjects.push(subject.to_owned());
    }
    audiences.dedup();
    subjects.dedup();
    for role in &mut config.service.roles {
        role.audiences.clone_from(&audiences);
        role.subjects.clone_from(&subjects);
    }
}

fn base_profile(service: &ServiceFile, problems: &mut Problems) -> Option<&'static Profile> {
    let Some(name) = &service.profile else { return PROFILES.first() };
    let found = profile(name.get_ref());
    if found.is_none() {
        let names: Vec<&str> = PROFILES.iter().map(|profile| profile.name).collect();
        let label = guess(name.get_ref(), names.iter().copied(), "no such profile");
        problems
            .push(name.span(), format!("there is no profile `{name}`"), label)
            .help(format!("the profiles are {}", names.join(", ")));
    }
    found
}

fn apply_service(
    file: &ServiceFile,
    config: &mut ServiceConfig,
    overridden: &mut Vec<String>,
    problems: &mut Problems,
) -> Option<()> {
    let mut set = value::Setter { table: "service", overridden, problems, fine: true };
    set.checked("account", file.account.as_ref(), &mut config.account, value::account);
    set.checked("region", file.region.as_ref(), &mut config.region, value::region);
    let (others, own) = (file.other_regions.as_ref(), config.region.clone());
    set.checked("other-regions", others, &mut config.other_regions, |names, problems| {
        value::other_regions(names, &own, problems)
    });
    set.checked("latency", file.latency.as_ref(), &mut config.latency, value::latency);
    set.plain("close-on-error", file.close_on_error, &mut config.close_on_error);
    let limits = file.limits.as_deref();
    set.checked("limits", limits, &mut config.limits, limit::limits);
    if limits.is_some() {
        // Profiles say where this one comes from, apart from the rest of the limits.
        set.overridden.push("service.limits.refill".into());
    }
    let headers = file.throttle_headers.as_ref();
    let target = &mut config.throttle_headers;
    set.checked("throttle-headers", headers, target, limit::throttle_headers);
    let (faults, limits) = (file.faults.as_deref(), &config.limits);
    set.checked("faults", faults, &mut config.faults, |faults, problems| {
        fault::faults(faults, limits, problems)
    });
    let account = config.account.clone();
    match &file.roles {
        Some(roles) => set.checked("roles", Some(roles), &mut config.roles, |roles, problems| {
            role::roles(roles, &account, problems)
        }),
        // The profile's roles move to the file's account with everything else.
        None => config.roles.iter_mut().for_each(|role| move_to(role, &account)),
    }
    identity::apply(file, &mut config.identities, &mut set);
    let mut fine = set.fine;
    if let Some(keys) = &file.verification_key {
        fine &= keys::apply(keys, &mut config.verification_key, overridden, problems).is_some();
    }
    fine.then_some(())
}

fn move_to(role: &mut RoleConfig, account: &str) {
    if let Some((partition, rest)) = role.arn.split_once(":iam::")
        && let Some((_, name)) = rest.split_once(':')
    {
        role.arn = format!("{partition}:iam::{account}:{name}");
        role.trusts = vec![account.into()];
    }
}
