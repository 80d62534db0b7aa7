//! A result file that somebody has edited: refused, or rendered; never a panic, never a number
//! that is none.

mod common;

use common::*;
use reports::Format;
use reports::render::json;
use reports::render::text::TextOptions;
use serde_json::Value;

#[test]
fn no_single_value_breaks_a_renderer() {
    let mut report = report();
    report.contenders.truncate(2);
    // Few records: every histogram is taken apart and put together a thousand times.
    for contender in &mut report.contenders {
        contender.time_to_credentials = latency(60, 10, 20);
        contender.service_time = latency(60, 10, 20);
        contender.time_to_failure = latency(3, 10, 20);
    }
    report.contenders[1].lateness = Some(latency(10, 1, 5));
    let whole: Value = serde_json::from_str(&json::render(&report)).unwrap();
    let mut paths = Vec::new();
    leaves(&whole, String::new(), &mut paths);
    assert!(paths.len() > 150, "only {} values found", paths.len());
    let (mut rendered, mut refused) = (0, 0);
    for path in &paths {
        for odd in replacements(whole.pointer(path).unwrap()) {
            let mut edited = whole.clone();
            *edited.pointer_mut(path).unwrap() = odd.clone();
            match json::parse(&edited.to_string()) {
                Err(_) => refused += 1,
                Ok(report) => {
                    rendered += 1;
                    for format in Format::ALL {
                        let text = format
                            .render(&report, &TextOptions { colour: true, width: 80, full: true });
                        for bad in ["NaN", "inf,", "inf ", "null%"] {
                            assert!(!text.contains(bad), "{path} = {odd}: {bad} in {format}");
                        }
                    }
                }
            }
        }
    }
    assert!(rendered > 300 && refused > 20, "{rendered} rendered, {refused} refused");
}

/// The JSON pointer of every value that holds no other.
fn leaves(value: &Value, path: String, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            members.iter().for_each(|(key, value)| leaves(value, format!("{path}/{key}"), found));
        }
        Value::Array(members) => {
            let numbered = members.iter().enumerate();
            numbered.for_each(|(at, value)| leaves(value, format!("{path}/{at}"), found));
        }
        _ => found.push(path),
    }
}

/// Others of its kind, and nothing at all.
fn replacements(value: &Value) -> Vec<Value> {
    let mut odd = match value {
        Value::Number(_) => vec![Value::from(0), Value::from(u64::MAX), Value::from(1e300)],
        Value::String(_) => ["", "\u{0}\n\r|<&,\"`"].map(Value::from).to_vec(),
        Value::Bool(it) => vec![Value::from(!it)],
        _ => Vec::new(),
    };
    odd.push(Value::Null);
    odd
}
