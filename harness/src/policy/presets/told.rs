//! A real client by name that was told how often to try: the one number that
//! nearly every client lets its user set.

use std::ops::RangeInclusive;

use mock_sts::config::problem::Problems;
use mock_sts::config::spanned::Spanned;
use mock_sts::config::unit;
use mock_sts::dice::Dice;
use schemars::JsonSchema;
use serde::Deserialize;

use super::client::Client;
use super::preset;
use crate::policy::{Next, Policy, Tries};
use crate::record::Failure;
use crate::restraint::Restraints;

/// `policy.client = { preset = "sdk-rust", attempts = 6 }`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// The client's name, for example `sdk-rust`.
    preset: Spanned<String>,
    /// Attempts it was told, the first included.
    attempts: Spanned<i64>,
}

/// A client whose attempts its user has set.
#[derive(Clone, Debug)]
pub struct Told(Box<Client>);

/// More tries than anybody waits for.
const ATTEMPTS: RangeInclusive<i64> = 1..=100;

/// What has no such setting: Terraform's `max_retries` does not reach the
/// credential call.
const DEAF: &str = "terraform-provider";

impl Told {
    /// The client with so many attempts. The action's input is its own loop's;
    /// the setting of an SDK reaches every client object it makes, so every
    /// loop there is.
    #[must_use]
    pub fn of(client: &Client, attempts: u32) -> Self {
        let mut told = *client;
        if let Some(outer) = &mut told.outer {
            outer.attempts = attempts;
        }
        if told.outer.is_none() || told.name.starts_with("sdk-") {
            told.inner.attempts = attempts;
        }
        Self(Box::new(told))
    }

    /// The client as it is then.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.0
    }

    pub(in crate::policy) fn check(file: &File, problems: &mut Problems) -> Option<Self> {
        let attempts: Option<u32> = unit::count(&file.attempts, &ATTEMPTS, problems);
        let wanted = file.preset.get_ref();
        let client = match preset(wanted) {
            Ok(client) if client.name == DEAF => {
                problems
                    .push(
                        file.preset.span(),
                        format!("{DEAF} cannot be told how often to try"),
                        "max_retries does not reach the credential call",
                    )
                    .help(format!("write policy.preset = \"{DEAF}\": it makes 3 attempts"));
                return None;
            }
            Ok(client) => client,
            Err(help) => {
                problems
                    .push(
                        file.preset.span(),
                        format!("there is no preset \"{wanted}\""),
                        "unknown preset",
                    )
                    .help(help);
                return None;
            }
        };
        Some(Self::of(client, attempts?))
    }
}

impl Policy for Told {
    fn after(&self, tries: &mut Tries, failed: Failure, dice: &mut Dice) -> Next {
        self.0.after(tries, failed, dice)
    }

    fn most_calls(&self) -> u32 {
        self.0.most_calls()
    }

    fn describe(&self) -> String {
        format!("{} told so: {}", self.0.name, self.0.arithmetic())
    }

    fn restraints(&self) -> Restraints {
        self.0.restraints
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_reaches_the_loops_that_it_reaches() {
        let calls =
            |name: &str, attempts| Told::of(preset(name).expect(name), attempts).most_calls();
        assert_eq!(calls("configure-aws-credentials@6.2.3", 12), 36, "as it is by default");
        assert_eq!(calls("configure-aws-credentials@6.2.3", 4), 12, "not the SDK inside");
        assert_eq!(calls("sdk-rust", 6), 6);
        assert_eq!(calls("sdk-go-v2-web-identity", 4), 16, "both of its loops");
    }

    #[test]
    fn without_another_number_it_is_the_preset() {
        for name in ["sdk-js-3", "configure-aws-credentials@6.2.3", "botocore-legacy"] {
            let client = preset(name).expect(name);
            let attempts = client.outer.as_ref().unwrap_or(&client.inner).attempts;
            let told = Told::of(client, attempts);
            for failed in [Failure::Timeout, Failure::TokenRefused] {
                let mut both = [Tries::default(); 2];
                for k in 0..20 {
                    let draw = || Dice::keyed(1, k, mock_sts::dice::Purpose::Policy);
                    let mut dice = [draw(), draw()];
                    let one = client.after(&mut both[0], failed, &mut dice[0]);
                    assert_eq!(one, told.after(&mut both[1], failed, &mut dice[1]), "{name} {k}");
                    if matches!(one, Next::GiveUp { .. }) {
                        break;
                    }
                }
            }
        }
    }
}
