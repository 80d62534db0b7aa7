//! Work that can be called off, and the signals that call it off.

use std::future::{Future, poll_fn};
use std::io;
use std::pin::{Pin, pin};
use std::task::Poll;

/// What `work` comes to, or nothing if `stop` is done first or at the same time.
pub(super) async fn unless<T>(
    mut stop: Pin<&mut impl Future<Output = ()>>,
    work: impl Future<Output = T>,
) -> Option<T> {
    let mut work = pin!(work);
    poll_fn(|context| match stop.as_mut().poll(context) {
        Poll::Ready(()) => Poll::Ready(None),
        Poll::Pending => work.as_mut().poll(context).map(Some),
    })
    .await
}

/// What `work` comes to, or nothing if it is not done when `stop` is; work that
/// is done at once never has `stop` begin.
pub(super) async fn within<T, S: Future<Output = ()>>(
    stop: impl FnOnce() -> S,
    work: impl Future<Output = T>,
) -> Option<T> {
    let mut work = pin!(work);
    let at_once = poll_fn(|context| match work.as_mut().poll(context) {
        Poll::Ready(done) => Poll::Ready(Some(done)),
        Poll::Pending => Poll::Ready(None),
    });
    match at_once.await {
        Some(done) => Some(done),
        None => unless(pin!(stop()), work).await,
    }
}

/// Done at the first Ctrl-C or SIGTERM after the call. Must be called within a
/// tokio runtime.
///
/// # Errors
/// When the system lets no handler be installed.
#[cfg(unix)]
pub fn told_to_stop() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) =
        (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        let terminated = pin!(async { terminate.recv().await.unwrap_or_default() });
        unless(terminated, interrupt.recv()).await;
    })
}

/// Done at the first Ctrl-C.
///
/// # Errors
/// None here.
#[cfg(not(unix))]
pub fn told_to_stop() -> io::Result<impl Future<Output = ()>> {
    Ok(async { drop(tokio::signal::ctrl_c().await) })
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use super::*;

    #[tokio::test]
    async fn work_that_is_done_at_once_is_done() {
        let unasked = || -> std::future::Pending<()> { unreachable!("nobody waits") };
        assert_eq!(within(unasked, ready(1)).await, Some(1));
        assert_eq!(within(|| ready(()), pending::<u8>()).await, None);
        assert_eq!(within(pending, tokio::task::spawn(ready(1))).await.unwrap().unwrap(), 1);
    }

    #[tokio::test]
    async fn stopping_wins_a_tie() {
        assert_eq!(unless(pin!(ready(())), ready(1)).await, None);
        assert_eq!(unless(pin!(pending()), ready(1)).await, Some(1));
        assert_eq!(unless(pin!(ready(())), pending::<u8>()).await, None);
    }
}
