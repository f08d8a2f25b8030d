//! The state that a server's acceptor and its connections share.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use http::request;

use crate::{
    model::Response,
    transport::{Transport, TransportError},
};

/// The memory limits for one client of a [`Server`](super::Server).
///
/// ```
/// use liveness::sandbox::ServerLimits;
///
/// // A server of forms needs no more.
/// let limits = ServerLimits::new().with_max_body_bytes(64 * 1024);
/// assert_eq!(limits.max_body_bytes(), 64 * 1024);
/// assert_eq!(ServerLimits::new().max_body_bytes(), 16 * 1024 * 1024);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ServerLimits {
    pub(super) connections: usize,
    pub(super) head_bytes: usize,
    pub(super) headers: usize,
    pub(super) body_bytes: usize,
    /// For the whole head, from its first byte on.
    pub(super) head: Duration,
    /// For the whole request, from the first byte of its head on.
    pub(super) request: Duration,
    /// For taking the answer.
    pub(super) answer: Duration,
    /// How long a connection waits for its client before it may lose its place to another: for its first byte, for
    /// the rest of its request, or until its answer is taken. Each transferred byte extends this time, at
    /// [`FAIR_BYTES_PER_S`].
    pub(super) undisturbed: Duration,
    /// Between two requests on one connection.
    pub(super) idle: Duration,
}

/// How fast a client must be to keep its place while others wait for one; even a slow phone connection is faster.
const FAIR_BYTES_PER_S: u64 = 64 * 1024;

impl ServerLimits {
    /// The limits of the sandbox itself, which takes photos as Tencent's gateway does.
    pub fn new() -> Self {
        Self {
            connections: 256,
            head_bytes: 32 * 1024,
            headers: 100,
            // As Tencent's gateway (vendors' documents: at most 16 MB a request).
            body_bytes: 16 * 1024 * 1024,
            head: Duration::from_secs(10),
            request: Duration::from_secs(30),
            answer: Duration::from_secs(30),
            undisturbed: Duration::from_secs(1),
            idle: Duration::from_secs(15),
        }
    }

    /// Sets the longest body of a request, in bytes. A longer one is refused with 413: by its `Content-Length` before
    /// any of it is read, and by its chunks as soon as they exceed it. Defaults to 16 MB (16 · 1024 · 1024).
    pub fn with_max_body_bytes(mut self, bytes: usize) -> Self {
        self.body_bytes = bytes;
        self
    }

    /// The longest body of a request, in bytes.
    pub fn max_body_bytes(&self) -> usize {
        self.body_bytes
    }

    /// How long a client that has transferred this many bytes may keep others waiting.
    pub(super) fn fair(&self, moved: usize) -> Duration {
        let won = u64::try_from(moved).unwrap_or(u64::MAX).saturating_mul(1000) / FAIR_BYTES_PER_S;
        self.undisturbed.saturating_add(Duration::from_millis(won))
    }
}

impl Default for ServerLimits {
    fn default() -> Self {
        Self::new()
    }
}

/// The early answer to a request whose head is read, and whose body is not to be read.
pub(super) type Early = dyn Fn(&request::Parts) -> Option<Result<Response, TransportError>> + Send + Sync;

/// The state that the acceptor and the connections share.
pub(super) struct Shared {
    pub(super) transport: Box<dyn Transport>,
    pub(super) early: Box<Early>,
    pub(super) limits: ServerLimits,
    pub(super) local: SocketAddr,
    pub(super) load: Mutex<Load>,
    pub(super) changed: Condvar,
}

#[derive(Debug, Default)]
pub(super) struct Load {
    pub(super) connections: usize,
    /// A client waits for a place.
    pub(super) crowded: bool,
    pub(super) stopping: bool,
    /// The next connection's number.
    pub(super) next: u64,
    /// The time from which each connection that waits for its client may lose its place.
    pub(super) waiting: BTreeMap<u64, Instant>,
    /// The time until which it does not listen, so that connections are refused.
    pub(super) closed_until: Option<Instant>,
    /// Whether it does not listen now.
    pub(super) is_closed: bool,
    /// The connection that must leave, until it has left or has work again.
    pub(super) leaving: Option<u64>,
}

impl Load {
    /// Makes the connection that has exceeded its wait the longest leave; one at a time, because one place is needed.
    pub(super) fn make_room(&mut self, now: Instant) {
        if self.leaving.is_none() {
            let oldest = self.waiting.iter().min_by_key(|(_, since)| **since);
            self.leaving = oldest.filter(|(_, since)| **since <= now).map(|(id, _)| *id);
        }
    }

    /// Notes that the connection no longer waits for its client.
    pub(super) fn is_busy(&mut self, id: u64) {
        self.waiting.remove(&id);
        if self.leaving == Some(id) {
            self.leaving = None;
        }
    }
}

impl Shared {
    pub(super) fn lock(&self) -> MutexGuard<'_, Load> {
        self.load.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The time until which connections are refused, if they are.
    pub(super) fn closed_until(&self) -> Option<Instant> {
        self.lock().closed_until
    }

    pub(super) fn tell_whether_closed(&self, is_closed: bool) {
        self.lock().is_closed = is_closed;
        self.changed.notify_all();
    }

    /// Waits until the server stops listening, or listens again.
    pub(super) fn wait_until_closed(&self, is_closed: bool, at_most: Duration) {
        let is_not_yet = |load: &mut Load| load.is_closed != is_closed && !load.stopping;
        drop(self.changed.wait_timeout_while(self.lock(), at_most, is_not_yet));
    }

    pub(super) fn is_stopping(&self) -> bool {
        self.lock().stopping
    }

    /// Whether a connection should end with the request that it has.
    pub(super) fn wants_places(&self) -> bool {
        let load = self.lock();
        load.stopping || load.crowded
    }
}
