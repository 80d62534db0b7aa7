//! Waiting for the first of two, or for both: always left first, so both
//! worlds and every run agree.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use super::Clock;

/// Which of two futures finished first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Either<L, R> {
    /// The left one, or both at once.
    Left(L),
    /// The right one.
    Right(R),
}

/// Waits for the first of two futures; the left one wins a tie.
pub async fn race<L: Future, R: Future>(left: L, right: R) -> Either<L::Output, R::Output> {
    let (mut left, mut right) = (pin!(left), pin!(right));
    poll_fn(|context| {
        if let Poll::Ready(value) = left.as_mut().poll(context) {
            return Poll::Ready(Either::Left(value));
        }
        right.as_mut().poll(context).map(Either::Right)
    })
    .await
}

/// Waits for both of two futures; the left one is always polled first.
pub async fn join<L: Future, R: Future>(left: L, right: R) -> (L::Output, R::Output) {
    let (mut left, mut right) = (pin!(left), pin!(right));
    let (mut left_value, mut right_value) = (None, None);
    poll_fn(|context| {
        if left_value.is_none()
            && let Poll::Ready(value) = left.as_mut().poll(context)
        {
            left_value = Some(value);
        }
        if right_value.is_none()
            && let Poll::Ready(value) = right.as_mut().poll(context)
        {
            right_value = Some(value);
        }
        match (left_value.take(), right_value.take()) {
            (Some(left), Some(right)) => Poll::Ready((left, right)),
            (left, right) => {
                (left_value, right_value) = (left, right);
                Poll::Pending
            }
        }
    })
    .await
}

/// Waits for `future`, but not longer than `limit`.
pub async fn timeout<C: Clock, F: Future>(
    clock: &C,
    limit: Duration,
    future: F,
) -> Option<F::Output> {
    match race(future, clock.sleep(limit)).await {
        Either::Left(value) => Some(value),
        Either::Right(()) => None,
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::future::{pending, ready};
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use super::*;

    /// Polls once, as an executor would.
    fn poll_once<F: Future>(future: F) -> Poll<F::Output> {
        pin!(future).poll(&mut Context::from_waker(Waker::noop()))
    }

    #[test]
    fn the_left_one_wins_a_tie() {
        assert_eq!(poll_once(race(ready(1), ready(2))), Poll::Ready(Either::Left(1)));
        assert_eq!(poll_once(race(pending::<i32>(), ready(2))), Poll::Ready(Either::Right(2)));
        assert_eq!(poll_once(race(ready(1), pending::<i32>())), Poll::Ready(Either::Left(1)));
        assert_eq!(poll_once(race(pending::<i32>(), pending::<i32>())), Poll::Pending);
    }

    #[test]
    fn a_join_waits_for_both_and_polls_the_left_one_first() {
        let order = RefCell::new(Vec::new());
        let side = |name: &'static str, polls: usize| {
            let (order, mut left) = (&order, polls);
            poll_fn(move |_| {
                order.borrow_mut().push(name);
                left -= 1;
                if left == 0 { Poll::Ready(name) } else { Poll::Pending }
            })
        };
        let mut joined = pin!(join(side("left", 3), side("right", 2)));
        let mut context = Context::from_waker(Waker::noop());
        assert_eq!(joined.as_mut().poll(&mut context), Poll::Pending);
        assert_eq!(joined.as_mut().poll(&mut context), Poll::Pending);
        assert_eq!(joined.as_mut().poll(&mut context), Poll::Ready(("left", "right")));
        // What has finished is not polled again.
        assert_eq!(*order.borrow(), ["left", "right", "left", "right", "left"]);
    }
}
