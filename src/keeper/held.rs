//! The entry of one check in a keeper's store, and the time until which it is kept.

use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};

use super::{Browser, Kept, State, store::StoreError};
use crate::{
    model::{Billed, ErrorKind, ErrorRecord, Result, Verdict},
    provider::{Progress, Session},
};

/// How long after its expiry a session is kept: as long as a provider still requests its result, in case a clock is
/// off.
const GRACE: Duration = Duration::days(1);

/// One check, tied to the browser that began it.
#[derive(Serialize, Deserialize)]
pub(super) struct Held {
    tie: String,
    pub(super) stage: Stage,
}

#[derive(Clone, Serialize, Deserialize)]
#[allow(clippy::large_enum_variant, reason = "one is there at a time")]
#[serde(rename_all = "snake_case")]
pub(super) enum Stage {
    /// Written before the call that opens the session, so that a failing store is known before that call is paid for.
    Opening,
    Open {
        session: Session,
        /// How many calls for the result may have been billed without an answer.
        #[serde(default)]
        lost: u32,
    },
    Done(Verdict),
    /// The vendor answered that the session ended without a result.
    Ended(ErrorRecord),
}

impl Stage {
    /// The entry as an answer: none before the session is open.
    pub(super) fn answer(self) -> Result<Option<Progress>> {
        match self {
            Self::Opening => Ok(None),
            Self::Open { session, .. } => Ok(Some(Progress::Pending(session))),
            Self::Done(verdict) => Ok(Some(Progress::Done(verdict))),
            Self::Ended(record) => Err(record.into()),
        }
    }

    /// The entry after a call for a result; `None` if it is unchanged.
    pub(super) fn after(session: &Session, lost: u32, result: &Result<Progress>) -> Option<Self> {
        match result {
            Ok(Progress::Done(verdict)) => Some(Self::Done(verdict.clone())),
            // The session includes what was billed so far.
            Ok(Progress::Pending(session)) => Some(Self::Open { session: session.clone(), lost }),
            Err(error) if error.kind() == ErrorKind::Expired => Some(Self::Ended(error.record())),
            Err(error) if error.billed() == Billed::No => None,
            // The error itself has its cost.
            Err(_) => Some(Self::Open { session: session.clone(), lost: lost.saturating_add(1) }),
        }
    }
}

impl Held {
    pub(super) fn new(state: &State, browser: &Browser) -> Self {
        Self { tie: state.tie(browser), stage: Stage::Opening }
    }

    pub(super) fn with(self, stage: Stage) -> Self {
        Self { stage, ..self }
    }

    pub(super) fn is_of(&self, state: &State, browser: &Browser) -> bool {
        state.is_tied(browser, &self.tie)
    }

    /// The stored form. An ended check is kept for a time, so that a reload gets the same answer.
    pub(super) fn kept(&self, now: OffsetDateTime, kept: Duration) -> Result<Kept, StoreError> {
        let keep_until = match &self.stage {
            Stage::Open { session, .. } => session.expires().saturating_add(GRACE),
            _ => now.saturating_add(kept),
        };
        let data = serde_json::to_string(self)
            .map_err(|error| StoreError::new("a check cannot be written as JSON").with_source(error))?;
        Ok(Kept::new(data, matches!(self.stage, Stage::Opening | Stage::Open { .. }), keep_until))
    }

    /// `None` if it is not of this version. The error text of serde might quote the entry.
    pub(super) fn read(kept: &Kept) -> Option<Self> {
        serde_json::from_str(kept.data()).ok()
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    const NOW: OffsetDateTime = datetime!(2026-11-21 08:00 UTC);

    /// Entries of 0.1 are in stores while instances of a newer version already run, and the other way round.
    #[test]
    fn what_is_in_a_store_is_read_by_every_version() {
        let receipt = r#"{"provider":"acme/a"}"#;
        let session = format!(
            r#"{{"token":"t-1","page_url":"","opened":"2026-11-21T08:00:00Z","expires":"2026-11-21T08:10:00Z","receipt":{receipt}}}"#
        );
        for (stage, is_open, keep_until) in [
            (r#""opening""#.to_owned(), true, NOW + Duration::HOUR),
            (format!(r#"{{"open":{{"session":{session},"lost":2}}}}"#), true, datetime!(2026-11-22 08:10 UTC)),
            (format!(r#"{{"open":{{"session":{session},"newer":1}}}}"#), true, datetime!(2026-11-22 08:10 UTC)),
            (format!(r#"{{"done":{{"outcome":"passed","receipt":{receipt}}}}}"#), false, NOW + Duration::HOUR),
            (r#"{"ended":{"kind":"expired"}}"#.to_owned(), false, NOW + Duration::HOUR),
        ] {
            let data = format!(r#"{{"tie":"t","stage":{stage},"newer":true}}"#);
            let held = Held::read(&Kept::new(data, true, NOW)).unwrap_or_else(|| panic!("{stage}"));
            let kept = held.kept(NOW, Duration::HOUR).unwrap();
            assert_eq!((kept.is_open(), kept.keep_until()), (is_open, keep_until), "{stage}");
            assert!(Held::read(&kept).is_some_and(|again| again.tie == "t"), "{stage}");
        }
    }
}
