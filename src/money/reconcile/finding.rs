//! The findings about one call, from a statement and a journal.

use time::OffsetDateTime;

use crate::{
    model::{Charges, ProviderId, Text, words},
    money::journal::TryKey,
};

/// The kind of a finding, in the order in which an operator wants to read them.
///
/// ```
/// use liveness::{Language, money::FindingKind};
///
/// // A report in the order in which an operator wants to know it.
/// for kind in FindingKind::ALL {
///     println!("{kind}: {}", kind.text().get(Language::English));
/// }
/// assert_eq!(FindingKind::ALL[0], FindingKind::NotByUs);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum FindingKind {
    /// The statement bills a call that is not in the journal.
    NotByUs,
    /// The statement lists the number of one call more often than the call was sent.
    Twice,
    /// The statement bills more charges for a call than the journal considers possible, such as a call for which the
    /// vendor answered that nothing was billed.
    Beyond,
    /// The call is in doubt in the journal, and the statement bills it: its answer is lost.
    PaidAndLost,
    /// The call is in doubt in the journal, and the statement lists it as not billed.
    LostNotBilled,
    /// Rows and calls match in more than one way, so there is no result for this call.
    Ambiguous,
    /// The call is in doubt in the journal, and the statement does not list it.
    InDoubt,
    /// The journal has a certain charge that the statement does not bill.
    NotListed,
    /// The answer is known, and the statement bills it as the journal expects. These are counted but not listed.
    PaidAndKnown,
}

words!(all FindingKind, "finding", {
    NotByUs => "not_by_us",
    Twice => "twice",
    Beyond => "beyond",
    PaidAndLost => "paid_and_lost",
    LostNotBilled => "lost_not_billed",
    Ambiguous => "ambiguous",
    InDoubt => "in_doubt",
    NotListed => "not_listed",
    PaidAndKnown => "paid_and_known",
});

impl FindingKind {
    /// What it means, in few words.
    pub const fn text(self) -> Text {
        match self {
            Self::NotByUs => Text::new("billed, not in the journal", "已计费，流水日志中没有"),
            Self::Twice => Text::new("billed twice", "同一请求计费多次"),
            Self::Beyond => Text::new("billed more than the vendor said", "计费超出供应商的响应"),
            Self::PaidAndLost => Text::new("paid and lost", "已计费，结果丢失"),
            Self::LostNotBilled => Text::new("lost, not billed", "结果丢失，未计费"),
            Self::Ambiguous => Text::new("cannot be told apart", "无法区分"),
            Self::InDoubt => Text::new("in doubt", "待核实"),
            Self::NotListed => Text::new("charged, but not in the statement", "已计费，账单中没有"),
            Self::PaidAndKnown => Text::new("paid and known", "已计费，结果已知"),
        }
    }
}

/// How a row was found for a call.
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
/// use liveness::money::{MatchedBy, StatementScope, reconcile};
///
/// let found = reconcile(&journal, statement, &StatementScope::new())?;
/// // The number of the request stands in the row: that is proof, as the time alone is not.
/// assert_eq!(found.findings().next().unwrap().by, Some(MatchedBy::Number));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MatchedBy {
    /// By the number of the request: proof.
    Number,
    /// By the time alone: evidence, and no proof.
    Time,
}

words!(all MatchedBy, "match", { Number => "number", Time => "time" });

/// One finding: a call of the journal, a row of the statement, or both.
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
/// let finding = found.findings().next().unwrap();
/// assert_eq!((finding.kind, finding.billed), (FindingKind::PaidAndLost, 1));
/// assert_eq!(finding.rows, [2]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// What was found.
    pub kind: FindingKind,
    /// The call; `None` where the journal has none.
    pub call: Option<FoundCall>,
    /// When: the time of the call, or of the row if there is no call.
    pub at: OffsetDateTime,
    /// The rows of the statement that were matched with it.
    pub rows: Vec<u64>,
    /// How many charges these rows list.
    pub billed: u32,
    /// How the rows were found; `None` if there are none.
    pub by: Option<MatchedBy>,
    /// Whether the finding may as well be about a neighbour within the tolerance: the number of such findings is
    /// right, but not which one it is.
    pub is_one_of_several: bool,
}

/// A call of the journal that a [`Finding`] is about.
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
/// use liveness::money::{StatementScope, reconcile};
///
/// let found = reconcile(&journal, statement, &StatementScope::new())?;
/// let call = found.findings().next().unwrap().call.unwrap();
/// // By its key the journal finds the whole record again.
/// assert_eq!(journal.find(&call.key)?.unwrap().fence(), call.fence);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FoundCall {
    /// Its name.
    pub key: TryKey,
    /// The number of the opening, from 1.
    pub fence: u64,
    /// The provider that was called.
    pub provider: ProviderId,
    /// What it cost according to the journal.
    pub charges: Charges,
}
