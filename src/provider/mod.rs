//! The trait of all vendors, and the types of its calls.

pub mod answer;
mod call_kind;
mod challenge;
mod check;
pub mod codes;
mod field_kind;
pub mod jumdata;
mod meter;
mod requirements;
mod return_url;
mod session;
pub mod tencent_market;

use std::{fmt, sync::Arc};

use serde::{Deserialize, Serialize};

pub use self::{
    call_kind::CallKind,
    challenge::{Action, Challenge, FlashColor},
    check::Check,
    field_kind::FieldKind,
    meter::{Meter, Package},
    requirements::{Input, Requirements},
    return_url::ReturnUrl,
    session::Session,
};
use crate::{
    client::CallOptions,
    model::{Charges, Portrait, ProviderId, Result, Verdict, verify_own},
};

/// A vendor's account, ready to run checks. Its calls block. Any number of threads can share it.
///
/// One program can use both kinds of vendor. A one-shot vendor returns a verdict from [`begin`](Self::begin). A
/// hosted vendor returns a [`Session`], whose page uses the person's camera; [`resume`](Self::resume) then returns
/// the verdict.
///
/// Every implementation keeps this contract:
///
/// - **Before any call**, it returns [`Unsupported`](crate::ErrorKind::Unsupported) for a goal or challenge that it cannot
///   meet, and [`InvalidCheck`](crate::ErrorKind::InvalidCheck) for a missing input. [`Requirements::verify`] decides both.
/// - It ignores an input that it does not need.
/// - A failed check of a person is a [`Verdict`], never an `Err`.
/// - Every session, verdict and error reports whether *its own call* was billed.
/// - It never repeats a paid call that may have run, unless its documentation names the call and the operator can turn the
///   repetition off (Jumdata's `result`: [`Jumdata::with_repeated_result`](crate::Jumdata::with_repeated_result)).
///
/// ```
/// use liveness::{Check, LivenessProvider, Progress, Result, Verdict};
///
/// /// Knows no vendor: which one it is comes from the configuration.
/// fn run(provider: &dyn LivenessProvider, check: &Check, show: impl Fn(&str)) -> Result<Option<Verdict>> {
///     match provider.begin(check)? {
///         Progress::Done(verdict) => Ok(Some(verdict)),
///         Progress::Pending(session) => {
///             show(session.page_url()); // keep the session; `resume` it when the person comes back
///             Ok(None)
///         }
///     }
/// }
/// ```
pub trait LivenessProvider: fmt::Debug + Send + Sync {
    /// The vendor and the account. The id of a set of providers is in no session and no verdict;
    /// [`accounts`](Self::accounts) lists the accounts that they name.
    fn id(&self) -> &ProviderId;

    /// The goals that it can establish, the inputs that it needs, and the challenges that it can run.
    fn requirements(&self) -> Requirements;

    /// Starts a check. A one-shot vendor returns the verdict at once.
    ///
    /// # Errors
    ///
    /// Any [`ErrorKind`](crate::ErrorKind) except `Expired`. [`Error::again`](crate::Error::again) tells whether a
    /// retry may be billed again.
    fn begin(&self, check: &Check) -> Result<Progress>;

    /// Fetches the result of a hosted check. It returns `Pending` while the person has not finished. Store the
    /// returned session in place of the old one, because it includes the charges so far.
    ///
    /// After `Done`, store the verdict and do not resume the session again. The vendor does not document whether the
    /// same result is billed again, and it keeps the result for a short time only.
    ///
    /// # Errors
    ///
    /// `InvalidCheck` for the session of another provider, `Expired` if the session ended without a result, `Unsupported` from
    /// a one-shot vendor. Otherwise as [`begin`](Self::begin). After `OutcomeUnknown`, resume the same session again before it
    /// expires: there is no other way to get the result, and the call may be billed again.
    fn resume(&self, session: &Session) -> Result<Progress>;

    /// As [`begin`](Self::begin), with options for this call alone, such as a deadline.
    ///
    /// An implementation that makes calls should override this method. A wrapper around another provider must override it, or
    /// the options are lost. Defaults to `begin` without the options.
    ///
    /// # Errors
    ///
    /// As [`begin`](Self::begin).
    fn begin_with(&self, check: &Check, options: &CallOptions) -> Result<Progress> {
        let _ = options;
        self.begin(check)
    }

    /// As [`resume`](Self::resume), with options for this call alone. As with [`begin_with`](Self::begin_with), a wrapper must
    /// override it. Defaults to `resume` without the options.
    ///
    /// # Errors
    ///
    /// As [`resume`](Self::resume).
    fn resume_with(&self, session: &Session, options: &CallOptions) -> Result<Progress> {
        let _ = options;
        self.resume(session)
    }

    /// The accounts whose sessions and verdicts it accepts. A set of providers has several, and its [`id`](Self::id)
    /// is none of them. Defaults to its own.
    fn accounts(&self) -> Vec<ProviderId> {
        vec![self.id().clone()]
    }

    /// Decides before any call whether it can begin this check. A set of providers decides whether one of them can.
    /// Defaults to [`Requirements::verify`].
    ///
    /// # Errors
    ///
    /// As [`Requirements::verify`].
    fn verify(&self, check: &Check) -> Result<()> {
        self.requirements().verify(check)
    }

    /// The most charges that one such call can cause, its automatic retries included. Caps reserve this number.
    /// Defaults to 1.
    fn exposure(&self, call: CallKind) -> u32 {
        let _ = call;
        1
    }

    /// Fetches the portrait that a passed check yielded; `None` where this vendor yields none, which is the default.
    ///
    /// # Errors
    ///
    /// `InvalidCheck` for the verdict of another provider, `Protocol` for an address that is not safe to fetch, otherwise the
    /// error of the fetch.
    fn portrait(&self, verdict: &Verdict) -> Result<Option<Portrait>> {
        verify_own(self.id(), "verdict", verdict.receipt())?;
        Ok(None)
    }
}

macro_rules! forward {
    ($pointer:ident) => {
        #[deny(
            clippy::missing_trait_methods,
            reason = "a method that is not forwarded would lose the caller's options"
        )]
        impl<P: LivenessProvider + ?Sized> LivenessProvider for $pointer<P> {
            fn id(&self) -> &ProviderId {
                (**self).id()
            }

            fn requirements(&self) -> Requirements {
                (**self).requirements()
            }

            fn begin(&self, check: &Check) -> Result<Progress> {
                (**self).begin(check)
            }

            fn resume(&self, session: &Session) -> Result<Progress> {
                (**self).resume(session)
            }

            fn begin_with(&self, check: &Check, options: &CallOptions) -> Result<Progress> {
                (**self).begin_with(check, options)
            }

            fn resume_with(&self, session: &Session, options: &CallOptions) -> Result<Progress> {
                (**self).resume_with(session, options)
            }

            fn accounts(&self) -> Vec<ProviderId> {
                (**self).accounts()
            }

            fn verify(&self, check: &Check) -> Result<()> {
                (**self).verify(check)
            }

            fn exposure(&self, call: CallKind) -> u32 {
                (**self).exposure(call)
            }

            fn portrait(&self, verdict: &Verdict) -> Result<Option<Portrait>> {
                (**self).portrait(verdict)
            }
        }
    };
}

forward!(Arc);
forward!(Box);

/// The progress of a check. The enum is exhaustive: a `match` needs no wildcard arm.
///
/// It serializes as `{"done": …}` or `{"pending": …}`, so that a store can keep a check in one place in either state.
///
/// ```
/// use liveness::{Outcome, Progress, Receipt, Verdict};
///
/// let progress = Progress::Done(Verdict::new(Outcome::Passed, Receipt::new("acme/a".parse()?)));
/// let told = match &progress {
///     Progress::Done(verdict) => verdict.is_passed().to_string(),
///     Progress::Pending(session) => format!("open {}", session.page_url()),
/// };
/// assert_eq!(told, "true");
/// # Ok::<(), liveness::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[must_use = "it may have been paid for"]
pub enum Progress {
    /// The check has ended.
    Done(Verdict),
    /// The person must open [`Session::page_url`]. Call [`LivenessProvider::resume`] afterwards.
    Pending(Session),
}

impl Progress {
    /// The same progress after earlier attempts whose responses were lost. Their cost as far as it is known,
    /// `earlier`, is added to its own. See [`Call::repeat_after_loss`](crate::client::Call::repeat_after_loss).
    pub fn after_loss(self, earlier: Charges) -> Self {
        match self {
            Self::Done(verdict) => {
                let charges = verdict.charges().plus(earlier);
                Self::Done(verdict.with_charges(charges))
            }
            Self::Pending(session) => {
                let charges = session.charges().plus(earlier);
                Self::Pending(session.with_charges(charges))
            }
        }
    }

    /// The charges of this call alone: a session that was resumed also includes its earlier charges.
    pub(crate) fn charges_since(&self, before: Charges) -> Charges {
        match self {
            Self::Done(verdict) => verdict.charges(),
            Self::Pending(session) => session.charges().without(before),
        }
    }

    /// The verdict, once there is one.
    ///
    /// ```
    /// use liveness::{Outcome, Progress, Receipt, Verdict};
    ///
    /// let progress = Progress::Done(Verdict::new(Outcome::Passed, Receipt::new("acme/a".parse()?)));
    /// assert!(progress.verdict().is_some_and(Verdict::is_passed) && progress.session().is_none());
    /// assert!(progress.into_verdict().is_ok());
    /// # Ok::<(), liveness::Error>(())
    /// ```
    pub fn verdict(&self) -> Option<&Verdict> {
        match self {
            Self::Done(verdict) => Some(verdict),
            Self::Pending(_) => None,
        }
    }

    /// The session, while the person has not finished.
    pub fn session(&self) -> Option<&Session> {
        match self {
            Self::Done(_) => None,
            Self::Pending(session) => Some(session),
        }
    }

    /// The verdict, once there is one.
    ///
    /// # Errors
    ///
    /// The session, while the person has not finished. Store it in place of the one that was resumed, because it
    /// includes the charges so far.
    #[expect(clippy::result_large_err, reason = "it is the other half of the answer, and as large as the verdict")]
    pub fn into_verdict(self) -> std::result::Result<Verdict, Session> {
        match self {
            Self::Done(verdict) => Ok(verdict),
            Self::Pending(session) => Err(session),
        }
    }
}
