//! Options for one call.

use std::time::Duration;

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
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallOptions {
    deadline: Option<Duration>,
}

impl CallOptions {
    /// The settings of the provider, unchanged.
    pub const fn new() -> Self {
        Self { deadline: None }
    }

    /// How long the call may take in all from now on, attempts and waits included. It shortens the
    /// [`RetryPolicy`](super::RetryPolicy)'s own deadline and never lengthens it. A paid call that is cut short may have run
    /// and been billed, so leave it the time that the vendor needs. Defaults to the policy's deadline.
    pub const fn with_deadline(mut self, deadline: Duration) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// How long the call may take in all.
    pub const fn deadline(&self) -> Option<Duration> {
        self.deadline
    }
}
