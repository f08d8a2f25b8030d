//! What every vendor promises.

pub mod answer;
mod challenge;
mod check;
pub mod codes;
mod envelope;
mod fetch;
mod fields;
pub mod jumdata;
mod requirements;
mod return_url;
mod session;
pub mod tencent_market;

use std::{fmt, sync::Arc};

use serde::{Deserialize, Serialize};

pub use self::{
    challenge::{Action, Challenge, FlashColor},
    check::Check,
    requirements::{Input, Requirements},
    return_url::ReturnUrl,
    session::Session,
};
use crate::{
    client::CallOptions,
    model::{Billed, Portrait, ProviderId, Result, Verdict, verify_own},
};

/// A vendor's account, ready to run checks. Blocking, and shared by as many threads as like.
///
/// One program drives both kinds of vendor. A one-shot vendor answers [`begin`](Self::begin) with a verdict; a hosted one
/// answers with a [`Session`], whose page films the person, and gives the verdict to [`resume`](Self::resume).
///
/// The contract of every implementation:
///
/// - What it cannot establish or run is [`Unsupported`](crate::ErrorKind::Unsupported), and what is missing is
///   [`InvalidCheck`](crate::ErrorKind::InvalidCheck), **before any call**; [`Requirements::verify`] decides both.
/// - An input that it does not need is ignored.
/// - A person who fails is a [`Verdict`], never an `Err`.
/// - Every session, verdict and error says whether *its own call* was billed.
/// - It never sends a paid call again that may have run, unless its documentation names the call and the operator can forbid
///   it (Jumdata's `result`: [`Jumdata::with_repeated_result`](crate::Jumdata::with_repeated_result)).
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
    /// The vendor and the account; a [`Session`] names it and [`resume`](Self::resume) checks it.
    fn id(&self) -> &ProviderId;

    /// What it can establish, which inputs it needs, which challenges it can run.
    fn requirements(&self) -> Requirements;

    /// Starts a check; with a one-shot vendor it also ends it.
    ///
    /// # Errors
    ///
    /// Any [`ErrorKind`](crate::ErrorKind) but `Expired`; [`Error::again`](crate::Error::again) says whether asking again may bill again.
    fn begin(&self, check: &Check) -> Result<Progress>;

    /// Asks for the result of a hosted check; `Pending` while the person is not done: then keep the session that comes back
    /// instead of the one asked with, since it knows what was billed so far.
    ///
    /// Store the verdict, and never resume a session after `Done`: whether the same result is billed again is not stated, and
    /// soon the vendor forgets it.
    ///
    /// # Errors
    ///
    /// `InvalidCheck` for another provider's session, `Expired` when the session ended without a result, `Unsupported` of
    /// one-shot vendors; else as [`begin`](Self::begin). After `OutcomeUnknown`, resume the same session again before it
    /// expires: nothing else tells the result, and it may be billed again.
    fn resume(&self, session: &Session) -> Result<Progress>;

    /// As [`begin`](Self::begin), within what the caller allows for this one check, such as a deadline.
    ///
    /// Implementations that make calls override it; a wrapper around another provider must, or the options are lost. Defaults
    /// to `begin`, without the options.
    ///
    /// # Errors
    ///
    /// As [`begin`](Self::begin).
    fn begin_with(&self, check: &Check, options: &CallOptions) -> Result<Progress> {
        let _ = options;
        self.begin(check)
    }

    /// As [`resume`](Self::resume), within what the caller allows for this one call. As for [`begin_with`](Self::begin_with),
    /// a wrapper must override it. Defaults to `resume`, without the options.
    ///
    /// # Errors
    ///
    /// As [`resume`](Self::resume).
    fn resume_with(&self, session: &Session, options: &CallOptions) -> Result<Progress> {
        let _ = options;
        self.resume(session)
    }

    /// Fetches the portrait that a passed check yielded; `None` where this vendor yields none, which is the default.
    ///
    /// # Errors
    ///
    /// `InvalidCheck` for another provider's verdict, `Protocol` for an address that is not safe to fetch, else what the fetch
    /// met.
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

            fn portrait(&self, verdict: &Verdict) -> Result<Option<Portrait>> {
                (**self).portrait(verdict)
            }
        }
    };
}

forward!(Arc);
forward!(Box);

/// How far a check is. Exhaustive: a caller's match is the whole truth.
///
/// It serializes, as `{"done": …}` or `{"pending": …}`, so that a store holds a check in one place whatever its state.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[must_use = "it may have been paid for"]
pub enum Progress {
    /// It ended.
    Done(Verdict),
    /// The person is to open [`Session::page_url`]; ask [`LivenessProvider::resume`] afterwards.
    Pending(Session),
}

impl Progress {
    /// The same after an earlier attempt whose answer was lost: that one may have been billed, so what is said to be free is
    /// no longer known to be. See [`Call::repeat_after_loss`](crate::client::Call::repeat_after_loss).
    pub fn after_loss(self) -> Self {
        match self {
            Self::Done(verdict) => {
                let billed = verdict.billed().plus(Billed::Unknown);
                Self::Done(verdict.with_billed(billed))
            }
            Self::Pending(session) => {
                let billed = session.billed().plus(Billed::Unknown);
                Self::Pending(session.with_billed(billed))
            }
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

    /// The session, while the person is not done.
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
    /// The session while the person is not done: keep it instead of the one resumed, since it knows what was billed so far.
    #[expect(clippy::result_large_err, reason = "it is the other half of the answer, and as large as the verdict")]
    pub fn into_verdict(self) -> std::result::Result<Verdict, Session> {
        match self {
            Self::Done(verdict) => Ok(verdict),
            Self::Pending(session) => Err(session),
        }
    }
}
