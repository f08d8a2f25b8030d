//! What does a journal's month come to? Counted record by record, so that memory does not grow with their number.

use std::collections::BTreeMap;

use liveness::{
    Actor, CallKind, Charges, ErrorKind, ErrorRecord, Outcome, ProviderId,
    money::{Answer, Record, Spend, Standing, State},
    time::{Date, Duration, OffsetDateTime},
};

use super::times::Times;
use crate::meter::VENDORS_ZONE;

/// How many open doubts are named, the oldest first.
pub(super) const NAMED: usize = 100;

/// From the first moment to the first one that is not covered any more.
pub(super) type Window = (OffsetDateTime, OffsetDateTime);

/// What the page shows.
#[derive(Debug, Default)]
pub(super) struct Figures {
    /// How many calls were opened in the window, and how many of them the sandbox or a recording answered.
    pub(super) calls: u64,
    pub(super) sandbox: u64,
    /// What was spent on each day of UTC+8, by account.
    pub(super) days: BTreeMap<(Date, ProviderId), Spent>,
    pub(super) outcomes: BTreeMap<(&'static str, Option<&'static str>), Told>,
    pub(super) times: BTreeMap<(ProviderId, CallKind), Times>,
    pub(super) refusals: BTreeMap<(Who, &'static str, Option<String>), Refused>,
    pub(super) ended: BTreeMap<Ended, u64>,
    pub(super) doubts: Doubts,
}

/// Openings and what they cost.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Spent {
    pub(super) openings: u64,
    pub(super) certain: u64,
    pub(super) possible: u64,
}

impl Spent {
    fn add(&mut self, charges: Charges) {
        self.openings += 1;
        self.certain += u64::from(charges.certain());
        self.possible += u64::from(charges.possible());
    }

    pub(super) fn plus(self, other: Self) -> Self {
        Self {
            openings: self.openings + other.openings,
            certain: self.certain + other.certain,
            possible: self.possible + other.possible,
        }
    }
}

/// How often an outcome was told.
#[derive(Clone, Copy, Debug)]
pub(super) struct Told {
    pub(super) outcome: Outcome,
    pub(super) count: u64,
}

/// How often a call was refused so.
#[derive(Clone, Copy, Debug)]
pub(super) struct Refused {
    pub(super) kind: ErrorKind,
    pub(super) count: u64,
}

/// Who must act, in the order of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Who {
    Operator,
    Caller,
    Nobody,
}

/// How a doubt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Ended {
    /// The vendor's record: it was billed, and its answer stays lost.
    Billed,
    /// The vendor's record: it was not billed.
    NotBilled,
    /// The answer was found.
    Answer,
    /// The call was repeated, which told what became of it.
    Repeated,
}

/// The doubts of the window that stand.
#[derive(Debug, Default)]
pub(super) struct Doubts {
    pub(super) count: u64,
    pub(super) possible: u64,
    /// The oldest ones, in their order.
    pub(super) oldest: Vec<Record>,
}

impl Figures {
    /// Counts what lies in the window; without one, everything.
    pub(super) fn add(&mut self, record: Record, window: Option<Window>, now: OffsetDateTime) {
        let is_within = |at| window.is_none_or(|(from, to)| from <= at && at < to);
        for spend in record.spends.iter().filter(|spend| is_within(spend.at)) {
            self.spend(spend);
        }
        if !is_within(record.opened) {
            return;
        }
        self.calls += 1;
        self.sandbox += u64::from(is_of_sandbox(&record));
        match record.standing(now) {
            Standing::InDoubt => return self.doubts.add(record),
            Standing::InFlight => return,
            _ => {}
        }
        if let Some(ended) = ended(&record) {
            *self.ended.entry(ended).or_default() += 1;
        }
        match &record.state {
            State::Free(error) | State::Answered(Answer::Error(error)) => self.refused(error),
            State::Answered(Answer::Verdict(verdict)) => self.told(verdict.outcome()),
            _ => {}
        }
        if let Some(took) = took(&record) {
            self.times.entry((record.provider, record.key.call())).or_default().add(took);
        }
    }

    fn spend(&mut self, spend: &Spend) {
        let day = spend.at.checked_to_offset(VENDORS_ZONE).unwrap_or(spend.at).date();
        self.days.entry((day, spend.provider.clone())).or_default().add(spend.charges);
    }

    fn told(&mut self, outcome: Outcome) {
        let told = self.outcomes.entry((outcome.as_str(), outcome.reason()));
        told.or_insert(Told { outcome, count: 0 }).count += 1;
    }

    fn refused(&mut self, error: &ErrorRecord) {
        let who = match error.kind.actor(error.again) {
            Actor::Caller => Who::Caller,
            Actor::Nobody => Who::Nobody,
            _ => Who::Operator,
        };
        let refused = self.refusals.entry((who, error.kind.as_str(), error.vendor_code.clone()));
        refused.or_insert(Refused { kind: error.kind, count: 0 }).count += 1;
    }

    /// All that was spent.
    pub(super) fn spent(&self) -> Spent {
        self.days.values().fold(Spent::default(), |sum, spent| sum.plus(*spent))
    }
}

impl Doubts {
    fn add(&mut self, record: Record) {
        self.count += 1;
        self.possible += u64::from(record.charges().possible());
        let place = self.oldest.partition_point(|each| each.opened <= record.opened);
        if place < NAMED {
            self.oldest.insert(place, record);
            self.oldest.truncate(NAMED);
        }
    }
}

fn is_of_sandbox(record: &Record) -> bool {
    match &record.state {
        State::Answered(Answer::Verdict(verdict)) => verdict.receipt().is_sandbox(),
        State::Answered(Answer::Session(receipt)) => receipt.is_sandbox(),
        _ => false,
    }
}

/// How the call's doubt ended, if it had one.
fn ended(record: &Record) -> Option<Ended> {
    let was_lost = record.spends.iter().any(|spend| spend.is_lost);
    match &record.state {
        State::NotBilled => Some(Ended::NotBilled),
        State::Answered(Answer::Lost) => Some(Ended::Billed),
        State::Answered(_) if record.is_settled => Some(Ended::Answer),
        State::Answered(_) if was_lost => Some(Ended::Repeated),
        _ => None,
    }
}

/// How long an answered call took. A word of the operator's tells nothing of that.
fn took(record: &Record) -> Option<Duration> {
    let is_answered = matches!(record.state, State::Answered(_)) && !record.is_settled;
    record.closed.filter(|_| is_answered).map(|closed| closed - record.opened)
}
