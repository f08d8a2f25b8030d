//! The two calls of a check that may cost something.

use serde::{Deserialize, Serialize};

use crate::model::words;

/// The two calls of a check that may cost something.
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
