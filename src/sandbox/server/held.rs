//! Delays an answer on its connection.

use std::{sync::Arc, time::Duration};

use super::wire::Wire;
use crate::{
    model::{Clock, Response},
    transport::TransportError,
};

/// How often it checks during a wait whether the client is still there.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// Passed with an answer to the connection that sends it late.
#[derive(Clone)]
pub(super) struct Held {
    delay: Duration,
    clock: Arc<dyn Clock>,
    /// Whether no answer follows: the connection breaks.
    is_lost: bool,
}

impl Held {
    /// An answer that is sent after this time on this clock, or lost after it.
    pub(super) fn back(sent: Result<Response, TransportError>, delay: Duration, clock: &Arc<dyn Clock>) -> Response {
        let is_lost = sent.is_err();
        let mut response = sent.unwrap_or_default();
        response.extensions_mut().insert(Self { delay, clock: Arc::clone(clock), is_lost });
        response
    }

    /// Waits. False if nothing is to be sent: the client is gone, the server stops, or the answer is lost.
    ///
    /// The connection keeps its place meanwhile, as with a vendor; a client that hangs up frees it.
    pub(super) fn wait(&self, wire: &Wire<'_>) -> bool {
        let mut left = self.delay;
        while !left.is_zero() {
            let step = left.min(LOOK_EVERY);
            self.clock.sleep(step);
            left = left.saturating_sub(step);
            if !wire.is_there() {
                return false;
            }
        }
        !self.is_lost
    }
}
