//! The simulator's queue against the heap of the standard library: the earliest
//! entry leaves and comes back up to two seconds later, with so many pending.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use harness::world::sim::Wheel;
use mock_sts::dice::{Dice, Purpose};

const PENDING: [u32; 3] = [1_000, 100_000, 1_000_000];
const LONGEST_NS: u64 = 2_000_000_000;

/// Of a queue with `pending` entries, a step that keeps their number.
fn wheel_step(pending: u32) -> impl FnMut() -> u64 {
    let mut dice = Dice::keyed(1, 1, Purpose::Policy);
    let (mut wheel, mut due) = (Wheel::default(), VecDeque::new());
    for task in 0..pending {
        wheel.insert(1 + dice.below(LONGEST_NS), task, &mut due);
    }
    move || {
        if let Some(task) = due.pop_front().or_else(|| wheel.advance(&mut due)) {
            wheel.insert(wheel.now() + 1 + dice.below(LONGEST_NS), task, &mut due);
        }
        wheel.now()
    }
}

/// The same, with ties in the order of insertion as the wheel has them.
fn heap_step(pending: u32) -> impl FnMut() -> u64 {
    let mut dice = Dice::keyed(1, 1, Purpose::Policy);
    let mut heap = BinaryHeap::new();
    let mut inserted = 0_u64;
    for task in 0..pending {
        inserted += 1;
        heap.push(Reverse((1 + dice.below(LONGEST_NS), inserted, task)));
    }
    move || {
        let Some(Reverse((now, _, task))) = heap.pop() else { return 0 };
        inserted += 1;
        heap.push(Reverse((now + 1 + dice.below(LONGEST_NS), inserted, task)));
        now
    }
}

fn wheel(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("wheel");
    for pending in PENDING {
        let mut step = wheel_step(pending);
        group.bench_function(BenchmarkId::new("wheel", pending), |b| b.iter(&mut step));
        let mut step = heap_step(pending);
        group.bench_function(BenchmarkId::new("std-heap", pending), |b| b.iter(&mut step));
    }
    group.finish();
}

criterion_group!(benches, wheel);
criterion_main!(benches);
