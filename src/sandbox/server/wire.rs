//! How are bytes read from and written to a client that may be slow, silent or gone?

use std::{
    io::{self, ErrorKind, Read, Write},
    net::{Shutdown, TcpStream},
    time::{Duration, Instant},
};

use zeroize::Zeroizing;

use super::shared::Shared;

/// How much is read at once.
const READ_BYTES: usize = 16 * 1024;
/// How long one read waits before it looks whether the server stops.
const TICK: Duration = Duration::from_millis(50);
/// What is read and thrown away after a refusal, so that the client reads it before the connection is reset.
const LINGER: Duration = Duration::from_secs(1);

/// Why no more bytes come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gone {
    /// The client closed the connection, or it broke, or the server stops.
    Closed,
    /// The time is over.
    Late,
}

/// A connection with what was read ahead of its use.
pub(super) struct Wire<'a> {
    stream: TcpStream,
    shared: &'a Shared,
    /// Whether nothing came yet.
    fresh: bool,
    /// Read and not used yet.
    pub(super) ahead: Zeroizing<Vec<u8>>,
}

impl<'a> Wire<'a> {
    pub(super) fn new(stream: TcpStream, shared: &'a Shared) -> Self {
        // Where it cannot be had, answers are only slower.
        let _ = stream.set_nodelay(true);
        Self { stream, shared, fresh: true, ahead: Zeroizing::default() }
    }

    /// Waits for the first byte of a request. When the place is wanted it gives up: at once after a request that was answered,
    /// for a fresh connection after the time that its first byte may take.
    pub(super) fn wait(&mut self) -> Result<(), Gone> {
        let limits = self.shared.limits;
        let now = Instant::now();
        let keep_until = if self.fresh { now + limits.first_byte } else { now };
        while self.ahead.is_empty() {
            self.read(now + limits.idle, |shared| {
                shared.is_stopping() || (shared.wants_places() && Instant::now() >= keep_until)
            })?;
        }
        self.fresh = false;
        Ok(())
    }

    /// Reads some more.
    pub(super) fn fill(&mut self, by: Instant) -> Result<(), Gone> {
        self.read(by, Shared::is_stopping)
    }

    /// Takes the first bytes of what was read ahead.
    pub(super) fn take(&mut self, bytes: usize) -> Zeroizing<Vec<u8>> {
        let bytes = bytes.min(self.ahead.len());
        let taken = Zeroizing::new(self.ahead[..bytes].to_vec());
        self.ahead.drain(..bytes);
        taken
    }

    pub(super) fn write(&mut self, mut bytes: &[u8], by: Instant) -> Result<(), Gone> {
        while !bytes.is_empty() {
            let left = by.saturating_duration_since(Instant::now());
            if left.is_zero() || self.stream.set_write_timeout(Some(left)).is_err() {
                return Err(Gone::Late);
            }
            match self.stream.write(bytes) {
                Ok(0) => return Err(Gone::Closed),
                Ok(written) => bytes = &bytes[written..],
                Err(error) if is_patient(&error) => {}
                Err(_) => return Err(Gone::Closed),
            }
        }
        Ok(())
    }

    /// Closes in the way that lets the client read the answer although it is still sending.
    pub(super) fn close(mut self) {
        let by = Instant::now() + LINGER;
        if self.stream.shutdown(Shutdown::Write).is_ok() {
            while self.read(by, Shared::is_stopping).is_ok() {
                self.ahead.clear();
            }
        }
    }

    /// Reads once at least, in ticks, until `quit` or the deadline.
    fn read(&mut self, by: Instant, quit: impl Fn(&Shared) -> bool) -> Result<(), Gone> {
        let mut chunk = Zeroizing::new([0; READ_BYTES]);
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
            if quit(self.shared) {
                return Err(Gone::Closed);
            }
        }
    }
}

fn is_patient(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted)
}
