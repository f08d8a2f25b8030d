//! Adds up a journal's month record by record, so that memory does not grow with the number of records.

use std::collections::BTreeMap;

use liveness::{
    Actor, CallKind, Charges, ErrorKind, ErrorRecord, Outcome, ProviderId,
    money::{Answer, Record, Spend, Standing, State, TryKey},
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
    /// How many calls have an opening in the window, and how many of them the sandbox or a recording answered.
    pub(super) calls: u64,
    pub(super) sandbox: u64,
    /// The openings that are not over.
    pub(super) in_flight: Uncertain,
    /// What was spent on each day of UTC+8, by account, without what is reserved for calls in flight.
    pub(super) days: BTreeMap<(Date, ProviderId), Spent>,
    pub(super) outcomes: BTreeMap<(&'static str, Option<&'static str>), Told>,
    pub(super) times: BTreeMap<(ProviderId, CallKind), Times>,
    pub(super) refusals: BTreeMap<(Who, &'static str, Option<String>), Refused>,
    pub(super) ended: BTreeMap<Ended, u64>,
    pub(super) doubts: Doubts,
    /// Openings whose outcome stays unknown although their call was answered or settled since: nobody can settle these.
    pub(super) passed_over: Uncertain,
}

/// Openings and the most that they can have cost.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Uncertain {
    pub(super) openings: u64,
    pub(super) possible: u64,
}

impl Uncertain {
    fn add(&mut self, charges: Charges) {
        self.openings += 1;
        self.possible += u64::from(charges.possible());
    }
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

/// How a doubt was ended by evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Ended {
    /// The vendor's record: it was billed, and its answer stays lost.
    Billed,
    /// The vendor's record: it was not billed.
    NotBilled,
    /// The answer was found.
    Answer,
}

/// The openings of the window that are in doubt and can be settled.
#[derive(Debug, Default)]
pub(super) struct Doubts {
    pub(super) all: Uncertain,
    /// The oldest ones, in their order.
    pub(super) oldest: Vec<Doubt>,
}

/// An opening whose outcome is not known.
#[derive(Debug)]
pub(super) struct Doubt {
    pub(super) key: TryKey,
    pub(super) provider: ProviderId,
    pub(super) at: OffsetDateTime,
    /// The number by which the vendor may know it.
    pub(super) number: Option<String>,
}

impl Figures {
    /// Counts what lies in the window; without one, everything. Charges and doubts count where their opening lies, what a call
    /// came to where its last opening does.
    pub(super) fn add(&mut self, record: &Record, window: Option<Window>, now: OffsetDateTime) {
        let is_within = |at| window.is_none_or(|(from, to)| from <= at && at < to);
        let mut spends = record.spends.iter().filter(|spend| is_within(spend.at)).peekable();
        if spends.peek().is_some() {
            self.calls += 1;
            self.sandbox += u64::from(is_of_sandbox(record));
        }
        spends.for_each(|spend| self.spend(record, spend, now));
        if let Some((ended, at)) = ended(record)
            && is_within(at)
        {
            *self.ended.entry(ended).or_default() += 1;
        }
        if !is_within(record.opened) {
            return;
        }
        match &record.state {
            State::Free(error) | State::Answered(Answer::Error(error)) => self.refused(error),
            State::Answered(Answer::Verdict(verdict)) => self.told(verdict.outcome()),
            _ => {}
        }
        if let Some(took) = took(record) {
            self.times.entry((record.provider.clone(), record.key.call())).or_default().add(took);
        }
    }

    fn spend(&mut self, record: &Record, spend: &Spend, now: OffsetDateTime) {
        let standing = record.standing(now);
        let is_in_flight = standing == Standing::InFlight && spend.fence == record.fence();
        let day = spend.at.checked_to_offset(VENDORS_ZONE).unwrap_or(spend.at).date();
        let spent = self.days.entry((day, spend.provider.clone())).or_default();
        if is_in_flight {
            // What is reserved for it is no charge yet.
            spent.add(Charges::NONE);
            return self.in_flight.add(spend.charges);
        }
        spent.add(spend.charges);
        if record.is_in_doubt(spend, now) {
            match standing {
                Standing::InDoubt | Standing::InFlight => self.doubts.add(record, spend),
                _ => self.passed_over.add(spend.charges),
            }
        }
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
    fn add(&mut self, record: &Record, spend: &Spend) {
        self.all.add(spend.charges);
        let place = self.oldest.partition_point(|each| each.at <= spend.at);
        if place < NAMED {
            let sent = || spend.sent.iter().rev().find_map(|attempt| attempt.id.clone());
            let (key, provider) = (record.key.clone(), spend.provider.clone());
            let number = spend.request_id.clone().or_else(sent);
            self.oldest.insert(place, Doubt { key, provider, at: spend.at, number });
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

/// How evidence ended the call's doubt, if it did, and when the opening was made that it spoke of.
fn ended(record: &Record) -> Option<(Ended, OffsetDateTime)> {
    let ended = match &record.state {
        State::NotBilled => Ended::NotBilled,
        State::Answered(Answer::Lost) => Ended::Billed,
        State::Answered(_) if record.is_settled => Ended::Answer,
        _ => return None,
    };
    let settled = record.spends.iter().rfind(|spend| spend.is_lost);
    Some((ended, settled.map_or(record.opened, |spend| spend.at)))
}

/// How long an answered call took. A word of the operator's tells nothing of that.
fn took(record: &Record) -> Option<Duration> {
    let is_answered = matches!(record.state, State::Answered(_)) && !record.is_settled;
    record.closed.filter(|_| is_answered).map(|closed| closed - record.opened)
}
