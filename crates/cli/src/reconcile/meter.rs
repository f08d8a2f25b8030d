//! Compares the movement of the vendor's meter with the journal and the statement.

use liveness::{
    ProviderId,
    money::{MeterReading, Record, StatementLine},
};

use super::options::Options;
use crate::{journal::Source, language::Words, problem::Problem};

/// Two readings, and what was charged between them.
#[derive(Debug)]
pub(super) struct Moved {
    provider: ProviderId,
    before: MeterReading,
    after: MeterReading,
    /// By the statement.
    pub(super) billed: u64,
    /// By the journal: at least, and at most.
    pub(super) certain: u64,
    pub(super) possible: u64,
}

impl Moved {
    /// Takes the two readings, if they are asked for.
    ///
    /// # Errors
    ///
    /// Where the account is not named, the meter cannot be read, or the readings are in the wrong order.
    pub(super) fn of(options: &Options, books: &impl Source) -> Result<Option<Self>, Problem> {
        let (Some(before), Some(after)) = (options.meter_before, options.meter_after) else { return Ok(None) };
        let provider = options.provider.clone().ok_or_else(|| {
            let why = Words::new(
                "it is required with a meter: name the account that the meter belongs to",
                "使用余量核对时必填：请指明是哪个账号的余量",
            );
            Problem::new("--provider", why)
        })?;
        let before = before.of(&provider, || books.journal(), "--meter-before")?;
        let after = after.of(&provider, || books.journal(), "--meter-after")?;
        if before.at() >= after.at() {
            let why = Words::new("it is not later than --meter-before", "不晚于 --meter-before");
            return Err(Problem::new("--meter-after", why));
        }
        Ok(Some(Self { provider, before, after, billed: 0, certain: 0, possible: 0 }))
    }

    pub(super) fn add_row(&mut self, line: &StatementLine) {
        if (self.before.at()..self.after.at()).contains(&line.at) {
            self.billed += u64::from(line.charges);
        }
    }

    pub(super) fn add_record(&mut self, record: &Record) {
        let between = self.before.at()..self.after.at();
        let is_between =
            |spend: &&liveness::money::Spend| spend.provider == self.provider && between.contains(&spend.at);
        for spend in record.spends.iter().filter(is_between) {
            self.certain += u64::from(spend.charges.certain());
            self.possible += u64::from(spend.charges.possible());
        }
    }

    /// By how many calls the meter moved; below 0 where the package was topped up.
    pub(super) fn calls(&self) -> i128 {
        i128::from(self.before.calls()) - i128::from(self.after.calls())
    }

    /// Whether it moved by more than the journal explains.
    pub(super) fn is_more(&self) -> bool {
        self.calls() > i128::from(self.possible)
    }

    /// Whether it moved by less than the journal holds certain.
    pub(super) fn is_less(&self) -> bool {
        self.calls() < i128::from(self.certain)
    }
}
