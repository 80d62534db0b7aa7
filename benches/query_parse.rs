//! A form as boto3 sends it, with a token of GitHub's size.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use mock_sts::http::query::{Asked, read};
use stampede_benches::form;

fn query_parse(criterion: &mut Criterion) {
    let form = form(&"abcdEFGH_-01".repeat(100));
    let parse = || read(true, "", "application/x-www-form-urlencoded", black_box(form.as_bytes()));
    assert!(matches!(parse(), Asked::AssumeRoleWithWebIdentity(_)));
    let mut group = criterion.benchmark_group("query_parse");
    group.throughput(Throughput::Bytes(form.len() as u64));
    group.bench_function("assume-role-with-web-identity", |bencher| {
        bencher.iter(|| black_box(parse()));
    });
    group.finish();
}

criterion_group!(benches, query_parse);
criterion_main!(benches);
