//! The summary of a call that has ended.

use crate::model::{Actor, Billed, Charges, Error, ErrorKind, Outcome, Receipt, Repair, Verdict, printable};

/// The result with which a call ended.
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
    /// A session was opened, or its person has not finished.
    Pending,
    /// A good answer of another kind, such as a page or a portrait.
    Answered,
    /// An error.
    #[non_exhaustive]
    Failed {
        /// The kind of the error.
        kind: ErrorKind,
        /// The party that must act on it.
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

/// The summary of a call that has ended, for an [`Observer`](crate::Observer). The author of another vendor makes one
/// in [`Call::summary`](crate::client::Call::summary), from a verdict or a session by `into()`.
///
/// It contains no personal data: codes and numbers of an unexpected form are left out.
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
    /// The result with which it ended.
    pub result: CallResult,
    /// What it cost, over all its attempts.
    pub charges: Charges,
    /// The vendor's code as it came, if it has the form of a code. Use it for traces; as a label it has no bound.
    pub vendor_code: Option<&'a str>,
    /// The documented code for it, see [`Call::documented`](crate::client::Call::documented). Fit for a label.
    pub code: Option<&'static str>,
    /// The vendor's number of the request, or else the number that the request carried. Use it for traces, never for
    /// labels.
    pub request_id: Option<&'a str>,
    /// The repairs that the answer needed before it could be read.
    pub repaired: &'a [Repair],
}

impl<'a> CallSummary<'a> {
    /// A result at this cost, without further details.
    pub const fn new(result: CallResult, charges: Charges) -> Self {
        Self { result, charges, vendor_code: None, code: None, request_id: None, repaired: &[] }
    }

    /// A good answer without further details, which may have been billed once.
    pub const fn answered() -> Self {
        Self::new(CallResult::Answered, Charges::of(Billed::Unknown))
    }

    /// Adds the receipt's details of the answer.
    pub fn with_receipt(mut self, receipt: &'a Receipt) -> Self {
        self.vendor_code = receipt.vendor_code().map(printable);
        self.request_id = receipt.request_id().map(printable);
        self.repaired = receipt.repaired();
        self
    }

    /// Adds this vendor code, where no receipt has it.
    pub fn with_vendor_code(mut self, code: &'a str) -> Self {
        self.vendor_code = Some(printable(code));
        self
    }

    /// Adds the repairs of the answer, where no receipt has them.
    pub const fn with_repaired(mut self, steps: &'a [Repair]) -> Self {
        self.repaired = steps;
        self
    }

    /// Replaces the cost.
    pub const fn with_charges(mut self, charges: Charges) -> Self {
        self.charges = charges;
        self
    }

    /// The summary of an error.
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
