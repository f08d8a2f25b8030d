//! The findings about one call, by a statement and a journal.

use time::OffsetDateTime;

use crate::{
    model::{Charges, ProviderId, Text, words},
    money::journal::TryKey,
};

/// What was found, in the order in which an operator wants to know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum FindingKind {
    /// The statement bills a call that the journal does not have.
    NotByUs,
    /// The statement lists the number of one call more often than the call was sent.
    Twice,
    /// The statement bills more charges for a call than the journal holds possible, such as one where the vendor said that
    /// nothing was billed.
    Beyond,
    /// The call is in doubt in the journal, and the statement bills it: its answer is lost.
    PaidAndLost,
    /// The call is in doubt in the journal, and the statement lists it as not billed.
    LostNotBilled,
    /// Rows and calls fit each other in more than one way, so that nothing is said of this call.
    Ambiguous,
    /// The call is in doubt in the journal, and the statement does not list it.
    InDoubt,
    /// The journal holds a charge certain that the statement does not bill.
    NotListed,
    /// The answer is known, and the statement bills it as the journal expects. These are counted, and not listed.
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
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// What was found.
    pub kind: FindingKind,
    /// The call; `None` where the journal has none.
    pub call: Option<FoundCall>,
    /// When: the call's instant, or the row's where there is no call.
    pub at: OffsetDateTime,
    /// The rows of the statement that were matched with it.
    pub rows: Vec<u64>,
    /// How many charges these rows list.
    pub billed: u32,
    /// How they were found; `None` where there are none.
    pub by: Option<MatchedBy>,
    /// Whether it may as well be a neighbour within the tolerance: the number of such findings is right, and which one it is
    /// cannot be told.
    pub is_one_of_several: bool,
}

/// A call of the journal that a [`Finding`] is about.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FoundCall {
    /// Its name.
    pub key: TryKey,
    /// Which opening of it.
    pub fence: u64,
    /// Which provider was asked.
    pub provider: ProviderId,
    /// What it cost by the journal.
    pub charges: Charges,
}
