//! Real clients by name and version, with their exact arithmetic.

mod configure_aws_credentials;

use mock_sts::config::problem::Problems;
use mock_sts::config::unit::did_you_mean;
use mock_sts::dice::Dice;
use toml::Spanned;

pub use self::configure_aws_credentials::ConfigureAwsCredentials;
use super::{Listed, Next, Policy, Tries};
use crate::record::Failure;

/// `policy.preset = "configure-aws-credentials@6.2.3"`.
pub type PresetFile = Spanned<String>;

/// A real client's retry behaviour.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Preset {
    name: &'static str,
    client: ConfigureAwsCredentials,
}

/// The presets there are.
pub const PRESETS: &[Listed] = &[
    Listed {
        name: "configure-aws-credentials@1.6.1",
        summary: "the action's first retry (January 2022) around AWS SDK for JavaScript v2",
    },
    Listed {
        name: "configure-aws-credentials@6.2.3",
        summary: "the same loop around AWS SDK for JavaScript v3 (3.1090)",
    },
];

const CLIENTS: [ConfigureAwsCredentials; 2] =
    [ConfigureAwsCredentials::V1_6_1, ConfigureAwsCredentials::V6_2_3];

impl Preset {
    pub(super) fn check(file: &PresetFile, problems: &mut Problems) -> Option<Self> {
        let wanted = file.get_ref();
        let found = PRESETS.iter().zip(CLIENTS).find(|(listed, _)| listed.name == wanted);
        if found.is_none() {
            let names = || PRESETS.iter().map(|listed| listed.name);
            let known = names().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ");
            let help = match did_you_mean(wanted, names()) {
                Some(meant) => format!("did you mean \"{meant}\"?"),
                None => format!("the presets are {known}"),
            };
            problems
                .push(file.span(), format!("there is no preset \"{wanted}\""), "unknown preset")
                .help(help);
        }
        found.map(|(listed, client)| Self { name: listed.name, client })
    }
}

impl Policy for Preset {
    fn after(&self, tries: &mut Tries, failed: Failure, dice: &mut Dice) -> Next {
        self.client.after(tries, failed, dice)
    }

    fn describe(&self) -> String {
        format!("{}: {}", self.name, self.client.describe())
    }
}
