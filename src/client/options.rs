//! Options for one call.

use std::{sync::Arc, time::Duration};

use crate::{
    client::{Attempt, Gate},
    model::Result,
};

/// Options for one call that differ from the settings of the provider.
///
/// ```
/// use std::time::Duration;
/// use liveness::client::CallOptions;
///
/// // An HTTP handler that must answer in 8 s.
/// let options = CallOptions::new().with_deadline(Duration::from_secs(8));
/// assert_eq!(options.deadline(), Some(Duration::from_secs(8)));
/// ```
#[derive(Clone, Debug, Default)]
pub struct CallOptions {
    deadline: Option<Duration>,
    gates: Vec<Arc<dyn Gate>>,
}

impl CallOptions {
    /// The settings of the provider, unchanged.
    pub const fn new() -> Self {
        Self { deadline: None, gates: Vec::new() }
    }

    /// How long the call may take in all from now on, attempts and waits included. It shortens the
    /// [`RetryPolicy`](super::RetryPolicy)'s own deadline and never lengthens it. A paid call that is cut short may have run
    /// and been billed, so leave it the time that the vendor needs. Defaults to the policy's deadline.
    pub fn with_deadline(mut self, deadline: Duration) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// Adds a gate that runs right before each attempt is sent, after the gates that were added earlier. Defaults to
    /// none.
    pub fn with_gate(mut self, gate: Arc<dyn Gate>) -> Self {
        self.gates.push(gate);
        self
    }

    /// Runs the gates in their order. A provider without a [`Client`](super::Client) calls this right before the
    /// first byte of each attempt.
    ///
    /// # Errors
    ///
    /// The error of the first gate that refuses. The attempt must not be sent then.
    pub fn before_send(&self, attempt: &Attempt<'_>) -> Result<()> {
        self.gates.iter().try_for_each(|gate| gate.before_send(attempt))
    }

    /// How long the call may take in all.
    pub const fn deadline(&self) -> Option<Duration> {
        self.deadline
    }
}
