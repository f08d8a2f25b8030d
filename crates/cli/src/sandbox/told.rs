//! A queue of lines about requests, so that the sandbox never waits for the reader of its output.

use std::sync::{
    atomic::{AtomicU64, Ordering},
    mpsc::{Receiver, SyncSender, sync_channel},
};

/// How many lines wait for a reader at most, each of some hundred bytes.
const QUEUE: usize = 1024;

/// The end into which requests are told. It never blocks: the sandbox answers a request after it was told.
pub(super) struct Teller {
    lines: SyncSender<String>,
    /// How many lines found no room since the last one that did.
    left_out: AtomicU64,
    /// The line that says so many were left out.
    note: fn(u64) -> String,
}

impl Teller {
    /// A queue, and its end from which the lines are written. `note` is the line that stands in the place of those left out.
    pub(super) fn new(note: fn(u64) -> String) -> (Self, Receiver<String>) {
        let (lines, written) = sync_channel(QUEUE);
        (Self { lines, left_out: AtomicU64::new(0), note }, written)
    }

    /// Puts a line into the queue, or counts it.
    pub(super) fn tell(&self, line: String) {
        let left_out = self.left_out.swap(0, Ordering::Relaxed);
        let is_noted = left_out == 0 || self.lines.try_send((self.note)(left_out)).is_ok();
        // Without room for the note there is none for the line.
        if !is_noted {
            self.left_out.fetch_add(left_out + 1, Ordering::Relaxed);
        } else if self.lines.try_send(line).is_err() {
            self.left_out.fetch_add(1, Ordering::Relaxed);
        }
    }
}
