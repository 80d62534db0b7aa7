//! The space of a search: strategies and policies with their parameters, as far
//! as a scenario can say them and a tool can do them.

use std::collections::BTreeSet;

use mock_sts::config::unit::did_you_mean;
use toml_edit::{InlineTable, Value};

use super::axis::Axis;
use super::design::Design;
use super::draft::{Draft, named};
use super::fits::Fits;
use super::tool::Tool;
use crate::policy::presets::preset;

/// One strategy under one policy, as a scenario writes it.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// Its name as a contender.
    pub name: String,
    /// What a scenario has under that name.
    pub body: InlineTable,
}

/// A strategy of the space: its short name and what a scenario writes.
struct Way {
    name: &'static str,
    kind: &'static str,
    entries: &'static [(&'static str, Entry)],
}

#[derive(Clone, Copy)]
enum Entry {
    Word(&'static str),
    Flag(bool),
}

/// The strategy whose tools go on to roles of their own.
const CHAINS: &str = "role-chaining";

/// All strategies with what they share credentials through.
const WAYS: [Way; 7] = [
    Way { name: "each", kind: "naive", entries: &[] },
    Way { name: "env", kind: "cached", entries: &[("store", Entry::Word("environment"))] },
    Way {
        name: "file",
        kind: "cached",
        entries: &[("store", Entry::Word("file")), ("lock", Entry::Flag(true))],
    },
    Way { name: "chained", kind: CHAINS, entries: &[("hub", Entry::Word("exported"))] },
    Way { name: "chained-renewed", kind: CHAINS, entries: &[("hub", Entry::Word("renewed"))] },
    Way { name: "broker-job", kind: "daemon", entries: &[("scope", Entry::Word("job"))] },
    Way { name: "broker-fleet", kind: "daemon", entries: &[("scope", Entry::Word("fleet"))] },
];

/// The policies with numbers of their own, and those numbers.
const FAMILIES: [(&str, &[&str]); 5] = [
    ("fixed", &["wait=1s..30s:log", "retries=1..10"]),
    ("exponential", &["base=250ms..8s:log", "cap=10s..2m:log", "attempts=2..12"]),
    ("equal-jitter", &["base=250ms..8s:log", "cap=10s..2m:log", "attempts=2..12"]),
    ("full-jitter", &["base=250ms..8s:log", "cap=10s..2m:log", "attempts=2..12"]),
    ("decorrelated-jitter", &["base=250ms..8s:log", "cap=10s..2m:log", "attempts=2..12"]),
];

/// Which regions calls go to: the service's own, or as a contender's `regions` says.
const REGIONS: [&str; 4] = [HOME, "by-job", "failover", "by-job-failover"];

/// The service's own region, which no contender has to name.
pub(super) const HOME: &str = "home";

/// What narrows the space.
#[derive(Clone, Debug, Default)]
pub struct Narrowed {
    /// Only what this tool can do.
    pub tool: Option<Tool>,
    /// Only these strategies, by their short names; all when empty.
    pub ways: Vec<String>,
    /// No more attempts than these are of use.
    pub most_attempts: Option<u32>,
    /// Only what fits the scenarios.
    pub fits: Fits,
}

impl Narrowed {
    /// Checks the names.
    ///
    /// # Errors
    /// One of them is unknown, or the tool cannot do any of them.
    pub fn check(&self) -> Result<(), String> {
        let names = WAYS.map(|way| way.name);
        for way in &self.ways {
            if !names.contains(&way.as_str()) {
                let meant = did_you_mean(way, names);
                let meant = meant.map(|m| format!(", did you mean `{m}`?")).unwrap_or_default();
                return Err(format!(
                    "there is no strategy `{way}` to search{meant} (there are {})",
                    names.join(", ")
                ));
            }
        }
        let unfit = |way: &&Way| way.kind == CHAINS && !self.fits.chains;
        let unfit = WAYS.iter().filter(unfit).find(|way| self.ways.iter().any(|it| it == way.name));
        if let Some(way) = unfit {
            return Err(format!(
                "`{}` takes tools with roles of their own: name more than one in [service] `roles`, \
                 and let the others trust the first",
                way.name
            ));
        }
        if let Some(tool) = self.tool
            && !WAYS.iter().any(|way| self.allows(way))
        {
            return Err(format!(
                "{} does not do {}: it does {}",
                tool.name(),
                self.ways.join(" or "),
                tool.ways().join(" or ")
            ));
        }
        Ok(())
    }

    fn allows(&self, way: &Way) -> bool {
        let by_name = self.ways.is_empty() || self.ways.iter().any(|wanted| wanted == way.name);
        let fits = way.kind != CHAINS || self.fits.chains;
        by_name && fits && self.tool.is_none_or(|tool| tool.ways().contains(&way.name))
    }

    /// Where calls may go: everywhere that the tool can send them.
    fn regions(&self) -> Vec<&'static str> {
        let all = if self.fits.regions { &REGIONS[..] } else { &REGIONS[..1] };
        let can = |how: &&&str| self.tool.is_none_or(|tool| tool.regions().contains(how));
        all.iter().filter(can).copied().collect()
    }
}

/// About `count` candidates that fill the space, the same for the same `seed`.
///
/// # Errors
/// A sample cannot be drawn.
pub fn default_space(
    narrowed: &Narrowed,
    count: usize,
    seed: u64,
) -> Result<Vec<Candidate>, String> {
    let ways: Vec<&Way> = WAYS.iter().filter(|way| narrowed.allows(way)).collect();
    let regions = narrowed.regions();
    // Where nothing is tried again, there is no failure to move on after.
    let at_first: Vec<_> = regions.iter().copied().filter(|it| !it.ends_with("failover")).collect();
    let most_attempts = narrowed.most_attempts.unwrap_or(u32::MAX);
    let any_policy = narrowed.tool.is_none_or(Tool::takes_any_policy);
    let mut found = Vec::new();
    if any_policy {
        let pairs = ways.len() * FAMILIES.len();
        let each = (count.saturating_sub(found.len()) / pairs.max(1)).max(2);
        for (number, way) in ways.iter().enumerate() {
            let once = candidate(way, "once", named("none", []));
            found.extend(at_first.iter().map(|at| once.calling(at)));
            let families = FAMILIES.iter().filter(|_| most_attempts > 1);
            for (family, axes) in families {
                let seed = seed.wrapping_mul(1000) + number as u64;
                let mut axes = within(axes, most_attempts)?;
                if regions.len() > 1 {
                    axes.push(format!("regions={}", regions.join(",")).parse()?);
                }
                sample(way, family, &axes, each, seed, &mut found)?;
            }
        }
    }
    if narrowed.tool.is_none_or(|tool| tool == Tool::Daemon) {
        for way in ways.iter().filter(|way| way.kind == "daemon") {
            let it = candidate(way, "as-it-is", daemon_default());
            found.extend(at_first.iter().map(|at| it.calling(at)));
        }
    }
    for (tool, client) in Tool::CLIENTS {
        let asked = narrowed.tool.is_none_or(|wanted| wanted == tool);
        for way in ways.iter().filter(|way| asked && tool.ways().contains(&way.name)) {
            // Alone, a tool's one number is tried at every value; among others at some.
            let step = if narrowed.tool.is_some() { 1 } else { 4 };
            let default = default_attempts(client);
            let most = if tool.is_deaf() { 0 } else { 16 };
            let tried: BTreeSet<u32> = (1..=most).step_by(step).chain([default]).collect();
            for attempts in tried {
                // No client moves on after a failure: its region is its user's to set.
                let it = told(way, client, attempts, attempts == default);
                found.extend(at_first.iter().map(|at| it.calling(at)));
            }
        }
    }
    Ok(found)
}

/// The axes, with no more attempts on them than are of use.
fn within(axes: &[&str], most_attempts: u32) -> Result<Vec<Axis>, String> {
    let narrow = |axis: &&str| match axis.split_once('=') {
        Some(("attempts", _)) if most_attempts == 2 => "attempts=2".parse(),
        Some(("attempts", _)) => format!("attempts=2..{}", most_attempts.min(12)).parse(),
        Some(("retries", _)) if most_attempts == 2 => "retries=1".parse(),
        Some(("retries", _)) => {
            format!("retries=1..{}", most_attempts.saturating_sub(1).min(10)).parse()
        }
        _ => axis.parse(),
    };
    axes.iter().map(narrow).collect()
}

/// What `stampede daemon` does where it is told nothing.
fn daemon_default() -> InlineTable {
    let entries = [("base", "1s".into()), ("cap", "20s".into()), ("attempts", 5_i64.into())];
    named("full-jitter", entries)
}

fn default_attempts(client: &str) -> u32 {
    let client = preset(client).ok();
    client.map_or(1, |client| client.outer.as_ref().unwrap_or(&client.inner).attempts)
}

/// A real client that was told how often to try.
fn told(way: &Way, client: &str, attempts: u32, is_default: bool) -> Candidate {
    if is_default {
        let mut policy = InlineTable::new();
        policy.insert("preset", client.into());
        return candidate(way, &plain(client), policy);
    }
    let entries = [("preset", Value::from(client)), ("attempts", i64::from(attempts).into())];
    candidate(way, &format!("{}-x{attempts}", plain(client)), named("client", entries))
}

fn sample(
    way: &Way,
    family: &str,
    axes: &[Axis],
    count: usize,
    seed: u64,
    found: &mut Vec<Candidate>,
) -> Result<(), String> {
    for (number, point) in Design::Sobol(count).points(axes, seed)?.iter().enumerate() {
        let entries = axes.iter().zip(point).map(|(axis, value)| {
            let bare = value.is_bare().then_some(value.number as i64).map(Value::from);
            (axis.path.as_str(), bare.unwrap_or_else(|| value.text.as_str().into()))
        });
        let mut table: InlineTable = entries.collect();
        let regions = table.remove("regions");
        let mut policy = InlineTable::new();
        policy.insert(family, Value::InlineTable(table));
        let name = family.trim_end_matches("-jitter");
        let mut it = candidate(way, &format!("{name}-{}", number + 1), policy);
        if let Some(regions) = regions.filter(|regions| regions.as_str() != Some(HOME)) {
            it.body.insert("regions", regions);
        }
        found.push(it);
    }
    Ok(())
}

fn candidate(way: &Way, policy_name: &str, policy: InlineTable) -> Candidate {
    let mut body = InlineTable::new();
    body.insert("strategy", Value::InlineTable(way.table()));
    body.insert("policy", Value::InlineTable(policy));
    if way.kind == "daemon" {
        // A broker asks for a new web identity token when its own runs out, as the daemon does.
        body.insert("renew-token", "30s".into());
    }
    Candidate { name: format!("{}-{policy_name}", way.name), body }
}

impl Way {
    fn table(&self) -> InlineTable {
        let entries = self.entries.iter().map(|(key, entry)| {
            let value = match entry {
                Entry::Word(word) => Value::from(*word),
                Entry::Flag(flag) => Value::from(*flag),
            };
            (*key, value)
        });
        named(self.kind, entries)
    }
}

/// A preset's name as part of a contender's.
fn plain(client: &str) -> String {
    let short =
        client.replace("configure-aws-credentials@", "action-").replace("-web-identity", "");
    short.replace(['@', '.'], "-")
}

impl Candidate {
    /// The same where its calls go to these regions, with a name that says so.
    fn calling(&self, regions: &str) -> Self {
        let mut it = self.clone();
        if regions != HOME {
            it.body.insert("regions", regions.into());
            it.name += "-spread";
        }
        it
    }

    /// Its strategy by the short name of the space, if it has one.
    #[must_use]
    pub fn way(&self) -> Option<&'static str> {
        let same = |way: &&Way| {
            let strategy = self.body.get("strategy").map(|table| table.to_string());
            strategy.is_some_and(|text| text.trim() == way.table().to_string().trim())
        };
        WAYS.iter().find(same).map(|way| way.name)
    }
}

/// The scenario's own contenders as candidates, but for programs and those
/// that have a fleet of their own, which is no fair comparison.
#[must_use]
pub fn own(draft: &Draft) -> Vec<Candidate> {
    let all = draft.tables("contenders").into_iter();
    all.filter(|(_, body)| !body.contains_key("command") && !body.contains_key("fleet"))
        .map(|(name, body)| Candidate { name, body })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::load;

    #[test]
    fn all_candidates_are_contenders_of_a_scenario() {
        let found = default_space(&Narrowed::default(), 128, 1).expect("a space");
        assert!((100..200).contains(&found.len()), "{}", found.len());
        let names: BTreeSet<&str> = found.iter().map(|c| c.name.as_str()).collect();
        assert_eq!(names.len(), found.len(), "names are all different");
        let mut draft = Draft::of(&load("issue-299").expect("it ships"));
        for candidate in &found {
            draft.put_at(&["contenders", &candidate.name], candidate.body.clone());
        }
        let scenario = draft.check("space").expect("a scenario");
        assert_eq!(scenario.contenders.len(), 6 + found.len());
        let ways: BTreeSet<&str> = found.iter().filter_map(Candidate::way).collect();
        let fitting = WAYS.iter().filter(|way| way.kind != CHAINS).count();
        assert_eq!(ways.len(), fitting, "{ways:?}");
        assert!(found.iter().all(|it| !it.body.contains_key("regions")));
    }

    #[test]
    fn what_fits_a_scenario_is_searched_there_too() {
        for (name, fits) in [
            ("regional-spread", Fits { regions: true, chains: false }),
            ("chained-roles", Fits { regions: false, chains: true }),
        ] {
            let scenario = load(name).expect("it ships");
            assert_eq!(Fits::of(std::iter::once(&scenario)), fits);
            let narrowed = Narrowed { fits, ..Narrowed::default() };
            let found = default_space(&narrowed, 128, 1).expect("a space");
            let mut draft = Draft::of(&scenario);
            draft.remove("contenders");
            draft.remove("expect");
            for candidate in &found {
                draft.put_at(&["contenders", &candidate.name], candidate.body.clone());
            }
            let checked = draft.check("space").unwrap_or_else(|invalid| panic!("{invalid}"));
            assert_eq!(checked.contenders.len(), found.len(), "names are all different");
            let regions = found.iter().filter_map(|it| it.body.get("regions")?.as_str());
            let regions: BTreeSet<&str> = regions.collect();
            assert_eq!(regions.len(), if fits.regions { 3 } else { 0 }, "{regions:?}");
            let ways: BTreeSet<&str> = found.iter().filter_map(Candidate::way).collect();
            assert_eq!(ways.contains("chained") && ways.contains("chained-renewed"), fits.chains);
        }
        let sdk = Narrowed {
            tool: Some(Tool::SdkJs),
            fits: Fits { regions: true, chains: true },
            ..Narrowed::default()
        };
        let found = default_space(&sdk, 64, 1).expect("a space");
        let regions: BTreeSet<_> =
            found.iter().map(|it| it.body.get("regions").map(ToString::to_string)).collect();
        assert_eq!(regions.len(), 2, "its own, or by job: {regions:?}");
        assert!(found.iter().all(|it| it.way() == Some("each")));
    }

    #[test]
    fn few_attempts_leave_a_space_of_few_attempts() {
        for most in [1, 2, 3, 5] {
            let narrowed = Narrowed {
                ways: vec!["env".into()],
                most_attempts: Some(most),
                ..Narrowed::default()
            };
            let mut draft = Draft::of(&load("issue-299").expect("it ships"));
            let found = default_space(&narrowed, 64, 1).expect("a space");
            for candidate in &found {
                draft.put_at(&["contenders", &candidate.name], candidate.body.clone());
            }
            let scenario = draft.check("few").expect("a scenario");
            let calls = scenario.contenders.iter().map(|c| (c, c.policy.build().most_calls()));
            let generic = calls.filter(|(c, _)| {
                c.name.starts_with("env-f") || c.name.starts_with("env-e") || c.name == "env-once"
            });
            let calls: Vec<u32> = generic.map(|(_, calls)| calls).collect();
            assert!(calls.iter().all(|calls| *calls <= most) && calls.contains(&most), "{calls:?}");
        }
    }

    #[test]
    fn a_tool_has_only_what_it_can_do() {
        for tool in Tool::ALL {
            let narrowed = Narrowed { tool: Some(tool), ..Narrowed::default() };
            let found = default_space(&narrowed, 64, 1).expect("a space");
            assert!(!found.is_empty(), "{}", tool.name());
            assert!(
                found.iter().all(|c| c.way().is_some_and(|way| tool.ways().contains(&way))),
                "{}",
                tool.name()
            );
        }
        let action = Narrowed { tool: Some(Tool::Action), ..Narrowed::default() };
        let action = default_space(&action, 64, 1).expect("a space");
        assert_eq!(action.len(), 16, "its one number, 1 to 16");
        let ways = || vec!["broker-job".to_owned()];
        let never = Narrowed { tool: Some(Tool::SdkRust), ways: ways(), ..Narrowed::default() };
        assert!(never.check().expect_err("no broker").contains("does each"));
        let unfit = Narrowed { ways: vec!["chained".into()], ..Narrowed::default() };
        assert!(unfit.check().expect_err("one role").contains("roles of their own"));
        let typo = Narrowed { ways: vec!["broker-jbo".into()], ..Narrowed::default() };
        assert!(typo.check().expect_err("a typo").contains("did you mean `broker-job`?"));
    }
}
