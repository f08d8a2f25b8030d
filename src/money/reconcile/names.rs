//! Storage for the names of a million calls.

use crate::{model::Reference, money::journal::TryKey, provider::CallKind};

/// The references of all calls, one after the other in one text: a million strings take three times the space.
#[derive(Default)]
pub(super) struct Names {
    references: String,
}

/// The name of a call, and the place of its reference.
#[derive(Clone, Copy, Debug)]
pub(super) struct Name {
    start: usize,
    /// A reference has 64 bytes at most.
    bytes: u8,
    attempt: u32,
    call: CallKind,
}

impl Names {
    pub(super) fn add(&mut self, key: &TryKey) -> Name {
        let start = self.references.len();
        self.references.push_str(key.reference().as_str());
        let bytes = u8::try_from(self.references.len() - start).unwrap_or(u8::MAX);
        Name { start, bytes, attempt: key.attempt(), call: key.call() }
    }

    /// The sort key, in the order of the keys.
    pub(super) fn order(&self, name: &Name) -> (&str, u32, CallKind) {
        (&self.references[name.start..name.start + usize::from(name.bytes)], name.attempt, name.call)
    }

    /// The key itself. It always exists, because the reference was valid when it came in.
    pub(super) fn key(&self, name: &Name) -> Option<TryKey> {
        let (reference, attempt, call) = self.order(name);
        Some(TryKey::new(Reference::parse(reference).ok()?, attempt, call))
    }
}
