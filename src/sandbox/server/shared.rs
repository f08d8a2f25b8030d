//! What a server's acceptor and its connections have in common.

use std::{
    net::SocketAddr,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use crate::transport::Transport;

/// What a client may take up, in time and memory.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) connections: usize,
    pub(super) head_bytes: usize,
    pub(super) headers: usize,
    pub(super) body_bytes: usize,
    /// For the whole head, from its first byte on.
    pub(super) head: Duration,
    /// For the whole body.
    pub(super) body: Duration,
    /// For taking the answer.
    pub(super) answer: Duration,
    /// For the first byte of a connection, when others wait for its place.
    pub(super) first_byte: Duration,
    /// Between two requests on one connection.
    pub(super) idle: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 256,
            head_bytes: 32 * 1024,
            headers: 100,
            // As Tencent's gateway (vendors' documents: at most 16 MB a request).
            body_bytes: 16 * 1024 * 1024,
            head: Duration::from_secs(10),
            body: Duration::from_secs(30),
            answer: Duration::from_secs(30),
            first_byte: Duration::from_secs(2),
            idle: Duration::from_secs(15),
        }
    }
}

/// What the acceptor and the connections have in common.
pub(super) struct Shared {
    pub(super) transport: Box<dyn Transport>,
    pub(super) limits: Limits,
    pub(super) local: SocketAddr,
    pub(super) load: Mutex<Load>,
    pub(super) changed: Condvar,
}

#[derive(Debug, Default)]
pub(super) struct Load {
    pub(super) connections: usize,
    /// A client waits for a place: connections without a request give theirs up.
    pub(super) crowded: bool,
    pub(super) stopping: bool,
}

impl Shared {
    pub(super) fn lock(&self) -> MutexGuard<'_, Load> {
        self.load.lock().unwrap_or_else(PoisonError::into_inner)
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
