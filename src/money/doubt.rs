//! The policy on calls that are in doubt.

/// The policy on a second call while an earlier one of the same try is in doubt. Only evidence ends a doubt, never
/// waiting; see [`Journal::settle`](super::Journal::settle).
///
/// ```
/// use liveness::money::DoubtPolicy;
///
/// // A lost `init` is worth one session: the person may begin anew, twice at most, and each may have been charged.
/// let policy = DoubtPolicy::new().with_new_sessions(2);
/// assert_eq!(policy.new_sessions(), 2);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DoubtPolicy {
    new_sessions: u32,
    repeated_results: u32,
}

impl DoubtPolicy {
    /// A `begin` in doubt is refused. A result whose answer was lost may be requested again, because there is no
    /// other way to get it.
    pub const fn new() -> Self {
        Self { new_sessions: 0, repeated_results: u32::MAX }
    }

    /// How often a hosted check may begin again while the opening of its session is in doubt. Each time counts as a
    /// possible charge. A one-shot check never begins again. Defaults to 0.
    pub const fn with_new_sessions(mut self, times: u32) -> Self {
        self.new_sessions = times;
        self
    }

    /// How often the result of a session may be requested again while its answer is in doubt. Each request counts as
    /// a possible charge. Defaults to no limit.
    pub const fn with_repeated_results(mut self, times: u32) -> Self {
        self.repeated_results = times;
        self
    }

    /// How often a hosted check may begin again.
    pub const fn new_sessions(&self) -> u32 {
        self.new_sessions
    }

    /// How often a result may be requested again.
    pub const fn repeated_results(&self) -> u32 {
        self.repeated_results
    }
}

impl Default for DoubtPolicy {
    fn default() -> Self {
        Self::new()
    }
}
