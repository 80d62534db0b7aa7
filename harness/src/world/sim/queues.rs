//! Many first-in-first-out queues in one store: what they hold together decides
//! its size, however it is spread over them.

use std::fmt;

/// Entries of a chunk: with the link, four cache lines.
const ROOM: u8 = 20;
/// The tail of an empty queue.
const NONE: u32 = u32::MAX;
/// The tail of a queue of one entry, which needs no chunk: its time is the
/// earliest, its task stands for the head. Most queues never hold more.
const ONE: u32 = u32::MAX - 1;

/// One queue of a [`Store`].
#[derive(Clone, Copy, Debug)]
pub(super) struct Queue {
    /// The least time pushed since the queue was last empty.
    earliest: u64,
    /// The first chunk, or the only task.
    head: u32,
    /// The last chunk, [`NONE`] or [`ONE`].
    tail: u32,
}

impl Queue {
    pub(super) const EMPTY: Self = Self { earliest: u64::MAX, head: NONE, tail: NONE };

    /// The task, of a queue of one.
    pub(super) fn only(&self) -> Option<u32> {
        (self.tail == ONE).then_some(self.head)
    }

    /// The least time among the entries, while none has left.
    pub(super) fn earliest(&self) -> u64 {
        self.earliest
    }
}

/// Room for the entries of many queues.
#[derive(Default)]
pub(super) struct Store {
    chunks: Vec<Chunk>,
    free: Vec<u32>,
}

#[derive(Clone, Copy)]
struct Chunk {
    next: u32,
    /// Entries that have left.
    taken: u8,
    /// Entries that have come.
    filled: u8,
    entries: [Entry; ROOM as usize],
}

/// Packed, since a quarter of it would be padding otherwise.
#[derive(Clone, Copy)]
#[repr(C, packed(4))]
struct Entry {
    at: u64,
    task: u32,
}

const EMPTY_CHUNK: Chunk =
    Chunk { next: NONE, taken: 0, filled: 0, entries: [Entry { at: 0, task: 0 }; ROOM as usize] };

impl Store {
    /// Adds an entry to the end of `queue`.
    #[inline]
    pub(super) fn push(&mut self, queue: &mut Queue, at: u64, task: u32) {
        match queue.tail {
            NONE => *queue = Queue { earliest: at, head: task, tail: ONE },
            ONE => {
                let (first_at, first) = (queue.earliest, queue.head);
                *queue = Queue { earliest: first_at.min(at), ..Queue::EMPTY };
                self.append(queue, first_at, first);
                self.append(queue, at, task);
            }
            _ => {
                queue.earliest = queue.earliest.min(at);
                self.append(queue, at, task);
            }
        }
    }

    /// Takes the entry at the beginning of `queue`.
    #[inline]
    pub(super) fn pop(&mut self, queue: &mut Queue) -> Option<(u64, u32)> {
        match queue.tail {
            NONE => None,
            ONE => {
                let only = (queue.earliest, queue.head);
                *queue = Queue::EMPTY;
                Some(only)
            }
            _ => Some(self.take(queue)),
        }
    }

    fn append(&mut self, queue: &mut Queue, at: u64, task: u32) {
        if queue.tail == NONE || self.chunks[queue.tail as usize].filled == ROOM {
            self.extend(queue);
        }
        let chunk = &mut self.chunks[queue.tail as usize];
        chunk.entries[usize::from(chunk.filled)] = Entry { at, task };
        chunk.filled += 1;
    }

    fn take(&mut self, queue: &mut Queue) -> (u64, u32) {
        let chunk = &mut self.chunks[queue.head as usize];
        let Entry { at, task } = chunk.entries[usize::from(chunk.taken)];
        chunk.taken += 1;
        if chunk.taken == chunk.filled {
            self.free.push(queue.head);
            *queue = match queue.head == queue.tail {
                true => Queue::EMPTY,
                false => Queue { head: chunk.next, ..*queue },
            };
        }
        (at, task)
    }

    fn extend(&mut self, queue: &mut Queue) {
        let id = self.free.pop().unwrap_or_else(|| {
            self.chunks.push(EMPTY_CHUNK);
            (self.chunks.len() - 1) as u32
        });
        match queue.tail {
            NONE => queue.head = id,
            tail => self.chunks[tail as usize].next = id,
        }
        let chunk = &mut self.chunks[id as usize];
        (chunk.taken, chunk.filled) = (0, 0);
        queue.tail = id;
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (chunks, free) = (self.chunks.len(), self.free.len());
        f.debug_struct("Store").field("chunks", &chunks).field("free", &free).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_queues_grow_and_shrink_in_the_room_of_one() {
        let mut store = Store::default();
        let (mut left, mut right) = (Queue::EMPTY, Queue::EMPTY);
        for round in 0..3 {
            for task in 0..100 {
                store.push(&mut left, u64::from(1000 - task), task);
                store.push(&mut right, u64::from(task), task + round);
            }
            assert_eq!((left.earliest(), right.earliest()), (901, 0));
            for task in 0..100 {
                assert_eq!(store.pop(&mut left), Some((u64::from(1000 - task), task)));
                assert_eq!(store.pop(&mut right), Some((u64::from(task), task + round)));
            }
            assert_eq!((store.pop(&mut left), store.pop(&mut right)), (None, None));
            store.push(&mut left, 7, round);
            assert_eq!((left.earliest(), store.pop(&mut left)), (7, Some((7, round))));
            assert_eq!(store.pop(&mut left), None);
        }
        assert_eq!(store.chunks.len(), 10, "a hundred entries are five chunks");
        assert_eq!((size_of::<Chunk>(), size_of::<Queue>()), (248, 16));
    }
}
