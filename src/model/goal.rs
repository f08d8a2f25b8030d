//! Goals: what a check must establish.

use serde::{Deserialize, Serialize};

/// What a check must establish.
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
    /// A living person is in front of the camera.
    Liveness,
    /// A living person is in front of the camera, and is the person on record under the given name and ID number.
    SamePerson,
}
