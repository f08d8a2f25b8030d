//! The findings of `liveness reconcile`, and its exit code.

use liveness::money::{FindingKind, Proof, Reconciliation, Settled};

use super::{meter::Moved, statement::Rows};
use crate::language::Words;

const IN_DOUBT: u8 = 4;
const LOST: u8 = 8;
const UNEXPLAINED: u8 = 16;
const NOT_LISTED: u8 = 32;
const UNREADABLE: u8 = 64;

/// All that is told.
pub(super) struct Found {
    pub(super) held: Reconciliation,
    pub(super) rows: Rows,
    pub(super) moved: Option<Moved>,
    pub(super) settled: Vec<Done>,
}

/// What was made of a doubt that the statement settles.
pub(super) struct Done {
    pub(super) proof: Proof,
    pub(super) failed: Option<Words>,
}

impl Found {
    /// The sum of what was found.
    pub(super) fn code(&self) -> u8 {
        let has = |kinds: &[FindingKind]| kinds.iter().any(|kind| self.held.count(*kind) > 0);
        let moved = self.moved.as_ref();
        let parts = [
            (IN_DOUBT, has(&[FindingKind::InDoubt, FindingKind::LostNotBilled, FindingKind::Ambiguous])),
            (LOST, has(&[FindingKind::PaidAndLost])),
            (
                UNEXPLAINED,
                has(&[FindingKind::NotByUs, FindingKind::Twice, FindingKind::Beyond])
                    || moved.is_some_and(Moved::is_more),
            ),
            (NOT_LISTED, has(&[FindingKind::NotListed]) || moved.is_some_and(Moved::is_less)),
            (UNREADABLE, self.rows.unreadable().next().is_some()),
        ];
        parts.iter().filter(|(_, is_found)| *is_found).map(|(code, _)| code).sum()
    }
}

/// What a settlement says.
pub(super) fn word(settled: &Settled) -> &'static str {
    match settled {
        Settled::NotBilled => "not-billed",
        _ => "billed",
    }
}
