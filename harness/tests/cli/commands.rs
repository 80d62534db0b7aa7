//! Programs of the user's own as contenders: run, joined from the wire, judged,
//! and gone at the end.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use serde_json::Value;

use crate::support::{Ended, Folder, SMALL};

/// The small scenario without anybody in it.
fn nobody() -> &'static str {
    SMALL.split_once("[contenders").map_or(SMALL, |(before, _)| before)
}

/// Assumes the role twice, the second time although it is granted, and prints
/// what it got.
const ASSUME: &str = r#"#!/usr/bin/env python3
import json, os, re, sys, urllib.error, urllib.parse, urllib.request
def call():
    form = {"Action": "AssumeRoleWithWebIdentity", "Version": "2011-06-15",
            "RoleArn": os.environ["AWS_ROLE_ARN"],
            "RoleSessionName": os.environ["AWS_ROLE_SESSION_NAME"],
            "WebIdentityToken": open(os.environ["AWS_WEB_IDENTITY_TOKEN_FILE"]).read()}
    data = urllib.parse.urlencode(form).encode()
    try:
        return urllib.request.urlopen(os.environ["AWS_ENDPOINT_URL_STS"] + "/", data).read().decode()
    except urllib.error.HTTPError as error:
        return error.read().decode()
call()
answer = call()
names = ["AccessKeyId", "SecretAccessKey", "SessionToken"]
print(json.dumps({name: re.search(f"<{name}>(.*)</{name}>", answer)[1] for name in names}))
"#;

struct Ran {
    code: Option<i32>,
    report: Value,
    stdout: String,
    stderr: String,
}

impl Ran {
    fn contender(&self) -> &Value {
        &self.report["contenders"][0]
    }

    fn failures(&self) -> Vec<(String, u64)> {
        let failures = self.contender()["failures"].as_array().expect("as written");
        let told = |failure: &Value| {
            let text = format!("{}: {}", failure["code"].as_str()?, failure["message"].as_str()?);
            Some((text, failure["count"].as_u64()?))
        };
        failures.iter().filter_map(told).collect()
    }
}

/// Runs a scenario whose only contender is a program; `keys` are its own.
fn run(program: &str, keys: &str) -> Ran {
    let folder = Folder::new();
    let path = folder.join("program");
    fs::write(&path, program).expect("as written");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("as written");
    let text = format!("{}\n[contenders.mine]\ncommand = [\"./program\"]\n{keys}\n", nobody());
    fs::write(folder.join("programs.toml"), text).expect("as written");
    stampede(&folder, &["run", "programs.toml"])
}

fn stampede(folder: &Folder, arguments: &[&str]) -> Ran {
    let mut all = arguments.to_vec();
    let at = all.iter().position(|word| *word == "--").unwrap_or(all.len());
    all.splice(at..at, ["-o", "json=report.json", "--no-color"]);
    let mut command = crate::support::command(folder, &all);
    let Ended { code, stdout, stderr } =
        command.env("AWS_PROFILE", "inherited").output().expect("as written").into();
    let report = fs::read(folder.join("report.json")).unwrap_or_default();
    Ran { code, report: serde_json::from_slice(&report).unwrap_or_default(), stdout, stderr }
}

#[test]
fn what_a_program_did_is_read_off_the_wire() {
    let ran = run(ASSUME, "credentials = \"stdout\"");
    assert_eq!(ran.code, Some(0), "{}{}", ran.stdout, ran.stderr);
    let mine = ran.contender();
    assert_eq!(mine["strategy"], "command: ./program");
    assert_eq!((&mine["jobs"]["succeeded"], &mine["jobs"]["total"]), (&4.into(), &4.into()));
    assert_eq!(mine["attempts_by_number"], serde_json::json!([4, 4]));
    assert_eq!(mine["server"]["granted"], 8);
    let notes = ran.report["notes"].to_string();
    assert!(notes.contains("the starting gate held them"), "{notes}");
}

#[test]
fn a_program_that_shows_nothing_has_nothing() {
    let ran = run("#!/bin/sh\necho garbage\n", "credentials = \"stdout\"");
    let expected =
        "NoCredentials: standard output is no JSON: expected value at line 1 column 1: garbage";
    assert_eq!(ran.failures(), [(expected.into(), 4)]);
    let ran = run("#!/bin/sh\nexit 0\n", "credentials = \"caller-identity\"");
    assert_eq!(ran.failures()[0].1, 4);
    assert!(ran.failures()[0].0.starts_with("NoCredentials"), "{:?}", ran.failures());
    let invented = r#"#!/bin/sh
echo "AWS_ACCESS_KEY_ID=ASIAEXAMPLE" >> "$GITHUB_ENV"
echo "AWS_SECRET_ACCESS_KEY=x" >> "$GITHUB_ENV"
echo "AWS_SESSION_TOKEN=y" >> "$GITHUB_ENV"
"#;
    let ran = run(invented, "credentials = \"github-env\"");
    let expected = "NoCredentials: the credentials are none that the mock issued";
    assert_eq!(ran.failures(), [(expected.into(), 4)]);
}

#[test]
fn an_env_file_of_the_jobs_own_hands_credentials_over() {
    let printed = ASSUME.find("print(").expect("it prints");
    let exports = r#"keys = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"]
with open(os.environ["STAMPEDE_ENV_FILE"], "a") as file:
    for key, name in zip(keys, names):
        file.write(f"export {key}='" + re.search(f"<{name}>(.*)</{name}>", answer)[1] + "'\n")
"#;
    let ran = run(&format!("{}{exports}", &ASSUME[..printed]), "credentials = \"env-file\"");
    assert_eq!((ran.failures(), ran.code), (vec![], Some(0)), "{}{}", ran.stdout, ran.stderr);
    let elsewhere = "#!/bin/sh\necho AWS_ACCESS_KEY_ID=x >> \"$GITHUB_ENV\"\n";
    let ran = run(elsewhere, "credentials = \"env-file\"");
    let expected = "NoCredentials: STAMPEDE_ENV_FILE's file has no AWS_ACCESS_KEY_ID";
    assert_eq!(ran.failures(), [(expected.into(), 4)]);
}

/// Two roles, and a program that becomes the other one: a silent downgrade is no
/// success.
#[test]
fn a_program_that_is_somebody_else_has_the_wrong_identity() {
    let folder = Folder::new();
    let other = "os.environ[\"AWS_ROLE_ARN\"].replace(\"/ci\", \"/other\")";
    let program = ASSUME.replace("os.environ[\"AWS_ROLE_ARN\"]", other);
    assert_ne!(program, ASSUME);
    let path = folder.join("program");
    fs::write(&path, program).expect("as written");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("as written");
    let roles = "limits = []
roles = [
    { arn = \"arn:aws:iam::123456789012:role/ci\" },
    { arn = \"arn:aws:iam::123456789012:role/other\" },
]";
    let text = nobody().replace("limits = []", roles);
    assert_ne!(text, nobody());
    let mine = "[contenders.mine]\ncommand = [\"./program\"]\ncredentials = \"stdout\"\n";
    fs::write(folder.join("programs.toml"), format!("{text}\n{mine}")).expect("as written");
    let ran = stampede(&folder, &["run", "programs.toml"]);
    assert_eq!(ran.failures().len(), 1, "{}", ran.stdout);
    let (why, jobs) = &ran.failures()[0];
    let expected = "WrongIdentity: the credentials are for other, not for arn:";
    assert!(why.starts_with(expected), "{why}");
    // What the program printed were credentials: they are in no report.
    assert!(why.ends_with("[credentials left out]"), "{why}");
    assert_eq!(*jobs, 4);
}

#[test]
fn each_bad_end_is_one_clear_outcome() {
    let ran = run("#!/bin/sh\necho no luck >&2\nexit 3\n", "");
    assert_eq!(ran.failures(), [("CommandFailed: exit status: 3: no luck".into(), 4)]);
    let folder = Folder::new();
    fs::write(folder.join("data"), "not a program").expect("as written");
    let text = format!(
        "{}\n[contenders.a]\ncommand = [\"./absent\"]\n[contenders.b]\ncommand = [\"./data\"]\n",
        nobody()
    );
    fs::write(folder.join("programs.toml"), text).expect("as written");
    let ran = stampede(&folder, &["run", "programs.toml"]);
    let told = ran.report["contenders"].to_string();
    assert!(told.contains("CommandNotStarted"), "{told}");
    assert!(told.contains("cannot run ./absent: No such file"), "{told}");
    assert!(told.contains("cannot run ./data: Permission denied"), "{told}");
}

/// The program starts a child that would outlive it, and neither ends by itself.
#[test]
fn what_never_ends_is_killed_with_all_that_it_started() {
    let folder = Folder::new();
    let marks = folder.join("marks");
    fs::create_dir(&marks).expect("as written");
    let program = format!(
        "#!/bin/sh\n(sleep 600; touch {0}/late) &\necho $! > {0}/$STAMPEDE_JOB_ID\nsleep 600\n",
        marks.display()
    );
    let ran = run(&program, "timeout = \"500ms\"");
    let expected = "CommandTimedOut: still running after 500ms, killed";
    assert_eq!(ran.failures(), [(expected.into(), 4)]);
    for mark in fs::read_dir(&marks).expect("as written") {
        let pid = fs::read_to_string(mark.expect("as written").path()).expect("as written");
        let process = format!("/proc/{}/cmdline", pid.trim());
        assert_eq!(fs::read_to_string(process).unwrap_or_default(), "", "{pid} still runs");
    }
}

#[test]
fn a_connection_off_this_machine_fails_the_run_and_is_named() {
    let program = r#"#!/usr/bin/env python3
import urllib.request
try:
    urllib.request.urlopen("http://sts.us-east-1.amazonaws.com/", timeout=5)
except OSError:
    pass
"#;
    let ran = run(program, "");
    assert_eq!(ran.code, Some(1), "{}", ran.stdout);
    let leak =
        "jobs 0, 1, 2 and 1 more tried to reach sts.us-east-1.amazonaws.com, which is not on";
    assert!(ran.report["notes"].to_string().contains(leak), "{}", ran.report["notes"]);
    assert_eq!(ran.contender()["checks"][0]["holds"], false);
}

/// Nothing of whoever runs the tests is inherited, and a job's own is there.
#[test]
fn a_program_finds_the_contract_and_nothing_else_of_aws() {
    let program = "#!/bin/sh
[ -z \"$AWS_PROFILE\" ] || { echo inherited; exit 1; }
[ \"$HOME\" != \"$OLDPWD\" ] && [ -d \"$TMPDIR\" ] && [ -s \"$AWS_WEB_IDENTITY_TOKEN_FILE\" ] || exit 4
[ -f \"$GITHUB_ENV\" ] && [ -f \"$GITHUB_OUTPUT\" ] || exit 5
case \"$ACTIONS_ID_TOKEN_REQUEST_URL\" in http://127.0.0.1:*'?'*) ;; *) exit 6;; esac
[ \"$ACTIONS_ID_TOKEN_REQUEST_TOKEN\" = \"stampede-job-$STAMPEDE_JOB_ID\" ] || exit 7
[ \"$AWS_ROLE_SESSION_NAME\" = \"job-$STAMPEDE_JOB_ID\" ] || exit 8
";
    let ran = run(program, "");
    assert_eq!(ran.failures(), []);
    assert_eq!(ran.code, Some(0), "{}", ran.stdout);
}

#[test]
fn the_command_line_adds_a_program_and_the_simulator_leaves_it_out() {
    let folder = Folder::new();
    fs::write(
        folder.join("small.toml"),
        format!("{}\n[contenders.naive]\nstrategy.naive = {{}}\n", nobody()),
    )
    .expect("as written");
    let both = stampede(&folder, &["run", "small.toml", "--", "true"]);
    let names: Vec<_> = both.report["contenders"]
        .as_array()
        .expect("as written")
        .iter()
        .map(|c| c["name"].clone())
        .collect();
    assert_eq!(names, ["naive", "true"]);
    fs::write(folder.join("both.toml"), format!("{}\n[contenders.naive]\nstrategy.naive = {{}}\n[contenders.mine]\ncommand = [\"true\"]\n", nobody())).expect("as written");
    let simulated = stampede(&folder, &["simulate", "both.toml"]);
    assert!(
        simulated.stdout.contains("left out, as programs cannot be simulated: mine"),
        "{}",
        simulated.stdout
    );
    let alone = stampede(&folder, &["simulate", "both.toml", "--contender", "mine"]);
    assert_eq!(alone.code, Some(2));
    assert!(alone.stderr.contains("use `stampede run`"), "{}", alone.stderr);
    let elsewhere = stampede(&folder, &["run", "both.toml", "--endpoint", "http://127.0.0.1:9"]);
    assert_eq!(elsewhere.code, Some(2));
    assert!(elsewhere.stderr.contains("leave --endpoint out"), "{}", elsewhere.stderr);
}

#[test]
fn what_leaves_its_group_is_found_and_ended() {
    // A length that nobody else sleeps for.
    let mark = format!("29{}.5", std::process::id());
    let program = format!(
        "#!/bin/sh\nsetsid sh -c ': > \"$HOME/up\"; exec sleep {mark}' </dev/null >/dev/null 2>&1 &\n\
         while [ ! -e \"$HOME/up\" ]; do sleep 0.05; done\n"
    );
    let ran = run(&program, "");
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let outlived = "outlived its job outside of its group; ended";
    assert!(ran.stdout.contains(outlived), "{}", ran.stdout);
    let alive = fs::read_dir("/proc").expect("Linux").flatten().filter(|process| {
        let line = fs::read(process.path().join("cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&line).contains(&mark)
    });
    assert_eq!(alive.count(), 0);
}

#[test]
#[expect(clippy::disallowed_methods, reason = "real programs take real time to start")]
fn ctrl_c_ends_the_programs_and_keeps_what_there_is() {
    let folder = Folder::new();
    let path = folder.join("program");
    let started = "#!/bin/sh\n: > \"$STARTED_IN/started\"\nsleep 290\n";
    fs::write(&path, started).expect("as written");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("as written");
    let text = format!("{}\n[contenders.mine]\ncommand = [\"./program\"]\n", nobody());
    fs::write(folder.join("programs.toml"), text).expect("as written");
    let arguments = ["run", "programs.toml", "-q", "-o", "json=report.json"];
    let mut command = crate::support::command(&folder, &arguments);
    let mut stampede = command.env("STARTED_IN", folder.join(".")).spawn().expect("it was built");
    while !folder.join("started").exists() {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    let interrupt = ["-INT".to_owned(), stampede.id().to_string()];
    let told = std::process::Command::new("kill").args(interrupt).status();
    assert!(told.expect("kill is everywhere").success());
    assert_eq!(stampede.wait().expect("it ends").code(), Some(130));
    let report = fs::read(folder.join("report.json")).expect("a partial report");
    let report: Value = serde_json::from_slice(&report).expect("whole");
    let failures = &report["contenders"][0]["failures"];
    assert_eq!(failures[0]["code"], "CommandStopped", "{failures}");
}

/// A program has no strategy: what stands in its place must not be told as if it were one.
#[test]
fn the_plan_of_a_program_promises_no_calls() {
    let program = "[contenders.mine]\ncommand = [\"./assume.sh\"]\n\n[expect]";
    let folder = Folder::with(&SMALL.replace("[expect]", program));
    let planned = crate::support::stampede(&folder, &["check", "small.toml"]);
    let (_, mine) = planned.stdout.split_once("mine: command: ./assume.sh; its own\n").expect("it");
    let expected = "  4 jobs of one program, up to 4 start within one second\n  \
                    how often it calls STS, only a run tells; once a job were 4 calls, up to 4 within one second\n";
    assert!(mine.starts_with(expected), "{mine}");
    assert!(planned.stdout.contains("  at least 8 calls to STS"), "{}", planned.stdout);
}
