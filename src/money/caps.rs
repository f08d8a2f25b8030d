//! The operator's upper limits on charges and calls.

use serde::{Deserialize, Serialize};

use crate::model::words;

/// The operator's upper limits on charges and calls. They are checked and reserved when a call is opened, for the
/// most charges that it can cause. What the call did not use is released when it ends. A call in doubt keeps its
/// reservation.
///
/// ```
/// use liveness::money::Caps;
///
/// let caps = Caps::new().with_per_day(5_000).with_per_minute(120).with_per_reference(10).with_in_flight(32);
/// assert_eq!(caps.per_day(), Some(5_000));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Caps {
    per_minute: Option<u32>,
    per_day: Option<u32>,
    per_reference: Option<u32>,
    in_flight: Option<u32>,
}

impl Caps {
    /// No cap.
    pub const fn new() -> Self {
        Self { per_minute: None, per_day: None, per_reference: None, in_flight: None }
    }

    /// At most this many charges in any 60 seconds. Defaults to no cap.
    pub const fn with_per_minute(mut self, charges: u32) -> Self {
        self.per_minute = Some(charges);
        self
    }

    /// At most this many charges in a day of the vendors' statements, which begins at midnight in UTC+8. Defaults to
    /// no cap.
    pub const fn with_per_day(mut self, charges: u32) -> Self {
        self.per_day = Some(charges);
        self
    }

    /// At most this many charges for one reference, over all its tries and calls. The cap is checked before a session
    /// is opened or a photo is compared. It counts each call for a result too, but does not refuse these calls,
    /// because their session is paid for. It covers as far back as the journal keeps records: 90 days unless set
    /// otherwise.
    pub const fn with_per_reference(mut self, charges: u32) -> Self {
        self.per_reference = Some(charges);
        self
    }

    /// At most this many paid calls at the same time. Defaults to no cap.
    pub const fn with_in_flight(mut self, calls: u32) -> Self {
        self.in_flight = Some(calls);
        self
    }

    /// The most charges in 60 seconds.
    pub const fn per_minute(&self) -> Option<u32> {
        self.per_minute
    }

    /// The most charges in a day of UTC+8.
    pub const fn per_day(&self) -> Option<u32> {
        self.per_day
    }

    /// The most charges for one reference.
    pub const fn per_reference(&self) -> Option<u32> {
        self.per_reference
    }

    /// The most paid calls at the same time.
    pub const fn in_flight(&self) -> Option<u32> {
        self.in_flight
    }

    /// The caps that apply to the result of a session that is paid for.
    pub(super) const fn of_results(mut self) -> Self {
        self.per_reference = None;
        self
    }

    /// The limit of this cap, if it is set: charges, or calls for [`Cap::InFlight`].
    pub const fn limit(&self, cap: Cap) -> Option<u32> {
        match cap {
            Cap::PerMinute => self.per_minute,
            Cap::PerDay => self.per_day,
            Cap::PerReference => self.per_reference,
            Cap::InFlight => self.in_flight,
        }
    }
}

/// One of the [`Caps`].
///
/// ```
/// use liveness::money::{Cap, Caps};
///
/// let caps = Caps::new().with_per_day(10_000).with_in_flight(8);
/// let set: Vec<&str> = Cap::ALL.iter().filter(|cap| caps.limit(**cap).is_some()).map(|cap| cap.as_str()).collect();
/// assert_eq!(set, ["per_day", "in_flight"]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Cap {
    /// [`Caps::with_per_minute`].
    PerMinute,
    /// [`Caps::with_per_day`].
    PerDay,
    /// [`Caps::with_per_reference`].
    PerReference,
    /// [`Caps::with_in_flight`].
    InFlight,
}

words!(all Cap, "cap", {
    PerMinute => "per_minute",
    PerDay => "per_day",
    PerReference => "per_reference",
    InFlight => "in_flight",
});

/// How far a cap is used.
///
/// ```
/// use liveness::money::{Cap, CapUse};
///
/// let used = CapUse::new(Cap::PerDay, 8_000, 10_000);
/// assert!(used.is_near() && !used.is_over());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CapUse {
    /// The cap.
    pub cap: Cap,
    /// The amount in use, the call in question included: charges, or calls for [`Cap::InFlight`].
    pub used: u32,
    /// The limit, in the same unit.
    pub limit: u32,
}

impl CapUse {
    /// The use of a cap with this limit, the call in question included.
    pub const fn new(cap: Cap, used: u32, limit: u32) -> Self {
        Self { cap, used, limit }
    }

    /// Whether there is no room for the call in question.
    pub const fn is_over(&self) -> bool {
        self.used > self.limit
    }

    /// Whether 80 % or more are used.
    pub const fn is_near(&self) -> bool {
        self.used as u64 * 5 >= self.limit as u64 * 4
    }
}
