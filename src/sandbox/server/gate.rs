//! The gate by which a server refuses connections.
//!
//! A refused connection reaches no server, so it cannot be counted: the port is closed for a while instead.

use std::{
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, PoisonError, Weak},
    thread,
    time::{Duration, Instant},
};

use super::shared::Shared;

/// How long the port is closed for one call: longer than a client's three attempts with their waits.
const PER_CALL: Duration = Duration::from_secs(2);
/// The pause before it tries to listen again if the port is taken.
const REOPEN_PAUSE: Duration = Duration::from_millis(10);
const WAKE_TIMEOUT: Duration = Duration::from_secs(1);

/// The port of a server that may still run.
#[derive(Clone, Debug)]
pub(in crate::sandbox) struct Gate {
    shared: Weak<Shared>,
    /// Its address on this machine.
    addr: SocketAddr,
}

impl Gate {
    pub(super) fn new(shared: &Arc<Shared>, addr: SocketAddr) -> Self {
        Self { shared: Arc::downgrade(shared), addr }
    }

    pub(in crate::sandbox) fn is_gone(&self) -> bool {
        self.shared.strong_count() == 0
    }

    /// Refuses connections for the time of this many calls.
    pub(in crate::sandbox) fn close(&self, calls: usize) {
        let Some(shared) = self.shared.upgrade() else { return };
        let calls = u32::try_from(calls).unwrap_or(u32::MAX);
        shared.lock().closed_until = Instant::now().checked_add(PER_CALL.saturating_mul(calls));
        // Wakes the acceptor, which then closes the port.
        drop(TcpStream::connect_timeout(&self.addr, WAKE_TIMEOUT));
        // A client that connects earlier would be reset, and could not know that nothing ran.
        shared.wait_until_closed(true, WAKE_TIMEOUT);
    }

    /// Accepts connections again.
    pub(in crate::sandbox) fn open(&self) {
        let Some(shared) = self.shared.upgrade() else { return };
        let mut load = shared.lock();
        if load.closed_until.is_some() {
            load.closed_until = Some(Instant::now());
            drop(load);
            shared.changed.notify_all();
            shared.wait_until_closed(false, WAKE_TIMEOUT);
        }
    }
}

/// Waits until the port may be open again, and listens on it; `None` once the server stops.
pub(super) fn reopened(shared: &Shared) -> Option<TcpListener> {
    let mut load = shared.lock();
    loop {
        let left = load.closed_until.map_or(Duration::ZERO, |until| until.saturating_duration_since(Instant::now()));
        if load.stopping {
            return None;
        }
        if left.is_zero() {
            break;
        }
        load = shared.changed.wait_timeout(load, left).unwrap_or_else(PoisonError::into_inner).0;
    }
    load.closed_until = None;
    drop(load);
    loop {
        match TcpListener::bind(shared.local) {
            Ok(listener) => return Some(listener),
            Err(_) if shared.is_stopping() => return None,
            Err(_) => thread::sleep(REOPEN_PAUSE),
        }
    }
}
