//! The smallest scenario in which a contender still fails in the same way:
//! everything that can go is taken out, one thing at a time, until nothing can.

use std::sync::atomic::AtomicBool;

use super::draft::Draft;
use crate::record::{Digest, Recorder};
use crate::run::{ContenderRecord, simulate_one};
use crate::scenario::{Contender, Scenario};
use crate::world::sim::Stuck;

/// No scenario is so large that it takes more rounds.
const MOST_ROUNDS: usize = 8;

/// A scenario that fails, as small as it gets.
#[derive(Clone, Debug)]
pub struct Shrunk {
    /// The file, with a head that says what it is.
    pub text: String,
    /// Jobs that fail in it.
    pub failed_jobs: u64,
    /// Jobs that there are.
    pub jobs: u64,
    /// Parts that were taken out.
    pub taken_out: usize,
}

/// How a run failed.
#[derive(PartialEq, Eq)]
struct Failed {
    jobs: u64,
    of: u64,
    /// What most acquisitions failed of; none where they were cut off.
    why: Option<&'static str>,
    digest: String,
}

/// The smallest draft in which `contender` loses a job under `seed` in the same
/// way as in `draft`; none when it loses none there, or when stopped.
///
/// # Errors
/// [`Stuck`] when a strategy never lets time pass.
pub fn shrink(
    draft: Draft,
    contender: &Contender,
    seed: u64,
    found_by: &str,
    stop: &AtomicBool,
) -> Result<Option<Shrunk>, Stuck> {
    let name = contender.name.as_str();
    let mut smallest = alone(draft, name, seed);
    let Some(first) = failed(&smallest, name, seed, stop)? else { return Ok(None) };
    let still = |draft: &Draft| -> Result<bool, Stuck> {
        Ok(failed(draft, name, seed, stop)?.is_some_and(|now| now.why == first.why))
    };
    for key in ["jobs", "tools-per-job"] {
        lower(&mut smallest, name, key, &still)?;
    }
    let mut taken_out = 0;
    for _ in 0..MOST_ROUNDS {
        let before = taken_out;
        // Whole tables first; what was inside of one is then gone too.
        for path in smallest.paths() {
            let mut smaller = smallest.clone();
            if !is_needed(&path) && smaller.remove(&path) && still(&smaller)? {
                smallest = smaller;
                taken_out += 1;
            }
        }
        if taken_out == before {
            break;
        }
    }
    for key in ["jobs", "tools-per-job"] {
        lower(&mut smallest, name, key, &still)?;
    }
    smallest.put_at(&["expect", &format!("{name}.success")], "< 100%");
    let Some(last) = failed(&smallest, name, seed, stop)? else { return Ok(None) };
    let text = format!(
        "# Does {name} lose a job here?\n#\n# {found_by}\n\
         # Under seed {seed} it loses {} of {}: `stampede simulate` prints digest {}.\n{}",
        last.jobs,
        last.of,
        last.digest,
        smallest.text()
    );
    Ok(Some(Shrunk { text, failed_jobs: last.jobs, jobs: last.of, taken_out }))
}

/// Only the contender and the seed.
fn alone(mut draft: Draft, name: &str, seed: u64) -> Draft {
    draft.strip_comments();
    for path in draft.paths() {
        let other = path.strip_prefix("contenders.").is_some_and(|rest| rest != name);
        let direct = path.matches('.').count() == 1;
        if (other && direct) || path == "expect" || path == "incident" {
            draft.remove(&path);
        }
    }
    draft.put("name", format!("{:.34}-least", name));
    draft.put("question", format!("Does {name} lose a job here?"));
    draft.put("seeds", toml_edit::Array::from_iter([seed as i64]));
    draft
}

/// What makes it this scenario: the contender, the seed, the profile.
fn is_needed(path: &str) -> bool {
    let kept = ["name", "question", "seeds", "contenders", "service.profile"];
    kept.iter().any(|kept| path == *kept || path.starts_with(&format!("{kept}.")))
}

/// The least number there that still fails: halved first, then one less at a time.
fn lower(
    smallest: &mut Draft,
    name: &str,
    key: &str,
    still: &dyn Fn(&Draft) -> Result<bool, Stuck>,
) -> Result<(), Stuck> {
    let Ok(scenario) = smallest.check(name) else { return Ok(()) };
    let Some(contender) = scenario.contenders.first() else { return Ok(()) };
    let mut now = if key == "jobs" { contender.jobs } else { contender.tools_per_job };
    smallest.remove(&format!("contenders.{name}.fleet.{key}"));
    smallest.put(&format!("fleet.{key}"), i64::from(now));
    let mut step = now / 2;
    while step > 0 {
        let mut smaller = smallest.clone();
        smaller.put(&format!("fleet.{key}"), i64::from(now - step));
        if still(&smaller)? {
            *smallest = smaller;
            now -= step;
            step = step.min(now - 1);
        } else {
            step /= 2;
        }
    }
    Ok(())
}

/// How `name` fails under the seed, if it does and the draft is a scenario.
fn failed(
    draft: &Draft,
    name: &str,
    seed: u64,
    stop: &AtomicBool,
) -> Result<Option<Failed>, Stuck> {
    let Ok(scenario) = draft.check(name) else { return Ok(None) };
    let Some(contender) = find(&scenario, name) else { return Ok(None) };
    let run = simulate_one(&scenario, contender, seed, Recorder::default(), stop)?;
    let jobs = run.planned_jobs - run.recorder.jobs_succeeded;
    let why = run.recorder.failures.sorted().first().map(|worst| worst.failure.name());
    let of = run.planned_jobs;
    // A report's digest is over contenders, each of them over seeds.
    let (mut record, mut digest) = (ContenderRecord::default(), Digest::default());
    record.add(0, seed, run);
    digest.absorb(record.recorder.digest);
    Ok((jobs > 0).then(|| Failed { jobs, of, why, digest: digest.to_string() }))
}

fn find<'a>(scenario: &'a Scenario, name: &str) -> Option<&'a Contender> {
    scenario.contenders.iter().find(|contender| contender.name == name)
}
