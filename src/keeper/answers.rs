//! The answers of a keeper.

use super::State;
use crate::{
    model::{Result, Verdict},
    provider::{Progress, Session},
};

/// The result of starting a check. The enum is exhaustive: a `match` needs no wildcard arm.
///
/// ```
/// use liveness::{Check, Jumdata, ReturnUrl, Sandbox, keeper::{Begun, Browser, Keeper, MemorySessionStore, Returned}};
/// # let sandbox = Sandbox::new();
/// # let keeper = Keeper::new(Jumdata::new(Sandbox::jumdata_credentials(), sandbox.clone()), MemorySessionStore::new());
/// # let browser = Browser::new()?;
/// let check = Check::liveness().with_return_url(ReturnUrl::parse("https://shop.example/back")?);
/// let location = match keeper.begin(&check, &browser)? {
///     Begun::Open { session, .. } => session.page_url().to_owned(),
///     Begun::Done(verdict) => format!("/result?passed={}", verdict.is_passed()),
/// };
/// assert!(location.starts_with("https://api.jumdata.com/"));
/// # Ok::<(), liveness::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[allow(clippy::large_enum_variant, reason = "it is matched where it is returned")]
#[must_use = "it may have been paid for"]
pub enum Begun {
    /// The provider answered at once, because it has no page, or the check began earlier and is over.
    Done(Verdict),
    /// Send the browser to [`Session::page_url`]. The session is in the store. Keep the state with the order or the
    /// visit, to [find](super::Keeper::find) the check without a return.
    Open {
        /// Names the check.
        state: State,
        /// The session that was opened.
        session: Session,
    },
}

/// The result of a browser's return. The enum is exhaustive: a `match` needs no wildcard arm.
///
/// ```
/// use liveness::{Check, Jumdata, ReturnUrl, Sandbox, keeper::{Begun, Browser, Keeper, MemorySessionStore, Returned}};
/// # let sandbox = Sandbox::new();
/// # let keeper = Keeper::new(Jumdata::new(Sandbox::jumdata_credentials(), sandbox.clone()), MemorySessionStore::new());
/// # let browser = Browser::new()?;
/// # let check = Check::liveness().with_return_url(ReturnUrl::parse("https://shop.example/back")?);
/// # let Begun::Open { state, .. } = keeper.begin(&check, &browser)? else { unreachable!("a hosted vendor") };
/// // The person came back without looking into the camera.
/// let page = match keeper.returned(&state, &browser)? {
///     Returned::Done(verdict) => format!("passed: {}", verdict.is_passed()),
///     Returned::Pending(session) => format!("continue at {}", session.page_url()),
///     Returned::Busy => "please reload in a moment".to_owned(),
///     Returned::Unknown => "please start again".to_owned(),
/// };
/// assert!(page.starts_with("continue at https://"));
/// // Another browser is told nothing.
/// assert_eq!(keeper.returned(&state, &Browser::new()?)?, Returned::Unknown);
/// # Ok::<(), liveness::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[allow(clippy::large_enum_variant, reason = "it is matched where it is returned")]
#[must_use = "it may have been paid for"]
pub enum Returned {
    /// The verdict. Every later return gets the same one without a call.
    Done(Verdict),
    /// The person is not done: show [`Session::page_url`] again.
    Pending(Session),
    /// Another request is fetching the result now; it is available in seconds.
    Busy,
    /// This browser began no check with this state, or the check ended long ago.
    Unknown,
}

/// A check whose result [`Keeper::finish_open`](super::Keeper::finish_open) requested.
///
/// ```
/// use liveness::{Check, Jumdata, ReturnUrl, Sandbox, keeper::{Begun, Browser, Keeper, MemorySessionStore, Returned}};
/// # let sandbox = Sandbox::new();
/// # let keeper = Keeper::new(Jumdata::new(Sandbox::jumdata_credentials(), sandbox.clone()), MemorySessionStore::new());
/// # let browser = Browser::new()?;
/// # use std::time::Duration;
/// # let check = Check::liveness().with_return_url(ReturnUrl::parse("https://shop.example/back")?);
/// # let Begun::Open { session, .. } = keeper.begin(&check, &browser)? else { unreachable!("a hosted vendor") };
/// # sandbox.finish(&session);
/// // The person was done and never came back. A thread of the service calls this every minute, with two minutes.
/// for finished in keeper.finish_open(Duration::from_secs(3600))? {
///     match finished.result {
///         Ok(progress) => assert!(progress.verdict().is_some()),
///         Err(error) => println!("{}: {error}", finished.session.provider()),
///     }
/// }
/// # Ok::<(), liveness::Error>(())
/// ```
#[derive(Debug)]
#[must_use = "it may have been paid for"]
pub struct Finished {
    /// The session before the call; its receipt has the reference.
    pub session: Session,
    /// The provider's answer. It is in the store.
    pub result: Result<Progress>,
}

impl Begun {
    pub(super) fn of(progress: Progress, state: State) -> Self {
        match progress {
            Progress::Done(verdict) => Self::Done(verdict),
            Progress::Pending(session) => Self::Open { state, session },
        }
    }

    /// The known result of a check that began earlier.
    pub(super) fn repeated(progress: Progress, state: State) -> Self {
        match Self::of(progress, state) {
            Self::Done(verdict) => {
                let receipt = verdict.receipt().clone().with_repeat(true);
                Self::Done(verdict.with_receipt(receipt))
            }
            Self::Open { state, session } => {
                let receipt = session.receipt().clone().with_repeat(true);
                Self::Open { state, session: session.with_receipt(receipt) }
            }
        }
    }
}

impl From<Progress> for Returned {
    fn from(progress: Progress) -> Self {
        match progress {
            Progress::Done(verdict) => Self::Done(verdict),
            Progress::Pending(session) => Self::Pending(session),
        }
    }
}

/// The result of a call for a result.
#[allow(clippy::large_enum_variant, reason = "one is there at a time")]
pub(super) enum Asked {
    Answer {
        result: Result<Progress>,
        /// Whether this call returned it.
        is_new: bool,
    },
    Busy,
    Gone,
}

impl From<Option<Result<Progress>>> for Asked {
    fn from(stored: Option<Result<Progress>>) -> Self {
        stored.map_or(Self::Gone, |result| Self::Answer { result, is_new: false })
    }
}
