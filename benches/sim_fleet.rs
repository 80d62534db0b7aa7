//! Events per second of a whole fleet: on the simulator, and the same fleet on
//! tokio's paused clock. Budgets: 4 times tokio at 1 k jobs, 2 times at 100 k;
//! `cargo run --release -p stampede-benches --example fleet_ratio` alternates
//! the two and prints the ratio.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use stampede_benches::Herd;

fn sim_fleet(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("sim_fleet");
    group.sample_size(10);
    for jobs in [1_000, 100_000, 1_000_000] {
        let herd = Herd::new(jobs);
        group.throughput(Throughput::Elements(herd.simulated(1).events));
        group.bench_function(BenchmarkId::new("simulator", jobs), |bencher| {
            bencher.iter(|| herd.simulated(1));
        });
        if jobs < 1_000_000 {
            group.throughput(Throughput::Elements(herd.on_tokio(1).events));
            group.bench_function(BenchmarkId::new("tokio-paused", jobs), |bencher| {
                bencher.iter(|| herd.on_tokio(1));
            });
        }
    }
    group.finish();
}

criterion_group!(benches, sim_fleet);
criterion_main!(benches);
