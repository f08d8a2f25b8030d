//! The charge of a call as its answer reports it.

use crate::model::Billed;

/// Whether a call was billed, as its answer reports it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Charge {
    /// No report.
    #[default]
    Absent,
    /// The call was billed, or it was not.
    Said(bool),
    /// A value that cannot be read, or in a place where it is not documented. The call may have been billed.
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
