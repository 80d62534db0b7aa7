//! Runs and what they leave behind: reports, exit codes, silence.

use std::fs;
use std::io::Read as _;
use std::net::TcpListener;
use std::process::{Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::support::{Ended, Folder, SMALL, command, json, names, stampede};

#[test]
fn simulate_prints_the_same_digest_twice() {
    let digest = |seed: &str| {
        let ended = stampede(&Folder::with(SMALL), &["simulate", "small.toml", "--seed", seed]);
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        let at = ended.stdout.find("digest ").expect("a digest") + "digest ".len();
        let digest: String =
            ended.stdout[at..].chars().take_while(char::is_ascii_hexdigit).collect();
        assert_eq!(digest.len(), 16, "{}", ended.stdout);
        digest
    };
    let first = digest("7");
    assert_eq!(first, digest("7"));
    assert_ne!(first, digest("8"));
}

#[test]
fn run_reports_its_own_world() {
    let ended = stampede(&Folder::with(SMALL), &["run", "small.toml", "-o", "json=-"]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let report: Value = serde_json::from_str(&ended.stdout).expect("JSON");
    assert_eq!((&report["world"], &report["digest"]), (&Value::from("real"), &Value::Null));
    assert_eq!(report["contenders"][0]["jobs"]["succeeded"], 4);
    assert_eq!(report["contenders"][0]["server"]["requests"], 8);
    assert_eq!(report["contenders"][1]["server"]["requests"], 4);
}

#[test]
fn a_report_goes_where_it_is_sent() {
    let folder = Folder::with(SMALL);
    let arguments =
        ["simulate", "small.toml", "-o", "json=report.json", "--output", "text=report.txt"];
    let ended = stampede(&folder, &arguments);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let report = json(&folder.join("report.json"));
    assert_eq!(names(&report), ["naive", "cached"]);
    assert_eq!(report["complete"], true);
    assert_eq!(report["seeds"], serde_json::json!([7]));
    let text = fs::read_to_string(folder.join("report.txt")).expect("the text is there");
    assert_eq!(text, ended.stdout, "the same on standard output");
    let mut left: Vec<_> = fs::read_dir(&*folder)
        .expect("read")
        .map(|entry| entry.expect("entry").file_name())
        .collect();
    left.sort();
    assert_eq!(left, ["report.json", "report.txt", "small.toml"], "no partial file is left");

    let piped = stampede(&folder, &["simulate", "small.toml", "-o", "json=-"]);
    let report: Value = serde_json::from_str(&piped.stdout).expect("only JSON on standard output");
    assert_eq!(names(&report), ["naive", "cached"]);
}

/// Runs a program on a terminal of so many columns, and prints what it shows there.
const ON_A_TERMINAL: &str = r"
import fcntl, os, pty, struct, sys, termios
pid, terminal = pty.fork()
if pid == 0:
    fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack('HHHH', 24, int(sys.argv[1]), 0, 0))
    os.execv(sys.argv[2], sys.argv[2:])
shown = b''
while True:
    try:
        part = os.read(terminal, 65536)
    except OSError:
        break
    if not part:
        break
    shown += part
os.waitpid(pid, 0)
sys.stdout.buffer.write(shown.replace(b'\r\n', b'\n'))
";

#[test]
fn a_report_fits_the_terminal_it_is_shown_on() {
    let folder = Folder::with(SMALL);
    stampede(&folder, &["simulate", "small.toml", "-q", "-o", "json=result.json"]);
    let widest = |columns: &str| {
        let mut python = Command::new("python3");
        python.args(["-c", ON_A_TERMINAL, columns, env!("CARGO_BIN_EXE_stampede")]);
        python.args(["report", "result.json"]).env("NO_COLOR", "1").current_dir(&*folder);
        let shown = Ended::from(python.output().expect("python3 is there"));
        assert!(shown.stdout.starts_with("PASS"), "{}{}", shown.stdout, shown.stderr);
        shown.stdout.lines().map(|line| line.chars().count()).max().unwrap_or_default()
    };
    assert_eq!([widest("40"), widest("200")].map(|width| width > 80), [false, true]);
    assert!((81..=90).contains(&widest("90")), "{}", widest("90"));
}

#[test]
fn quiet_prints_nothing() {
    for world in ["simulate", "run"] {
        let ended = stampede(&Folder::with(SMALL), &[world, "small.toml", "-q"]);
        assert_eq!(
            (ended.code, ended.stdout.as_str(), ended.stderr.as_str()),
            (Some(0), "", ""),
            "{world}"
        );
    }
}

#[test]
fn pipes_and_no_color_get_no_escape_codes() {
    let folder = Folder::with(SMALL);
    fs::write(folder.join("bad.toml"), SMALL.replace("jobs = 4", "jobs = 0")).expect("written");
    let plain = |ended: &Ended| !ended.stdout.contains('\x1b') && !ended.stderr.contains('\x1b');
    for arguments in [["simulate", "small.toml"], ["check", "bad.toml"], ["run", "small.toml"]] {
        assert!(plain(&stampede(&folder, &arguments)), "{arguments:?} is piped");
    }
    let forced = |arguments: &[&str], no_color: bool| -> Ended {
        let mut command = command(&folder, arguments);
        command.env("CLICOLOR_FORCE", "1");
        if no_color {
            command.env("NO_COLOR", "1");
        }
        command.output().expect("started").into()
    };
    assert!(!plain(&forced(&["simulate", "small.toml"], false)), "colour can be forced");
    assert!(plain(&forced(&["--no-color", "simulate", "small.toml"], false)));
    assert!(plain(&forced(&["check", "bad.toml", "--no-color"], false)));
}

#[test]
fn a_failed_expectation_ends_with_99_and_its_report_is_written() {
    let strict = SMALL.replace("\"<= 1\"", "\"< 1\"");
    for world in ["simulate", "run"] {
        let folder = Folder::with(&strict);
        let ended = stampede(&folder, &[world, "small.toml", "-o", "json=report.json"]);
        assert_eq!(ended.code, Some(99), "{}", ended.stderr);
        assert!(ended.stdout.contains("cached.sts-calls-per-job < 1"), "{}", ended.stdout);
        assert_eq!(json(&folder.join("report.json"))["expectations"][0]["verdict"], "fail");
    }
}

#[test]
fn an_endpoint_where_nobody_answers_is_found_before_the_run() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    drop(listener);
    let ended = stampede(&Folder::with(SMALL), &["run", "small.toml", "--endpoint", &url]);
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), ""));
    let words = format!("error: nobody answers at {url}: ");
    assert!(ended.stderr.starts_with(&words), "{}", ended.stderr);
}

#[test]
fn ctrl_c_ends_a_run_with_a_partial_report() {
    let folder = Folder::with(SMALL);
    // Somebody else's endpoint, which never answers: the run cannot end by itself.
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let arguments = ["run", "small.toml", "-o", "json=report.json", "--endpoint", &url];
    let mut run = command(&folder, &arguments);
    run.stdout(Stdio::piped()).stderr(Stdio::piped());
    let run = run.spawn().expect("started");
    // A connection may be no more than a look whether anybody is there.
    let begun = listener.incoming().find_map(|connection| {
        let mut connection = connection.expect("accepted");
        connection.read_exact(&mut [0; 16]).ok().map(|()| connection)
    });
    kill_process(Pid::from_child(&run), Signal::INT).expect("signalled");
    let ended = Ended::from(run.wait_with_output().expect("ended"));
    drop(begun);
    assert_eq!(ended.code, Some(130), "{}", ended.stderr);
    let report = json(&folder.join("report.json"));
    assert_eq!(
        (names(&report), &report["complete"]),
        (vec!["naive", "cached"], &Value::Bool(false))
    );
    for contender in report["contenders"].as_array().expect("a list") {
        assert_eq!(contender["jobs"]["succeeded"], 0);
        assert_eq!(contender["jobs"]["total"], 4);
    }
    assert!(ended.stdout.contains("INTERRUPTED"), "the text says so: {}", ended.stdout);
}

/// Fairness where it is known: whoever gets nothing has waited for the horizon, and where all get
/// their credentials the longest wait is the worst job's.
#[test]
fn how_evenly_jobs_waited_is_told_and_can_be_expected() {
    let (scenario, _) = SMALL.split_once("[expect]").expect("it expects something");
    let outage = "limits = []\nfaults = [{ outage = { during = \"0s..1h\" } }]";
    let text =
        scenario.replace("limits = []", outage).replace("[fleet]", "horizon = \"1m\"\n[fleet]");
    let text = text.replace("seeds = [7]\n\nhorizon", "seeds = [7]\nhorizon");
    let lost = "[expect]\n\"naive.fairness\" = \"== 1\"\n\"naive.worst-job\" = \"== 1m\"\n";
    let folder = Folder::with(&format!("{text}{lost}"));
    let all_lost = stampede(&folder, &["simulate", "small.toml"]);
    assert_eq!(all_lost.code, Some(0), "{}{}", all_lost.stdout, all_lost.stderr);
    let (_, told) = all_lost.stdout.split_once("HOW EVENLY THE JOBS WAITED\n").expect("a section");
    let row = told.lines().find(|line| line.starts_with("naive")).expect("a row");
    assert_eq!(
        row.split_whitespace().collect::<Vec<_>>(),
        ["naive", "1.000", "1m", "00s", "never"]
    );

    let met = format!("{scenario}[expect]\n\"cached.fairness\" = \">= 0.5, <= 1\"\n");
    fs::write(folder.join("small.toml"), met).expect("written");
    let all_met =
        stampede(&folder, &["simulate", "small.toml", "--seeds", "1..5", "-o", "json=r.json"]);
    assert_eq!(all_met.code, Some(0), "{}{}", all_met.stdout, all_met.stderr);
    let result = json(&folder.join("r.json"));
    for contender in result["contenders"].as_array().expect("contenders") {
        let worst = contender["fairness"]["worst_job_us"].as_u64().expect("a time");
        let longest = contender["time_to_credentials"]["max_us"].as_u64().expect("a time");
        assert!(longest.abs_diff(worst) <= 100, "{worst} is not {longest}");
        let runs = contender["per_seed"].as_array().expect("runs");
        let sum: f64 = runs.iter().filter_map(|run| run["jain"].as_f64()).sum();
        let jain = contender["fairness"]["jain"].as_f64().expect("an index");
        assert!((sum / 5.0 - jain).abs() < 1e-6, "{jain} is not the mean of {runs:?}");
    }
}
