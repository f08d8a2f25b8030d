//! Keeps a hosted check from the start to its verdict.
//!
//! With a hosted vendor the person leaves for the vendor's page and comes back, and everything that costs money or gives somebody
//! else's verdict away lies between: a session that is lost, a return that is forged, two returns at once, a reload, a person
//! who never comes back, a server that dies. A [`Keeper`] stands around a provider and takes care of it:
//!
//! - It matches the return by a [`State`] of its own in the return URL, never by what the vendor adds to the address, and only
//!   together with the cookie of the [`Browser`] that began the check.
//! - It begins a check once for each browser, reference and attempt, whatever is sent twice. After a crash in the middle of that,
//!   it takes [`AtMostOnce`](crate::money::AtMostOnce) inside.
//! - It asks for the result once for any number of returns at the same time, and gives a reload the same answer without a call.
//! - It keeps the session through every error but its end, in a [`SessionStore`]: in memory, in files, or in yours.
//! - It finishes what was left open, also after a restart ([`Keeper::finish_open`]), and lets go of what is over
//!   ([`Keeper::sweep`]). It has no thread: call both from yours, every minute or so.
//!
//! The web framework is yours. [`Browser::from_cookies`] and [`State::from_query`] read what a request brings,
//! [`Browser::set_cookie`] writes what the response carries.
//!
//! ```
//! use liveness::{Check, Jumdata, ReturnUrl, Sandbox};
//! use liveness::keeper::{Begun, Browser, Keeper, MemorySessionStore, Returned, State};
//!
//! let sandbox = Sandbox::new();
//! let provider = Jumdata::new(Sandbox::jumdata_credentials(), sandbox.clone());
//! let keeper = Keeper::new(provider, MemorySessionStore::new());
//!
//! // POST /begin: a browser without our cookie gets one.
//! let browser = Browser::from_cookies("", true).map_or_else(Browser::new, Ok)?;
//! let check = Check::liveness().with_return_url(ReturnUrl::parse("https://shop.example/back")?);
//! let Begun::Open { state, session } = keeper.begin(&check, &browser)? else { panic!("a hosted vendor") };
//! let _headers = [("Set-Cookie", &*browser.set_cookie(true)), ("Location", session.page_url())];
//!
//! // The vendor's page films the person and sends the browser back.
//! sandbox.finish(&session);
//! let query = format!("state={}", state.reveal());
//!
//! // GET /back?state=…
//! let state = State::from_query(&query).unwrap();
//! match keeper.returned(&state, &browser)? {
//!     Returned::Done(verdict) => assert!(verdict.is_passed()),
//!     Returned::Pending(_) => println!("not finished: show a link to the page again"),
//!     Returned::Busy => println!("another request asks for the result now: reload in a moment"),
//!     Returned::Unknown => println!("no check of this browser: start anew"),
//! }
//! # Ok::<(), liveness::Error>(())
//! ```

mod answers;
mod errors;
mod file;
mod gate;
mod held;
mod leases;
mod memory;
mod secrets;
mod store;

use std::{sync::Arc, time::Duration};

use self::{
    answers::Asked,
    errors::{given_up, unkept},
    gate::WhileClaimed,
    held::{Held, Stage},
};
pub use self::{
    answers::{Begun, Finished, Returned},
    file::{FileSessionStore, OpenEntries},
    memory::MemorySessionStore,
    secrets::{Browser, State},
    store::{Claim, Claimed, Kept, Key, SessionStore, StoreError},
};
use crate::{
    client::CallOptions,
    model::{Billed, Clock, Error, ErrorKind, Ran, Result, SystemClock},
    provider::{Check, LivenessProvider, Progress},
};

/// Longer than a call may take by the default [`RetryPolicy`](crate::RetryPolicy).
const LEASE: Duration = Duration::from_secs(90);
/// The part of a lease that is left for the store and for a transport that does not stop in time.
const SLACK: u32 = 6;
/// How long the answer to a reload is kept.
const KEPT: Duration = Duration::from_secs(30 * 60);
/// How many calls for one result may be lost before no more is made by itself.
const MAX_LOST: u32 = 20;
/// How many entries are read at a time.
const PAGE: usize = 100;

/// Holds hosted checks from the start to the verdict: a provider, and a store of what is open. See the [module](self).
///
/// Cloning is cheap, and any number of threads and processes may share a store.
///
/// ```
/// use std::time::Duration;
/// use liveness::{Jumdata, LivenessProvider, Sandbox, keeper::{Keeper, MemorySessionStore}};
///
/// let account = Jumdata::new(Sandbox::jumdata_credentials(), Sandbox::new());
/// let keeper = Keeper::new(account, MemorySessionStore::new()).with_kept(Duration::from_secs(600));
/// assert_eq!(keeper.provider().id().vendor(), "jumdata");
/// assert_eq!(keeper.sweep()?, 0); // nothing was begun yet
/// # Ok::<(), liveness::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Keeper {
    provider: Arc<dyn LivenessProvider>,
    store: Arc<dyn SessionStore>,
    clock: Arc<dyn Clock>,
    lease: Duration,
    kept: Duration,
    max_lost: u32,
}

impl Keeper {
    /// A keeper of this provider's checks.
    pub fn new(provider: impl LivenessProvider + 'static, store: impl SessionStore + 'static) -> Self {
        Self {
            provider: Arc::new(provider),
            store: Arc::new(store),
            clock: Arc::new(SystemClock),
            lease: LEASE,
            kept: KEPT,
            max_lost: MAX_LOST,
        }
    }

    /// Sets the clock by which expiries are judged. Defaults to [`SystemClock`].
    pub fn with_clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Sets how long one request alone may ask for a result. If it crashes or panics, another may ask when this time is over.
    /// The call itself gets five sixths of it and never more than the provider's own deadline, and no attempt is sent when the
    /// time is over, such as by a process that was stopped. Defaults to 90 s.
    pub fn with_lease(mut self, lease: Duration) -> Self {
        self.lease = lease;
        self
    }

    /// Sets how long the verdict is kept for a reload; it holds what the vendor returned of the person. Defaults to 30 minutes.
    pub fn with_kept(mut self, kept: Duration) -> Self {
        self.kept = kept;
        self
    }

    /// Sets how many calls for one result may end without an answer, each of which may have been billed. After that the result
    /// is not asked for any more, and the operator reconciles. Defaults to 20.
    pub fn with_max_lost(mut self, calls: u32) -> Self {
        self.max_lost = calls;
        self
    }

    /// The provider that it asks.
    pub fn provider(&self) -> &dyn LivenessProvider {
        &*self.provider
    }

    /// Starts a check for a browser. The state is added to the check's return URL, which may therefore have at most 99
    /// characters, or 127 with the state.
    ///
    /// A check with a reference is begun once for each browser, reference and [attempt](Check::with_attempt). A second start, such
    /// as a form that is sent twice or a start after a restart, gives the same session without a call, marked by
    /// [`Receipt::is_repeat`](crate::Receipt::is_repeat), or what became of it. Its state is computed from the three, so that a
    /// session that [`AtMostOnce`](crate::money::AtMostOnce) inside gives again has the return URL that this keeper knows.
    /// Without a reference each start is a check of its own.
    ///
    /// # Errors
    ///
    /// As [`LivenessProvider::begin`]; `InvalidCheck` naming `return_url` where the state does not fit;
    /// [`Unavailable`](ErrorKind::Unavailable) where the store failed. The store is written before the provider is called: if it
    /// fails then, [`Error::ran`] is `No`. If it fails after the session was opened, `ran` is `Yes` and the session is lost.
    /// [`InProgress`](ErrorKind::InProgress) where another request begins the same check at this moment. `Expired` where the check
    /// was begun before and ended without a result.
    pub fn begin(&self, check: &Check, browser: &Browser) -> Result<Begun> {
        let of_try = check.reference().map(|reference| State::of_try(browser, reference, check.attempt()));
        let state = of_try.map_or_else(State::new, Ok)?;
        let mut check = check.clone();
        if let Some(url) = check.return_url() {
            let url = state.added_to(url)?;
            check = check.with_return_url(url);
        }
        let key = Key::of(state.reveal());
        let held = Held::new(&state, browser);
        self.store.put(&key, &self.kept(&held)?)?;
        let (claimed, options) = self.claim(&key)?;
        let Claimed::Yours(claim, kept) = claimed else {
            return Err(Error::new(ErrorKind::InProgress).with_ran(Ran::No).with_billed(Billed::No));
        };
        let stage = match Held::read(&kept) {
            Some(held) => held.stage,
            None => return Err(StoreError::new("an entry is of another version").into()),
        };
        // One that was begun before is gone on with.
        if let Some(progress) = stage.answer().transpose() {
            let _ = self.store.release(&claim, None);
            return Ok(Begun::repeated(progress?, state));
        }
        let session = match self.provider.begin_with(&check, &options) {
            Ok(Progress::Pending(session)) => session,
            Ok(Progress::Done(verdict)) => {
                // The next start of the same check gets it again, if there can be one. It is paid for, and returned whatever the
                // store says.
                let _ = match check.reference() {
                    Some(_) => self
                        .kept(&held.with(Stage::Done(verdict.clone())))
                        .and_then(|kept| self.store.release(&claim, Some(&kept)).map(drop)),
                    None => self.store.remove(&key),
                };
                return Ok(Begun::Done(verdict));
            }
            Err(error) => {
                // What stays of it is begun by the next start, or swept.
                let _ = self.store.release(&claim, None);
                return Err(error);
            }
        };
        let kept = self.kept(&held.with(Stage::Open { session: session.clone(), lost: 0 }));
        match kept.and_then(|kept| self.store.release(&claim, Some(&kept))) {
            Ok(true) => Ok(Begun::Open { state, session }),
            Ok(false) => Err(unkept(StoreError::new("the claim was over, and another has begun the check"), &session)),
            Err(error) => Err(unkept(error, &session)),
        }
    }

    /// What a second start of this check would get without a call: `None` if this browser has begun no check of this reference and
    /// attempt, or the check has no reference.
    ///
    /// # Errors
    ///
    /// As [`find`](Self::find).
    pub fn begun(&self, check: &Check, browser: &Browser) -> Result<Option<Begun>> {
        let Some(reference) = check.reference() else { return Ok(None) };
        let state = State::of_try(browser, reference, check.attempt());
        Ok(self.find(&state, browser)?.map(|progress| Begun::repeated(progress, state)))
    }

    /// The browser came back: asks for the result, once for any number of returns at the same time. Without this browser's
    /// cookie nothing is asked and nothing is told.
    ///
    /// # Errors
    ///
    /// As [`LivenessProvider::resume`]. The session is kept through every error but `Expired`, which every later return gets
    /// again without a call. After the [last lost call](Self::with_max_lost) `BudgetExceeded` without one.
    /// [`Unavailable`](ErrorKind::Unavailable) where the store failed before the call. Where it fails after the call, what the
    /// provider answered is returned all the same, and a later return asks again.
    pub fn returned(&self, state: &State, browser: &Browser) -> Result<Returned> {
        let key = Key::of(state.reveal());
        match self.held(&key)?.filter(|held| held.is_of(state, browser)) {
            None => Ok(Returned::Unknown),
            Some(Held { stage: Stage::Open { .. }, .. }) => Ok(match self.ask(&key)? {
                Asked::Answer { result, .. } => result?.into(),
                Asked::Busy => Returned::Busy,
                Asked::Gone => Returned::Unknown,
            }),
            Some(held) => held.stage.answer().map(|answer| answer.map_or(Returned::Unknown, Returned::from)),
        }
    }

    /// How far the check is, without a call: `None` if no check of this state was begun by this browser.
    ///
    /// # Errors
    ///
    /// `Expired` if the session ended without a result; [`Unavailable`](ErrorKind::Unavailable) where the store failed.
    pub fn find(&self, state: &State, browser: &Browser) -> Result<Option<Progress>> {
        let held = self.held(&Key::of(state.reveal()))?.filter(|held| held.is_of(state, browser));
        held.map_or(Ok(None), |held| held.stage.answer())
    }

    /// Deletes what is kept of a check, such as at the person's wish. The session of an open one is lost, with what it cost.
    ///
    /// # Errors
    ///
    /// [`Unavailable`](ErrorKind::Unavailable) where the store failed.
    pub fn forget(&self, state: &State, browser: &Browser) -> Result<()> {
        let key = Key::of(state.reveal());
        if self.held(&key)?.is_some_and(|held| held.is_of(state, browser)) {
            self.store.remove(&key)?;
        }
        Ok(())
    }

    /// As [`forget`](Self::forget), by what the check was begun with: its reference and attempt. Without a reference it does nothing.
    ///
    /// # Errors
    ///
    /// [`Unavailable`](ErrorKind::Unavailable) where the store failed.
    pub fn forget_begun(&self, check: &Check, browser: &Browser) -> Result<()> {
        match check.reference() {
            Some(reference) => self.forget(&State::of_try(browser, reference, check.attempt()), browser),
            None => Ok(()),
        }
    }

    /// Asks for the results of the open checks whose sessions expire within this time from now, or have expired: people who
    /// never came back, and what a crash left. The vendor keeps a result for minutes only.
    ///
    /// Call it every minute with two minutes. A longer time asks for checks whose people are still in front of the camera, and
    /// the vendor does not say what an answer without a result costs. A check that another request asks for at this moment is
    /// left out, and so is one whose calls were [lost too often](Self::with_max_lost): it was returned with its last error.
    ///
    /// If the store fails in the middle, it returns what it has finished so far. The rest comes at the next call.
    ///
    /// # Errors
    ///
    /// [`Unavailable`](ErrorKind::Unavailable) where the store cannot list what is open and nothing was finished yet. What fails
    /// for one check is its `result`.
    pub fn finish_open(&self, within: Duration) -> Result<Vec<Finished>> {
        let by = self.clock.now().saturating_add(within.try_into().unwrap_or(time::Duration::MAX));
        let (mut finished, mut after) = (Vec::new(), None);
        loop {
            let page = match self.store.list_open(after.as_ref(), PAGE) {
                Ok(page) => page,
                // These results may be paid for, and nobody else is told of them.
                Err(_) if !finished.is_empty() => return Ok(finished),
                Err(error) => return Err(error.into()),
            };
            for (key, kept) in &page {
                let Some(Stage::Open { session, lost }) = Held::read(kept).map(|held| held.stage) else { continue };
                if session.expires() > by || lost >= self.max_lost {
                    continue;
                }
                match self.ask(key) {
                    Ok(Asked::Answer { result, is_new: true }) => finished.push(Finished { session, result }),
                    Ok(_) => {}
                    Err(error) => finished.push(Finished { session, result: Err(error) }),
                }
            }
            match page.into_iter().next_back() {
                Some((last, _)) => after = Some(last),
                None => return Ok(finished),
            }
        }
    }

    /// Lets go of what is over: verdicts after their [time](Self::with_kept), sessions a day after their expiry. Says how many.
    ///
    /// # Errors
    ///
    /// [`Unavailable`](ErrorKind::Unavailable) where the store failed.
    pub fn sweep(&self) -> Result<usize> {
        Ok(self.store.sweep(self.clock.now())?)
    }

    /// Asks for the result of one open check under a claim.
    fn ask(&self, key: &Key) -> Result<Asked> {
        let (claimed, options) = self.claim(key)?;
        let (claim, kept) = match claimed {
            Claimed::Yours(claim, kept) => (claim, kept),
            Claimed::Busy => return Ok(Asked::Busy),
            Claimed::Unknown => return Ok(Asked::Gone),
        };
        let held = Held::read(&kept);
        let (session, lost, held) = match held {
            Some(Held { stage: Stage::Open { ref session, lost }, .. }) => (session.clone(), lost, held),
            // Another asked between our look and our claim.
            other => {
                let _ = self.store.release(&claim, None);
                return Ok(other.map_or(Ok(None), |held| held.stage.answer()).transpose().into());
            }
        };
        if lost >= self.max_lost {
            let _ = self.store.release(&claim, None);
            return Err(given_up(&session));
        }
        let result = self.provider.resume_with(&session, &options);
        let stage = Stage::after(&session, lost, &result);
        let kept = stage.zip(held).map(|(stage, held)| self.kept(&held.with(stage))).transpose();
        // What was paid for is returned, whatever the store says.
        let is_written = kept.and_then(|kept| self.store.release(&claim, kept.as_ref()));
        if let Ok(false) = is_written
            && let Ok(Some(Held { stage: stage @ (Stage::Done(_) | Stage::Ended(_)), .. })) = self.held(key)
        {
            // The lease was over, and another has the answer: all get that one.
            return Ok(stage.answer().transpose().into());
        }
        Ok(Asked::Answer { result, is_new: true })
    }

    /// Claims an entry, and gives the options by which a call ends before the claim does.
    fn claim(&self, key: &Key) -> Result<(Claimed, CallOptions), StoreError> {
        // Before the store counts: this process must not be the one that thinks that it has longer.
        let until = self.clock.monotonic().saturating_add(self.lease);
        let claimed = self.store.claim(key, self.lease)?;
        let gate = Arc::new(WhileClaimed { until, clock: Arc::clone(&self.clock) });
        let deadline = self.lease.saturating_sub(self.lease / SLACK);
        Ok((claimed, CallOptions::new().with_deadline(deadline).with_gate(gate)))
    }

    fn held(&self, key: &Key) -> Result<Option<Held>, StoreError> {
        Ok(self.store.find(key)?.as_ref().and_then(Held::read))
    }

    fn kept(&self, held: &Held) -> Result<Kept, StoreError> {
        held.kept(self.clock.now(), self.kept.try_into().unwrap_or(time::Duration::MAX))
    }
}
