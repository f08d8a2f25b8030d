//! The rows of a vendor's statement.

use std::fmt;

use time::OffsetDateTime;

/// One row of a vendor's statement.
///
/// ```
/// use liveness::{money::StatementLine, time::macros::datetime};
///
/// let line = StatementLine::new(2, datetime!(2026-11-21 08:00 +8)).with_number(Some("202611210800".into()));
/// assert_eq!(line.charges, 1);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StatementLine {
    /// Its position in the statement, so that a finding can name it: any number of yours, such as the line of the
    /// file.
    pub row: u64,
    /// When the vendor counted the call.
    pub at: OffsetDateTime,
    /// The number of the request, if the statement has one.
    pub number: Option<String>,
    /// How many charges it lists; 0 for a call that was not billed.
    pub charges: u32,
}

impl StatementLine {
    /// One charge at this instant, in this row of the statement.
    pub const fn new(row: u64, at: OffsetDateTime) -> Self {
        Self { row, at, number: None, charges: 1 }
    }

    /// Sets the number of the request. Defaults to none.
    pub fn with_number(mut self, number: Option<String>) -> Self {
        self.number = number;
        self
    }

    /// Sets how many charges it lists, 0 for a call that was not billed. Defaults to 1.
    pub const fn with_charges(mut self, charges: u32) -> Self {
        self.charges = charges;
        self
    }
}

/// The rows of a statement, packed: a month has a million of them.
///
/// ```
/// use liveness::{money::{Statement, StatementLine}, time::macros::datetime};
///
/// // One row for each line of the vendor's file, in any order.
/// let mut statement = Statement::new();
/// statement.push(&StatementLine::new(2, datetime!(2026-11-21 08:00 +8)));
/// statement.extend([StatementLine::new(3, datetime!(2026-11-21 08:05 +8)).with_charges(0)]);
/// assert_eq!(statement.len(), 2);
/// ```
#[derive(Clone, Default)]
pub struct Statement {
    pub(super) lines: Vec<Line>,
    numbers: String,
}

#[derive(Clone, Copy)]
pub(super) struct Line {
    /// Microseconds since 1970.
    pub(super) at: i64,
    pub(super) row: u64,
    pub(super) charges: u32,
    number_bytes: u32,
    number_start: usize,
}

impl Statement {
    /// A statement without rows.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a row. Their order does not matter.
    pub fn push(&mut self, line: &StatementLine) {
        let number_start = self.numbers.len();
        self.numbers.push_str(line.number.as_deref().unwrap_or_default());
        self.numbers[number_start..].make_ascii_lowercase();
        let number_bytes = u32::try_from(self.numbers.len() - number_start).unwrap_or_default();
        self.lines.push(Line { at: micros(line.at), row: line.row, charges: line.charges, number_bytes, number_start });
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// Sorts the rows, whatever the order of the statement was.
    pub(super) fn sort(&mut self) {
        let numbers = &self.numbers;
        let number = |line: &Line| &numbers[line.number_start..line.number_start + line.number_bytes as usize];
        self.lines
            .sort_unstable_by(|a, b| (a.at, number(a), a.charges, a.row).cmp(&(b.at, number(b), b.charges, b.row)));
    }

    /// The number of a row, in lower case; empty if it has none.
    pub(super) fn number(&self, line: usize) -> &str {
        let line = &self.lines[line];
        &self.numbers[line.number_start..line.number_start + line.number_bytes as usize]
    }
}

impl fmt::Debug for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Statement").field("len", &self.len()).finish_non_exhaustive()
    }
}

impl Extend<StatementLine> for Statement {
    fn extend<I: IntoIterator<Item = StatementLine>>(&mut self, lines: I) {
        lines.into_iter().for_each(|line| self.push(&line));
    }
}

impl FromIterator<StatementLine> for Statement {
    fn from_iter<I: IntoIterator<Item = StatementLine>>(lines: I) -> Self {
        let mut statement = Self::new();
        statement.extend(lines);
        statement
    }
}

/// Microseconds since 1970.
pub(super) fn micros(at: OffsetDateTime) -> i64 {
    i64::try_from(at.unix_timestamp_nanos() / 1000).unwrap_or(if at.unix_timestamp() < 0 { i64::MIN } else { i64::MAX })
}

/// The instant at this many microseconds since 1970.
pub(super) fn instant(micros: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros) * 1000).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}
