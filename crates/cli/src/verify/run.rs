//! The record of one run, and the reason why it has no verdict.

use liveness::{Billed, Error, Photo, ProviderId, sandbox::Ledger};

use crate::problem::Problem;

/// All that happened, for the report.
#[derive(Default)]
pub(super) struct Run {
    /// Whom it was; none where it was not clear whom to ask.
    pub(super) provider: Option<ProviderId>,
    pub(super) photo: Option<Photo>,
    /// Of a hosted check: whether its session was billed, beside the verdict.
    pub(super) session_billed: Option<Billed>,
    /// `None` where a real vendor was asked, or nobody.
    pub(super) ledger: Option<Ledger>,
}

/// Why there is no verdict.
pub(super) enum Failed {
    /// Before anybody was asked.
    Before(Problem),
    /// As the crate says it.
    Error(Error),
}

impl From<Problem> for Failed {
    fn from(problem: Problem) -> Self {
        Self::Before(problem)
    }
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}
