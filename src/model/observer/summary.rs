//! The summary of a call that has ended.

use crate::model::{Actor, Billed, Charges, Error, ErrorKind, Outcome, Receipt, Repair, Verdict, printable};

/// What a call ended with.
///
/// ```
/// use liveness::{CallResult, Outcome};
///
/// let result = CallResult::Verdict(Outcome::Passed);
/// assert_eq!((result.as_str(), result.error()), ("passed", None));
/// assert!(CallResult::WORDS.contains(&result.as_str()));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CallResult {
    /// A verdict.
    Verdict(Outcome),
    /// A session was opened, or its person is not done.
    Pending,
    /// A good answer of another kind, such as a page or a portrait.
    Answered,
    /// An error.
    #[non_exhaustive]
    Failed {
        /// What it is.
        kind: ErrorKind,
        /// Who must act on it.
        actor: Actor,
    },
    /// The call panicked.
    Panicked,
}

impl CallResult {
    /// Every word, for tables: those of outcomes and of [`ErrorKind`] are among them.
    pub const WORDS: &'static [&'static str] =
        &["passed", "failed", "retake", "unverifiable", "pending", "answered", "panicked"];

    /// The stable word for it: the outcome's, the error's kind, or its own. One of a closed set, fit for a label.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Verdict(Outcome::Passed) => "passed",
            Self::Verdict(Outcome::Failed(_)) => "failed",
            Self::Verdict(Outcome::Retake(_)) => "retake",
            Self::Verdict(Outcome::Unverifiable(_)) => "unverifiable",
            Self::Pending => "pending",
            Self::Answered => "answered",
            Self::Failed { kind, .. } => kind.as_str(),
            Self::Panicked => "panicked",
        }
    }

    /// The kind of the error, if it is one.
    pub const fn error(self) -> Option<ErrorKind> {
        match self {
            Self::Failed { kind, .. } => Some(kind),
            _ => None,
        }
    }
}

/// What a call that has ended says to an [`Observer`](crate::Observer). The author of another vendor makes one in
/// [`Call::summary`](crate::client::Call::summary), of a verdict or a session by `into()`.
///
/// It holds nothing of the person: codes and numbers that do not look like such are left out.
///
/// ```
/// use liveness::{CallSummary, Outcome, Receipt, Verdict};
///
/// let verdict = Verdict::new(Outcome::Passed, Receipt::new("acme/a".parse()?).with_vendor_code("0"));
/// let summary = CallSummary::from(&verdict);
/// assert_eq!((summary.result.as_str(), summary.vendor_code), ("passed", Some("0")));
/// # Ok::<(), liveness::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CallSummary<'a> {
    /// What it ended with.
    pub result: CallResult,
    /// What it cost, over all its attempts.
    pub charges: Charges,
    /// The vendor's code as it came, if it looks like one. For traces: as a label it has no bound.
    pub vendor_code: Option<&'a str>,
    /// The documented code that this is, see [`Call::documented`](crate::client::Call::documented). Fit for a label.
    pub code: Option<&'static str>,
    /// The vendor's number of the request, or the one it was sent with. For traces, never for labels.
    pub request_id: Option<&'a str>,
    /// What was done to the answer before it could be read.
    pub repaired: &'a [Repair],
}

impl<'a> CallSummary<'a> {
    /// A result at this cost, of which nothing else is known.
    pub const fn new(result: CallResult, charges: Charges) -> Self {
        Self { result, charges, vendor_code: None, code: None, request_id: None, repaired: &[] }
    }

    /// A good answer of which nothing else is known, which may have been billed once.
    pub const fn answered() -> Self {
        Self::new(CallResult::Answered, Charges::of(Billed::Unknown))
    }

    /// With what a receipt says of the answer.
    pub fn with_receipt(mut self, receipt: &'a Receipt) -> Self {
        self.vendor_code = receipt.vendor_code().map(printable);
        self.request_id = receipt.request_id().map(printable);
        self.repaired = receipt.repaired();
        self
    }

    /// With this code of the vendor's, where no receipt says it.
    pub fn with_vendor_code(mut self, code: &'a str) -> Self {
        self.vendor_code = Some(printable(code));
        self
    }

    /// With what was done to the answer, where no receipt says it.
    pub const fn with_repaired(mut self, steps: &'a [Repair]) -> Self {
        self.repaired = steps;
        self
    }

    /// With this cost instead.
    pub const fn with_charges(mut self, charges: Charges) -> Self {
        self.charges = charges;
        self
    }

    /// Of an error.
    pub(crate) fn of_error(error: &'a Error) -> Self {
        let (kind, actor) = (error.kind(), error.actor());
        Self {
            vendor_code: error.vendor_code().map(printable),
            request_id: error.request_id().map(printable),
            repaired: error.repaired(),
            ..Self::new(CallResult::Failed { kind, actor }, error.charges())
        }
    }
}

impl<'a> From<&'a Verdict> for CallSummary<'a> {
    fn from(verdict: &'a Verdict) -> Self {
        Self::new(CallResult::Verdict(verdict.outcome()), verdict.charges()).with_receipt(verdict.receipt())
    }
}
