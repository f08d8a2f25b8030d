//! What an answer says about its charge.

use crate::model::Billed;

/// What an answer says about whether its call was billed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Charge {
    /// Nothing.
    #[default]
    Absent,
    /// It was, or it was not.
    Said(bool),
    /// Something that cannot be read, or in a place where it is not documented. The call may have been billed.
    Unclear,
}

impl Charge {
    pub(crate) const fn billed(self) -> Billed {
        match self {
            Self::Said(true) => Billed::Yes,
            Self::Said(false) => Billed::No,
            Self::Absent | Self::Unclear => Billed::Unknown,
        }
    }
}
