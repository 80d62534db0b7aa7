//! The two answers a fleet gets most: credentials, and the key error.

use criterion::{Criterion, criterion_group, criterion_main};
use mock_sts::decision::Refusal;
use mock_sts::http::credentials::{Secret, mint};
use mock_sts::http::xml::{Granted, granted, refused};
use mock_sts::reply::Shape;
use mock_sts::session::{Principal, Session};

const REQUEST_ID: &str = "c6104cbe-af31-11e0-8154-cbc7ccf896c7";

fn xml_render(criterion: &mut Criterion) {
    let principal = Principal::Role {
        name: "ci".into(),
        id: "AROAEXAMPLEEXAMPLE234".into(),
        session: "GitHubActions".into(),
    };
    let session = Session::new("123456789012", principal, 1_635_296_400);
    let credentials = mint(&Secret::from_bytes(&[7; 32]), &session, 1);
    let answer = Granted {
        audience: "sts.amazonaws.com",
        provider: "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com",
        subject: "repo:octo-org/app:ref:refs/heads/main",
        partition: "aws",
        session: &session,
        credentials: &credentials,
        shape: Shape::default(),
    };
    let mut group = criterion.benchmark_group("xml_render");
    group.bench_function("granted", |bencher| bencher.iter(|| granted(&answer, REQUEST_ID)));
    group.bench_function("verification-key", |bencher| {
        bencher.iter(|| refused(&Refusal::VerificationKey, REQUEST_ID));
    });
    group.finish();
}

criterion_group!(benches, xml_render);
criterion_main!(benches);
