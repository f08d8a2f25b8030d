//! The policy on calls that are in doubt.

/// What a second call does while an earlier one of the same try is in doubt. A doubt ends by evidence alone, never by waiting;
/// see [`Journal::settle`](super::Journal::settle).
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
    /// A `begin` in doubt is refused, and a result whose answer was lost may be asked for again, because there is no other way to
    /// learn it.
    pub const fn new() -> Self {
        Self { new_sessions: 0, repeated_results: u32::MAX }
    }

    /// How often a hosted check may be begun anew while the opening of its session is in doubt. Each counts as a possible charge.
    /// A one-shot check is never begun anew. Defaults to 0.
    pub const fn with_new_sessions(mut self, times: u32) -> Self {
        self.new_sessions = times;
        self
    }

    /// How often the result of a session may be asked for again while its answer is in doubt. Each counts as a possible charge.
    /// Defaults to no limit.
    pub const fn with_repeated_results(mut self, times: u32) -> Self {
        self.repeated_results = times;
        self
    }

    /// How often a hosted check may be begun anew.
    pub const fn new_sessions(&self) -> u32 {
        self.new_sessions
    }

    /// How often a result may be asked for again.
    pub const fn repeated_results(&self) -> u32 {
        self.repeated_results
    }
}

impl Default for DoubtPolicy {
    fn default() -> Self {
        Self::new()
    }
}
