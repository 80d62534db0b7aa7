//! What a program reads, and that it reads back.

mod common;

use common::*;
use proptest::prelude::*;
use reports::render::json::{parse, render};
use reports::*;

#[test]
fn a_report_reads_back_as_it_was_written() {
    let mut report = report();
    report.contenders[0].lateness = Some(latency(100, 1, 12));
    report.expectations[0] =
        expectation("naive.time-to-credentials.p99 < 30s", "", Verdict::NoData);
    assert_eq!(parse(&render(&report)).unwrap(), report);
    assert_eq!(parse(&render(&undecided())).unwrap(), undecided());
}

#[test]
fn the_names_that_other_programs_rely_on_are_there() {
    let value: serde_json::Value = serde_json::from_str(&render(&report())).unwrap();
    let names: Vec<&str> =
        value["contenders"].as_array().unwrap().iter().filter_map(|c| c["name"].as_str()).collect();
    assert_eq!(names, ["naive", "retried-full-jitter", "cached"]);
    assert_eq!(value["format_version"], 1);
    assert_eq!(value["world"], "simulated");
    assert_eq!(value["digest"], "0123456789abcdef");
    assert_eq!(value["expectations"][0]["verdict"], "pass");
    assert_eq!(value["profile"]["knobs"][2]["provenance"], "assumed");
    assert_eq!(
        value["contenders"][0]["jobs"],
        serde_json::json!({"succeeded": 308, "total": 500, "design_effect": 3.2})
    );
    assert_eq!(value["contenders"][0]["errors"][0]["message"], KEY_ERROR);
}

#[test]
fn the_layout_is_pinned() {
    let mut report = report();
    report.contenders = vec![ContenderReport { name: "cached".to_owned(), ..Default::default() }];
    report.profile.knobs.truncate(1);
    report.expectations.truncate(1);
    insta::assert_snapshot!(render(&report));
}

#[test]
fn files_from_before_strikes_were_counted_are_read() {
    let mut report = report();
    let strikes = |server: &mut ServerTruth, count| {
        server.struck_by_fault = vec![FaultCount { fault: "outage".to_owned(), count }];
    };
    strikes(report.contenders[0].server.as_mut().unwrap(), 7);
    let mut value: serde_json::Value = serde_json::from_str(&render(&report)).unwrap();
    for contender in value["contenders"].as_array_mut().unwrap() {
        contender["server"].as_object_mut().unwrap().remove("struck_by_fault").unwrap();
    }
    let read = parse(&value.to_string()).unwrap();
    assert_eq!(read.contenders[0].server.as_ref().unwrap().struck_by_fault, []);
    assert_eq!(read.contenders[1], report.contenders[1]);
}

#[test]
fn it_ends_in_one_newline() {
    let text = render(&report());
    assert!(text.ends_with("}\n") && !text.ends_with("\n\n"));
}

#[test]
fn a_report_of_another_version_is_refused_for_its_version() {
    let newer = r#"{"format_version": 2, "stampede_version": "9.0.0", "everything": "else"}"#;
    insta::assert_snapshot!(parse(newer).unwrap_err(), @"report has format_version 2, and this program reads 1: read it with the version named in its `stampede_version`");
}

#[test]
fn what_is_no_report_is_refused() {
    insta::assert_snapshot!(parse("{}").unwrap_err(), @"not a stampede report: missing field `format_version` at line 1 column 2; reports are written with `-o json=PATH`");
    insta::assert_snapshot!(parse("PASS").unwrap_err(), @"not a stampede report: expected value at line 1 column 1; reports are written with `-o json=PATH`");
    let too_good = render(&report()).replacen("\"total\": 500", "\"total\": 5", 1);
    insta::assert_snapshot!(parse(&too_good).unwrap_err(), @"not a stampede report: 308 of 5 cannot have succeeded at line 87 column 7; reports are written with `-o json=PATH`");
    for effect in ["0.0", "1e300", "-1.0"] {
        let odd = render(&report()).replacen(": 3.2", &format!(": {effect}"), 1);
        let refusal = parse(&odd).unwrap_err().to_string();
        assert!(refusal.contains(" is not one: it is at least 1 at line 87"), "{refusal}");
    }
    let cut = render(&report());
    assert!(parse(&cut[..cut.len() / 2]).is_err());
}

proptest! {
    #[test]
    fn any_numbers_read_back(
        times_ns in prop::collection::vec(any::<u64>(), 0..200),
        per_seed in prop::collection::vec((0..50_u64, 50..90_u64), 0..40),
        seeds in prop::collection::vec(any::<u64>(), 0..5),
    ) {
        let mut histogram = Histogram::default();
        times_ns.iter().for_each(|ns| histogram.record_ns(*ns));
        let mut written = report();
        written.seeds = seeds;
        written.contenders[0].time_to_credentials = LatencySummary::from(&histogram);
        written.contenders[0].jobs = Proportion::from_seeds(&per_seed);
        let read = parse(&render(&written)).unwrap();
        prop_assert_eq!(&read, &written);
        prop_assert_eq!(read.contenders[0].time_to_credentials.histogram.quantile(0.5), histogram.quantile(0.5));
    }
}
