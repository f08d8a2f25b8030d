//! Reads bytes from a client, and writes bytes to it, even if it is slow, silent or gone.

use std::{
    io::{self, ErrorKind, Read, Write},
    net::{Shutdown, TcpStream},
    time::{Duration, Instant},
};

use socket2::SockRef;
use zeroize::Zeroizing;

use super::shared::Shared;

/// How much is read at once.
const READ_BYTES: usize = 16 * 1024;
/// How long one read waits before it checks whether the server stops.
const TICK: Duration = Duration::from_millis(50);
/// How long bytes are read and dropped after a refusal, so that the client reads it before the connection is reset.
const LINGER: Duration = Duration::from_secs(1);

/// The reason why no more bytes arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gone {
    /// The client closed the connection, or it broke, or the server stops.
    Closed,
    /// The deadline has passed, or another client needs the place.
    Late,
}

/// A connection with what was read ahead of its use.
pub(super) struct Wire<'a> {
    stream: TcpStream,
    shared: &'a Shared,
    id: u64,
    /// Whether nothing has arrived yet.
    fresh: bool,
    /// The first byte of the request at hand.
    pub(super) began: Instant,
    /// How many bytes of it were read.
    moved: usize,
    /// Read and not used yet.
    pub(super) ahead: Zeroizing<Vec<u8>>,
}

impl<'a> Wire<'a> {
    pub(super) fn new(stream: TcpStream, shared: &'a Shared, id: u64) -> Self {
        // If the option cannot be set, answers are only slower.
        let _ = stream.set_nodelay(true);
        Self { stream, shared, id, fresh: true, began: Instant::now(), moved: 0, ahead: Zeroizing::default() }
    }

    /// Waits for the first byte of a request. If a place is needed, the connection that has waited longest gives up
    /// its own: a fresh connection has some time for its first byte, one that was answered has none left.
    pub(super) fn wait(&mut self) -> Result<(), Gone> {
        let limits = self.shared.limits;
        let now = Instant::now();
        let yields_at = if self.fresh { now + limits.undisturbed } else { now };
        while self.ahead.is_empty() {
            self.read(now + limits.idle, yields_at)?;
        }
        (self.fresh, self.began, self.moved) = (false, Instant::now(), self.ahead.len());
        Ok(())
    }

    /// Reads some more of a request.
    pub(super) fn fill(&mut self, by: Instant) -> Result<(), Gone> {
        // Bytes that drip in fast enough for each read would otherwise keep the place forever.
        if self.shared.lock().leaving == Some(self.id) {
            return Err(Gone::Late);
        }
        let before = self.ahead.len();
        self.read(by, self.began + self.shared.limits.fair(self.moved))?;
        self.moved += self.ahead.len().saturating_sub(before);
        Ok(())
    }

    /// Takes the first bytes of what was read ahead.
    pub(super) fn take(&mut self, bytes: usize) -> Zeroizing<Vec<u8>> {
        let bytes = bytes.min(self.ahead.len());
        let taken = Zeroizing::new(self.ahead[..bytes].to_vec());
        self.ahead.drain(..bytes);
        taken
    }

    pub(super) fn write(&mut self, bytes: &[u8], by: Instant) -> Result<(), Gone> {
        let (began, mut written) = (Instant::now(), 0);
        while written < bytes.len() {
            let left = by.saturating_duration_since(Instant::now());
            if left.is_zero() || self.stream.set_write_timeout(Some(left.min(TICK))).is_err() {
                return Err(Gone::Late);
            }
            let _waiting = Waiting::new(self.shared, self.id, began + self.shared.limits.fair(written));
            match self.stream.write(&bytes[written..]) {
                Ok(0) => return Err(Gone::Closed),
                Ok(more) => written += more,
                Err(error) if is_patient(&error) => {
                    if self.shared.lock().leaving == Some(self.id) {
                        return Err(Gone::Late);
                    }
                }
                Err(_) => return Err(Gone::Closed),
            }
        }
        Ok(())
    }

    /// Closes the connection so that the client can read the answer although it is still sending.
    pub(super) fn close(mut self) {
        let now = Instant::now();
        if self.stream.shutdown(Shutdown::Write).is_ok() {
            while self.read(now + LINGER, now).is_ok() {
                self.ahead.clear();
            }
        }
    }

    /// Breaks the connection, so that the client sees a reset and not an end.
    pub(super) fn reset(self) {
        // If this option cannot be set, the client sees an end without an answer.
        let _ = SockRef::from(&self.stream).set_linger(Some(Duration::ZERO));
    }

    /// Whether the client is still there and the server runs. Nothing is read, and a client that has only closed its
    /// own side counts as gone.
    pub(super) fn is_there(&self) -> bool {
        if self.shared.is_stopping() || self.stream.set_nonblocking(true).is_err() {
            return false;
        }
        let is_there = match self.stream.peek(&mut [0]) {
            Ok(waiting) => waiting > 0,
            Err(error) => is_patient(&error),
        };
        self.stream.set_nonblocking(false).is_ok() && is_there
    }

    /// Waits for this time without sending; false once the client is gone, the server stops or the place is needed.
    pub(super) fn stays(&mut self, time: Duration) -> bool {
        let now = Instant::now();
        let until = now + time;
        loop {
            match self.read(until, now + self.shared.limits.undisturbed) {
                Ok(()) => {}
                Err(Gone::Late) => return Instant::now() >= until,
                Err(Gone::Closed) => return false,
            }
        }
    }

    /// Reads at least once, in ticks, until the deadline, or until another client needs the place and it is this
    /// one's turn to leave.
    fn read(&mut self, by: Instant, yields_at: Instant) -> Result<(), Gone> {
        let mut chunk = Zeroizing::new([0; READ_BYTES]);
        let _waiting = Waiting::new(self.shared, self.id, yields_at);
        loop {
            let left = by.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(Gone::Late);
            }
            if self.stream.set_read_timeout(Some(left.min(TICK))).is_err() {
                return Err(Gone::Closed);
            }
            match self.stream.read(&mut *chunk) {
                Ok(0) => return Err(Gone::Closed),
                Ok(read) => {
                    self.ahead.extend_from_slice(&chunk[..read]);
                    return Ok(());
                }
                Err(error) if is_patient(&error) => {}
                Err(_) => return Err(Gone::Closed),
            }
            let load = self.shared.lock();
            if load.stopping {
                return Err(Gone::Closed);
            }
            if load.leaving == Some(self.id) {
                return Err(Gone::Late);
            }
        }
    }
}

/// A connection that waits for its client, as long as this value exists.
struct Waiting<'a> {
    shared: &'a Shared,
    id: u64,
}

impl<'a> Waiting<'a> {
    fn new(shared: &'a Shared, id: u64, yields_at: Instant) -> Self {
        shared.lock().waiting.insert(id, yields_at);
        Self { shared, id }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.shared.lock().waiting.remove(&self.id);
    }
}

fn is_patient(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted)
}
