//! The name under which a journal writes down a paid call.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{model::Reference, provider::CallKind};

/// The name of one paid call: the caller's reference, the try, and the kind of call. It is the same for all providers
/// of a journal.
///
/// ```
/// use liveness::{CallKind, money::TryKey};
///
/// let key = TryKey::new("order-7".parse()?, 1, CallKind::Begin);
/// assert_eq!(key.to_string(), "order-7/1/begin");
/// # Ok::<(), liveness::ReferenceError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TryKey {
    reference: Reference,
    attempt: u32,
    call: CallKind,
}

impl TryKey {
    /// The name of this call. An `attempt` of 0 is read as 1.
    pub fn new(reference: Reference, attempt: u32, call: CallKind) -> Self {
        Self { reference, attempt: attempt.max(1), call }
    }

    /// The caller's own number.
    pub fn reference(&self) -> &Reference {
        &self.reference
    }

    /// The number of the try, from 1.
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// The kind of call.
    pub fn call(&self) -> CallKind {
        self.call
    }
}

impl fmt::Display for TryKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.reference, self.attempt, self.call)
    }
}
