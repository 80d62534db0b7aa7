//! A hierarchical timing wheel on nanoseconds: exact, first in first out for
//! ties, no tuning.
//!
//! Level `n` files entries by the `n`th byte of their time, counted from the
//! lowest; an entry's level is the highest byte in which its time differs from
//! now. Opening the next slot moves time to its earliest entry and files the
//! others anew, each at a lower level (Varghese and Lauck, "Hashed and
//! hierarchical timing wheels", 1987).

use std::collections::VecDeque;

use super::queues::{Queue, Store};

const BITS: u32 = 8;
const SLOTS: usize = 1 << BITS;
const LEVELS: usize = (u64::BITS / BITS) as usize;
/// What is filed below this level is due within 66 µs.
const SOON_LEVELS: u32 = 2;
const WORDS: usize = SLOTS / 64;
const _: () = assert!(LEVELS * WORDS <= 32, "a bit for each word");

/// Tasks waiting for a time.
#[derive(Debug)]
pub struct Wheel {
    slots: Box<[Queue; LEVELS * SLOTS]>,
    /// Which slots hold anything, a bit for each.
    occupied: [u64; LEVELS * WORDS],
    /// Which words of `occupied` are not zero.
    words: u32,
    entries: Store,
    now: u64,
    waiting: usize,
    /// See [`Wheel::coming`].
    coming: Vec<u32>,
}

impl Default for Wheel {
    fn default() -> Self {
        Self {
            slots: Box::new([Queue::EMPTY; LEVELS * SLOTS]),
            occupied: [0; LEVELS * WORDS],
            words: 0,
            entries: Store::default(),
            now: 0,
            waiting: 0,
            coming: Vec::new(),
        }
    }
}

impl Wheel {
    /// The time of the entries handed out last.
    #[must_use]
    pub fn now(&self) -> u64 {
        self.now
    }

    /// Entries that have not been handed out.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.waiting
    }

    /// Files `task` for `at`, in nanoseconds. A time that has come is due at once.
    pub fn insert(&mut self, at: u64, task: u32, due: &mut VecDeque<u32>) {
        if at <= self.now {
            due.push_back(task);
            return;
        }
        self.waiting += 1;
        self.file(at, task);
    }

    /// The tasks that the last [`Wheel::advance`] moved within 66 µs of now:
    /// the next to be handed out, as a hint for who keeps their memory.
    pub(super) fn coming(&self) -> &[u32] {
        &self.coming
    }

    /// Moves time to the earliest entries and hands out the one of them that was
    /// filed first; the others are due after it, in the order they were filed.
    /// None when there are none.
    #[inline]
    pub fn advance(&mut self, due: &mut VecDeque<u32>) -> Option<u32> {
        self.coming.clear();
        if self.words == 0 {
            return None;
        }
        let word = self.words.trailing_zeros() as usize;
        let bits = self.occupied[word];
        self.occupied[word] = bits & (bits - 1);
        self.words &= !(u32::from(self.occupied[word] == 0) << word);
        let slot = &mut self.slots[word * 64 + bits.trailing_zeros() as usize];
        let opened = std::mem::replace(slot, Queue::EMPTY);
        self.now = opened.earliest();
        self.waiting -= 1;
        opened.only().or_else(|| self.first_of(opened, due))
    }

    /// Of many entries: the first that is due now. Others that are follow it, and the rest is
    /// filed anew.
    fn first_of(&mut self, mut opened: Queue, due: &mut VecDeque<u32>) -> Option<u32> {
        let mut first = None;
        while let Some((at, task)) = self.entries.pop(&mut opened) {
            if at > self.now {
                if self.file(at, task) < SOON_LEVELS {
                    self.coming.push(task);
                }
            } else if first.is_none() {
                first = Some(task);
            } else {
                self.waiting -= 1;
                due.push_back(task);
            }
        }
        first
    }

    /// Files an entry; at which level.
    #[inline]
    fn file(&mut self, at: u64, task: u32) -> u32 {
        let level = ((at ^ self.now) | 1).ilog2() / BITS;
        let digit = (at >> (level * BITS)) as usize & (SLOTS - 1);
        let slot = level as usize * SLOTS + digit;
        self.entries.push(&mut self.slots[slot], at, task);
        self.occupied[slot / 64] |= 1 << (slot % 64);
        self.words |= 1 << (slot / 64);
        level
    }
}

#[cfg(test)]
mod tests {
    use std::cmp::Reverse;
    use std::collections::BinaryHeap;

    use proptest::prelude::*;

    use super::*;

    /// Empties the wheel; entries as (time, task).
    fn drain(wheel: &mut Wheel, due: &mut VecDeque<u32>) -> Vec<(u64, u32)> {
        let mut order = Vec::new();
        while let Some(first) = wheel.advance(due) {
            order.push((wheel.now(), first));
            order.extend(due.drain(..).map(|task| (wheel.now(), task)));
        }
        order
    }

    #[test]
    fn ties_come_in_the_order_they_were_filed() {
        let (mut wheel, mut due) = (Wheel::default(), VecDeque::new());
        for (at, task) in [(500, 1), (70_000, 2), (500, 3), (70_000, 4), (0, 5)] {
            wheel.insert(at, task, &mut due);
        }
        assert_eq!(due.pop_front(), Some(5), "what is due does not wait");
        let order = drain(&mut wheel, &mut due);
        assert_eq!(order, [(500, 1), (500, 3), (70_000, 2), (70_000, 4)]);
        assert_eq!(wheel.waiting(), 0);
    }

    proptest! {
        /// A heap on (time, order of filing) is the model.
        #[test]
        fn is_a_heap(steps in prop::collection::vec((0_u32..64, 0_u64..256, any::<bool>()), 1..400)) {
            let (mut wheel, mut due) = (Wheel::default(), VecDeque::new());
            let mut heap = BinaryHeap::new();
            for (task, (shift, digit, take)) in steps.into_iter().enumerate() {
                let task = task as u32;
                let at = wheel.now().saturating_add(digit << (shift % 56)).saturating_add(1);
                wheel.insert(at, task, &mut due);
                heap.push(Reverse((at, task)));
                let first = if take { wheel.advance(&mut due) } else { None };
                for task in first.into_iter().chain(due.drain(..)) {
                    prop_assert_eq!(heap.pop(), Some(Reverse((wheel.now(), task))));
                }
            }
            for entry in drain(&mut wheel, &mut due) {
                prop_assert_eq!(heap.pop(), Some(Reverse(entry)));
            }
            prop_assert!(heap.is_empty());
        }
    }
}
