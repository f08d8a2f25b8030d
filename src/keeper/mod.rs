//! A keeper for hosted checks, from the start to the verdict.
//!
//! A hosted vendor sends the person to its own page and back. In between, things can cost money or show
//! a verdict to another person: a lost session, a forged return, two returns at once, a reload, a person who never
//! comes back, a server that dies. A [`Keeper`] wraps a provider and handles them:
//!
//! - It matches the return by its own [`State`] in the return URL, never by what the vendor adds to the address, and
//!   only together with the cookie of the [`Browser`] that began the check.
//! - It begins a check once for each browser, reference and attempt, even if a form is sent twice. For crashes during
//!   the start, it needs [`AtMostOnce`](crate::money::AtMostOnce) inside.
//! - It requests the result once for any number of simultaneous returns, and answers a reload without a call.
//! - It keeps the session through every error except its end, in a [`SessionStore`]: in memory, files, or yours.
//! - It finishes checks that were left open, even after a restart ([`Keeper::finish_open`]), and removes old ones
//!   ([`Keeper::sweep`]). It has no thread: call both from yours, every minute or so.
//!
//! The web framework is yours. [`Browser::from_cookies`] and [`State::from_query`] read a request, and
//! [`Browser::set_cookie`] writes a header of the response.
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
/// How long the answer for a reload is kept.
const KEPT: Duration = Duration::from_secs(30 * 60);
/// How many calls for one result may be lost before no more is made automatically.
const MAX_LOST: u32 = 20;
/// How many entries are read at a time.
const PAGE: usize = 100;

/// Manages hosted checks from the start to the verdict, with a provider and a store. See the [module](self).
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

    /// Sets the clock for expiries. Defaults to [`SystemClock`].
    pub fn with_clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Sets how long one request has the sole right to fetch a result. If it crashes or panics, another request may
    /// do so after this time. The call itself gets five sixths of it and never more than the provider's own deadline.
    /// No attempt is sent after the time has passed, even if the process was paused. Defaults to 90 s.
    pub fn with_lease(mut self, lease: Duration) -> Self {
        self.lease = lease;
        self
    }

    /// Sets how long the verdict is kept for a reload, with the person's data. Defaults to 30 minutes.
    pub fn with_kept(mut self, kept: Duration) -> Self {
        self.kept = kept;
        self
    }

    /// Sets how many calls for one result may end without an answer. Each may have been billed. After that, the
    /// keeper no longer requests the result, and the operator reconciles. Defaults to 20.
    pub fn with_max_lost(mut self, calls: u32) -> Self {
        self.max_lost = calls;
        self
    }

    /// The provider that it calls.
    pub fn provider(&self) -> &dyn LivenessProvider {
        &*self.provider
    }

    /// Starts a check for a browser. The state is added to the check's return URL, which may therefore have at most 99
    /// characters, or 127 with the state.
    ///
    /// A check with a reference begins once for each browser, reference and [attempt](Check::with_attempt). A second
    /// start, such as a form that is sent twice or a start after a restart, returns the same session without a call,
    /// marked by [`Receipt::is_repeat`](crate::Receipt::is_repeat), or its result. Its state is computed from the
    /// three. So a session that an inner [`AtMostOnce`](crate::money::AtMostOnce) returns again has the return URL
    /// that this keeper knows. Without a reference each start is a new check.
    ///
    /// # Errors
    ///
    /// As [`LivenessProvider::begin`]; `InvalidCheck` naming `return_url` if the state does not fit;
    /// [`Unavailable`](ErrorKind::Unavailable) if the store failed. The store is written before the provider is
    /// called: if it fails then, [`Error::ran`] is `No`. If it fails after the session was opened, `ran` is `Yes` and
    /// the session is lost. [`InProgress`](ErrorKind::InProgress) if another request is beginning the same check now.
    /// `Expired` if the check began earlier and ended without a result.
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
        // A check that began earlier is continued.
        if let Some(progress) = stage.answer().transpose() {
            let _ = self.store.release(&claim, None);
            return Ok(Begun::repeated(progress?, state));
        }
        let session = match self.provider.begin_with(&check, &options) {
            Ok(Progress::Pending(session)) => session,
            Ok(Progress::Done(verdict)) => {
                // The next start of the same check gets the session again, if there can be one. It is paid for, and
                // returned even if the store fails.
                let _ = match check.reference() {
                    Some(_) => self
                        .kept(&held.with(Stage::Done(verdict.clone())))
                        .and_then(|kept| self.store.release(&claim, Some(&kept)).map(drop)),
                    None => self.store.remove(&key),
                };
                return Ok(Begun::Done(verdict));
            }
            Err(error) => {
                // The next start begins what remains of it, or a sweep removes it.
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

    /// What a second start of this check would return without a call: `None` if this browser has begun no check of
    /// this reference and attempt, or the check has no reference.
    ///
    /// # Errors
    ///
    /// As [`find`](Self::find).
    pub fn begun(&self, check: &Check, browser: &Browser) -> Result<Option<Begun>> {
        let Some(reference) = check.reference() else { return Ok(None) };
        let state = State::of_try(browser, reference, check.attempt());
        Ok(self.find(&state, browser)?.map(|progress| Begun::repeated(progress, state)))
    }

    /// Call it when the browser comes back: it requests the result, once for any number of simultaneous returns.
    /// Without this browser's cookie it makes no call and reveals nothing.
    ///
    /// # Errors
    ///
    /// As [`LivenessProvider::resume`]. The session is kept through every error except `Expired`, which every later
    /// return gets again without a call. After the [last lost call](Self::with_max_lost), `BudgetExceeded` without a
    /// call. [`Unavailable`](ErrorKind::Unavailable) if the store failed before the call. If it fails after the call,
    /// the provider's answer is still returned, and a later return requests it again.
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

    /// The progress of the check, without a call: `None` if this browser began no check with this state.
    ///
    /// # Errors
    ///
    /// `Expired` if the session ended without a result; [`Unavailable`](ErrorKind::Unavailable) if the store failed.
    pub fn find(&self, state: &State, browser: &Browser) -> Result<Option<Progress>> {
        let held = self.held(&Key::of(state.reveal()))?.filter(|held| held.is_of(state, browser));
        held.map_or(Ok(None), |held| held.stage.answer())
    }

    /// Deletes the entry of a check, such as at the person's request. An open session is lost, with its cost.
    ///
    /// # Errors
    ///
    /// [`Unavailable`](ErrorKind::Unavailable) if the store failed.
    pub fn forget(&self, state: &State, browser: &Browser) -> Result<()> {
        let key = Key::of(state.reveal());
        if self.held(&key)?.is_some_and(|held| held.is_of(state, browser)) {
            self.store.remove(&key)?;
        }
        Ok(())
    }

    /// As [`forget`](Self::forget), by the check's reference and attempt. Without a reference it does nothing.
    ///
    /// # Errors
    ///
    /// [`Unavailable`](ErrorKind::Unavailable) if the store failed.
    pub fn forget_begun(&self, check: &Check, browser: &Browser) -> Result<()> {
        match check.reference() {
            Some(reference) => self.forget(&State::of_try(browser, reference, check.attempt()), browser),
            None => Ok(()),
        }
    }

    /// Requests the results of the open checks whose sessions expire within this time from now, or have expired:
    /// those of people who never came back, and those left by a crash. The vendor keeps a result for minutes only.
    ///
    /// Call it every minute with two minutes. A longer time includes checks of people who are still in front of the
    /// camera, and the vendor does not document what an answer without a result costs. It skips a check whose result
    /// another request is fetching now, and one whose calls were [lost too often](Self::with_max_lost): that one was
    /// returned with its last error.
    ///
    /// If the store fails midway, it returns what it has finished so far. The rest follows with the next call.
    ///
    /// # Errors
    ///
    /// [`Unavailable`](ErrorKind::Unavailable) if the store cannot list the open checks and none was finished yet.
    /// The error of a single check is in its `result`.
    pub fn finish_open(&self, within: Duration) -> Result<Vec<Finished>> {
        let by = self.clock.now().saturating_add(within.try_into().unwrap_or(time::Duration::MAX));
        let (mut finished, mut after) = (Vec::new(), None);
        loop {
            let page = match self.store.list_open(after.as_ref(), PAGE) {
                Ok(page) => page,
                // These results may be paid for, and are reported nowhere else.
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

    /// Removes old entries: verdicts after their [time](Self::with_kept), sessions a day after their expiry.
    /// Returns how many.
    ///
    /// # Errors
    ///
    /// [`Unavailable`](ErrorKind::Unavailable) if the store failed.
    pub fn sweep(&self) -> Result<usize> {
        Ok(self.store.sweep(self.clock.now())?)
    }

    /// Requests the result of one open check under a claim.
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
            // Another request fetched it between our look and our claim.
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
        // A paid answer is returned even if the store fails.
        let is_written = kept.and_then(|kept| self.store.release(&claim, kept.as_ref()));
        if let Ok(false) = is_written
            && let Ok(Some(Held { stage: stage @ (Stage::Done(_) | Stage::Ended(_)), .. })) = self.held(key)
        {
            // The lease had expired, and another request has the answer: all get that one.
            return Ok(stage.answer().transpose().into());
        }
        Ok(Asked::Answer { result, is_new: true })
    }

    /// Claims an entry, and returns options that end a call before the claim expires.
    fn claim(&self, key: &Key) -> Result<(Claimed, CallOptions), StoreError> {
        // Read before the store starts to count, so that this process never overestimates its time.
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
