//! The lines to paste: what a winner does, in each tool's own language, and
//! where a tool cannot say it, the nearest that it can.

mod chained;
mod place;
mod sdk;
mod shell;

use std::fmt::Write as _;

use super::space::Candidate;
use super::tool::Tool;
use super::wish::{Shape, Wish};
use crate::scenario::{Contender, Scenario};

pub use self::place::Place;
pub use self::shell::script;

/// How well a tool can say it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Fit {
    /// As the search ran it.
    Exact,
    /// Nearly; what differs.
    Nearest(String),
}

/// One tool's lines.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Lines {
    /// Whose they are.
    pub tool: Tool,
    /// How well they say it.
    pub fit: Fit,
    /// What to paste.
    pub text: String,
}

/// How the winner's tools come by credentials.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Way {
    /// Each for itself.
    Each,
    /// Once a job, exported.
    Env,
    /// A file that a job's tools share.
    File,
    /// A broker.
    Broker,
    /// Once a job, and from there each tool to its own role; the job's keys are frozen.
    Chained,
    /// The same, and the job's keys are renewed.
    ChainedRenewed,
}

impl Way {
    /// The candidate's, where it is one of these.
    #[must_use]
    pub fn of(candidate: &Candidate) -> Self {
        let strategy = candidate.body.get("strategy").map(ToString::to_string).unwrap_or_default();
        match candidate.way() {
            Some("env") => Self::Env,
            Some("file") => Self::File,
            Some("broker-job" | "broker-fleet") => Self::Broker,
            _ if strategy.contains("role-chaining") && strategy.contains("renewed") => {
                Self::ChainedRenewed
            }
            _ if strategy.contains("role-chaining") => Self::Chained,
            _ if strategy.contains("daemon") => Self::Broker,
            _ if strategy.contains("cached") => Self::Env,
            _ => Self::Each,
        }
    }

    /// Whether tools go on to roles of their own.
    const fn chains(self) -> bool {
        matches!(self, Self::Chained | Self::ChainedRenewed)
    }

    const fn words(self) -> &'static str {
        match self {
            Self::Each => "each tool for itself",
            Self::Env => "once a job, exported to its tools",
            Self::File => "a file that a job's tools share",
            Self::Broker => "a broker that all ask",
            Self::Chained | Self::ChainedRenewed => {
                "once a job, and on to a role of each tool's own"
            }
        }
    }
}

/// What stands in the place of what a tool never retries.
const NOT_THE_KEY: &str = "it never retries InvalidIdentityToken";

/// The winner's lines for one tool, or for every tool.
#[must_use]
pub fn lines(
    candidate: &Candidate,
    contender: &Contender,
    scenario: &Scenario,
    only: Option<Tool>,
) -> Vec<Lines> {
    let (way, wish) = (Way::of(candidate), Wish::of(contender));
    let place = Place::of(contender, scenario);
    let tools = Tool::ALL.into_iter().filter(|tool| only.is_none_or(|only| only == *tool));
    tools.map(|tool| of_tool(tool, way, &wish, &place)).collect()
}

fn of_tool(tool: Tool, way: Way, wish: &Wish, place: &Place) -> Lines {
    let (differs, text) = match tool {
        Tool::Action => action(way, wish, place),
        Tool::Shell => (shell_differs(way, wish), script(way, wish, place)),
        Tool::Daemon => daemon(way, wish, place),
        Tool::Terraform => terraform(way),
        _ => sdk::lines(tool, wish),
    };
    let mut differs = differs;
    let own = matches!(tool, Tool::Action | Tool::Shell | Tool::Daemon | Tool::Terraform);
    let text = match own {
        true => text,
        false => format!("{}{}{text}", place.exported(), chained::profiles(way)),
    };
    match tool {
        // A loop says it all; who runs before Terraform does it for that.
        Tool::Shell | Tool::Terraform => {}
        Tool::Action | Tool::Daemon if !place.moves_on() => {}
        Tool::Action | Tool::Daemon => differs.extend(place.differs().into_iter().take(1)),
        _ => differs.extend(place.differs()),
    }
    if !own && way.chains() {
        differs.insert(0, "each process assumes the job's role for itself".to_owned());
    } else if !own && way != Way::Each {
        differs.insert(0, format!("it asks by itself: `{}` is not its to say", way.words()));
    }
    let fit = if differs.is_empty() { Fit::Exact } else { Fit::Nearest(differs.join("; ")) };
    Lines { tool, fit, text }
}

/// The action's own loop: 50 ms · 2^k, full jitter, no cap.
fn actions_own() -> Wish {
    let (base, cap) = (std::time::Duration::from_millis(50), std::time::Duration::from_secs(3600));
    Wish { attempts: 12, base, cap, shape: Shape::Full, client: None, calls: 36 }
}

fn action(way: Way, wish: &Wish, place: &Place) -> (Vec<String>, String) {
    let mut differs = Vec::new();
    if way.chains() {
        differs
            .push("its keys are one role's at a time: repeat both steps before each tool".into());
    } else if way != Way::Env {
        differs.push(format!("it assumes {}", Way::Env.words()));
    }
    let own = wish.client.is_some_and(|client| client.starts_with("configure-aws-credentials"));
    let attempts = if own || wish.attempts == 1 {
        wish.attempts
    } else {
        differs.push(format!(
            "its waits are random · 50 ms · 2^k: so many attempts wait as long as {}",
            wish.words()
        ));
        wish.attempts_of(actions_own())
    };
    let retry = if attempts == 1 {
        "    disable-retry: true".to_owned()
    } else {
        format!("    retry-max-attempts: {attempts}")
    };
    let (before, region) = match place.is_by_job() {
        false => (String::new(), "${{ vars.AWS_REGION }}"),
        true => (chained::region_step(place), "${{ steps.region.outputs.name }}"),
    };
    let step = |role: &str, chains: &str| {
        format!(
            "- uses: aws-actions/configure-aws-credentials@v6\n  with:\n    \
             role-to-assume: ${{{{ vars.{role} }}}}\n    aws-region: {region}\n{chains}{retry}\n"
        )
    };
    let mut text = before + &step("AWS_ROLE_ARN", "");
    if way.chains() {
        text += &step("TOOL_ROLE_ARN", "    role-chaining: true\n");
    }
    (differs, text)
}

fn shell_differs(way: Way, wish: &Wish) -> Vec<String> {
    let mut differs = Vec::new();
    if matches!(way, Way::File | Way::Broker) {
        differs.push(format!("it assumes {}", Way::Env.words()));
    }
    if wish.client.is_some() && wish.calls > wish.attempts {
        differs.push("the loop inside of the client's loop is left out".into());
    }
    if way == Way::ChainedRenewed {
        differs.push("the job's keys are exported, and frozen".into());
    }
    differs
}

fn daemon(way: Way, wish: &Wish, place: &Place) -> (Vec<String>, String) {
    let mut differs = Vec::new();
    if way != Way::Broker {
        differs.push(format!("it is {}", Way::Broker.words()));
    }
    let as_it_is = wish.client.is_none()
        && (wish.attempts, wish.shape) == (5, Shape::Full)
        && (wish.base.as_secs(), wish.cap.as_secs()) == (1, 20);
    let preset = wish.client.map(|client| format!(" --preset {client}")).unwrap_or_default();
    if wish.client.is_none() && !as_it_is {
        differs.push(format!(
            "it retries 5 times with full jitter from 1s to 20s, or as a --preset does, not: {}",
            wish.words()
        ));
    }
    let (chosen, endpoint) = match place.is_by_job() {
        false => (String::new(), ""),
        true => (
            place.chosen() + "sts=sts.${regions[first % ${#regions[@]}]}.amazonaws.com\n",
            " --endpoint \"https://$sts\" --allow-remote \"$sts\"",
        ),
    };
    let text = format!(
        "{chosen}stampede daemon --role \"$AWS_ROLE_ARN\" --listen 127.0.0.1:9911{preset}{endpoint} \\\n    \
         --authorization-file \"$RUNNER_TEMP/stampede.token\" &\n\
         export AWS_CONTAINER_CREDENTIALS_FULL_URI=http://127.0.0.1:9911/\n\
         export AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=\"$RUNNER_TEMP/stampede.token\"\n\
         unset AWS_WEB_IDENTITY_TOKEN_FILE AWS_ROLE_ARN\n"
    );
    (differs, text)
}

fn terraform(way: Way) -> (Vec<String>, String) {
    let mut differs = vec!["its credential call makes 3 attempts whatever it is told".to_owned()];
    if way != Way::Each {
        differs.push("let another tool assume the role before it".into());
    }
    let text = "# max_retries does not reach the credential call. Assume the role in a step before\n\
                # (the shell loop or the action), and leave assume_role_with_web_identity out:\n\
                # the provider then takes the exported keys.\nprovider \"aws\" {}\n";
    (differs, text.into())
}

/// All lines as text.
#[must_use]
pub fn text(name: &str, lines: &[Lines]) -> String {
    let mut text = format!("\nLINES TO PASTE FOR {}\n", name.to_uppercase());
    for Lines { tool, fit, text: code } in lines {
        let fit = match fit {
            Fit::Exact => "exactly this".to_owned(),
            Fit::Nearest(differs) => format!("the nearest it can: {differs}"),
        };
        let _ = writeln!(text, "\n{} ({fit})", tool.name());
        for line in code.lines() {
            let _ = writeln!(text, "{}", format!("    {line}").trim_end());
        }
    }
    text
}
