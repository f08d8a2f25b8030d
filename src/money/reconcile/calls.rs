//! The calls of a journal to find in a statement, and the rows with their numbers.

use std::{collections::BTreeSet, ops::Range};

use time::OffsetDateTime;

use super::{
    finding::MatchedBy,
    names::{Name, Names},
    statement::{Statement, micros},
};
use crate::{
    model::{Charges, ProviderId},
    money::journal::{Record, Spend, Standing},
};

/// The journal's state of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Said {
    InFlight,
    InDoubt,
    Known,
}

/// A call that was not settled by its number alone.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) name: Name,
    pub(super) fence: u64,
    /// The last opening of its record.
    pub(super) last_fence: u64,
    pub(super) provider: u32,
    pub(super) charges: Charges,
    pub(super) said: Said,
    /// Whether its record is in doubt as a whole and can be settled.
    pub(super) is_open: bool,
    /// Whether another call has the same number.
    pub(super) is_contested: bool,
    pub(super) attempts: Range<u32>,
}

/// One attempt of a call: at most one row belongs to it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Attempt {
    pub(super) at: i64,
    pub(super) call: u32,
    pub(super) row: Option<u32>,
    pub(super) by: MatchedBy,
    /// Whether it may as well be without a row, or with one of another kind.
    pub(super) is_shared: bool,
    pub(super) has_vendors_number: bool,
    pub(super) has_our_number: bool,
}

/// The calls so far, and the rows that were taken by number.
pub(super) struct Calls {
    pub(super) statement: Statement,
    /// The rows with a number, in the order of the numbers.
    by_number: Vec<u32>,
    /// Whether a row is taken by number.
    pub(super) is_taken: Vec<bool>,
    /// Whether two calls claim a row by number.
    pub(super) is_contested: Vec<bool>,
    pub(super) providers: Vec<ProviderId>,
    pub(super) seen: BTreeSet<ProviderId>,
    pub(super) names: Names,
    pub(super) calls: Vec<Call>,
    pub(super) attempts: Vec<Attempt>,
    /// Calls that need no further check: billed, and not billed.
    pub(super) clear: [u64; 2],
    /// What all calls cost.
    pub(super) charges: [u64; 2],
    /// Whether the statement has the vendor's numbers, and whether it has ours.
    pub(super) has_vendors_numbers: bool,
    pub(super) has_our_numbers: bool,
}

impl Calls {
    pub(super) fn new(mut statement: Statement) -> Self {
        statement.sort();
        let rows = statement.len();
        let numbered = (0..rows).filter(|row| !statement.number(*row).is_empty());
        let mut by_number: Vec<u32> = numbered.filter_map(|row| u32::try_from(row).ok()).collect();
        // The billed rows of a number are taken first.
        let key = |row: &u32| (statement.number(*row as usize), statement.lines[*row as usize].charges == 0);
        by_number.sort_by(|a, b| key(a).cmp(&key(b)));
        Self {
            by_number,
            is_taken: vec![false; rows],
            is_contested: vec![false; rows],
            statement,
            providers: Vec::new(),
            seen: BTreeSet::new(),
            names: Names::default(),
            calls: Vec::new(),
            attempts: Vec::new(),
            clear: [0; 2],
            charges: [0; 2],
            has_vendors_numbers: false,
            has_our_numbers: false,
        }
    }

    /// The rows with this number.
    pub(super) fn rows_of(&self, number: &str) -> &[u32] {
        let number_of = |row: &u32| self.statement.number(*row as usize);
        let start = self.by_number.partition_point(|row| number_of(row) < number);
        let end = start + self.by_number[start..].partition_point(|row| number_of(row) == number);
        &self.by_number[start..end]
    }

    /// Adds the calls of a record; if a provider is named, only those of it.
    pub(super) fn add(&mut self, record: &Record, provider: Option<&ProviderId>, now: OffsetDateTime) {
        let standing = record.standing(now);
        let is_looked_at = |spend: &Spend| provider.is_none_or(|provider| *provider == spend.provider);
        // A doubt is settled as a whole, so one of another account keeps it open.
        let mut doubts = record.spends.iter().filter(|spend| record.is_in_doubt(spend, now));
        let is_open = standing == Standing::InDoubt && doubts.all(is_looked_at);
        for spend in &record.spends {
            if !self.seen.contains(&spend.provider) {
                self.seen.insert(spend.provider.clone());
            }
            if !is_looked_at(spend) {
                continue;
            }
            let said = match () {
                () if record.is_in_doubt(spend, now) => Said::InDoubt,
                () if standing == Standing::InFlight && spend.fence == record.fence() => Said::InFlight,
                () => Said::Known,
            };
            // Nothing of it was sent.
            let is_nothing = spend.charges.possible() == 0 && spend.sent.is_empty() && spend.request_id.is_none();
            if said != Said::Known || !is_nothing {
                self.add_call(record, spend, said, is_open);
            }
        }
    }

    fn add_call(&mut self, record: &Record, spend: &Spend, said: Said, is_open: bool) {
        let charges = spend.charges;
        self.charges[0] += u64::from(charges.certain());
        self.charges[1] += u64::from(charges.possible());
        let first = self.attempts.len();
        let count = spend.sent.len().max(charges.certain() as usize).max(1);
        let (mut billed, mut is_contested) = (0_u32, false);
        for index in 0..count {
            let sent = spend.sent.get(index);
            let ours = sent.and_then(|sent| sent.id.as_deref());
            let vendors = spend.request_id.as_deref().filter(|_| index + 1 == count);
            let mut attempt = Attempt {
                at: micros(sent.map_or(spend.at, |sent| sent.at)),
                call: u32::try_from(self.calls.len()).unwrap_or(u32::MAX),
                row: None,
                by: MatchedBy::Number,
                is_shared: false,
                has_vendors_number: vendors.is_some(),
                has_our_number: ours.is_some(),
            };
            for (number, is_ours) in [(vendors, false), (ours, true)] {
                if let (Some(number), None) = (number, attempt.row) {
                    let (row, is_claimed) = self.claim(number);
                    is_contested |= is_claimed;
                    attempt.row = row;
                    let has_numbers = if is_ours { &mut self.has_our_numbers } else { &mut self.has_vendors_numbers };
                    *has_numbers |= row.is_some() || is_claimed;
                }
            }
            billed += attempt.row.map_or(0, |row| self.statement.lines[row as usize].charges);
            self.attempts.push(attempt);
        }
        let is_complete = self.attempts[first..].iter().all(|attempt| attempt.row.is_some());
        let is_expected = (charges.certain()..=charges.possible()).contains(&billed);
        if said == Said::Known && is_complete && is_expected && !is_contested {
            self.attempts.truncate(first);
            return self.clear[usize::from(billed == 0)] += 1;
        }
        let index = self.providers.iter().position(|known| *known == spend.provider).unwrap_or_else(|| {
            self.providers.push(spend.provider.clone());
            self.providers.len() - 1
        });
        self.calls.push(Call {
            name: self.names.add(&record.key),
            fence: spend.fence,
            last_fence: record.fence(),
            provider: u32::try_from(index).unwrap_or(u32::MAX),
            charges,
            said,
            is_open,
            is_contested,
            attempts: u32::try_from(first).unwrap_or(u32::MAX)..u32::try_from(self.attempts.len()).unwrap_or(u32::MAX),
        });
    }

    /// Takes the first free row with this number, and returns whether another call took one.
    fn claim(&mut self, number: &str) -> (Option<u32>, bool) {
        let rows = self.rows_of(&number.to_ascii_lowercase()).to_vec();
        let free = rows.iter().copied().find(|row| !self.is_taken[*row as usize]);
        match free {
            Some(row) => self.is_taken[row as usize] = true,
            None => rows.iter().for_each(|row| self.is_contested[*row as usize] = true),
        }
        (free, free.is_none() && !rows.is_empty())
    }

    /// The attempts of a call.
    pub(super) fn attempts_of(&self, call: &Call) -> &[Attempt] {
        &self.attempts[call.attempts.start as usize..call.attempts.end as usize]
    }
}
