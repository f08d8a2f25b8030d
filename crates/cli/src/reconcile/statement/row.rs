//! Chooses the columns to read, and reads their rows.

use std::collections::BTreeMap;

use liveness::{money::StatementLine, time::UtcOffset};

use super::{field, instant::instant, reason::Reason};

/// How many rows of each reason are named.
const MAX_NAMED: usize = 5;

/// Where the fields stand: by the name of a column, or by its place from 1.
#[derive(Clone, Debug, Default)]
pub(crate) struct Columns {
    pub(crate) time: String,
    pub(crate) number: Option<String>,
    pub(crate) billed: Option<String>,
}

impl Columns {
    /// All that are set.
    pub(super) fn all(&self) -> [Option<&str>; 3] {
        [Some(&self.time), self.number.as_deref(), self.billed.as_deref()]
    }
}

/// The fields of one row as they stand in the file; the number and the charges only where their columns are set.
#[derive(Debug, Default)]
pub(super) struct Fields<'a> {
    pub(super) time: &'a str,
    pub(super) number: Option<&'a str>,
    pub(super) billed: Option<&'a str>,
}

/// What was read so far. A row is named by its line in a file of lines, and by its place in an array.
pub(crate) struct Rows<F = fn(StatementLine)> {
    zone: UtcOffset,
    found: F,
    pub(crate) read: u64,
    unreadable: BTreeMap<Reason, (u64, Vec<u64>)>,
}

impl<F: FnMut(StatementLine)> Rows<F> {
    pub(super) const fn new(zone: UtcOffset, found: F) -> Self {
        Self { zone, found, read: 0, unreadable: BTreeMap::new() }
    }

    /// Adds a row.
    pub(super) fn add(&mut self, row: u64, fields: &Fields<'_>) {
        match self.line(row, fields) {
            Ok(line) => {
                self.read += 1;
                (self.found)(line);
            }
            Err(reason) => self.refuse(row, reason),
        }
    }

    fn line(&self, row: u64, fields: &Fields<'_>) -> Result<StatementLine, Reason> {
        let at = instant(fields.time, self.zone).ok_or(Reason::Time)?;
        let number = fields.number.map(field::number).transpose()?.flatten();
        let charges = fields.billed.map(|billed| field::charges(billed).ok_or(Reason::Billed)).transpose()?;
        Ok(StatementLine::new(row, at).with_number(number).with_charges(charges.unwrap_or(1)))
    }

    /// Whether a text is a time: then the row that it stands in is no heading.
    pub(super) fn is_time(&self, text: &str) -> bool {
        instant(text, self.zone).is_some()
    }

    /// Counts a row that cannot be read.
    pub(super) fn refuse(&mut self, row: u64, reason: Reason) {
        let (count, rows) = self.unreadable.entry(reason).or_default();
        *count += 1;
        if rows.len() < MAX_NAMED {
            rows.push(row);
        }
    }

    pub(super) fn finish(self) -> Rows {
        Rows { zone: self.zone, found: |_| {}, read: self.read, unreadable: self.unreadable }
    }
}

impl<F> Rows<F> {
    /// The reasons why rows could not be read, how many each, and the first of them.
    pub(crate) fn unreadable(&self) -> impl Iterator<Item = (Reason, u64, &[u64])> {
        self.unreadable.iter().map(|(reason, (count, rows))| (*reason, *count, rows.as_slice()))
    }
}
