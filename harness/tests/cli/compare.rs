//! `stampede compare`: what it calls a change, what it refuses and how it ends.

use std::{fs, io};

use crate::support::{Folder, SMALL, assert_refused, json, stampede};

/// The small scenario against a limit of one call a second, without which nothing fails.
fn broken() -> String {
    let fault =
        "limits = [{ token-bucket = { per = \"account-region\", rate = \"1/s\", burst = 1 } }]";
    SMALL.replace("limits = []", fault)
}

#[test]
fn changes_are_found_and_equal_runs_are_equivalent() {
    let folder = Folder::with(SMALL);
    fs::write(folder.join("broken.toml"), broken()).expect("written");
    let simulate = |scenario, output: &str| {
        stampede(&folder, &["simulate", scenario, "--seeds", "1..8", "-q", "-o", output])
    };
    simulate("small.toml", "json=a.json");
    simulate("small.toml", "json=b.json");
    simulate("broken.toml", "json=broken.json");

    let same = stampede(&folder, &["compare", "a.json", "b.json"]);
    assert_eq!(same.code, Some(0), "{}{}", same.stdout, same.stderr);
    let lines: Vec<&str> = same.stdout.lines().collect();
    assert!(lines[0].starts_with("equivalent: 8 seeds, same scenario"), "{}", same.stdout);
    let unchanged = "  equivalent    naive, cached: every figure is as it was";
    assert_eq!(lines[1..], [unchanged], "nothing else is to be told");

    let refused = stampede(&folder, &["compare", "a.json", "broken.json"]);
    assert_refused(&refused, &["--allow-different-scenario"]);
    let told = ["compare", "a.json", "broken.json", "--allow-different-scenario"];
    let worse = stampede(&folder, &told);
    assert_eq!(worse.code, Some(98), "{}{}", worse.stdout, worse.stderr);
    assert!(worse.stdout.contains("worse         naive  success, %"), "{}", worse.stdout);
    assert!(!worse.stdout.contains("every figure"), "both changed: {}", worse.stdout);
}

#[test]
fn too_few_seeds_are_inconclusive_and_edited_files_are_refused() {
    let folder = Folder::with(SMALL);
    fs::write(folder.join("broken.toml"), broken()).expect("written");
    stampede(&folder, &["simulate", "small.toml", "-q", "-o", "json=a.json"]);
    stampede(&folder, &["simulate", "broken.toml", "-q", "-o", "json=broken.json"]);
    let told = ["compare", "a.json", "broken.json", "--allow-different-scenario"];
    assert_eq!(stampede(&folder, &told).code, Some(0));
    let strict = stampede(&folder, &[&told[..], &["--strict-evidence"]].concat());
    assert_eq!(strict.code, Some(97), "{}{}", strict.stdout, strict.stderr);

    let text = fs::read_to_string(folder.join("a.json")).expect("read");
    assert!(text.contains("\"jobs_succeeded\": 4"), "{text}");
    let edited = text.replace("\"jobs_succeeded\": 4", "\"jobs_succeeded\": 5");
    fs::write(folder.join("edited.json"), edited).expect("written");
    let refused = stampede(&folder, &["compare", "edited.json", "a.json"]);
    assert_refused(
        &refused,
        &["cannot read edited.json: it contradicts itself", "contender naive: its seeds"],
    );
}

#[test]
fn runs_over_sockets_are_paired_by_seed_and_few_prove_nothing() {
    let folder = Folder::with(SMALL);
    let run = |seeds: &str, output: &str| {
        let made = stampede(&folder, &["run", "small.toml", "--seeds", seeds, "-q", "-o", output]);
        assert_eq!(made.code, Some(0), "{}", made.stderr);
    };
    run("1..3", "json=base.json");
    run("1..3", "json=head.json");
    let same = stampede(&folder, &["compare", "base.json", "head.json"]);
    assert_eq!(same.code, Some(0), "{}{}", same.stdout, same.stderr);
    let first = "inconclusive: 3 seeds, runs over sockets paired by seed";
    assert!(same.stdout.starts_with(first), "{}", same.stdout);
    assert!(same.stdout.contains("more seeds in both would decide"), "{}", same.stdout);
    assert!(!same.stdout.contains("warning"), "one machine: {}", same.stdout);
    let strict = stampede(&folder, &["compare", "base.json", "head.json", "--strict-evidence"]);
    assert_eq!(strict.code, Some(97));

    stampede(&folder, &["simulate", "small.toml", "-q", "-o", "json=simulated.json"]);
    let mixed = stampede(&folder, &["compare", "base.json", "simulated.json"]);
    assert_refused(&mixed, &["one of BASE and HEAD is simulated"]);
}

#[test]
fn runs_over_sockets_say_on_what_they_were_made() {
    let folder = Folder::with(SMALL);
    let run = |seed: &str, output: &str| {
        stampede(&folder, &["run", "small.toml", "--seed", seed, "-o", output])
    };
    let shown = run("1", "json=base.json").stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    run("2", "json=more.json");
    let text = fs::read_to_string(folder.join("base.json")).expect("written");
    let machine = &json(&folder.join("base.json"))["machine"];
    let (system, cores) = (machine["system"].as_str(), machine["cores"].as_u64());
    assert!(system.is_some_and(|system| system.starts_with(std::env::consts::OS)), "{machine}");
    assert!(cores > Some(0), "{machine}");
    let on = format!("Run on {} on {}", system.unwrap_or_default(), std::env::consts::ARCH);
    assert!(shown.contains(&on), "`{on}` is missing in: {shown}");
    for name in
        [fs::read_to_string("/etc/hostname"), std::env::var("USER").map_err(io::Error::other)]
    {
        let name = name.unwrap_or_default();
        // A short name may be a part of any word.
        let is_a_name = name.trim().len() > 4;
        assert!(!is_a_name || !machine.to_string().contains(name.trim()), "{machine}");
    }

    // The same result, of another machine.
    let cores = format!("\"cores\": {}", cores.unwrap_or_default());
    assert_eq!(text.matches(&cores).count(), 1, "{text}");
    fs::write(folder.join("other.json"), text.replace(&cores, "\"cores\": 999")).expect("written");
    let told = stampede(&folder, &["compare", "base.json", "other.json"]);
    assert_eq!(told.code, Some(0), "{}", told.stderr);
    let warning = told.stdout.lines().find(|line| line.starts_with("  warning: BASE ran on "));
    let warning = warning.expect("a warning");
    assert!(warning.contains("999 cores") && warning.ends_with("may be the machine"), "{warning}");
    let merged = ["merge", "other.json", "more.json", "-q", "-o", "json=both.json"];
    assert_eq!(stampede(&folder, &merged).code, Some(0));
    let both = json(&folder.join("both.json"));
    assert!(both["machine"].is_null(), "{both}");
    let note = both["notes"][0].as_str().unwrap_or_default();
    assert!(note.starts_with("its parts were run on different machines: "), "{note}");
}
