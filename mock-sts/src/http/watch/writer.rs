//! Files that are written beside the requests, never in their way.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, SyncSender, TrySendError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

/// Messages that may wait for the disk; the next one is dropped and counted.
const WAITING: usize = 16_384;

/// Why there is no file to write to.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The system said no.
    #[error("cannot write to {}: choose a path whose directory exists and can be written", .path.display())]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// No thread to write on.
    #[error("cannot start the thread that writes the log")]
    Thread(#[source] io::Error),
}

/// Opens a file to add to, or standard output for `-`.
pub(super) fn open(path: &str) -> Result<Box<dyn Write + Send>, OpenError> {
    if path == "-" {
        return Ok(Box::new(io::stdout()));
    }
    let file: io::Result<File> = OpenOptions::new().create(true).append(true).open(path);
    let file = file.map_err(|source| OpenError::Io { path: path.into(), source })?;
    Ok(Box::new(BufWriter::new(file)))
}

/// Hands messages to a thread of its own; what is on its way when it is dropped
/// is still handled.
pub(super) struct Writer<T> {
    sender: Option<SyncSender<T>>,
    dropped: Arc<AtomicU64>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl<T: Send + 'static> Writer<T> {
    /// `work` gets the messages, and at the end of each the number of those that
    /// were dropped so far.
    pub(super) fn start(
        work: impl FnOnce(Receiver<T>, Arc<AtomicU64>) + Send + 'static,
    ) -> Result<Self, OpenError> {
        let (sender, receiver) = mpsc::sync_channel(WAITING);
        let dropped = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&dropped);
        let thread =
            thread::Builder::new().name("log".into()).spawn(move || work(receiver, counted));
        let thread = Mutex::new(Some(thread.map_err(OpenError::Thread)?));
        Ok(Self { sender: Some(sender), dropped, thread })
    }

    /// Sends, or counts what there is no room for.
    pub(super) fn send(&self, message: T) {
        let Some(sender) = &self.sender else { return };
        if let Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) = sender.try_send(message)
        {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl<T> Drop for Writer<T> {
    fn drop(&mut self) {
        self.sender = None;
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            // A log that panicked has nothing more to say.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_lost_at_the_end_and_what_does_not_fit_is_counted() {
        let (gate, opened) = mpsc::channel::<()>();
        let seen = Arc::new(AtomicU64::new(0));
        let counter = Arc::clone(&seen);
        let writer = Writer::start(move |messages: Receiver<u32>, _| {
            let _ = opened.recv();
            counter.store(messages.iter().count() as u64, Ordering::SeqCst);
        })
        .unwrap();
        let sent = WAITING as u32 + 7;
        (0..sent).for_each(|message| writer.send(message));
        let dropped = Arc::clone(&writer.dropped);
        drop(gate);
        drop(writer);
        let (seen, dropped) = (seen.load(Ordering::SeqCst), dropped.load(Ordering::SeqCst));
        assert_eq!(seen + dropped, u64::from(sent));
        assert!(dropped >= 7, "{dropped}");
    }
}
