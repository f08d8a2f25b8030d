//! The two calls of a check that may cost something.

use serde::{Deserialize, Serialize};

use crate::model::words;

/// The two calls of a check that may cost something.
///
/// ```
/// use liveness::{CallKind, money::TryKey};
///
/// // A check of a hosted vendor has two paid calls, and the journal has a record of each.
/// let calls = CallKind::ALL.iter().map(|call| Ok(TryKey::new("order-7".parse()?, 1, *call)));
/// let calls = calls.collect::<Result<Vec<_>, liveness::ReferenceError>>()?;
/// assert_eq!(calls.len(), 2);
/// assert_eq!(calls[0].call().as_str(), "begin");
/// # Ok::<(), liveness::ReferenceError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CallKind {
    /// [`LivenessProvider::begin`](crate::LivenessProvider::begin): Tencent's compare, Jumdata's init.
    Begin,
    /// [`LivenessProvider::resume`](crate::LivenessProvider::resume): Jumdata's result.
    Resume,
}

words!(all CallKind, "call", { Begin => "begin", Resume => "resume" });
