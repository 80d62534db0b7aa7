//! Ctrl-C: the first asks the run to end and write what it has, the second ends it.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use mock_sts::http::told_to_stop;
use tokio::sync::watch;

/// Whether the user asked to stop, for those who poll and for those who wait.
#[derive(Clone, Debug)]
pub(super) struct Interrupt {
    flag: Arc<AtomicBool>,
    waiter: watch::Receiver<bool>,
}

impl Interrupt {
    /// Listens from now on.
    pub(super) fn listen() -> io::Result<Self> {
        let flag = Arc::new(AtomicBool::new(false));
        let (sender, waiter) = watch::channel(false);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let raised = Arc::clone(&flag);
        let first = {
            let _entered = runtime.enter();
            told_to_stop()?
        };
        std::thread::Builder::new().name("ctrl-c".into()).spawn(move || {
            runtime.block_on(async move {
                first.await;
                raised.store(true, Ordering::Relaxed);
                // Nobody waits when the run has just ended.
                sender.send_replace(true);
                let Ok(second) = told_to_stop() else { return };
                second.await;
                std::process::exit(130);
            });
        })?;
        Ok(Self { flag, waiter })
    }

    pub(super) fn flag(&self) -> &AtomicBool {
        &self.flag
    }

    pub(super) fn waiter(&self) -> watch::Receiver<bool> {
        self.waiter.clone()
    }

    pub(super) fn raised(&self) -> bool {
        self.flag.load(Ordering::Relaxed)
    }
}
