//! The published schemas: current, true of every file there is, and no laxer than they say.

use std::path::{Path, PathBuf};
use std::process::Command;

use harness::scenario::{self, builtin};
use jsonschema::Validator;
use reports::render::json;
use serde_json::{Value, json};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// What the program prints, and that it is what is kept.
fn published(of: &str) -> Value {
    let printed = Command::new(env!("CARGO_BIN_EXE_stampede"))
        .args(["schema", of])
        .output()
        .expect("it is there and can be read");
    let printed = String::from_utf8(printed.stdout).expect("it is there and can be read");
    let path = root().join("docs/schema").join(of).with_extension("json");
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    let remedy = format!("stampede schema {of} > docs/schema/{of}.json");
    assert!(kept == printed, "{} is out of date: `{remedy}`", path.display());
    serde_json::from_str(&printed).expect("it is there and can be read")
}

/// Independent of the code that made the schema, and of the program's own reader.
fn validator(of: &str) -> Validator {
    let schema = published(of);
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    jsonschema::draft202012::new(&schema).expect("it is there and can be read")
}

fn first_error(validator: &Validator, value: &Value) -> Option<String> {
    let error = validator.iter_errors(value).next()?;
    Some(format!("{error} at {}", error.instance_path()))
}

/// Every scenario there is, and the reference in the docs, as JSON.
fn scenarios() -> Vec<(String, Value)> {
    let page = std::fs::read_to_string(root().join("docs/scenarios.md"))
        .expect("it is there and can be read");
    let reference = page.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next());
    let known = builtin().map(|scenario| (scenario.name.to_owned(), scenario.text.to_owned()));
    let all = known.chain([(
        "reference".to_owned(),
        reference.expect("it is there and can be read").to_owned(),
    )]);
    all.map(|(name, text)| (name, toml::from_str(&text).expect("TOML"))).collect()
}

fn program_reads(scenario: &Value) -> bool {
    let text = toml::to_string(scenario).expect("TOML");
    scenario::parse("mutated.toml", &text).is_ok()
}

#[test]
fn every_scenario_is_valid() {
    let validator = validator("scenario");
    for (name, value) in scenarios() {
        assert_eq!(first_error(&validator, &value), None, "{name}");
        assert!(program_reads(&value), "{name}");
    }
}

/// What the schema refuses the program refuses too, so that no editor scolds a good file.
#[test]
fn scenarios_that_are_wrong_are_refused_by_schema_and_program() {
    let validator = validator("scenario");
    let (mut unknown_keys, mut bare_numbers, mut unitless) = (0, 0, 0);
    for (name, whole) in scenarios() {
        for (pointer, value) in every_value(&whole) {
            let parent = pointer.rsplit_once('/').map_or("", |(parent, _)| parent);
            let mutate = |change: Value| {
                let mut mutated = whole.clone();
                *mutated.pointer_mut(&pointer).unwrap() = change;
                let refused = !validator.is_valid(&mutated);
                assert!(!refused || !program_reads(&mutated), "{name}{pointer}: {mutated:#}");
                refused
            };
            let names_are_free = ["/contenders", "/expect", "/warn"].contains(&pointer.as_str())
                || pointer.ends_with("/string-equals")
                || pointer.ends_with("/string-like");
            if let Value::Object(members) = &value {
                let mut members = members.clone();
                members.insert("no-such-key".into(), json!({}));
                let refused = mutate(Value::Object(members));
                assert!(refused || names_are_free, "{name}{pointer} takes an unknown key");
                unknown_keys += usize::from(refused);
            }
            if value.is_string() {
                assert!(mutate(json!(5)), "{name}{pointer} takes a number");
                bare_numbers += 1;
                let is_time = ["/horizon", "/spread", "/base", "/cap", "/median"];
                if is_time.iter().any(|key| pointer.ends_with(key)) && parent != "/contenders" {
                    assert!(mutate(json!("5")), "{name}{pointer} takes a number without a unit");
                    unitless += 1;
                }
            }
        }
        for required in ["name", "question", "fleet", "contenders"] {
            let mut mutated = whole.clone();
            mutated.as_object_mut().unwrap().remove(required).unwrap();
            assert!(!validator.is_valid(&mutated), "{name} without {required}");
        }
    }
    assert!(unknown_keys > 300 && bare_numbers > 500 && unitless > 60);
}

/// Units in every way in which the program reads them, and in ways in which it does not.
#[test]
fn units_are_written_as_the_program_reads_them() {
    let validator = validator("scenario");
    let (_, reference) = scenarios().pop().unwrap();
    let table = [
        ("/horizon", "30m, 1800s, 0.5h, 1h 30m, 1h30m, 30 minutes, +30m, 00:30:00, PT30M, pt1h30m"),
        ("/service/limits/0/token-bucket/rate", "600/s, 6e2/s, 36000/m, 600 / s, +600/s, 600./s"),
        ("/idp/token-faults/error-rate", "5%, 0.1%, .1%, 5 %, 1e-1%"),
        ("/service/faults/1/error-rate/during", "5m..6m, 5m.., ..6m, .., 00:05:00..6m"),
    ];
    for (pointer, texts) in table {
        let bad = ["5", "five minutes", "-5m", "5 fortnights", "5/d", "", "%"];
        let good = texts.split(", ").map(|text| (text, true));
        for (text, good) in good.chain(bad.map(|text| (text, false))) {
            let mut changed = reference.clone();
            *changed.pointer_mut(pointer).unwrap() = json!(text);
            assert_eq!(validator.is_valid(&changed), good, "{pointer} = {text:?}, by schema");
            assert_eq!(program_reads(&changed), good, "{pointer} = {text:?}, by program");
        }
    }
}

/// Results of both worlds, made by the program.
fn results() -> Vec<Value> {
    let scenario = "name = 'both'\nquestion = 'Is it valid?'\nseeds = [7]\n\
        [fleet]\njobs = 3\ntools-per-job = 2\narrivals.burst = {}\n\
        [service]\nprofile = 'cacheable-keys'\nlatency.fixed = '5ms'\n\
        [contenders.naive]\nstrategy.naive = {}\n\
        [expect]\n'naive.success' = '>= 100% @90%'\n";
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("schema-both.toml");
    std::fs::write(&path, scenario).expect("it is there and can be read");
    let made = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_stampede"));
        command.args(arguments).args(["-o", "json=-"]).env_remove("GITHUB_ACTIONS");
        let output = command
            .env_remove("GITHUB_STEP_SUMMARY")
            .output()
            .expect("it is there and can be read");
        serde_json::from_slice(&output.stdout).expect("it is there and can be read")
    };
    let path = path.to_str().expect("it is there and can be read");
    vec![
        made(&["simulate", "issue-299", "--seeds", "1..3"]),
        made(&["simulate", "sts-fails"]),
        made(&["simulate", path, "--seeds", "1..12"]),
        made(&["run", path]),
    ]
}

#[test]
fn results_are_valid_and_mutated_ones_are_refused_by_schema_and_program() {
    let validator = validator("result");
    let results = results();
    for result in &results {
        assert_eq!(first_error(&validator, result), None, "{}", result["scenario"]["name"]);
    }
    let whole = &results[2];
    let (mut refused, mut missing) = (0, 0);
    for (pointer, value) in every_value(whole) {
        let is_container = value.is_array() || value.is_object();
        let odd = if is_container { json!("five") } else { json!([]) };
        let mut mutated = whole.clone();
        *mutated.pointer_mut(&pointer).unwrap() = odd;
        assert!(!validator.is_valid(&mutated), "{pointer} takes another type");
        assert!(json::parse(&mutated.to_string()).is_err(), "{pointer} is read as another type");
        refused += 1;
        let Some((parent, key)) = pointer.rsplit_once('/') else { continue };
        let mut mutated = whole.clone();
        let removed = mutated.pointer_mut(parent).and_then(Value::as_object_mut);
        if removed.is_some_and(|members| members.remove(key).is_some())
            && !validator.is_valid(&mutated)
        {
            assert!(json::parse(&mutated.to_string()).is_err(), "{pointer} is not missed");
            missing += 1;
        }
    }
    assert!(refused > 200 && missing > 100, "{refused} refused, {missing} missed");
}

/// Every value that is not the whole, with its pointer.
fn every_value(whole: &Value) -> Vec<(String, Value)> {
    fn collect(value: &Value, pointer: &str, found: &mut Vec<(String, Value)>) {
        let mut go_on = |key: &str, value: &Value| {
            let pointer = format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"));
            found.push((pointer.clone(), value.clone()));
            collect(value, &pointer, found);
        };
        match value {
            Value::Object(members) => members.iter().for_each(|(key, value)| go_on(key, value)),
            Value::Array(members) => {
                members.iter().enumerate().for_each(|(at, value)| go_on(&at.to_string(), value));
            }
            _ => {}
        }
    }
    let mut found = Vec::new();
    collect(whole, "", &mut found);
    found
}
