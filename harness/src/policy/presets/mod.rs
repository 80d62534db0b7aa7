//! Real clients by name and version, with their exact arithmetic. Each is data:
//! a table of what it retries and one or two loops with their waits.

mod botocore;
pub mod client;
mod configure_aws_credentials;
pub mod explain;
mod failures;
mod folklore;
mod sdks;
pub mod told;

use mock_sts::config::problem::Problems;
use mock_sts::config::spanned::Spanned;
use mock_sts::config::unit::did_you_mean;
use mock_sts::dice::Dice;

use self::client::Client;
use super::{Next, Policy, Tries};
use crate::record::Failure;
use crate::restraint::Restraints;

/// `policy.preset = "configure-aws-credentials@6.2.3"`.
pub type PresetFile = Spanned<String>;

/// A real client's retry behaviour.
#[derive(Clone, Copy, Debug)]
pub struct Preset(&'static Client);

/// The presets there are.
pub static PRESETS: &[Client] = &[
    configure_aws_credentials::V1_6_1,
    configure_aws_credentials::V3_0,
    configure_aws_credentials::V4,
    configure_aws_credentials::V5,
    configure_aws_credentials::V6_2_3,
    botocore::LEGACY,
    botocore::STANDARD,
    botocore::V1_44,
    botocore::CLI_1,
    botocore::CLI_2,
    sdks::GO_1,
    sdks::GO_2,
    sdks::GO_2_48,
    sdks::JAVASCRIPT_3,
    sdks::RUST,
    sdks::JAVA_2,
    sdks::ADAPTIVE,
    sdks::RULES,
    sdks::TERRAFORM,
    folklore::SHELL_LOOP,
    folklore::BLOG_EXPONENTIAL,
    folklore::BLOG_EQUAL,
    folklore::BLOG_FULL,
    folklore::BLOG_DECORRELATED,
];

/// The preset of this name.
///
/// # Errors
/// What would be right, in one line.
pub fn preset(name: &str) -> Result<&'static Client, String> {
    let found = PRESETS.iter().find(|client| client.name == name);
    found.ok_or_else(|| {
        let names = || PRESETS.iter().map(|client| client.name);
        match did_you_mean(name, names()) {
            Some(meant) => format!("did you mean \"{meant}\"?"),
            None => {
                let known = names().map(|name| format!("\"{name}\"")).collect::<Vec<_>>();
                format!("the presets are {}", known.join(", "))
            }
        }
    })
}

impl Preset {
    /// As this client does it.
    #[must_use]
    pub fn of(client: &'static Client) -> Self {
        Self(client)
    }

    /// Which client that is.
    #[must_use]
    pub fn client(&self) -> &'static Client {
        self.0
    }

    pub(super) fn check(file: &PresetFile, problems: &mut Problems) -> Option<Self> {
        let wanted = file.get_ref();
        match preset(wanted) {
            Ok(client) => Some(Self(client)),
            Err(help) => {
                problems
                    .push(file.span(), format!("there is no preset \"{wanted}\""), "unknown preset")
                    .help(help);
                None
            }
        }
    }
}

impl Policy for Preset {
    fn after(&self, tries: &mut Tries, failed: Failure, dice: &mut Dice) -> Next {
        self.0.after(tries, failed, dice)
    }

    fn most_calls(&self) -> u32 {
        self.0.most_calls()
    }

    fn describe(&self) -> String {
        format!("{}: {}", self.0.name, self.0.arithmetic())
    }

    fn restraints(&self) -> Restraints {
        self.0.restraints
    }
}

#[cfg(test)]
mod tests;
