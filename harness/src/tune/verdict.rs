//! A search as a table for people, as CSV for programs and as charts.

use std::fmt::Write as _;

use super::curve::{self, Panel, Series};
use super::found::{Found, limits};
use super::objective::{Objective, Requirement};
use super::race::{Race, Raced};
use super::score::Score;
use super::show::aligned;

/// The whole search as text.
#[must_use]
pub fn text(race: &Race<'_>, raced: &Raced, found: &Found, held_out_seeds: usize) -> String {
    let names: Vec<&str> = race.scenarios.iter().map(|s| s.name.as_str()).collect();
    let objectives: Vec<&str> = race.objectives.iter().map(|o| o.name()).collect();
    let mut text = format!("tune of {} for {}\n", names.join(", "), objectives.join(", "));
    let rounds: Vec<String> =
        raced.rounds.iter().map(|(count, seeds)| format!("{count} under {seeds}")).collect();
    let _ = writeln!(
        text,
        "simulated, candidates under so many seeds: {}; then {} under {held_out_seeds} unseen ones",
        rounds.join(", "),
        found.finalists.len()
    );
    if !race.requirements.is_empty() {
        let required: Vec<String> = race.requirements.iter().map(ToString::to_string).collect();
        let _ = writeln!(text, "required: {}", required.join(", "));
    }
    if found.finalists.is_empty() {
        text.push_str("\nNOTHING KEEPS ALL THAT IS REQUIRED\n");
        for sentence in limits(race, raced) {
            let _ = writeln!(text, "{sentence}");
        }
        return text;
    }
    for confirmed in &found.confirmed {
        let what = if confirmed.held_out { "A SCENARIO HELD OUT" } else { "UNSEEN SEEDS" };
        let title = format!("{what}, {}", confirmed.scenario);
        let scores: Vec<&Score> = confirmed.scores.iter().collect();
        text += &block(&title, race, found, &scores);
    }
    if found.confirmed.is_empty() {
        for (at, scenario) in race.scenarios.iter().enumerate() {
            let scores: Vec<&Score> = found.finalists.iter().map(|f| &f.searched[at]).collect();
            text += &block(&format!("SEARCH ONLY, {}", scenario.name), race, found, &scores);
        }
    } else {
        text += &optimism(race, found);
    }
    text += &who(found);
    if !found.complete {
        text.push_str(
            "\ninterrupted: what is missing was not confirmed, and looks better than it is\n",
        );
    }
    text
}

/// The finalists in one scenario with their intervals.
fn block(title: &str, race: &Race<'_>, found: &Found, scores: &[&Score]) -> String {
    let head = ["candidate".to_owned()].into_iter();
    let objectives: Vec<Objective> =
        Objective::ALL.into_iter().filter(|objective| race.speaks_of(*objective)).collect();
    let titles = objectives.iter().flat_map(|o| [o.title().to_owned(), "[95 %]".to_owned()]);
    let mut rows: Vec<Vec<String>> = vec![head.chain(titles).collect()];
    for (at, (finalist, score)) in found.finalists.iter().zip(scores).enumerate() {
        let mark = if at == 0 { "* " } else { "  " };
        let mut row = vec![format!("{mark}{}", finalist.name)];
        for &objective in &objectives {
            row.push(objective.show(score.mean(objective)));
            let interval = score.interval(objective);
            row.push(interval.map_or("–".into(), |i| objective.show_interval(i.low, i.high)));
        }
        rows.push(row);
    }
    format!("\n{title}\n{}", aligned(&rows, 1))
}

/// What the search had promised beside what came of it.
fn optimism(race: &Race<'_>, found: &Found) -> String {
    let mut rows: Vec<Vec<String>> =
        vec![["candidate", "scenario"].into_iter().map(str::to_owned).collect()];
    rows[0].extend(race.objectives.iter().map(|o| format!("{}: search → unseen", o.title())));
    for (at, finalist) in found.finalists.iter().enumerate() {
        for (searched, confirmed) in finalist.searched.iter().zip(&found.confirmed) {
            let mut row = vec![finalist.name.clone(), confirmed.scenario.clone()];
            row.extend(race.objectives.iter().map(|objective| {
                let (before, after) =
                    (searched.mean(*objective), confirmed.scores[at].mean(*objective));
                format!("{} → {}", objective.show(before), objective.show(after))
            }));
            rows.push(row);
        }
    }
    format!("\nHOW MUCH THE SEARCH FLATTERED\n{}", aligned(&rows, 2))
}

fn who(found: &Found) -> String {
    let mut text =
        String::from("\nWHO THEY ARE (* is the knee: nearest to the best of everything)\n");
    for (at, finalist) in found.finalists.iter().enumerate() {
        let mark = if at == 0 { "* " } else { "  " };
        let _ =
            writeln!(text, "{mark}{}: {}; {}", finalist.name, finalist.strategy, finalist.policy);
        if !finalist.alike.is_empty() {
            let (shown, more) =
                (finalist.alike.iter().take(4), finalist.alike.len().saturating_sub(4));
            let shown: Vec<&str> = shown.map(String::as_str).collect();
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            let _ = writeln!(text, "    nothing tells it from {}{more}", shown.join(", "));
        }
    }
    if found.left_out > 0 {
        let _ = writeln!(text, "  {} more on the front are not shown", found.left_out);
    }
    text
}

/// What became of the requirements on unseen luck, and whether anybody kept them.
#[must_use]
pub fn requirements(found: &Found, requirements: &[Requirement]) -> String {
    let mut text = String::new();
    for (at, finalist) in found.finalists.iter().enumerate() {
        for (requirement, scenario, reached) in found.broken(at, requirements) {
            let _ = writeln!(
                text,
                "{} kept `{requirement}` in the search only: unseen in {scenario} it has {reached}",
                finalist.name
            );
        }
    }
    if !found.finalists.is_empty() && found.winner(requirements).is_none() {
        text.push_str("none of them keeps on unseen luck what is required\n");
    }
    if text.is_empty() { text } else { format!("\n{text}") }
}

/// A row per candidate and scenario of the search, and per finalist confirmed.
#[must_use]
pub fn csv(race: &Race<'_>, raced: &Raced, found: &Found) -> String {
    let mut text = String::from(
        "candidate,scenario,phase,on_front,knee,seeds,jobs,jobs_succeeded,success_low,success_high,\
         p99_s,p99_low_s,p99_high_s,calls_per_job,calls_low,calls_high,wasted_s,wasted_low_s,wasted_high_s,\
         fairness,fairness_low,fairness_high\n",
    );
    let place = |number: usize| found.finalists.iter().position(|f| f.number == number);
    for (number, scores) in raced.scores.iter().enumerate() {
        for (scenario, score) in race.scenarios.iter().zip(scores) {
            let name = &race.scenarios[0].contenders[number].name;
            row(&mut text, [name, &scenario.name, "search"], place(number), score);
        }
    }
    for confirmed in &found.confirmed {
        let phase = if confirmed.held_out { "held-out-scenario" } else { "held-out-seeds" };
        for (at, (finalist, score)) in found.finalists.iter().zip(&confirmed.scores).enumerate() {
            row(&mut text, [&finalist.name, &confirmed.scenario, phase], Some(at), score);
        }
    }
    text
}

fn row(text: &mut String, names: [&str; 3], place: Option<usize>, score: &Score) {
    if score.losses.is_empty() {
        return;
    }
    let (ok, all) = score.jobs.iter().fold((0, 0), |sum, (ok, all)| (sum.0 + ok, sum.1 + all));
    let (on_front, knee, seeds) = (place.is_some(), place == Some(0), score.losses.len());
    let _ = write!(text, "{},{on_front},{knee},{seeds},{all},{ok}", names.join(","));
    for objective in Objective::ALL {
        let interval = score.interval(objective);
        let end = |end: Option<f64>| end.map_or(String::new(), |end| format!("{end:.6}"));
        let _ = if objective == Objective::Success {
            let (low, high) = (interval.map(|i| 1.0 - i.high), interval.map(|i| 1.0 - i.low));
            write!(text, ",{},{}", end(low), end(high))
        } else {
            let natural = |loss: f64| objective.natural(loss);
            let (low, high) = (interval.map(|i| natural(i.low)), interval.map(|i| natural(i.high)));
            let (low, high) = if objective.is_more_better() { (high, low) } else { (low, high) };
            write!(text, ",{:.6},{},{}", natural(score.mean(objective)), end(low), end(high))
        };
    }
    text.push('\n');
}

/// Time and calls against failures in the first scenario of the search.
///
/// # Errors
/// Drawing failed.
pub fn svg(race: &Race<'_>, raced: &Raced, found: &Found) -> Result<String, String> {
    let panel = |objective: Objective, y: &str| {
        let point = |score: &Score| (score.mean(Objective::Success) * 100.0, score.mean(objective));
        let tried = raced.scores.iter().map(|scores| &scores[0]);
        let tried = tried.filter(|score| !score.losses.is_empty()).map(point).collect();
        let mut front: Vec<(f64, f64)> =
            found.finalists.iter().map(|finalist| point(&finalist.searched[0])).collect();
        let knee = front.first().copied().into_iter().collect();
        front.sort_by(|a, b| a.0.total_cmp(&b.0));
        let series = |name: &str, points, joined| Series { name: name.into(), points, joined };
        Panel {
            title: format!("{y} against failures"),
            x: "jobs that fail, %".into(),
            y: y.into(),
            log_x: false,
            top: None,
            series: vec![
                series("tried", tried, false),
                series("on the front", front, true),
                series("the knee", knee, false),
            ],
        }
    };
    let panels = [
        panel(Objective::P99, "p99 time to credentials, s"),
        panel(Objective::Calls, "STS calls per job"),
    ];
    curve::svg(&format!("{}: what can be had", race.scenarios[0].name), &panels)
}
