//! Reports a try to an observer.

use super::{AtMostOnce, planned::Planned, repeat};
use crate::{
    model::{Error, Event, Portrait, Verdict, tell, tell_refused},
    money::journal::{Closing, JournalError},
    provider::{CallKind, LivenessProvider},
};

impl<P: LivenessProvider> AtMostOnce<P> {
    pub(super) fn tell(&self, event: &Event<'_>) {
        tell(&*self.observer, event);
    }

    /// Reports that the call may be made.
    pub(super) fn tell_opened(&self, planned: &Planned<'_>) {
        let (provider, key) = (self.inner.id(), &planned.key);
        let (reference, attempt, call) = (key.reference(), key.attempt(), key.call().as_str());
        self.tell(&Event::JournalOpened { provider, reference, attempt, call });
    }

    /// Reports that the journal already has the call.
    pub(super) fn tell_held(&self, planned: &Planned<'_>, standing: &'static str) {
        let (provider, reference) = (self.inner.id(), planned.key.reference());
        self.tell(&Event::JournalHeld { provider, reference, standing });
    }

    /// The same, with the error that the caller gets.
    pub(super) fn held(&self, planned: &Planned<'_>, standing: &'static str, error: Error) -> Error {
        self.tell_held(planned, standing);
        self.refused(error, planned.key.call())
    }

    /// Reports that no call is made, with the error that the caller gets.
    pub(super) fn refused(&self, error: Error, call: CallKind) -> Error {
        tell_refused(&*self.observer, self.inner.id(), call.as_str(), &error);
        error
    }

    /// Reports that the portrait is not fetched, because its address is unknown.
    pub(super) fn portrait_withheld(&self, verdict: &Verdict) -> Error {
        let error = repeat::portrait_withheld(verdict);
        tell_refused(&*self.observer, self.inner.id(), Portrait::CALL, &error);
        error
    }

    /// Reports that no call is made, because the journal cannot write it down.
    pub(super) fn failed(&self, planned: &Planned<'_>, error: JournalError) -> Error {
        let (provider, reference) = (self.inner.id(), planned.key.reference());
        self.tell(&Event::JournalFailed { provider, reference, error: error.kind().as_str() });
        self.refused(self.signed(error.into(), planned), planned.key.call())
    }

    /// Reports that the call is over. The caller gets a paid answer even if the journal did not keep it. The record
    /// then stays in doubt, or keeps how it was settled meanwhile.
    pub(super) fn tell_closed(&self, planned: &Planned<'_>, closing: &Closing, kept: Result<(), JournalError>) {
        let (provider, key) = (self.inner.id(), &planned.key);
        let (reference, attempt, call) = (key.reference(), key.attempt(), key.call().as_str());
        let (ending, charges) = (closing.ending.as_str(), closing.charges);
        self.tell(&match kept {
            Ok(()) => Event::JournalClosed { provider, reference, attempt, call, ending, charges },
            Err(_) => Event::NotRecorded { provider, reference },
        });
    }
}
