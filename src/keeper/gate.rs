//! Stops a process from sending after it slept through its claim.

use std::{sync::Arc, time::Duration};

use crate::{
    client::{Attempt, Gate},
    model::{Billed, Clock, Error, ErrorKind, Ran, Result},
};

/// Blocks the calls of a process that was paused until its claim expired: another one may be fetching the same
/// result.
#[derive(Debug)]
pub(super) struct WhileClaimed {
    /// The end of the claim, by the monotonic clock.
    pub(super) until: Duration,
    pub(super) clock: Arc<dyn Clock>,
}

impl Gate for WhileClaimed {
    fn before_send(&self, attempt: &Attempt<'_>) -> Result<()> {
        // If an answer could arrive after the claim, another process might send the same call meanwhile.
        match self.clock.monotonic().saturating_add(attempt.timeout) <= self.until {
            true => Ok(()),
            false => Err(Error::new(ErrorKind::InProgress).with_ran(Ran::No).with_billed(Billed::No)),
        }
    }
}
