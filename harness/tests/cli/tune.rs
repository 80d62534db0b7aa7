//! `tune` where the best is known beforehand, and its lines run for real: the
//! shell loop against a command that fails at first.

use std::fs;
use std::process::Command;

use harness::tune::result::TuneResult;

use crate::support::{Folder, SMALL, assert_refused, stampede};

/// An outage of three seconds from the start: who gives up before loses all.
fn outage() -> Folder {
    let text = SMALL
        .replace("limits = []", "limits = []\nfaults = [{ outage = { during = \"0s..3s\" } }]");
    Folder::with(&text)
}

const QUICK: [&str; 6] = ["--seeds", "1..6", "--held-out-seeds", "11..16", "--candidates", "30"];

#[test]
fn the_front_outlasts_the_outage_and_calls_no_more_than_it_must() {
    let folder = outage();
    let arguments = [
        &["tune", "small.toml", "--require", "success >= 99%", "-o", "csv=tune.csv"][..],
        &["-o", "svg=tune.svg", "-o", "scenario=front.toml"],
        &QUICK,
    ];
    let tuned = stampede(&folder, &arguments.concat());
    assert_eq!(tuned.code, Some(0), "{}", tuned.stderr);
    for words in ["UNSEEN SEEDS, small", "HOW MUCH THE SEARCH FLATTERED", "LINES TO PASTE FOR"] {
        assert!(tuned.stdout.contains(words), "{words} is missing in: {}", tuned.stdout);
    }
    let csv = fs::read_to_string(folder.join("tune.csv")).expect("written");
    let front: Vec<&str> = csv.lines().filter(|line| line.contains(",search,true,")).collect();
    assert!(!front.is_empty() && csv.contains("naive,small,search,false,false,6,"), "{csv}");
    assert!(csv.contains(",held-out-seeds,true,true,6,24,24,"), "all of 24 jobs: {csv}");
    // The front is a scenario of its own, and does there what was promised.
    let shown = stampede(&folder, &["simulate", "front.toml", "-o", "csv=front.csv"]);
    assert_eq!(shown.code, Some(0), "{}", shown.stderr);
    let svg = fs::read_to_string(folder.join("tune.svg")).expect("written");
    assert!(svg.contains("the knee") && svg.contains("STS calls per job"));
}

#[test]
fn what_nothing_keeps_is_said_with_what_limits_it() {
    let folder = outage();
    let arguments = [
        &["tune", "small.toml", "--require", "success >= 99%", "--require", "attempts <= 1"],
        &QUICK[..],
    ];
    let tuned = stampede(&folder, &arguments.concat());
    assert_eq!(tuned.code, Some(99), "{}", tuned.stderr);
    for words in ["nothing keeps `success >= 99%`", "with 0%", "fails of ServiceUnavailable"] {
        assert!(tuned.stdout.contains(words), "{words} is missing in: {}", tuned.stdout);
    }
}

/// The file for programs, read back, says what the rows say.
#[test]
fn the_search_is_a_result_file_too() {
    let folder = outage();
    let arguments = [
        &["tune", "small.toml", "--objective", "success,calls,fairness", "-o", "json=tune.json"][..],
        &["--require", "fairness >= 0.9", "--only-tool", "shell", "-o", "csv=tune.csv", "-q"],
        &QUICK,
    ];
    let tuned = stampede(&folder, &arguments.concat());
    assert_eq!((tuned.code, tuned.stdout.as_str()), (Some(0), ""), "{}", tuned.stderr);
    let text = fs::read_to_string(folder.join("tune.json")).expect("written");
    let result: TuneResult = serde_json::from_str(&text).expect("a search");
    assert_eq!((result.kind.as_str(), result.format_version), ("stampede-tune", 1));
    assert_eq!(result.objectives, ["success", "calls", "fairness"]);
    assert_eq!(result.requirements, ["fairness >= 0.9"]);
    assert_eq!((result.seeds.len(), result.held_out_seeds.len(), result.complete), (6, 6, true));
    let winner = result.front.iter().find(|member| Some(&member.name) == result.winner.as_ref());
    let seen = &winner.expect("it is on the front").confirmed[0];
    let fairness = seen.measures["fairness"];
    assert!((0.9..=1.0).contains(&fairness.value), "{fairness:?}");
    assert!(fairness.low <= Some(fairness.value) && fairness.high >= Some(fairness.value));
    assert_eq!(seen.measures["success"].value, 1.0);
    let [lines] = &result.lines[..] else { panic!("one tool's lines: {:?}", result.lines) };
    assert!(lines.tool == "shell" && lines.text.contains("aws sts"), "{lines:?}");
    let csv = fs::read_to_string(folder.join("tune.csv")).expect("written");
    let (name, index) = (result.winner.unwrap_or_default(), fairness.value);
    let row = csv.lines().find(|row| row.starts_with(&format!("{name},small,held-out-seeds,")));
    assert!(row.is_some_and(|row| row.contains(&format!(",{index:.6},"))), "{row:?}");
}

#[test]
fn several_scenarios_are_judged_by_the_worst_and_one_may_be_held_out() {
    let folder = outage();
    fs::write(folder.join("calm.toml"), SMALL.replace("\"small\"", "\"calm\"")).expect("written");
    let longer = SMALL
        .replace("\"small\"", "\"longer\"")
        .replace("limits = []", "limits = []\nfaults = [{ outage = { during = \"0s..6s\" } }]");
    fs::write(folder.join("longer.toml"), longer).expect("written");
    let arguments = [
        &["tune", "small.toml", "calm.toml", "--held-out", "longer.toml", "--only-tool", "shell"],
        &QUICK[..],
    ];
    let tuned = stampede(&folder, &arguments.concat());
    assert_eq!(tuned.code, Some(0), "{}", tuned.stderr);
    for words in ["UNSEEN SEEDS, calm", "A SCENARIO HELD OUT, longer", "shell (exactly this)"] {
        assert!(tuned.stdout.contains(words), "{words} is missing in: {}", tuned.stdout);
    }
    assert!(!tuned.stdout.contains("sdk-rust"), "only that tool's lines: {}", tuned.stdout);
}

#[test]
fn contenders_can_be_varied_in_the_place_of_the_space() {
    let folder = outage();
    let text = fs::read_to_string(folder.join("small.toml")).expect("there");
    let text = text.replace(
        "[contenders.cached]\n",
        "[contenders.cached]\npolicy.fixed = { wait = \"1s\", retries = 1 }\n",
    );
    fs::write(folder.join("small.toml"), text).expect("written");
    let vary =
        ["--vary", "contenders.cached.policy.fixed.retries=1..6:6", "--objective", "success,calls"];
    let tuned = stampede(&folder, &[&["tune", "small.toml"], &vary[..], &QUICK].concat());
    assert_eq!(tuned.code, Some(0), "{}", tuned.stderr);
    // Attempts at 0, 1, 2 and 3 s: three retries meet the end of the outage, fewer do not.
    assert!(tuned.stdout.contains("* cached-3"), "{}", tuned.stdout);
    assert!(tuned.stdout.contains("nothing tells it from cached-4, cached-5, cached-6"));
}

/// A limit that two calls a second pass: who spreads over three regions calls least.
#[test]
fn regions_are_searched_where_there_are_several() {
    let limit = "other-regions = [\"us-west-2\", \"eu-west-1\"]\n\
                 limits = [{ token-bucket = { per = \"account-region\", rate = \"2/s\", burst = 3 } }]";
    let folder = Folder::with(&SMALL.replace("limits = []", limit));
    let arguments =
        [&["tune", "small.toml", "--strategy", "each", "--objective", "success,calls"][..], &QUICK];
    let tuned = stampede(&folder, &arguments.concat());
    assert_eq!(tuned.code, Some(0), "{}", tuned.stderr);
    assert!(tuned.stdout.contains("over 3 regions by job"), "{}", tuned.stdout);
    assert!(tuned.stdout.contains("regions=(us-east-1 us-west-2 eu-west-1)"), "{}", tuned.stdout);
}

/// One run over sockets; whether it agrees is the machine's load to say.
#[test]
fn the_front_is_run_over_sockets_too() {
    let folder = Folder::with(SMALL);
    let arguments =
        [&["tune", "small.toml", "--only-tool", "action", "--confirm-real"], &QUICK[..]];
    let tuned = stampede(&folder, &arguments.concat());
    assert_eq!(tuned.code, Some(0), "{}", tuned.stderr);
    let (_, real) = tuned.stdout.split_once("OVER SOCKETS, small, seed 11").expect("a block");
    let row = real.lines().nth(2).expect("a row");
    assert!(row.starts_with("env-action") && row.contains("100% → 100%"), "{real}");
    assert!(row.contains("1.00 → 1.00"), "a call a job in both worlds: {real}");
}

#[test]
fn what_cannot_be_searched_is_refused_before_it_starts() {
    let folder = Folder::with(SMALL);
    for (rest, says) in [
        (&["--objective", "calls", "--objective", "min:calls"][..], "there twice"),
        (&["--objective", "max:calls"], "asks for the worst"),
        (&["--require", "success >= 101%"], "no value of success"),
        (&["--require", "calls > 3"], "asks for the worst"),
        (&["--only-tool", "terrafrom"], "did you mean `terraform`?"),
        (&["--only-tool", "terraform"], "the space is a single point, each-terraform-provider"),
        (&["--only-tool", "action", "--strategy", "each"], "action does not do each: it does env"),
        (&["--strategy", "chained"], "`chained` takes tools with roles of their own"),
        (&["--strategy", "brokr-job"], "did you mean `broker-job`?"),
        (&["--vary", "fleet.jobs=1,2"], "a search chooses among contenders"),
        (&["--held-out-seeds", "50..70"], "the search sees seed 50 too"),
        (&["--seeds", "1..3"], "3 seeds cannot tell candidates apart"),
        (&["--held-out", "small.toml"], "there twice"),
        (&["--held-out", "isue-299"], "did you mean `issue-299`?"),
    ] {
        assert_refused(&stampede(&folder, &[&["tune", "small.toml"], rest].concat()), &[says]);
    }
}

/// Runs the loop that was printed, with a `sleep` that only notes how long and
/// an `aws` that fails until the third call.
#[test]
fn the_shell_loop_runs_as_it_stands() {
    let folder = outage();
    let arguments =
        [&["tune", "small.toml", "--only-tool", "shell", "--strategy", "env"], &QUICK[..]];
    let tuned = stampede(&folder, &arguments.concat());
    assert_eq!(tuned.code, Some(0), "{}", tuned.stderr);
    let (_, script) = tuned.stdout.split_once("shell (exactly this)\n").expect("its lines");
    let script: String =
        script.lines().map(|line| line.trim_start_matches("    ").to_owned() + "\n").collect();
    let (ok, state) = run(&folder, &script, 3);
    assert!(ok, "{state}\n{script}");
    assert_eq!(state.matches("called 1 ").count(), 3, "one attempt each of the CLI: {state}");
    assert!(state.ends_with("keys: AKIAEXAMPLE secret token unset\n"), "{state}");
    let slept: Vec<f64> = state
        .lines()
        .filter_map(|line| line.strip_prefix("slept "))
        .map(|seconds| seconds.parse().expect("seconds"))
        .collect();
    assert_eq!(slept.len(), 2, "{state}");
    // One that never succeeds gives up, and the script with it.
    let (ok, state) = run(&folder, &script, 1_000);
    assert!(!ok && !state.contains("keys:"), "{state}");
    let calls = state.matches("called 1 ").count();
    assert!((4..=12).contains(&calls), "as many as its policy says: {state}");
}

fn run(folder: &Folder, script: &str, until: u32) -> (bool, String) {
    let state = folder.join("state");
    fs::write(&state, "").expect("written");
    let text = format!(
        "sleep() {{ echo \"slept $1\" >>\"$STATE\"; }}\n\
         aws() {{\n  echo \"called $AWS_MAX_ATTEMPTS $*\" >>\"$STATE\"\n  \
         (($(grep -c ^called \"$STATE\") >= {until})) && printf 'AKIAEXAMPLE\\tsecret\\ttoken\\n'\n}}\n\
         {script}\n\
         echo \"keys: $AWS_ACCESS_KEY_ID $AWS_SECRET_ACCESS_KEY $AWS_SESSION_TOKEN \
         ${{AWS_WEB_IDENTITY_TOKEN_FILE-unset}}\" >>\"$STATE\"\n"
    );
    let ended = Command::new("bash")
        .args(["-eu", "-c", &text])
        .env("STATE", &state)
        .env("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/ci")
        .env("AWS_WEB_IDENTITY_TOKEN_FILE", "/nowhere")
        .output()
        .expect("bash is there");
    (ended.status.success(), fs::read_to_string(state).expect("there"))
}
