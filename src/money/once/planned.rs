//! The paid call that is about to be made, and its name.

use crate::{
    model::{Error, Reference, Result, Text},
    money::journal::TryKey,
    provider::{Check, Session},
};

/// A paid call and its name.
pub(super) struct Planned<'a> {
    pub(super) key: TryKey,
    pub(super) call: Paid<'a>,
}

pub(super) enum Paid<'a> {
    Begin(&'a Check),
    Resume(&'a Session),
}

impl Planned<'_> {
    pub(super) fn session(&self) -> Option<&Session> {
        match self.call {
            Paid::Begin(_) => None,
            Paid::Resume(session) => Some(session),
        }
    }

    /// The field that the caller must correct if the inputs differ.
    pub(super) fn field(&self) -> &'static str {
        match self.call {
            Paid::Begin(_) => "reference",
            Paid::Resume(_) => "session",
        }
    }
}

/// The caller's own number, by which a try is found again.
pub(super) fn reference(check: &Check) -> Result<&Reference> {
    check.reference().ok_or_else(|| {
        Error::invalid("reference").with_reason(Text::new(
            "an at-most-once check needs a reference",
            "按“至多计费一次”发起的核验必须提供业务单号",
        ))
    })
}
