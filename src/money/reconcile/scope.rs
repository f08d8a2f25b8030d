//! The scope of a statement: its provider, its window and the tolerance for its times.

use std::time::Duration;

use time::OffsetDateTime;

use super::statement::micros;
use crate::model::ProviderId;

/// The scope within which a journal is compared with a statement.
///
/// ```
/// use std::time::Duration;
///
/// use liveness::{money::StatementScope, time::macros::datetime};
///
/// let scope = StatementScope::new()
///     .with_provider(Some("jumdata/default".parse()?))
///     .with_window(datetime!(2026-11-01 00:00 +8), datetime!(2026-12-01 00:00 +8))
///     .with_tolerance(Duration::from_secs(5));
/// # Ok::<(), liveness::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatementScope {
    pub(super) provider: Option<ProviderId>,
    pub(super) window: Option<(OffsetDateTime, OffsetDateTime)>,
    pub(super) tolerance: Duration,
}

impl StatementScope {
    /// All providers of the journal, from the first row to the last, with a tolerance of 5 s.
    pub const fn new() -> Self {
        Self { provider: None, window: None, tolerance: Duration::from_secs(5) }
    }

    /// Sets the account of the statement. Defaults to all providers of the journal, which is right if there is one.
    pub fn with_provider(mut self, provider: Option<ProviderId>) -> Self {
        self.provider = provider;
        self
    }

    /// Sets the period that the statement covers, such as a month in the vendor's time zone: `from` is in it, `to` is
    /// not. Calls and rows outside are not findings. Defaults to the time from the first row to the last one, so that
    /// a call before or after all rows is not a finding.
    pub const fn with_window(mut self, from: OffsetDateTime, to: OffsetDateTime) -> Self {
        self.window = Some((from, to));
        self
    }

    /// Sets the largest difference between the time of a row and the time of its call, in either direction, if no
    /// number decides. A call that is nearer than this to an end of the window is not a finding either: its row may
    /// be in the statement before or after. Defaults to 5 s.
    pub const fn with_tolerance(mut self, tolerance: Duration) -> Self {
        self.tolerance = tolerance;
        self
    }

    pub(super) fn tolerance_micros(&self) -> i64 {
        i64::try_from(self.tolerance.as_micros()).unwrap_or(i64::MAX)
    }

    pub(super) fn window_micros(&self) -> Option<(i64, i64)> {
        self.window.map(|(from, to)| (micros(from), micros(to)))
    }
}

impl Default for StatementScope {
    fn default() -> Self {
        Self::new()
    }
}
