//! The result of comparing a journal with a statement.

use std::{collections::BTreeSet, fmt};

use time::OffsetDateTime;

use super::{
    by_time::{ByTime, by_time, is_repeated},
    calls::{Attempt, Call, Calls, Said},
    finding::{Finding, FindingKind, FoundCall, MatchedBy},
    scope::StatementScope,
    statement::instant,
};
use crate::{
    model::ProviderId,
    money::journal::{Settled, TryKey},
};

/// The result of comparing a journal with a statement.
///
/// ```
/// # use liveness::{*, money::*, time::macros::datetime};
/// # let clock = ManualClock::new(datetime!(2026-11-21 08:00 UTC));
/// # let journal = MemoryJournal::new().with_clock(clock.clone());
/// # let key = TryKey::new("order-7".parse()?, 1, CallKind::Begin);
/// # let intent = Intent::new(key.clone(), "acme/a".parse()?, Fingerprint::new(1, "key", "0".repeat(32)));
/// # let Opened::New(ticket) = journal.open(&intent)? else { unreachable!("it is new") };
/// # journal.sent(&ticket, &SentAttempt::new(1, clock.now(), Some("n-1".into())))?;
/// # let lost = Box::new(Error::new(ErrorKind::OutcomeUnknown).record());
/// # journal.close(&ticket, &Closing::new(Ending::InDoubt(lost), Charges::new(0, 1)))?;
/// // The journal holds a call whose answer was lost.
/// # let statement: Statement = [StatementLine::new(2, clock.now()).with_number(Some("n-1".into()))].into_iter().collect();
/// use liveness::money::{FindingKind, StatementScope, reconcile};
///
/// let found = reconcile(&journal, statement, &StatementScope::new())?;
/// assert_eq!((found.rows(), found.calls(), found.billed()), (1, 1, 1));
/// // What the journal has: no charge for certain, one at most.
/// assert_eq!(found.charges(), (0, 1));
/// for finding in found.findings() {
///     println!("{}: rows {:?}", finding.kind.text().english, finding.rows);
/// }
/// assert_eq!(found.count(FindingKind::NotByUs), 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Reconciliation {
    calls: Calls,
    by_time: ByTime,
    of_calls: Vec<Verdict>,
    of_rows: Vec<Verdict>,
    window: Option<(i64, i64)>,
    /// Calls and rows by their kind.
    counts: [u64; FindingKind::ALL.len()],
}

/// The result for one call or row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Found(FindingKind),
    /// It is as expected.
    Clear,
    /// It is outside the window, or in flight.
    Left,
}

/// A doubt that the statement settles, because it has the number of each attempt.
///
/// ```
/// # use liveness::{*, money::*, time::macros::datetime};
/// # let clock = ManualClock::new(datetime!(2026-11-21 08:00 UTC));
/// # let journal = MemoryJournal::new().with_clock(clock.clone());
/// # let key = TryKey::new("order-7".parse()?, 1, CallKind::Begin);
/// # let intent = Intent::new(key.clone(), "acme/a".parse()?, Fingerprint::new(1, "key", "0".repeat(32)));
/// # let Opened::New(ticket) = journal.open(&intent)? else { unreachable!("it is new") };
/// # journal.sent(&ticket, &SentAttempt::new(1, clock.now(), Some("n-1".into())))?;
/// # let lost = Box::new(Error::new(ErrorKind::OutcomeUnknown).record());
/// # journal.close(&ticket, &Closing::new(Ending::InDoubt(lost), Charges::new(0, 1)))?;
/// // The journal holds a call whose answer was lost.
/// # let statement: Statement = [StatementLine::new(2, clock.now()).with_number(Some("n-1".into()))].into_iter().collect();
/// use liveness::money::{Settled, StatementScope, reconcile};
///
/// let found = reconcile(&journal, statement, &StatementScope::new())?;
/// for proof in found.proofs() {
///     assert_eq!((&proof.settled, proof.rows), (&Settled::Billed(None), vec![2]));
///     journal.settle(&proof.key, &proof.settled)?;
/// }
/// assert!(journal.in_doubt(None, 100)?.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Proof {
    /// The call in doubt.
    pub key: TryKey,
    /// The last opening that was examined, from 1. If there is a later one, the proof is out of date.
    pub fence: u64,
    /// How the statement settles it.
    pub settled: Settled,
    /// The rows that prove it.
    pub rows: Vec<u64>,
}

impl Reconciliation {
    pub(super) fn of(mut calls: Calls, scope: &StatementScope) -> Self {
        let by_time = by_time(&mut calls, scope.tolerance_micros());
        // The rows are in the order of time.
        let lines = &calls.statement.lines;
        let rows = lines.first().zip(lines.last()).map(|(first, last)| (first.at, last.at.saturating_add(1)));
        let mut found = Self {
            window: scope.window_micros().or(rows),
            of_calls: Vec::with_capacity(calls.calls.len()),
            of_rows: Vec::with_capacity(lines.len()),
            counts: [0; FindingKind::ALL.len()],
            calls,
            by_time,
        };
        for call in &found.calls.calls {
            found.of_calls.push(found.of_call(call, scope.tolerance_micros()));
        }
        for row in 0..found.calls.statement.len() {
            found.of_rows.push(found.of_row(row));
        }
        for verdict in found.of_calls.iter().chain(&found.of_rows) {
            if let Verdict::Found(kind) = verdict {
                found.counts[*kind as usize] += 1;
            }
        }
        found.counts[FindingKind::PaidAndKnown as usize] += found.calls.clear[0];
        found
    }

    fn of_call(&self, call: &Call, tolerance: i64) -> Verdict {
        let rows = || self.rows_of(call);
        let billed = self.billed_for(call);
        let attempts = self.calls.attempts_of(call);
        let is_complete = attempts.iter().all(|attempt| attempt.row.is_some());
        let is_outside = attempts.iter().all(|attempt| {
            self.window.is_none_or(|(from, to)| {
                attempt.at < from.saturating_add(tolerance) || attempt.at >= to.saturating_sub(tolerance)
            })
        });
        let is_shared = self.is_shared(call);
        let found = Verdict::Found;
        match call.said {
            Said::InFlight => Verdict::Left,
            _ if call.is_contested => found(FindingKind::Ambiguous),
            _ if self.has_contested_row(call) => found(FindingKind::Ambiguous),
            Said::InDoubt if is_shared && is_outside => Verdict::Left,
            Said::InDoubt if is_shared => found(FindingKind::Ambiguous),
            _ if billed > call.charges.possible() => found(FindingKind::Beyond),
            Said::InDoubt if billed > 0 => found(FindingKind::PaidAndLost),
            Said::InDoubt if is_complete => found(FindingKind::LostNotBilled),
            Said::InDoubt if is_outside => Verdict::Left,
            Said::InDoubt => found(FindingKind::InDoubt),
            Said::Known if billed < call.charges.certain() && is_outside && rows().next().is_none() => Verdict::Left,
            Said::Known if billed < call.charges.certain() => found(FindingKind::NotListed),
            Said::Known if billed > 0 => found(FindingKind::PaidAndKnown),
            Said::Known => Verdict::Clear,
        }
    }

    fn of_row(&self, row: usize) -> Verdict {
        let line = &self.calls.statement.lines[row];
        let is_outside = self.window.is_some_and(|(from, to)| line.at < from || line.at >= to);
        match () {
            () if self.calls.is_taken[row] || self.by_time.is_taken[row] || line.charges == 0 => Verdict::Clear,
            () if is_outside => Verdict::Left,
            () if is_repeated(&self.calls, row) => Verdict::Found(FindingKind::Twice),
            () => Verdict::Found(FindingKind::NotByUs),
        }
    }

    fn rows_of(&self, call: &Call) -> impl Iterator<Item = u32> {
        self.calls.attempts_of(call).iter().filter_map(|attempt| attempt.row)
    }

    fn billed_for(&self, call: &Call) -> u32 {
        self.rows_of(call).fold(0, |sum: u32, row| sum.saturating_add(self.calls.statement.lines[row as usize].charges))
    }

    fn is_shared(&self, call: &Call) -> bool {
        self.calls.attempts_of(call).iter().any(|attempt| attempt.is_shared)
    }

    fn has_contested_row(&self, call: &Call) -> bool {
        self.rows_of(call).any(|row| self.calls.is_contested[row as usize])
    }

    /// How many calls and rows are of this kind.
    pub fn count(&self, kind: FindingKind) -> u64 {
        self.counts[kind as usize]
    }

    /// How many rows the statement has.
    pub fn rows(&self) -> u64 {
        self.of_rows.len() as u64
    }

    /// How many calls the journal has that were sent, or may have been.
    pub fn calls(&self) -> u64 {
        self.of_calls.len() as u64 + self.calls.clear[0] + self.calls.clear[1]
    }

    /// How many calls are left out because they are outside the statement's window, or in flight.
    pub fn calls_left(&self) -> u64 {
        self.of_calls.iter().filter(|verdict| **verdict == Verdict::Left).count() as u64
    }

    /// How many rows are left out because they are outside the window.
    pub fn rows_left(&self) -> u64 {
        self.of_rows.iter().filter(|verdict| **verdict == Verdict::Left).count() as u64
    }

    /// How many charges the statement lists.
    pub fn billed(&self) -> u64 {
        self.calls.statement.lines.iter().map(|line| u64::from(line.charges)).sum()
    }

    /// How many charges the journal has: at least, and at most.
    pub fn charges(&self) -> (u64, u64) {
        (self.calls.charges[0], self.calls.charges[1])
    }

    /// The providers whose calls the journal has, whether they were examined or not.
    pub fn providers(&self) -> &BTreeSet<ProviderId> {
        &self.calls.seen
    }

    /// The window of the statement; `None` if it has no rows, and none was set.
    pub fn window(&self) -> Option<(OffsetDateTime, OffsetDateTime)> {
        self.window.map(|(from, to)| (instant(from), instant(to)))
    }

    /// The findings in the order of their kinds and of time, without what is paid and known.
    pub fn findings(&self) -> impl Iterator<Item = Finding> {
        let is_told = |verdict: &Verdict| match verdict {
            Verdict::Found(kind) => Some(*kind).filter(|kind| *kind != FindingKind::PaidAndKnown),
            Verdict::Clear | Verdict::Left => None,
        };
        let calls = self.of_calls.iter().enumerate().filter_map(move |(index, verdict)| {
            let call = &self.calls.calls[index];
            let at = self.calls.attempts_of(call).first().map_or(0, |attempt| attempt.at);
            Some((is_told(verdict)?, at, Some(self.calls.names.order(&call.name)), Some(call.fence), index))
        });
        let rows = self.of_rows.iter().enumerate().filter_map(move |(row, verdict)| {
            Some((is_told(verdict)?, self.calls.statement.lines[row].at, None, None, row))
        });
        let mut found: Vec<_> = calls.chain(rows).collect();
        found.sort_unstable();
        found.into_iter().filter_map(|(kind, _, name, _, index)| match name {
            Some(_) => self.finding_of_call(kind, index),
            None => Some(self.finding_of_row(kind, index)),
        })
    }

    fn finding_of_call(&self, kind: FindingKind, index: usize) -> Option<Finding> {
        let call = &self.calls.calls[index];
        // One row that was found by time alone makes the whole finding evidence, and not proof.
        let found = self.calls.attempts_of(call).iter().filter(|attempt| attempt.row.is_some());
        let by = found.map(|attempt| attempt.by).max_by_key(|by| *by == MatchedBy::Time);
        Some(Finding {
            kind,
            call: Some(FoundCall {
                key: self.calls.names.key(&call.name)?,
                fence: call.fence,
                provider: self.calls.providers[call.provider as usize].clone(),
                charges: call.charges,
            }),
            at: instant(self.calls.attempts_of(call).first().map_or(0, |attempt| attempt.at)),
            rows: self.rows_of(call).map(|row| self.calls.statement.lines[row as usize].row).collect(),
            billed: self.billed_for(call),
            by,
            is_one_of_several: self.is_shared(call),
        })
    }

    fn finding_of_row(&self, kind: FindingKind, row: usize) -> Finding {
        let line = &self.calls.statement.lines[row];
        Finding {
            kind,
            call: None,
            at: instant(line.at),
            rows: vec![line.row],
            billed: line.charges,
            by: None,
            is_one_of_several: self.by_time.is_near_a_call[row],
        }
    }

    /// The doubts that the statement settles, in the order of the records that were added: the number of each attempt
    /// is in it. A row that was found by time proves nothing, and neither does a missing one.
    pub fn proofs(&self) -> impl Iterator<Item = Proof> {
        let name = |call: &Call| self.calls.names.order(&call.name);
        let records = self.calls.calls.chunk_by(move |a, b| name(a) == name(b));
        records.filter_map(|calls| self.proof(calls))
    }

    fn proof(&self, calls: &[Call]) -> Option<Proof> {
        let last = calls.iter().rfind(|call| call.said == Said::InDoubt)?;
        if !last.is_open {
            return None;
        }
        let is_proven = |call: &Call| {
            let is_by_number = |attempt: &Attempt| attempt.row.is_some() && attempt.by == MatchedBy::Number;
            let is_whole = self.calls.attempts_of(call).iter().all(is_by_number);
            is_whole && !call.is_contested && !self.has_contested_row(call)
        };
        let doubts = || calls.iter().filter(|call| call.said == Said::InDoubt);
        let is_billed = is_proven(last) && (1..=last.charges.possible()).contains(&self.billed_for(last));
        let is_free = doubts().all(|call| is_proven(call) && self.billed_for(call) == 0);
        let settled = match (is_billed, is_free) {
            (true, _) => Settled::Billed(None),
            (_, true) => Settled::NotBilled,
            _ => return None,
        };
        let proving = doubts().filter(|call| is_free || call.fence == last.fence);
        let rows = proving.flat_map(|call| self.rows_of(call));
        let rows = rows.map(|row| self.calls.statement.lines[row as usize].row).collect();
        Some(Proof { key: self.calls.names.key(&last.name)?, fence: last.last_fence, settled, rows })
    }
}

impl fmt::Debug for Reconciliation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts: Vec<_> = FindingKind::ALL.iter().map(|kind| (*kind, self.count(*kind))).collect();
        f.debug_struct("Reconciliation").field("counts", &counts).finish_non_exhaustive()
    }
}
