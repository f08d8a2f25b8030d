//! What is a check to establish?

use serde::{Deserialize, Serialize};

/// What a check is to establish.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Goal {
    /// A living person is before the camera.
    Liveness,
    /// A living person is, and is the one on record under the given name and number.
    SamePerson,
}

impl Goal {
    /// Its stable word, the same as its serialized form.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Liveness => "liveness",
            Self::SamePerson => "same_person",
        }
    }
}
