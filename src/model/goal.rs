//! The goals: what a check is to establish.

use serde::{Deserialize, Serialize};

/// What a check is to establish.
///
/// ```
/// use liveness::Goal;
///
/// assert_eq!(Goal::SamePerson.to_string(), "same_person");
/// assert_eq!("same-person".parse(), Ok(Goal::SamePerson));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Goal {
    /// A living person is before the camera.
    Liveness,
    /// A living person is, and is the one on record under the given name and number.
    SamePerson,
}
