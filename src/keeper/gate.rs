//! Stops a process that slept through its claim from sending.

use std::{sync::Arc, time::Duration};

use crate::{
    client::{Attempt, Gate},
    model::{Billed, Clock, Error, ErrorKind, Ran, Result},
};

/// Holds back what a process sends that was stopped until its claim was over: another may ask for the same result by now.
#[derive(Debug)]
pub(super) struct WhileClaimed {
    /// By the monotonic clock.
    pub(super) until: Duration,
    pub(super) clock: Arc<dyn Clock>,
}

impl Gate for WhileClaimed {
    fn before_send(&self, attempt: &Attempt<'_>) -> Result<()> {
        // One that could be answered after the claim would be asked for by another meanwhile.
        match self.clock.monotonic().saturating_add(attempt.timeout) <= self.until {
            true => Ok(()),
            false => Err(Error::new(ErrorKind::InProgress).with_ran(Ran::No).with_billed(Billed::No)),
        }
    }
}
